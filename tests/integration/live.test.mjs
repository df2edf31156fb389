import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';

import { LiveReader } from '../support/live.mjs';
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

const new_discussion = () => server.new_discussion(admin);

const window_of = async (id) => (await server.get(`/api/v1/discussions/${id}/comments?limit=1000`)).json;

async function watch(id, options = {}) {
  const window = await window_of(id);
  const reader = await new LiveReader(server, options).opened();
  reader.subscribe(id, { epoch: window.epoch, since: window.seq });
  await reader.frame(({ type }) => type === 'subscribed');
  return { window, reader };
}

const update_with = (predicate) => (frame) => frame.type === 'update' && predicate(frame);

test('a comment, an edit, a vote and a removal reach a reader who is not signed in', async () => {
  const id = await new_discussion();
  const { window, reader } = await watch(id);

  const posted = (await server.post(ann, id, { body: 'Hello.' })).json;
  const first = await reader.frame(update_with(({ comments }) => comments?.[0]?.id === posted.id));
  assert.equal(first.comment_count, 1);
  assert.deepEqual(first.comments[0], posted, 'the frame carries what the author was answered');

  const reply = (await server.post(bob, id, { body: 'Hi.', parent: posted.id })).json;
  const second = await reader.frame(update_with(({ comments }) => comments?.[0]?.id === reply.id));
  assert.deepEqual(second.scores.map(({ id: parent, replies }) => [parent, replies]), [[posted.id, 1]]);

  await server.vote(bob, posted.id, 1);
  await reader.frame(update_with(({ scores }) => scores?.[0]?.score === 1));
  await server.request('PATCH', `/api/v1/comments/${posted.id}`, { token: ann, key: randomUUID(), body: { body: 'Hello, all.' } });
  await reader.frame(update_with(({ comments }) => comments?.[0]?.body === 'Hello, all.'));
  await server.request('PATCH', `/api/v1/comments/${reply.id}`, { token: admin, key: randomUUID(), body: { state: 'removed' } });
  const removal = await reader.frame(update_with(({ comments }) => comments?.[0]?.state === 'removed'));
  assert.deepEqual([removal.comments[0].author, removal.comments[0].body, removal.comment_count], [null, '', 1]);

  await server.request('PUT', `/api/v1/discussions/${id}`, { token: admin, key: randomUUID(), body: { state: 'locked' } });
  await reader.frame(update_with(({ discussion }) => discussion?.state === 'locked'));

  const state = reader.state_from(window);
  const fresh = await window_of(id);
  assert.equal(state.seq, fresh.seq);
  for (const comment of fresh.comments) assert.deepEqual(state.comments.get(comment.id), comment);
  await reader.close();
});

test('a reader who comes back gets exactly what it missed, as one update', async () => {
  const id = await new_discussion();
  const { window, reader } = await watch(id);
  await reader.close();
  const first = (await server.post(ann, id, { body: 'One.' })).json;
  for (let i = 0; i < 5; ++i) await server.post(bob, id, { body: `Reply ${i}.`, parent: first.id });
  const again = await new LiveReader(server).opened();
  again.subscribe(id, { epoch: window.epoch, since: window.seq });
  const update = await again.frame(({ type }) => type === 'update');
  assert.deepEqual([update.prev, update.comments.length], [window.seq, 6]);
  assert.equal(again.frames[0].type, 'subscribed');
  const fresh = await window_of(id);
  assert.deepEqual([...again.state_from(window).comments.values()].map(({ id: one }) => one).sort(), fresh.comments.map(({ id: one }) => one).sort());
  await again.close();
});

