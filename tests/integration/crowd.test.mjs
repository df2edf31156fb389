// Many who come, more than there is room for, and what is left of them when they go.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

import { RawSocket, frame, opcodes, upgrade_request } from '../support/raw_socket.mjs';
import { Server, create_account, temporary_folder } from '../support/server.mjs';

const { text, close } = opcodes;
const run = promisify(execFile);

let folder;
let file;

before(async () => {
  folder = await temporary_folder();
  file = `${folder.path}/parley.db`;
  await create_account(file, 'Edith Editor', 'admin');
});

after(() => folder.remove());

const subscribe = (id) => frame(text, JSON.stringify({ type: 'subscribe', topic: `discussion:${id}` }));
const get = (server, path = '/healthz', fields = '') => `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n${fields}\r\n`;

/** The answer to one request of a socket of its own, with its body and whether the server then closed. */
async function ask(server, bytes, options) {
  const socket = new RawSocket(server, options);
  socket.send(bytes);
  const { status, head } = await socket.response();
  const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
  await socket.until(() => socket.bytes.length >= length || socket.ended, 'no body');
  return { socket, status, head, body: socket.bytes.toString() };
}

async function live_reader(server, id, options) {
  const socket = await RawSocket.open(server, options);
  socket.send(subscribe(id));
  await socket.text(({ type }) => type === 'subscribed');
  return socket;
}

test('one address may have only so many connections; others come in all the same', async () => {
  const server = await Server.start(file, { 'limits.connections_per_address_max': 5 });
  const from = '127.0.0.2';
  const sockets = [];
  for (let i = 0; i < 3; ++i) sockets.push(await RawSocket.open(server, { from }));
  for (let i = 0; i < 2; ++i) sockets.push((await ask(server, get(server), { from })).socket);

  const refused = await ask(server, get(server, '/api/v1/discussions', `Origin: ${server.origin}\r\n`), { from });
  assert.equal(refused.status, 429, refused.head);
  const problem = JSON.parse(refused.body);
  assert.deepEqual([problem.code, problem.retry_after_ms], ['rate_limited', 10_000]);
  for (const field of [/^content-type: application\/problem\+json/im, /^retry-after: 10/im, /^connection: close/im,
    new RegExp(`^access-control-allow-origin: ${server.origin}`, 'im')]) assert.match(refused.head, field);
  await refused.socket.until(() => refused.socket.ended, 'it was not closed');
  const upgrade = await ask(server, upgrade_request(server), { from });
  assert.equal(upgrade.status, 429, upgrade.head);
  assert.equal((await ask(server, get(server), { from: '127.0.0.3' })).status, 200);
  assert.ok(server.log.some(({ event, network }) => event === 'server.address_full' && network === '127.0.0.0/24'));

  // Those that are in are as well as before, and whoever goes makes room; a live socket, too.
  sockets[3].bytes = Buffer.alloc(0);
  sockets[3].send(get(server));
  assert.equal((await sockets[3].response()).status, 200);
  sockets[0].send(frame(close));
  await sockets[0].closed();
  sockets[0].destroy();
  await server.metrics_when((figures) => figures.get('parley_live_connections') === 2, 'it is still there');
  assert.equal((await ask(server, get(server), { from })).status, 200);
  await server.stop();
});

test('a crowd that is refused takes nothing from those who are in', async () => {
  const server = await Server.start(file, { 'limits.connections_per_address_max': 2 });
  const from = '127.0.0.2';
  const id = await server.new_discussion(await server.sign_in('Edith Editor'));
  const readers = [await live_reader(server, id, { from }), await live_reader(server, id, { from })];
  const crowd = Array.from({ length: 300 }, () => new RawSocket(server, { from }));
  for (const socket of crowd) socket.send(get(server));
  for (const socket of crowd) await socket.until(() => socket.ended, 'it was not closed');
  const answered = crowd.filter(({ bytes }) => bytes.length > 0);
  assert.ok(answered.length > 0, 'nobody was told why');
  for (const { bytes } of answered) assert.match(bytes.toString(), /^HTTP\/1\.1 429 /);
  const ann = await server.sign_up(`Ann ${randomUUID().slice(0, 8)}`);
  await server.post(ann, id, { body: 'Still here.' });
  for (const reader of readers) await reader.text(({ type }) => type === 'update');
  for (const socket of [...crowd, ...readers]) socket.destroy();
  await server.metrics_when((figures) => figures.get('parley_live_connections') === 0, 'they are still there');
  await server.stop();
});

test('what a trusted proxy brings is not counted as one address', async () => {
  const server = await Server.start(file, { 'limits.connections_per_address_max': 2, 'server.trusted_proxies': '127.0.0.2' });
  for (let i = 0; i < 10; ++i) {
    const { status } = await ask(server, get(server, '/healthz', 'X-Forwarded-For: 192.0.2.1\r\n'), { from: '127.0.0.2' });
    assert.equal(status, 200);
  }
  await server.stop();
});

