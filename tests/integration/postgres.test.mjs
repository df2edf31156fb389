// The real binary on a real PostgreSQL: alone, two instances at once, its tools beside it, and with
// the database killed under it.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';

import { LiveReader } from '../support/live.mjs';
import { Postgres } from '../support/postgres.mjs';
import { Server, create_account, example, run, run_well } from '../support/server.mjs';

const retries_max = 300;
const retryable = new Set(['busy', 'unavailable']);

let postgres;
before(async () => (postgres = await Postgres.start()));
after(() => postgres.stop());

const store_of = (url) => ['--set', `store.url=${url}`];

/** A database with an admin, and instances on it that end with the test. */
async function instances(t, count, settings = {}) {
  const url = await postgres.fresh_database();
  await create_account(url, 'Edith Editor', 'admin');
  const servers = await Promise.all(Array.from({ length: count }, () => Server.start(url, settings)));
  t.after(() => Promise.all(servers.map((server) => server.kill())));
  const token = await servers[0].sign_in('Edith Editor');
  const discussion = await servers[0].new_discussion(token);
  return { url, servers, token, discussion };
}

/** Repeats a request under one key until it is carried out; gives the answer and how often it was refused. */
async function in_the_end(request) {
  let refused = 0;
  for (let attempt = 0; attempt < retries_max; ++attempt) {
    const answer = await request().catch(() => undefined);
    if (answer && answer.status < 300) return { answer, refused };
    if (answer) assert.ok(retryable.has(answer.json.code), answer.text);
    ++refused;
  }
  throw new Error('the server does not come back');
}

async function assert_sound(url) {
  const check = await run(['check', ...store_of(url)]);
  assert.equal(check.code, 0, check.stdout + check.stderr);
}

test('people write, vote and read', async (t) => {
  const { url, servers: [server], token, discussion } = await instances(t, 1);
  const reader = await server.sign_up('Marta');
  const posted = await server.post(token, discussion, { body: 'A first comment.' });
  assert.equal(posted.status, 201, posted.text);
  const voted = await server.vote(reader, posted.json.id, 1);
  assert.equal(voted.status, 200, voted.text);
  const { json } = await server.get(`/api/v1/discussions/${discussion}/comments`);
  assert.deepEqual(json.comments.map(({ body, score, number }) => ({ body, score, number })), [
    { body: 'A first comment.', score: 1, number: '1' },
  ]);
  await server.stop();
  await assert_sound(url);
});

test('the tools run beside a server, and what they write comes to its readers', async (t) => {
  const { url, servers: [server], discussion } = await instances(t, 1);
  const imported = await run_well(['import', ...store_of(url), example]);
  assert.match(imported.stdout, /^comments +20 +0 +0$/m);
  const again = await run_well(['import', ...store_of(url), example]);
  assert.match(again.stdout, /^comments +0 +20 +0$/m);
  await create_account(url, 'Second Editor', 'admin');
  await server.sign_in('Second Editor');
  const list = await run_well(['account', ...store_of(url), 'list']);
  assert.match(list.stdout, /Second Editor/);
  const window = await server.get('/api/v1/discussions/tram-line/comments?limit=1000');
  assert.equal(window.json.comments.length, 20);
  const exported = await run_well(['export', ...store_of(url), '-']);
  assert.ok(exported.stdout.includes(discussion));
  const [copy, copy_of_it] = [await postgres.fresh_database(), await postgres.fresh_database()];
  await run_well(['import', ...store_of(copy), '-'], exported.stdout);
  // The ids are new ones; from here on they stay.
  const of_copy = await run_well(['export', ...store_of(copy), '-']);
  await run_well(['import', ...store_of(copy_of_it), '-'], of_copy.stdout);
  assert.ok((await run_well(['export', ...store_of(copy_of_it), '-'])).stdout === of_copy.stdout);
  for (const one of [url, copy, copy_of_it]) await assert_sound(one);
});

