// Hostile texts in every field that people and publishers fill in, viewed in a browser: nothing runs, nothing is fetched
// from elsewhere, and the content security policy has nothing to stop.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';

import { launch } from '../support/browser.mjs';
import { hostile_texts } from '../support/hostile_texts.mjs';
import { Server, create_account, temporary_folder } from '../support/server.mjs';

let folder;
let server;
let browser;
let admin;
let ann;

before(async () => {
  folder = await temporary_folder();
  const file = `${folder.path}/parley.db`;
  await create_account(file, 'Edith Editor', 'admin');
  server = await Server.start(file);
  admin = await server.sign_in('Edith Editor');
  ann = await server.sign_up('Ann Archer');
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
  await folder?.remove();
});

/** A page that keeps what must not happen. */
async function watched_page(options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const bad = [];
  await page.addInitScript(() => {
    globalThis.hits = [];
    globalThis.hit = () => globalThis.hits.push(new Error('a text was run').stack);
    addEventListener('securitypolicyviolation', (event) => globalThis.hits.push(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
  });
  page.on('request', (request) => request.url().startsWith(server.origin) || bad.push(`request: ${request.url()}`));
  page.on('dialog', (dialog) => bad.push(`dialog: ${dialog.message()}`) && dialog.dismiss());
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && bad.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => bad.push(`error: ${error}`));
  page.on('popup', () => bad.push('a window was opened'));
  return { context, page, bad, done: async () => [...bad, ...(await page.evaluate(() => globalThis.hits))] };
}

/** Moves over and clicks what could be waiting for that, inside the component as well. */
async function poke(page) {
  await page.evaluate(() => {
    const roots = [document, ...[...document.querySelectorAll('*')].map((one) => one.shadowRoot).filter(Boolean)];
    for (const one of roots.flatMap((root) => [...root.querySelectorAll('.comment-body *, .quote *, .story *, .channels *, .discussion-entry *')])) {
      for (const type of ['mouseover', 'focus', 'pointerenter']) one.dispatchEvent(new Event(type, { bubbles: true }));
    }
  });
}

/** Links of the texts, wherever they lead: none but to the web and to mail. */
const links_of = (page) => page.evaluate(() => {
  const roots = [document, ...[...document.querySelectorAll('*')].map((one) => one.shadowRoot).filter(Boolean)];
  return roots.flatMap((root) => [...root.querySelectorAll('a[href]')]).map(({ protocol }) => protocol);
});

async function view(address, ready) {
  const seen = [];
  for (const javaScriptEnabled of [true, false]) {
    const { context, page, bad, done } = await watched_page({ javaScriptEnabled });
    await page.goto(address);
    if (javaScriptEnabled) {
      await ready(page);
      await poke(page);
      for (const protocol of await links_of(page)) if (!['http:', 'https:', 'mailto:'].includes(protocol)) seen.push(`a link to ${protocol}`);
      seen.push(...(await done()));
    } else {
      seen.push(...bad);
    }
    await context.close();
  }
  return seen;
}

test('comments and quotes', async () => {
  const id = await server.new_discussion(admin);
  let said;
  for (const text of hostile_texts) {
    const answer = await server.post(ann, id, { body: text });
    // A text of which nothing would be seen is refused.
    if (answer.status !== 201) assert.equal(answer.json.code, 'invalid_field', text);
    else said = answer.json.id;
  }
  const parent = said;
  for (const text of hostile_texts) {
    const quoted = { body: `About this: ${text}`, parent, quote: { comment: parent, text } };
    assert.equal((await server.post(admin, id, quoted)).status, 201, text);
  }
  const { json } = await server.get(`/api/v1/discussions/${id}/comments?limit=1000`);
  assert.ok(json.comments.length > 1.8 * hostile_texts.length, String(json.comments.length));
  const ready = async (page) => {
    await page.locator('.connection[data-status="live"]').waitFor();
    // What arrives live goes the same way as what was there.
    assert.equal((await server.post(ann, id, { body: hostile_texts.slice(0, 40).join('\n\n') })).status, 201);
    await page.waitForFunction((count) => document.querySelector('parley-discussion').shadowRoot.querySelector('.discussion-count').textContent.startsWith(String(count)), (await server.get(`/api/v1/discussions/${id}`)).json.comment_count);
  };
  assert.deepEqual(await view(`${server.origin}/d/${id}`, ready), []);
  const feed = await server.get(`/d/${id}/feed.atom`);
  assert.match(feed.headers.get('content-type'), /^application\/atom\+xml/);
});

test('names', async () => {
  const id = await server.new_discussion(admin);
  let taken = 0;
  for (const text of hostile_texts) {
    const name = text.slice(0, 40);
    const created = await server.request('POST', '/api/v1/accounts', { body: { name, password: 'a long enough password' } });
    if (created.status !== 201) {
      assert.ok(['invalid_field', 'name_taken'].includes(created.json.code), `${name}: ${created.text}`);
      continue;
    }
    ++taken;
    assert.equal((await server.post(await server.sign_in(name), id, { body: 'My name is hostile.' })).status, 201);
  }
  assert.ok(taken > 10, String(taken));
  assert.deepEqual(await view(`${server.origin}/d/${id}`, (page) => page.locator('.connection[data-status="live"]').waitFor()), []);
});

test('what a publisher fills in: titles, articles, addresses, channels', async () => {
  const ids = [];
  for (const text of hostile_texts) {
    const id = `hostile-${randomUUID()}`;
    const put = (body) => server.request('PUT', `/api/v1/discussions/${id}`, { token: admin, key: randomUUID(), body });
    const answer = await put({ title: text, article: `${text}\n\n# ${text}\n\n- ${text}`, channels: [{ name: text.slice(0, 60), url: `https://example.com/?${encodeURIComponent(text)}` }] });
    if (answer.status !== 201) {
      assert.equal(answer.json.code, 'invalid_field', text);
      continue;
    }
    ids.push(id);
    // An address that is none of the web is refused, or is one that cannot be left.
    const address = await put({ url: text });
    assert.ok(address.status === 400 || /^https?:/.test(text), text);
  }
  assert.ok(ids.length > 50, String(ids.length));
  for (const id of ids.filter((_, i) => i % 4 === 0)) {
    assert.deepEqual(await view(`${server.origin}/d/${id}`, (page) => page.locator('.connection[data-status="live"]').waitFor()), [], id);
  }
  assert.deepEqual(await view(`${server.origin}/`, (page) => page.locator('.discussion-entry').first().waitFor()), []);
});

test('a moderator who reads what waits', async () => {
  const id = await server.new_discussion(admin);
  await server.request('PUT', `/api/v1/discussions/${id}`, { token: admin, key: randomUUID(), body: { state: 'premoderated' } });
  for (const text of hostile_texts.slice(0, 60)) await server.post(ann, id, { body: `${text} (waits)` });
  const { context, page, done } = await watched_page();
  await page.goto(`${server.origin}/d/${id}`);
  await page.locator('.sign-in').click();
  await page.locator('input[name=name]').fill('Edith Editor');
  await page.locator('input[name=password]').fill('a long enough password');
  await page.locator('.account-submit').click();
  await page.locator('.queue-item').first().waitFor();
  await poke(page);
  assert.deepEqual(await done(), []);
  await context.close();
});

test('each page forbids what no page needs', async () => {
  const id = await server.new_discussion(admin);
  for (const path of ['/', `/d/${id}`, '/d/nobody-knows', '/nothing', `/d/${id}/feed.atom`, '/parley.js', '/api/v1/discussions', '/api/v1/nothing', '/api/openapi.yaml', '/favicon.svg', '/healthz']) {
    const { headers } = await server.get(path);
    const policy = headers.get('content-security-policy');
    assert.ok(policy, path);
    for (const part of ["default-src 'none'", "script-src 'self'", "base-uri 'none'", "form-action", "frame-ancestors", "require-trusted-types-for 'script'", 'trusted-types']) assert.ok(policy.includes(part), `${path}: ${part}`);
    assert.ok(!/unsafe-|\*|https?:/.test(policy), `${path}: ${policy}`);
    assert.equal(headers.get('x-content-type-options'), 'nosniff', path);
    assert.ok(headers.get('referrer-policy'), path);
  }
});