/** A request on a connection that stays open. */
function make_keep_alive(server, token) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const post = (path, body) =>
    new Promise((resolve, reject) => {
      const sent = request(`${server.origin}${path}`, {
        agent, method: 'POST',
        headers: { 'Content-Type': 'application/json', 'Idempotency-Key': randomUUID(), Authorization: `Bearer ${token}` },
      }, (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode));
      });
      sent.on('error', reject);
      sent.end(JSON.stringify(body));
    });
  return { post, end: () => agent.destroy() };
}

const descriptors_of = async (server) => (await readdir(`/proc/${server.child.pid}/fd`)).length;
// The system counts processor time in hundredths of a second.
async function processor_ms(server) {
  const fields = (await readFile(`/proc/${server.child.pid}/stat`, 'utf8')).split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

test('out of descriptors: those who are in go on, nothing spins, and it heals by itself', async () => {
  const server = await Server.start(file, { 'limits.live_ping_interval_ms': 1_000 });
  const ann = await server.sign_up(`Ann ${randomUUID().slice(0, 8)}`);
  const id = await server.new_discussion(await server.sign_in('Edith Editor'));
  const reader = await live_reader(server, id);
  const writer = make_keep_alive(server, ann);
  const say = (body) => writer.post(`/api/v1/discussions/${id}/comments`, { body });
  assert.equal(await say('Before.'), 201);
  const limit = (await descriptors_of(server)) + 5;
  await run('prlimit', ['--pid', String(server.child.pid), `--nofile=${limit}:${limit}`]);
  const crowd = Array.from({ length: 40 }, () => new RawSocket(server));
  for (const socket of crowd) socket.send(get(server));
  await server.logged(({ event }) => event === 'server.accept_failed');

  const started = { wall_ms: performance.now(), cpu_ms: await processor_ms(server) };
  const pings = () => reader.frames.filter(({ opcode }) => opcode === opcodes.ping).length;
  const enough = pings() + 4;
  await reader.until(() => pings() >= enough, 'no pings');
  const cpu_ms = (await processor_ms(server)) - started.cpu_ms;
  const share = cpu_ms / (performance.now() - started.wall_ms);
  assert.ok(share < 0.2, `${Math.round(share * 100)} % of a core for nothing`);
  assert.equal(await say('Meanwhile.'), 201);
  await reader.text(({ type, comments }) => type === 'update' && comments?.[0]?.body === 'Meanwhile.');
  assert.ok(!reader.ended);

  // Each that goes lets another in, until all were served.
  const served = crowd.map(async (socket) => {
    const { status } = await socket.response();
    assert.equal(status, 200, `${socket.describe()}; the server said:\n${server.raw_log.slice(-20).join('\n')}`);
    socket.destroy();
  });
  await Promise.all(served);
  assert.equal((await server.get('/healthz')).status, 200);
  writer.end();
  reader.destroy();
  await server.stop();
});

test('nothing is kept of readers who left: no connection, no subscription, no room, no frame', async () => {
  const server = await Server.start(file);
  const frames_bytes = 'parley_live_frames_bytes';
  let always_there = 0; // the ping that all share
  await server.metrics_when((figures) => {
    always_there = figures.get(frames_bytes);
    return always_there < 1_000;
  }, 'no figures');
  const admin = await server.sign_in('Edith Editor');
  const ann = await server.sign_up(`Ann ${randomUUID().slice(0, 8)}`);
  const ids = [];
  for (let i = 0; i < 10; ++i) ids.push(await server.new_discussion(admin));
  for (let round = 0; round < 5; ++round) {
    const readers = await Promise.all(Array.from({ length: 60 }, (_, i) => live_reader(server, ids[i % ids.length], { deflate: i % 2 === 0 })));
    for (const reader of readers.slice(0, 10)) reader.tcp.pause();
    for (const id of ids) await server.post(ann, id, { body: `Round ${round}. ${'x'.repeat(5_000)}` });
    // Some say goodbye, some are gone without a word, some in the middle of a question.
    readers.forEach((reader, i) => {
      if (i % 3 === 0) reader.send(frame(close));
      else if (i % 3 === 1) reader.send(subscribe(ids[0]).subarray(0, 9));
      reader.destroy();
    });
  }
  const nothing = ['connections', 'subscriptions', 'rooms'].map((name) => `parley_live_${name}`);
  await server.metrics_when(
    (figures) => nothing.every((name) => figures.get(name) === 0) && figures.get(frames_bytes) === always_there,
    'something is left',
  );
  await server.stop();
});
