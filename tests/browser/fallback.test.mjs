import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';

import { Person, launch } from '../support/browser.mjs';
import { Server, example, run_well, temporary_folder } from '../support/server.mjs';
import { StrictProxy } from '../support/strict_proxy.mjs';

let folder;
let server;
let browser;

before(async () => {
  browser = await launch();
});
after(() => browser.close());

beforeEach(async () => {
  folder = await temporary_folder();
  const file = `${folder.path}/parley.db`;
  await run_well(['import', '--set', `store.url=sqlite:${file}`, example]);
  server = await Server.start(file);
});

afterEach(async () => {
  await server.stop();
  await folder.remove();
});

const digest_of = ({ page }) => page.locator('parley-discussion').evaluate((element) => element.digest);

/** Writes, votes and deletes at the server, and waits until the reader's page shows what a fresh load would. */
async function follow(reader) {
  const writer = await Person.open(browser, `${server.origin}/d/tram-line`);
  await writer.sign_up('Wilma Writer');
  await writer.write('Seen by everybody.');
  await reader.comment('Seen by everybody.').waitFor();
  await writer.numbered('2').locator('.vote-up').click();
  await reader.numbered('2').locator('.score', { hasText: '-6' }).waitFor();
  await writer.comment('Seen by everybody.').locator('.action.delete').click();
  await writer.page.locator('.confirm-yes').click();
  await reader.comment('Seen by everybody.').waitFor({ state: 'detached' });
  const expected = await digest_of(writer);
  await reader.page.waitForFunction((wanted) => document.querySelector('parley-discussion').digest === wanted, expected);
  assert.deepEqual(writer.problems, []);
  await writer.context.close();
}

test('where no WebSocket gets through, the page follows by an event stream', async () => {
  const proxy = await StrictProxy.start(server);
  const reader = await Person.open(browser, `${proxy.origin}/d/tram-line`);
  await reader.page.locator('.connection[data-transport="stream"][data-status="live"]').waitFor();
  assert.ok(proxy.refused_upgrades > 0, 'it tried the better way first');
  await follow(reader);
  await reader.picture('by-event-stream');
  await reader.context.close();
  await proxy.stop();
});

test('where streams are held back as well, the page asks now and then, and says so', async () => {
  const proxy = await StrictProxy.start(server, { keeps_streams: true });
  const reader = await Person.open(browser, `${proxy.origin}/d/tram-line`, {}, 'polling');
  await reader.page.locator('.connection[data-transport="polling"][data-status="polling"]').waitFor({ timeout: 60_000 });
  assert.match(await reader.page.locator('.connection-text').innerText(), /every \d+ s/i);
  await follow(reader);
  await reader.picture('by-polling');
  await reader.context.close();
  await proxy.stop();
});
