// People in front of the page: each has a browser profile of their own.

import { mkdir } from 'node:fs/promises';
import { chromium } from 'playwright-core';

const screenshots = process.env.PARLEY_SCREENSHOTS;

export function launch() {
  return chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
}

export class Person {
  /** Opens the page and waits until it follows; `status` is that of its connection by then. */
  static async open(browser, address, options = {}, status = 'live') {
    const person = new Person();
    person.context = await browser.newContext({
      viewport: { width: 1280, height: 800 },
      locale: 'en-GB',
      timezoneId: 'UTC',
      ...options,
    });
    person.page = await person.context.newPage();
    person.problems = [];
    person.page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) person.problems.push(`${message.text()} ${message.location().url}`);
    });
    person.page.on('pageerror', (error) => person.problems.push(String(error)));
    await person.page.goto(address);
    await person.page.locator(`.connection[data-status="${status}"]`).waitFor({ timeout: 60_000 });
    return person;
  }

  /** Signs up by the dialog. */
  async sign_up(name) {
    const { page } = this;
    await page.locator('.sign-in').click();
    await page.locator('.account-toggle').click();
    await page.locator('input[name=name]').fill(name);
    await page.locator('input[name=password]').fill('a long enough password');
    await page.locator('.account-submit').click();
    await page.locator('.who-name', { hasText: name }).waitFor();
  }

  async write(text) {
    await this.page.locator('.start .write').click();
    await this.page.locator('.start .composer-text').fill(text);
    await this.page.locator('.start .composer-send').click();
  }

  /** The article of the comment with this text in its body. */
  comment(text) {
    return this.page.locator('article.comment').filter({ has: this.page.locator('.comment-body', { hasText: text }) });
  }

  /** The same once the server has it: a post that is on its way looks like one. */
  taken(text) {
    return this.comment(text).and(this.page.locator(':not(.pending)'));
  }

  /** The comment with this number ("1.2"). */
  numbered(number) {
    return this.page.locator('article.comment').filter({ has: this.page.locator('.comment-number', { hasText: new RegExp(`^${number.replaceAll('.', '\\.')}$`) }) });
  }

  async picture(name, options = {}) {
    if (!screenshots) return;
    await mkdir(screenshots, { recursive: true });
    await this.page.screenshot({ path: `${screenshots}/${name}.png`, ...options });
  }
}