test('a comment reaches a reader on another instance by the sweep alone', async (t) => {
  const { servers: [first, second], token, discussion } = await instances(t, 2, { 'bus.url': 'local:' });
  const reader = await new LiveReader(second).opened();
  reader.subscribe(discussion);
  await reader.frame(({ type }) => type === 'subscribed' || type === 'update' || type === 'current');
  for (const body of ['One.', 'Two.', 'Three.']) {
    const posted = await first.post(token, discussion, { body });
    assert.equal(posted.status, 201, posted.text);
    await reader.frame(({ comments }) => comments?.some((comment) => comment.body === body), body);
  }
  // And what is written there is numbered after what was written here.
  const last = await second.post(token, discussion, { body: 'Four.' });
  assert.equal(last.json.number, '4');
  await reader.close();
});

test('kill -9 of an instance loses nothing that it acknowledged, the other goes on', async (t) => {
  const { url, servers, token, discussion } = await instances(t, 2);
  const posts = Array.from({ length: 300 }, (_, i) => ({ key: randomUUID(), body: `Comment ${i}.` }));
  const queue = [...posts];
  let acknowledged = 0;
  const write = async () => {
    for (let post = queue.pop(); post; post = queue.pop()) {
      let turn = 0;
      await in_the_end(() => servers[turn++ % 2].post(token, discussion, { body: post.body }, post.key));
      if (++acknowledged === 100) await servers[0].kill();
    }
  };
  await Promise.all(Array.from({ length: 16 }, write));
  const { json } = await servers[1].get(`/api/v1/discussions/${discussion}/comments?limit=1000`);
  assert.deepEqual(json.comments.map(({ body }) => body).sort(), posts.map(({ body }) => body).sort());
  assert.deepEqual(json.comments.map(({ number }) => number), posts.map((_, i) => String(i + 1)));
  await assert_sound(url);
});

test('kill -9 of the database: reads go on from memory, writes are refused until it is back', async (t) => {
  const { url, servers: [server], token, discussion } = await instances(t, 1);
  const reader = await new LiveReader(server).opened();
  reader.subscribe(discussion);
  const path = `/api/v1/discussions/${discussion}/comments`;
  const posted = await server.post(token, discussion, { body: 'Before.' });
  assert.equal(posted.status, 201, posted.text);
  await reader.frame(({ comments }) => comments?.some(({ body }) => body === 'Before.'));
  assert.equal((await server.get(path)).json.comments.length, 1);
  const key = randomUUID();
  await postgres.kill();
  const refused = await server.post(token, discussion, { body: 'After.' }, key);
  assert.equal(refused.status, 503, refused.text);
  assert.ok(retryable.has(refused.json.code), refused.text);
  const stale = await server.get(path);
  assert.equal(stale.status, 200, stale.text);
  assert.equal(stale.json.comments.length, 1);
  await postgres.start();
  const { answer } = await in_the_end(() => server.post(token, discussion, { body: 'After.' }, key));
  assert.equal(answer.status, 201);
  // The socket has outlived it.
  await reader.frame(({ comments }) => comments?.some(({ body }) => body === 'After.'));
  await reader.close();
  await assert_sound(url);
});

test('a paused database: every write is answered, and the event loop goes on', async (t) => {
  const { url, servers: [server], token, discussion } = await instances(t, 1);
  const path = `/api/v1/discussions/${discussion}/comments`;
  assert.equal((await server.get(path)).status, 200);
  const key = randomUUID();
  await postgres.pause();
  try {
    const writing = server.post(token, discussion, { body: 'Meanwhile.' }, key);
    assert.equal((await server.get(path)).status, 200);
    const refused = await writing;
    assert.equal(refused.status, 503, refused.text);
    assert.ok(retryable.has(refused.json.code), refused.text);
  } finally {
    await postgres.resume();
  }
  await in_the_end(() => server.post(token, discussion, { body: 'Meanwhile.' }, key));
  const { json } = await server.get(path);
  assert.equal(json.comments.length, 1);
  await assert_sound(url);
});