test('positions that mean nothing here are told to read again', async () => {
  const id = await new_discussion();
  const reader = await new LiveReader(server).opened();
  reader.subscribe(id, { epoch: 'another', since: 3 });
  assert.equal((await reader.frame(({ type }) => type === 'reload')).reason, 'epoch');
  const { epoch } = await window_of(id);
  reader.subscribe(id, { epoch, since: 1000 });
  await reader.frame(({ type, reason }) => type === 'reload' && reason === 'ahead');
  reader.subscribe('nowhere');
  await reader.frame(({ type, code }) => type === 'error' && code === 'unknown_discussion');
  reader.send('{"type":"subscribe","topic":"discussion:x","topic":"discussion:y"}');
  reader.send('not JSON');
  await reader.frame(({ type, code }) => type === 'error' && code === 'malformed');
  await reader.close();
});

test('a reader may watch several discussions and leave one', async () => {
  const [one, two] = [await new_discussion(), await new_discussion()];
  const reader = await new LiveReader(server).opened();
  for (const id of [one, two]) reader.subscribe(id);
  for (const id of [one, two]) {
    await reader.frame(({ type, topic }) => type === 'subscribed' && topic === `discussion:${id}`);
  }
  reader.send({ type: 'unsubscribe', topic: `discussion:${one}` });
  // A frame on the same socket comes after what was sent before it was handled.
  reader.send('not JSON');
  await reader.frame(({ type }) => type === 'error');
  await server.post(ann, one, { body: 'Unseen.' });
  await server.post(ann, two, { body: 'Seen.' });
  await reader.frame(update_with(({ topic }) => topic === `discussion:${two}`));
  assert.ok(!reader.frames.some(({ type, topic }) => type === 'update' && topic === `discussion:${one}`));
  await reader.close();
});

test('fifty readers of one storm all end with what a fresh load shows', async () => {
  const id = await new_discussion();
  const readers = await Promise.all(Array.from({ length: 50 }, () => watch(id)));
  const posts = [];
  for (let i = 0; i < 40; ++i) posts.push(server.post(i % 2 ? ann : bob, id, { body: `Comment ${i}.` }));
  const comments = (await Promise.all(posts)).map(({ json }) => json);
  await Promise.all(comments.map((comment, i) => server.vote(i % 2 ? bob : ann, comment.id, i % 3 ? 1 : -1)));
  const fresh = await window_of(id);
  for (const { window, reader } of readers) {
    await reader.frame(({ type, seq }) => type === 'update' && seq === fresh.seq, `seq ${fresh.seq}`);
    const { comments: seen } = reader.state_from(window);
    for (const comment of fresh.comments) assert.deepEqual(seen.get(comment.id), comment);
    reader.socket.terminate();
  }
});

test('a reader that stops reading is sent one merged update when it goes on', async () => {
  const id = await new_discussion();
  const comment = (await server.post(ann, id, { body: 'First words.' })).json;
  const { window, reader } = await watch(id, { deflate: false });
  const tcp = reader.socket._socket;
  tcp.pause();
  // More than the kernel buffers for this connection and the outbox hold together.
  const edits = 300;
  for (let i = 0; i < edits; ++i) {
    const edited = await server.request('PATCH', `/api/v1/comments/${comment.id}`, {
      token: ann, key: randomUUID(), body: { body: `Edit ${i}. ${'x'.repeat(8_000)}` },
    });
    assert.equal(edited.status, 200, edited.text);
  }
  const metrics = await (await fetch(`http://127.0.0.1:${server.ops_port}/metrics`)).text();
  assert.ok(Number(/^parley_live_overflows_total (\d+)$/m.exec(metrics)[1]) > 0, 'the outbox overflowed');
  tcp.resume();
  const fresh = await window_of(id);
  await reader.frame(({ type, seq }) => type === 'update' && seq === fresh.seq, 'the end of the storm');
  assert.deepEqual(reader.state_from(window).comments.get(comment.id), fresh.comments[0]);
  const updates = reader.frames.filter(({ type }) => type === 'update').length;
  assert.ok(updates < edits, `${updates} updates for ${edits} edits`);
  const last = (await server.post(bob, id, { body: 'After the storm.' })).json;
  await reader.frame(update_with(({ comments }) => comments?.[0]?.id === last.id));
  await reader.close();
});

