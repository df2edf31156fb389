// Clients that take their time: slow readers, messages that do not end, questions whose answers are
// not taken away.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';

import { BeastClient } from '../support/beast_client.mjs';
import { RawSocket, frame, opcodes } from '../support/raw_socket.mjs';
import { Server, create_account, temporary_folder } from '../support/server.mjs';

const { continuation, text, ping, pong } = opcodes;
const idle_timeout_ms = 3_000;

let folder;
let server;
let admin;
let ann;

before(async () => {
  folder = await temporary_folder();
  const file = `${folder.path}/parley.db`;
  await create_account(file, 'Edith Editor', 'admin');
  server = await Server.start(file, {
    'limits.live_ping_interval_ms': 1_000, 'limits.live_idle_timeout_ms': idle_timeout_ms,
  });
  admin = await server.sign_in('Edith Editor');
  ann = await server.sign_up('Ann Reader');
});

after(async () => {
  await server.stop();
  await folder.remove();
});

const window_of = async (id) => (await server.get(`/api/v1/discussions/${id}/comments?limit=1000`)).json;

/** A discussion with one comment, and a function that edits it until a reader's outbox overflows. */
async function storm() {
  const id = await server.new_discussion(admin);
  const comment = (await server.post(ann, id, { body: 'First words.' })).json;
  const until_overflow = async () => {
    const overflows = async () => (await server.metrics()).get('parley_live_overflows_total');
    const before_it = await overflows();
    for (let i = 0; (await overflows()) === before_it; ++i) {
      assert.ok(i < 2_000, 'no outbox overflows');
      const body = `Edit ${i}. ${'x'.repeat(12_000)}`;
      const edited = await server.request('PATCH', `/api/v1/comments/${comment.id}`, { token: ann, key: randomUUID(), body: { body } });
      assert.equal(edited.status, 200, edited.text);
    }
  };
  return { id, comment, until_overflow };
}

test('a reader that takes bytes slowly is not taken for dead, however long it takes', async () => {
  const { id, comment, until_overflow } = await storm();
  const window = await window_of(id);
  const dead = (await server.metrics()).get('parley_live_dead_total');
  // What waits in the kernel takes it several times as long as a socket may be silent, and the kernel
  // asks for more only when a third of that is gone.
  const reader = await BeastClient.open(server, { receive_buffer_bytes: 16_384 });
  reader.subscribe(id, window);
  await reader.frame(({ type }) => type === 'subscribed');
  reader.command({ do: 'pace', bytes_per_s: 32_000 });
  await reader.event(({ event }) => event === 'paced');
  await until_overflow();
  const blocked_at = performance.now();
  const fresh = await window_of(id);
  const last = await reader.frame(({ type, seq }) => type === 'update' && seq === fresh.seq);
  const took_ms = performance.now() - blocked_at;
  assert.ok(took_ms > 2 * idle_timeout_ms, `all was read after ${took_ms} ms: that shows nothing`);
  assert.deepEqual(last.comments.find((one) => one.id === comment.id), fresh.comments[0]);
  assert.equal((await server.metrics()).get('parley_live_dead_total'), dead);
  await reader.kill();
});

test('a reader that takes nothing at all is cut', async () => {
  const { id, until_overflow } = await storm();
  const window = await window_of(id);
  const reader = await RawSocket.open(server);
  reader.send(frame(text, JSON.stringify({ type: 'subscribe', topic: `discussion:${id}`, epoch: window.epoch, since: window.seq })));
  await reader.text(({ type }) => type === 'subscribed');
  await server.metrics_when((figures) => figures.get('parley_live_connections') === 1, 'others are still there');
  reader.tcp.pause();
  await until_overflow();
  await server.metrics_when((figures) => figures.get('parley_live_connections') === 0, 'it is still there');
  reader.destroy();
});

test('one that takes nothing in a quiet room is cut as well: the kernel has taken all that there is for it', async () => {
  const id = await server.new_discussion(admin);
  const comment = (await server.post(ann, id, { body: 'First words.' })).json;
  const window = await window_of(id);
  const figure = async (name) => (await server.metrics()).get(name);
  const [dead, overflows] = [await figure('parley_live_dead_total'), await figure('parley_live_overflows_total')];
  const reader = await BeastClient.open(server, { receive_buffer_bytes: 16_384 });
  reader.subscribe(id, window);
  await reader.frame(({ type }) => type === 'subscribed');
  reader.command({ do: 'pace', bytes_per_s: 1 });
  await reader.event(({ event }) => event === 'paced');
  // More than its own kernel takes, and less than ours does.
  for (let i = 0; i < 6; ++i) {
    const body = `Edit ${i}. ${'x'.repeat(12_000)}`;
    const edited = await server.request('PATCH', `/api/v1/comments/${comment.id}`, { token: ann, key: randomUUID(), body: { body } });
    assert.equal(edited.status, 200, edited.text);
  }
  await server.metrics_when((figures) => figures.get('parley_live_dead_total') === dead + 1, 'it is still there');
  assert.equal(await figure('parley_live_overflows_total'), overflows);
  await reader.kill();
});

