// Beast's websocket::stream (Boost 1.81) reads what the server writes, and the other way round.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { BeastClient } from '../support/beast_client.mjs';
import { Server, create_account, temporary_folder } from '../support/server.mjs';

let folder;
let server;
let admin;
let ann;
let bob;

before(async () => {
  folder = await temporary_folder();
  const file = `${folder.path}/parley.db`;
  await create_account(file, 'Edith Editor', 'admin');
  server = await Server.start(file);
  admin = await server.sign_in('Edith Editor');
  ann = await server.sign_up('Ann Reader');
  bob = await server.sign_up('Bob Writer');
});

after(async () => {
  await server.stop();
  await folder.remove();
});

const window_of = async (id) => (await server.get(`/api/v1/discussions/${id}/comments?limit=1000`)).json;
const update_of = (id) => ({ type, comments }) => type === 'update' && comments?.some((one) => one.id === id);
// 16 KiB that do not compress to nothing, and hold every length of UTF-8.
const long_text = (seed) => {
  let text = '';
  for (let i = seed; text.length < 9_000; i = (i * 48_271 + 11) % 2_147_483_647) text += `${i.toString(36)} Ä€🚋 `;
  return text.slice(0, 9_000);
};

const agreed = 'permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=15';
const offers = [
  { name: 'without deflate', deflate: undefined, extensions: '' },
  { name: 'without context', deflate: { no_context_takeover: true }, extensions: agreed },
  ...[9, 10, 11, 12, 13, 14, 15].map((client_bits) => ({
    name: `with a window of 2^${client_bits} of its own`, deflate: { client_bits }, extensions: agreed,
  })),
  // What the server cannot keep it does not agree to.
  ...[9, 10, 11, 12, 13, 14].map((server_bits) => ({
    name: `that wants a window of 2^${server_bits} of the server`, deflate: { server_bits }, extensions: '',
  })),
];

for (const { name, deflate, extensions } of offers) {
  test(`a client ${name} catches up, follows, asks and closes`, async () => {
    const id = await server.new_discussion(admin);
    const window = await window_of(id);
    const first = (await server.post(ann, id, { body: 'Before it came.' })).json;
    const client = await BeastClient.open(server, { deflate });
    assert.deepEqual([client.opened.extensions, client.opened.protocol], [extensions, 'parley.v1']);
    client.subscribe(id, window);
    await client.frame(update_of(first.id));
    for (const body of ['Short.', 'Words that come again. '.repeat(300), long_text(7)]) {
      const posted = (await server.post(bob, id, { body })).json;
      const update = await client.frame(update_of(posted.id));
      assert.deepEqual(update.comments[0], posted);
    }
    // Long questions in fragments of 9 bytes, deflated and plain.
    client.send(`not JSON ${'x'.repeat(200)}`, { piece_bytes: 9 });
    client.send('not JSON', { plain: true });
    client.command({ do: 'binary', data: 'not text' });
    client.command({ do: 'ping', data: 'over here' });
    await client.event(({ event, payload }) => event === 'pong' && payload === 'over here');
    const errors = () => client.frames.filter(({ type, code }) => type === 'error' && code === 'malformed');
    await client.until(() => errors().length === 3 || undefined, 'three times malformed');
    const fresh = await window_of(id);
    const { seq, comments } = client.state_from(window);
    assert.equal(seq, fresh.seq);
    for (const comment of fresh.comments) assert.deepEqual(comments.get(comment.id), comment);
    const { by, code } = await client.close(1001, 'I go');
    assert.deepEqual([by, code], ['client', 1001], 'the close is answered with its code');
  });
}

for (const [name, deflate] of [['plain', undefined], ['deflated', {}]]) {
  test(`updates of 200 KiB and a ping among them, ${name}`, async () => {
    const id = await server.new_discussion(admin);
    const window = await window_of(id);
    const posts = [];
    for (let i = 0; i < 9; ++i) posts.push((await server.post(i % 2 ? ann : bob, id, { body: long_text(i + 1) })).json);
    const client = await BeastClient.open(server, { deflate });
    client.subscribe(id, window);
    client.command({ do: 'ping', data: 'in between' });
    const update = await client.frame(update_of(posts[0].id));
    const bytes = Buffer.byteLength(JSON.stringify(update));
    assert.ok(bytes > 200 * 1024 && bytes < 256 * 1024, `${bytes} bytes`);
    await client.event(({ event, payload }) => event === 'pong' && payload === 'in between');
    assert.deepEqual([...client.state_from(window).comments.values()], posts);
    // The largest message that a client may send, whole and in fragments, and one byte more.
    client.send('x'.repeat(65_536));
    client.send('x'.repeat(65_536), { piece_bytes: 2_000 });
    const errors = () => client.frames.filter(({ type, code }) => type === 'error' && code === 'malformed');
    await client.until(() => errors().length === 2 || undefined, 'two times malformed');
    client.send('x'.repeat(65_537));
    const { by, code } = await client.closed();
    assert.deepEqual([by, code], ['server', 1009]);
  });
}

test('the server pings, and a client that answers stays', async () => {
  const other = await temporary_folder();
  const own = await Server.start(`${other.path}/parley.db`, {
    'limits.live_ping_interval_ms': 100, 'limits.live_idle_timeout_ms': 200,
  });
  const client = await BeastClient.open(own);
  const pings = () => client.events.filter(({ event }) => event === 'ping');
  await client.until(() => pings().length >= 4 || undefined, 'four pings');
  await own.stop();
  const { by, code, reason } = await client.closed();
  assert.deepEqual([by, code], ['server', 1012]);
  assert.ok(JSON.parse(reason).spread_ms > 0);
  await other.remove();
});