test('votes that a slow reader missed arrive as the last numbers', async () => {
  const id = await new_discussion();
  const comments = [];
  for (let i = 0; i < 3; ++i) comments.push((await server.post(ann, id, { body: `Comment ${i}.` })).json);
  const { window, reader } = await watch(id);
  for (let i = 0; i < 30; ++i) await server.vote(bob, comments[i % 3].id, i % 2 ? 1 : -1);
  const fresh = await window_of(id);
  await reader.frame(({ type, seq }) => type === 'update' && seq === fresh.seq, `seq ${fresh.seq}`);
  const { comments: seen } = reader.state_from(window);
  for (const comment of fresh.comments) assert.deepEqual(seen.get(comment.id), comment);
  await reader.close();
});

test('a socket is opened only for an allowed origin', async () => {
  const refused = ['https://evil.example', `${server.origin}.evil.example`, 'null', `http://127.0.0.1:1`];
  for (const origin of refused) {
    const error = await new LiveReader(server, { origin }).failed;
    assert.match(error.message, /403/, origin);
  }
  const absent = await new LiveReader(server, { origin: null }).failed;
  assert.match(absent.message, /403/);
});

const deflate_options = [
  ['not at all', false, ''],
  ['as browsers do', true, 'permessage-deflate'],
  ['every message', { threshold: 0 }, 'permessage-deflate'],
  ['with a small window', { threshold: 0, clientMaxWindowBits: 10 }, 'permessage-deflate'],
  ['without context', { threshold: 0, serverNoContextTakeover: true, clientNoContextTakeover: true }, 'permessage-deflate'],
  ['but asks for a small window of the server', { serverMaxWindowBits: 9 }, ''],
];
for (const [name, deflate, extensions] of deflate_options) {
  test(`a reader that deflates ${name} sees the same as all`, async () => {
    const id = await new_discussion();
    const reader = await new LiveReader(server, { deflate }).opened();
    assert.equal(reader.socket.extensions, extensions);
    reader.subscribe(id, { epoch: (await window_of(id)).epoch, since: 0 });
    await reader.frame(({ type }) => type === 'subscribed');
    const bodies = ['Short.', 'Words that come again. '.repeat(300), 'Ä €uro and a 🚋. '.repeat(100)];
    for (const body of bodies) {
      const posted = (await server.post(ann, id, { body })).json;
      const update = await reader.frame(update_with(({ comments }) => comments?.[0]?.id === posted.id));
      assert.deepEqual(update.comments[0], posted);
    }
    reader.send(`not JSON ${'x'.repeat(30_000)}`);
    await reader.frame(({ type, code }) => type === 'error' && code === 'malformed');
    reader.send('x'.repeat(70_000));
    assert.equal((await reader.closed).code, 1009);
  });
}

test('a frame over the limit and bytes that are not UTF-8 close the socket with their codes', async () => {
  const large = await new LiveReader(server).opened();
  large.send('x'.repeat(70_000));
  assert.equal((await large.closed).code, 1009);
  const binary = await new LiveReader(server).opened();
  binary.socket.send(Buffer.from([0xff, 0xfe]), { binary: false });
  assert.equal((await binary.closed).code, 1007);
});

test('stopping tells sockets to come back elsewhere, and when', async () => {
  const other = await temporary_folder();
  const stopping = await Server.start(`${other.path}/parley.db`);
  const reader = await new LiveReader(stopping).opened();
  await stopping.stop();
  const { code, reason } = await reader.closed;
  assert.equal(code, 1012);
  const { retry_after_ms, spread_ms } = JSON.parse(reason);
  assert.equal(spread_ms, 3000);
  assert.ok(retry_after_ms >= 0 && retry_after_ms <= spread_ms, reason);
  await other.remove();
});