// --- messages that do not end --------------------------------------------------------------------

const part = (opcode, payload) => frame(opcode, payload, { fin: false });

test('a message of fragments that never ends is closed at the 65th, however slowly they come', async () => {
  const socket = await RawSocket.open(server);
  socket.send(part(text, 'x'));
  for (let i = 2; i <= 64; ++i) {
    socket.send(Buffer.concat([part(continuation, 'y'), frame(ping, `${i}`)]));
    await socket.pong(`${i}`);
    assert.ok(!socket.ended, `it was closed at fragment ${i}`);
  }
  socket.send(part(continuation, 'z'));
  assert.equal(await socket.closed(), 1008);
});

for (const [name, begin] of [
  ['between two fragments', part(text, 'the first half')],
  ['inside of a frame', frame(text, 'x'.repeat(1_000)).subarray(0, 500)],
  ['inside of a header', frame(text, 'x'.repeat(1_000)).subarray(0, 3)],
]) {
  test(`a message that stops ${name} is closed`, async () => {
    const socket = await RawSocket.open(server);
    socket.answers_pings = name === 'between two fragments'; // anywhere else that would be part of the message
    socket.send(begin);
    assert.equal(await socket.closed(), 1008);
  });
}

// --- questions whose answers are not taken away --------------------------------------------------

/** A socket whose outbox is blocked: it reads nothing, and more than the kernel takes waits for it. */
async function blocked_socket() {
  const { id, until_overflow } = await storm();
  const socket = await RawSocket.open(server);
  socket.send(frame(text, JSON.stringify({ type: 'subscribe', topic: `discussion:${id}` })));
  await socket.text(({ type }) => type === 'subscribed');
  socket.tcp.pause();
  await until_overflow();
  return { socket, id };
}
const texts_of = (socket) =>
  socket.frames.filter(({ opcode }) => opcode === text).map(({ payload }) => JSON.parse(payload.toString()));

test('questions of a client that reads later are all answered, in their order', async () => {
  const discussions = [];
  for (let i = 0; i < 3; ++i) discussions.push(await server.new_discussion(admin));
  const { socket, id } = await blocked_socket();
  const topics = Array.from({ length: 20 }, (_, i) => `nothing:${i}`);
  for (const topic of topics) {
    socket.send(frame(text, JSON.stringify({ type: 'subscribe', topic })));
    socket.send(frame(ping, topic));
  }
  for (const one of discussions) socket.send(frame(text, JSON.stringify({ type: 'subscribe', topic: `discussion:${one}` })));
  socket.send(frame(text, JSON.stringify({ type: 'unsubscribe', topic: `discussion:${id}` })));
  socket.send(frame(text, 'the last question'));
  socket.tcp.resume();
  await socket.text(({ code }) => code === 'malformed');
  const answers = texts_of(socket);
  assert.deepEqual(answers.filter(({ code }) => code === 'unknown_discussion').map(({ topic }) => topic), topics);
  // Rooms answer for themselves, and with several event loops in any order; each once.
  for (const one of discussions) await socket.text(({ type, topic }) => type === 'subscribed' && topic === `discussion:${one}`);
  const subscribed = texts_of(socket).filter(({ type }) => type === 'subscribed').map(({ topic }) => topic);
  assert.deepEqual(subscribed.slice(1).sort(), discussions.map((one) => `discussion:${one}`).sort());
  // Of pings only the newest must be answered (RFC 6455, 5.5.3).
  await socket.pong(topics.at(-1));
  const pongs = socket.frames.filter(({ opcode }) => opcode === pong);
  assert.ok(pongs.length <= topics.length, `${pongs.length} pongs`);
  // It is as good as any other now: what it left is not told any more, the rest is.
  const seen = texts_of(socket).length;
  await server.post(ann, id, { body: 'Unseen.' });
  await server.post(ann, discussions[1], { body: 'Seen.' });
  await socket.text(({ type, topic }) => type === 'update' && topic === `discussion:${discussions[1]}`);
  assert.ok(!texts_of(socket).slice(seen).some(({ type, topic }) => type === 'update' && topic === `discussion:${id}`));
  socket.destroy();
});

test('more questions than may wait close the socket', async () => {
  const { socket } = await blocked_socket();
  socket.send(Buffer.concat(Array.from({ length: 65 }, (_, i) => frame(text, `question ${i}`))));
  // What is asked after them is answered after the server has read them.
  for (let i = 0; i < 10; ++i) assert.equal((await server.get('/healthz')).status, 200);
  socket.tcp.resume();
  assert.equal(await socket.closed(), 1008);
  assert.deepEqual(texts_of(socket).filter(({ code }) => code === 'malformed'), [], 'what waited was dropped for the close');
});
