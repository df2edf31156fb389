import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { EventReader } from '../support/events.mjs';
import { LiveReader } from '../support/live.mjs';
import { RawSocket } from '../support/raw_socket.mjs';
import { Server, create_account, temporary_folder } from '../support/server.mjs';

let folder;
let file;
let server;
let admin;
let ann;
let bob;

before(async () => {
  folder = await temporary_folder();
  file = `${folder.path}/parley.db`;
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
const from = ({ epoch, seq }) => `?epoch=${epoch}&since=${seq}`;
const update = ({ type }) => type === 'update';

test('an event stream tells what the socket tells, with the position to resume from', async () => {
  const id = await server.new_discussion(admin);
  const window = await window_of(id);
  const socket = await new LiveReader(server).opened();
  socket.subscribe(id, { epoch: window.epoch, since: window.seq });
  const stream = await EventReader.open(server, id, { query: from(window) });
  assert.equal(stream.response.headers.get('content-type'), 'text/event-stream');
  assert.equal(stream.response.headers.get('cache-control'), 'no-store');
  assert.equal(stream.response.headers.get('x-content-type-options'), 'nosniff');
  await stream.frame(({ type }) => type === 'subscribed');
  await socket.frame(({ type }) => type === 'subscribed');

  const posted = (await server.post(ann, id, { body: 'Hello,\nall.' })).json;
  await server.vote(bob, posted.id, 1);
  const last = (voted) => update(voted) && voted.scores?.[0]?.score === 1;
  await stream.frame(last);
  await socket.frame(last);
  const fresh = await window_of(id);
  assert.equal(stream.ids.at(-1), `${fresh.epoch}:${fresh.seq}`);
  assert.deepEqual(
    LiveReader.prototype.state_from.call(stream, window),
    socket.state_from(window),
    'the same state by both ways',
  );
  await stream.close();
  await socket.close();
});

test('a browser that comes back resumes from the last event it saw', async () => {
  const id = await server.new_discussion(admin);
  const window = await window_of(id);
  const first = await EventReader.open(server, id, { query: from(window) });
  await server.post(ann, id, { body: 'One.' });
  await first.frame(update);
  await first.close();
  await server.post(ann, id, { body: 'Two.' });
  await server.post(ann, id, { body: 'Three.' });
  const again = await EventReader.open(server, id, { query: from(window), headers: { 'Last-Event-ID': first.ids.at(-1) } });
  const caught_up = await again.frame(update);
  assert.deepEqual(caught_up.comments.map(({ body }) => body), ['Two.', 'Three.']);
  await again.close();
});

test('polling leads to the same state', async () => {
  const id = await server.new_discussion(admin);
  const window = await window_of(id);
  const posted = (await server.post(ann, id, { body: 'Hello.' })).json;
  await server.vote(bob, posted.id, -1);
  const path = `/api/v1/discussions/${id}/changes${from(window)}`;
  const fresh = await window_of(id);
  const changes = (await server.get(path)).json;
  assert.deepEqual([changes.type, changes.prev, changes.seq], ['update', window.seq, fresh.seq]);
  const state = LiveReader.prototype.state_from.call({ frames: [changes] }, window);
  assert.deepEqual([...state.comments.values()], fresh.comments);
});

test('a position of another history, or ahead of this one, is told to read again', async () => {
  const id = await server.new_discussion(admin);
  const { epoch, seq } = await window_of(id);
  const elsewhere = await EventReader.open(server, id, { query: '?epoch=elsewhere&since=3' });
  assert.equal((await elsewhere.frame(({ type }) => type === 'reload')).reason, 'epoch');
  await elsewhere.close();
  const ahead = await EventReader.open(server, id, { query: from({ epoch, seq: seq + 100 }) });
  assert.equal((await ahead.frame(({ type }) => type === 'reload')).reason, 'ahead');
  await ahead.close();
});

test('what cannot be streamed is refused with a problem document', async () => {
  const id = await server.new_discussion(admin);
  const cases = [
    [`/api/v1/discussions/nowhere/events`, 404, 'unknown_discussion'],
    [`/api/v1/discussions/${id}/events?since=5`, 400, 'epoch_required'],
    [`/api/v1/discussions/${id}/events?epoch=x&since=-1`, 400, 'invalid_field'],
    [`/api/v1/discussions/${id}/events?epoch=x&since=many`, 400, 'invalid_field'],
  ];
  for (const [path, status, code] of cases) {
    const answer = await server.get(path);
    assert.deepEqual([answer.status, answer.json.code], [status, code], path);
  }
});

test('a reader that goes leaves nothing behind, and stopping ends the streams', async () => {
  const other_file = `${folder.path}/other.db`;
  await create_account(other_file, 'Edith Editor', 'admin');
  const own = await Server.start(other_file);
  const id = await own.new_discussion(await own.sign_in('Edith Editor'));
  const readers = await Promise.all(Array.from({ length: 20 }, () => EventReader.open(own, id)));
  await Promise.all(readers.map((reader) => reader.frame(({ type }) => type === 'subscribed')));
  const count = async () => {
    const text = await (await fetch(`http://127.0.0.1:${own.ops_port}/metrics`)).text();
    return Number(/^parley_live_connections (\d+)$/m.exec(text)[1]);
  };
  const counted = async (number) => {
    const deadline = performance.now() + 20_000;
    while ((await count()) !== number) assert.ok(performance.now() < deadline, `${await count()} are counted, not ${number}`);
  };
  await counted(20);
  for (const reader of readers.slice(10)) await reader.close();
  await counted(10);
  const ends = Promise.all(readers.slice(0, 10).map((reader) => reader.ended));
  await own.stop();
  await ends;
  for (const { retry_ms } of readers.slice(0, 10)) assert.ok(retry_ms >= 0 && retry_ms <= 3000, `${retry_ms}`);
});

test('a stream ends with its subscription: nothing could come on it any more', async () => {
  const id = await server.new_discussion(admin);
  const { epoch, seq } = await window_of(id);
  const position = await EventReader.open(server, id, { query: '?epoch=elsewhere&since=3' });
  const ahead = await EventReader.open(server, id, { query: from({ epoch, seq: seq + 100 }) });
  const follows = await EventReader.open(server, id, { query: from({ epoch, seq }) });
  for (const stream of [position, ahead]) {
    await stream.ended;
    assert.equal(stream.frames.at(-1).type, 'reload');
  }
  await server.post(ann, id, { body: 'Hello.' });
  await follows.frame(update);
  await follows.close();
  await server.metrics_when((figures) => figures.get('parley_live_connections') === 0, 'a stream is still there');
});

test('a stream that begins while the server stops keeps nobody waiting', async () => {
  const other_file = `${folder.path}/stopping.db`;
  await create_account(other_file, 'Edith Editor', 'admin');
  for (let round = 0; round < 3; ++round) {
    const own = await Server.start(other_file);
    const id = await own.new_discussion(await own.sign_in('Edith Editor'));
    const sockets = Array.from({ length: 60 }, () => new RawSocket(own));
    const ask = (path) => `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${own.port}\r\n\r\n`;
    // Each has its session already when the requests and the signal come at the same moment.
    for (const socket of sockets) socket.send(ask('/healthz'));
    for (const socket of sockets) assert.equal((await socket.response()).status, 200);
    own.child.kill('SIGSTOP');
    for (const socket of sockets) {
      socket.bytes = Buffer.alloc(0);
      socket.send(ask(`/api/v1/discussions/${id}/events`));
    }
    own.child.kill('SIGTERM');
    own.child.kill('SIGCONT');
    const end = await own.exited;
    assert.equal(end.code, 0, own.raw_log.join('\n'));
    assert.ok(!own.log.some(({ event }) => event === 'server.drain_cut'), own.raw_log.join('\n'));
    for (const socket of sockets) {
      await socket.until(() => socket.ended, 'it was not closed');
      const answer = socket.bytes.toString();
      assert.match(answer, /^$|^HTTP\/1\.1 503 |^HTTP\/1\.1 200 [^]*text\/event-stream/);
    }
  }
});
