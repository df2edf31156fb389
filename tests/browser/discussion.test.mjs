import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';

import { Person, launch } from '../support/browser.mjs';
import { Server, example, run_well, temporary_folder } from '../support/server.mjs';

let folder;
let server;
let browser;
let people;

before(async () => {
  browser = await launch();
});
after(() => browser.close());

beforeEach(async () => {
  people = [];
  folder = await temporary_folder();
  const file = `${folder.path}/parley.db`;
  await run_well(['import', '--set', `store.url=sqlite:${file}`, example]);
  server = await Server.start(file);
});

afterEach(async () => {
  for (const person of people) {
    assert.deepEqual(person.problems, [], 'the console is clean');
    await person.context.close();
  }
  await server.stop();
  await folder.remove();
});

async function person(options) {
  const one = await Person.open(browser, `${server.origin}/d/tram-line`, options);
  people.push(one);
  return one;
}

/** What the component says it shows, next to what a fresh load would. */
async function assert_same_as_fresh(one) {
  const fresh = await person();
  const digest = ({ page }) => page.locator('parley-discussion').evaluate((element) => element.digest);
  const expected = await digest(fresh);
  await one.page.waitForFunction(
    (wanted) => document.querySelector('parley-discussion').digest === wanted, expected,
  );
}

test('the example is shown with its twenty comments, nested, numbered and scored', async () => {
  const reader = await person();
  const { page } = reader;
  assert.equal(await page.locator('.discussion-count').innerText(), '20 comments');
  const shown = await page.locator('article.comment').evaluateAll((articles) =>
    articles.map((article) => {
      let depth = 0;
      for (let list = article.closest('ol'); list; list = list.parentElement.closest('ol')) ++depth;
      const score = article.querySelector('.score');
      return [article.querySelector('.comment-number').textContent.trim(), depth, score.textContent.trim(), [...score.classList].at(-1)];
    }),
  );
  const rows = [
    ['1', '-12'], ['1.1', '+7'], ['1.1.1', '-14'], ['1.1.1.1', '+6'], ['1.1.1.1.1', '-10'], ['1.1.1.1.1.1', '+1'],
    ['1.1.1.1.2', '0'], ['1.2', '+8'], ['1.2.1', '-11'], ['1.2.1.1', '+4'], ['2', '-7'], ['2.1', '+5'],
    ['2.1.1', '-4'], ['2.2', '+3'], ['2.2.1', '0'], ['3', '-5'], ['3.1', '0'], ['3.2', '0'], ['4', '0'], ['5', '0'],
  ];
  const sign = (score) => (score[0] === '+' ? 'positive' : score[0] === '-' ? 'negative' : 'zero');
  assert.deepEqual(shown, rows.map(([number, score]) => [number, number.split('.').length, score, sign(score)]));
  await reader.picture('example', { fullPage: true });
});

