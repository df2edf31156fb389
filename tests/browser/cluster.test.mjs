import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Person, launch } from '../support/browser.mjs';
import { Cluster } from '../support/cluster.mjs';
import { until } from '../support/programs.mjs';

const wait_ms = 60_000;
const draft = 'Not finished, and never lost';

let browser;
let cluster;
let people;

before(async () => {
  browser = await launch();
  cluster = await Cluster.start();
});
after(async () => {
  await browser?.close();
  await cluster?.stop();
});

const open = () => Person.open(browser, `${cluster.origin}/d/tram-line`);
const digest_of = ({ page }) => page.locator('parley-discussion').evaluate((element) => element.digest);
const live = ({ page }) => page.locator('.connection[data-status="live"]').waitFor({ timeout: wait_ms });

/** Every page shows what a fresh load of it would. */
async function assert_all_same() {
  const fresh = await open();
  const expected = await digest_of(fresh);
  await fresh.context.close();
  for (const { page } of people) {
    await page.waitForFunction((wanted) => document.querySelector('parley-discussion').digest === wanted, expected, { timeout: wait_ms });
  }
}

/** What the browser itself prints of connections that were cut is no problem of the page. */
function forget_problems() {
  for (const person of people) person.problems.length = 0;
}

async function all_see(text) {
  for (const person of people) await person.taken(text).waitFor({ timeout: wait_ms });
}

/** Writes, and sends again what came back with a problem, as its author would. */
async function write_until_taken(person, text) {
  await person.write(text);
  await until(async () => {
    if (await person.taken(text).count()) return true;
    const send = person.page.locator('.start .composer-send');
    if ((await send.count()) && (await send.isEnabled())) {
      assert.equal(await person.page.locator('.start .composer-text').inputValue(), text, 'the text is kept');
      await send.click();
    }
    return false;
  }, `it is taken: ${text}`, wait_ms);
}

test('three people on three instances see each other write and vote', async () => {
  people = [await open(), await open(), await open()];
  const [ann, bob, cleo] = people;
  await until(async () => {
    const sockets = await Promise.all(cluster.instances.map((one) => cluster.metric(one, 'parley_live_connections')));
    return sockets.join() === '1,1,1';
  }, 'each is on an instance of their own');
  await ann.sign_up('Ann Archer');
  await bob.sign_up('Bob Baker');
  await ann.write('From one instance to all.');
  await all_see('From one instance to all.');
  await bob.numbered('2.1').locator('.vote-up').click();
  for (const person of people) await person.numbered('2.1').locator('.score', { hasText: '+6' }).waitFor();
  // Cleo writes something, and does not send it.
  await cleo.page.locator('.start .write').click();
  await cleo.page.locator('.start .composer-text').fill(draft);
  await assert_all_same();
  for (const person of people) assert.deepEqual(person.problems, []);
  await cleo.picture('cluster');
});

for (const name of ['a', 'redis', 'postgres', 'haproxy']) {
  test(`${name} is killed: pages come back by themselves and show the same, nothing is lost`, async () => {
    const [ann, bob, cleo] = people;
    const text = `Written while ${name} was away.`;
    const killed = await cluster.kill(name);
    await write_until_taken(ann, text);
    await cluster.back(killed);
    await all_see(text);
    for (const person of people) await live(person);
    await bob.write(`Written after ${name} came back.`);
    await all_see(`Written after ${name} came back.`);
    await assert_all_same();
    for (const person of people) assert.equal(await person.comment(text).count(), 1, 'once');
    assert.equal(await cleo.page.locator('.start .composer-text').inputValue(), draft, 'the draft is kept');
    forget_problems();
  });
}

test('PostgreSQL is stopped in order and started again: the same', async () => {
  const [ann] = people;
  const stopped = await cluster.kill('postgres', 'SIGINT');
  await write_until_taken(ann, 'Written while PostgreSQL was stopped.');
  await cluster.back(stopped);
  await all_see('Written while PostgreSQL was stopped.');
  await assert_all_same();
  forget_problems();
});
