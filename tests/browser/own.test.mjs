// What is for one person alone, in real windows: votes in two of them, a comment that waits, the moderator who decides,
// and a sign-out that holds everywhere.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';

import { Person, launch } from '../support/browser.mjs';
import { Server, create_account, temporary_folder } from '../support/server.mjs';

let folder;
let server;
let browser;
let admin;

before(async () => {
  folder = await temporary_folder();
  const file = `${folder.path}/parley.db`;
  await create_account(file, 'Edith Editor', 'admin');
  await create_account(file, 'Mo Moderator', 'moderator');
  server = await Server.start(file);
  admin = await server.sign_in('Edith Editor');
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
  await folder?.remove();
});

async function sign_in({ page }, name) {
  await page.locator('.sign-in').click();
  await page.locator('input[name=name]').fill(name);
  await page.locator('input[name=password]').fill('a long enough password');
  await page.locator('.account-submit').click();
  await page.locator('.who-name', { hasText: name }).waitFor();
}

/** Another window of the same browser, so of the same person. */
async function second_window({ context }, address) {
  const page = await context.newPage();
  await page.goto(address);
  await page.locator('.connection[data-status="live"]').waitFor();
  return page;
}

test('two windows of one person share votes, and a sign-out', async () => {
  const id = await server.new_discussion(admin);
  await server.post(admin, id, { body: 'Vote on this.' });
  const address = `${server.origin}/d/${id}`;
  const ann = await Person.open(browser, address);
  await ann.sign_up('Ann Archer');
  const other = await second_window(ann, address);
  await other.locator('.who-name', { hasText: 'Ann Archer' }).waitFor();
  await ann.page.locator('.vote-up').click();
  await other.locator('.vote-up[aria-pressed="true"]').waitFor();
  await other.locator('.score', { hasText: '+1' }).waitFor();
  await other.locator('.vote-up').click();
  await ann.page.locator('.vote-up[aria-pressed="false"]').waitFor();
  await ann.page.locator('.sign-out').click();
  await other.locator('.sign-in').waitFor();
  await other.locator('.notice', { hasText: 'You are signed out.' }).waitFor();
  await other.locator('.connection[data-status="live"]').waitFor();
  // The browser says that the session is over (401); nothing else.
  assert.deepEqual(ann.problems.filter((one) => !one.includes('401')), []);
  await ann.context.close();
});

test('a comment waits until a moderator lets it appear, in every window at once', async () => {
  const id = await server.new_discussion(admin);
  await server.request('PUT', `/api/v1/discussions/${id}`, { token: admin, key: randomUUID(), body: { state: 'premoderated' } });
  const address = `${server.origin}/d/${id}`;
  const [bob, mo, reader] = [await Person.open(browser, address), await Person.open(browser, address), await Person.open(browser, address)];
  await bob.sign_up('Bob Baker');
  await sign_in(mo, 'Mo Moderator');
  await bob.write('Is the tram free?');
  await bob.page.locator('.pending-note', { hasText: 'A moderator reads it' }).waitFor();
  const item = mo.page.locator('.queue-item', { hasText: 'Is the tram free?' });
  await item.waitFor();
  await mo.picture('queue');
  await bob.page.reload();
  await bob.page.locator('.pending-note').waitFor();
  assert.equal(await reader.page.locator('article.comment').count(), 0);
  await item.locator('.queue-approve').click();
  await item.waitFor({ state: 'detached' });
  for (const one of [reader, bob, mo]) await one.comment('Is the tram free?').waitFor();
  await bob.page.locator('.pending-note').waitFor({ state: 'detached' });
  assert.equal(await bob.page.locator('article.comment').count(), 1, 'not once as waiting and once as there');

  await bob.write('Buy my watches.');
  const rejected = mo.page.locator('.queue-item', { hasText: 'Buy my watches.' });
  await rejected.locator('.queue-reject').click();
  await bob.page.locator('.pending-note').waitFor({ state: 'detached' });
  assert.equal(await reader.page.locator('article.comment').count(), 1);
  for (const one of [bob, mo, reader]) {
    assert.deepEqual(one.problems, []);
    await one.context.close();
  }
});