test('without JavaScript the page is complete to read', async () => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${server.origin}/d/tram-line`);
  assert.equal(await page.locator('article.comment').count(), 20);
  assert.match(await page.locator('h2.discussion-count').innerText(), /20 comments/);
  await context.close();
});

test('taking over from the server-rendered page moves nothing', async () => {
  // The same page, in a browser that runs scripts but does not get ours.
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, timezoneId: 'UTC', locale: 'en-GB' });
  const page = await context.newPage();
  await page.route('**/parley.js', (route) => route.abort());
  await page.goto(`${server.origin}/d/tram-line`);
  const place = (articles) => articles.map((article) => [article.id, Math.round(article.getBoundingClientRect().top + scrollY)]);
  const served = await page.locator('article.comment').evaluateAll(place);
  await context.close();
  const reader = await person();
  const live = await reader.page.locator('article.comment').evaluateAll(place);
  for (const [index, [id, top]] of served.entries()) {
    assert.equal(live[index][0], id);
    assert.ok(Math.abs(live[index][1] - top) <= 1, `${id} moved from ${top} to ${live[index][1]}`);
  }
});

test('what one person does the other sees, without a reload', async () => {
  const ann = await person();
  const bob = await person();
  const marker = 'still the same page';
  await bob.page.evaluate((text) => (window.marker = text), marker);

  await ann.sign_up('Ann Archer');
  await ann.write('The bridge is the *real* question.');
  await ann.comment('The bridge is the real question.').waitFor();
  const seen = bob.comment('The bridge is the real question.');
  await seen.waitFor();
  assert.equal(await bob.page.locator('.discussion-count').innerText(), '21 comments');
  assert.equal(await seen.locator('.comment-number').innerText(), '6');

  // A vote by Ann on another's comment.
  await ann.numbered('2.1').locator('.vote-up').click();
  await bob.numbered('2.1').locator('.score', { hasText: '+6' }).waitFor();
  assert.equal(await ann.numbered('2.1').locator('.vote-up').getAttribute('aria-pressed'), 'true');
  await ann.numbered('2.1').locator('.vote-down').click();
  await bob.numbered('2.1').locator('.score', { hasText: '+4' }).waitFor();

  // An edit.
  const own = ann.page.locator(`#${await ann.comment('The bridge is the real question.').getAttribute('id')}`);
  await own.locator('.action.edit').click();
  await own.locator('.composer-text').fill('The bridge is the real question, and always was.');
  await own.locator('.composer-send').click();
  await bob.comment('and always was.').waitFor();
  await bob.comment('and always was.').locator('.comment-edited').waitFor();

  // A reply that quotes.
  await ann.numbered('5').locator('.action.quote').click();
  await ann.page.locator('parley-composer .composer-quote').waitFor();
  await ann.page.locator('.composer-text').fill('This deserves an answer.');
  await ann.page.locator('.composer-send').click();
  const reply = bob.comment('This deserves an answer.');
  await reply.waitFor({ state: 'attached' });
  assert.equal(await reply.locator('.comment-number').textContent(), '5.1');
  assert.equal(await reply.locator('.comment-quote').count(), 1);
  await ann.picture('quote-reply');

  // A deletion.
  const doomed = ann.comment('and always was.');
  await doomed.locator('.action.delete').click();
  await doomed.locator('.confirm-yes').click();
  await bob.page.locator('article.tombstone', { hasText: 'Comment deleted by its author' }).waitFor();
  assert.equal(await bob.page.locator('text=and always was').count(), 0);
  assert.equal(await bob.page.locator('.discussion-count').innerText(), '21 comments');

  assert.equal(await bob.page.evaluate(() => window.marker), marker);
  await assert_same_as_fresh(bob);
  await assert_same_as_fresh(ann);
});

test('what is being read does not move by a pixel when something arrives above it', async () => {
  const ann = await person();
  const bob = await person();
  await ann.sign_up('Ann Archer');
  const anchor = bob.numbered('3');
  await anchor.evaluate((article) => article.scrollIntoView({ block: 'center' }));
  const top = () => anchor.evaluate((article) => article.getBoundingClientRect().top);
  const before_it = await top();
  // Browsers scroll by whole pixels while lines may be parts of one high.
  const assert_still = async (what) => {
    const now = await top();
    assert.ok(Math.abs(now - before_it) < 1, `${what} moved it from ${before_it} to ${now}`);
  };

  // Above: a reply in the first thread, an edit of it, a removal; and votes all over.
  await ann.numbered('1.2').locator('.action.reply').click();
  await ann.page.locator('.composer-text').fill('One line.\n\nAnother paragraph.\n\nAnd a third, to take some room.');
  await ann.page.locator('.composer-send').click();
  const arrived = bob.comment('And a third, to take some room.');
  await arrived.waitFor({ state: 'attached' });
  await assert_still('a comment above');

  const own = ann.page.locator(`#${await ann.comment('And a third, to take some room.').getAttribute('id')}`);
  await own.locator('.action.edit').click();
  await own.locator('.composer-text').fill('Shorter.');
  await own.locator('.composer-send').click();
  await bob.comment('Shorter.').waitFor({ state: 'attached' });
  await assert_still('an edit above');

  for (const number of ['1', '3', '5']) {
    await ann.numbered(number).locator('.vote-up').click();
    await ann.numbered(number).locator('.vote-up[aria-pressed=true]').waitFor();
  }
  await bob.numbered('1').locator('.score', { hasText: '-11' }).waitFor();
  await assert_still('a vote');

  const gone = ann.comment('Shorter.');
  await gone.locator('.action.delete').click();
  await gone.locator('.confirm-yes').click();
  await bob.page.locator('article.tombstone').first().waitFor({ state: 'attached' });
  await assert_still('a removal above');
  await bob.picture('kept-place');
});

test('a draft survives a reload, and a post that failed comes back as a draft', async () => {
  const ann = await person();
  await ann.sign_up('Ann Archer');
  await ann.page.locator('.start .write').click();
  await ann.page.locator('.start .composer-text').fill('Not finished');
  await ann.page.reload();
  await ann.page.locator('.connection[data-status="live"]').waitFor();
  assert.equal(await ann.page.locator('.start .composer-text').inputValue(), 'Not finished');
});

test('signing in to vote or to write goes on with what was wanted', async () => {
  const ann = await person();
  await ann.page.locator('.start .write').click();
  await ann.page.locator('.start .composer-text').fill('Written before signing in.');
  await ann.page.locator('.start .composer-send').click();
  await ann.page.locator('dialog.account[open]').waitFor();
  await ann.page.locator('.account-toggle').click();
  await ann.page.locator('input[name=name]').fill('Ann Archer');
  await ann.page.locator('input[name=password]').fill('short');
  await ann.page.locator('.account-submit').click();
  await ann.page.locator('.field-problem[role=alert]', { hasText: '8 characters' }).waitFor();
  await ann.page.locator('input[name=password]').fill('a long enough password');
  await ann.page.locator('.account-submit').click();
  await ann.comment('Written before signing in.').waitFor();
});

test('a reader without network says so, and catches up when it is back', async () => {
  const ann = await person();
  const bob = await person();
  await ann.sign_up('Ann Archer');
  await server.kill();
  await bob.page.locator('.connection:not([data-status="live"])').waitFor();
  bob.problems.length = 0; // the refused connections themselves are printed by the browser
  ann.problems.length = 0;
  server = await Server.start(`${folder.path}/parley.db`, { 'server.port': server.port });
  await ann.page.locator('.connection[data-status="live"]').waitFor({ timeout: 40_000 });
  await ann.write('Back again.');
  await bob.comment('Back again.').waitFor({ timeout: 40_000 });
  for (const one of [ann, bob]) one.problems.length = 0;
});

test("the list's numbers are live", async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  const problems = [];
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && problems.push(message.text()));
  await page.goto(`${server.origin}/`);
  const number = page.locator('parley-count[discussion="tram-line"]');
  assert.equal(await number.innerText(), '20 comments');
  const ann = await server.sign_up('Ann Archer');
  for (const [i, text] of ['One more.', 'And another.'].entries()) {
    const answer = await server.post(ann, 'tram-line', { body: text });
    assert.equal(answer.status, 201, answer.text);
    await number.filter({ hasText: `${21 + i} comments` }).waitFor();
  }
  assert.deepEqual(problems, []);
  await context.close();
});

test('the 404 page, the list, the phone and the dark', async () => {
  const reader = await person({ viewport: { width: 390, height: 844 }, colorScheme: 'dark' });
  const { page } = reader;
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, 'nothing sticks out at the side');
  await reader.picture('phone-dark');
  await page.goto(`${server.origin}/`);
  await page.locator('a.discussion-title').click();
  await page.locator('.connection[data-status="live"]').waitFor();
  const answer = await page.goto(`${server.origin}/d/no-such-thing`);
  assert.equal(answer.status(), 404);
  await page.locator('text=There is no such page').waitFor();
  reader.problems.length = 0; // the browser prints the 404 of the page itself
});
