import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import { gunzipSync } from 'node:zlib';

import { Server, create_account, temporary_folder } from '../support/server.mjs';

let folder;
let server;
let admin;
let ann;

before(async () => {
  folder = await temporary_folder();
  const file = `${folder.path}/parley.db`;
  await create_account(file, 'Edith Editor', 'admin');
  server = await Server.start(file);
  admin = await server.sign_in('Edith Editor');
  ann = await server.sign_up('Ann Author');
});

after(async () => {
  await server.stop();
  await folder.remove();
});

/** A new discussion with comments of these texts. */
async function discussion_with(...texts) {
  const id = await server.new_discussion(admin);
  const comments = [];
  for (const body of texts) {
    const posted = await server.post(ann, id, { body });
    assert.equal(posted.status, 201, posted.text);
    comments.push(posted.json);
  }
  return { id, comments, window: `/api/v1/discussions/${id}/comments`, page: `/d/${id}`, changes: `/api/v1/discussions/${id}/changes` };
}

const remove = (comment) => server.request('DELETE', `/api/v1/comments/${comment}`, { token: ann, key: randomUUID() });

/** The bytes as they came, which fetch would decode. */
function raw_get(path, headers = {}) {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port: server.port, path, headers }, (answer) => {
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, bytes: Buffer.concat(chunks) }));
    }).on('error', reject).end();
  });
}

async function metric(name) {
  const text = await (await fetch(`http://127.0.0.1:${server.ops_port}/metrics`)).text();
  return Number(text.match(new RegExp(`^${name} (\\d+)$`, 'm'))[1]);
}

test('both codings are the same text under tags of their own, and neither is sent twice', async () => {
  const { window, page } = await discussion_with('Some words. '.repeat(100));
  for (const path of [window, page]) {
    const plain = await raw_get(path);
    const packed = await raw_get(path, { 'Accept-Encoding': 'gzip' });
    assert.deepEqual([plain.status, packed.status], [200, 200]);
    assert.equal(plain.headers['content-encoding'], undefined);
    assert.equal(packed.headers['content-encoding'], 'gzip');
    assert.ok(packed.bytes.length < plain.bytes.length);
    assert.equal(gunzipSync(packed.bytes).toString(), plain.bytes.toString());
    assert.notEqual(plain.headers.etag, packed.headers.etag);
    for (const [first, coding] of [[plain, {}], [packed, { 'Accept-Encoding': 'gzip' }]]) {
      const again = await raw_get(path, { ...coding, 'If-None-Match': first.headers.etag });
      assert.deepEqual([again.status, again.bytes.length], [304, 0]);
      assert.equal(again.headers.etag, first.headers.etag);
      assert.equal(again.headers['cache-control'], first.headers['cache-control']);
      assert.match(again.headers.vary, /Accept-Encoding/);
    }
    const head = await server.request('HEAD', path);
    assert.deepEqual([head.status, head.text], [200, '']);
  }
});

test('windows and changes may be shared by caches, signed in or not; pages are asked for again', async () => {
  const { window, changes, page } = await discussion_with('Words.');
  for (const token of [undefined, ann]) {
    for (const path of [window, `${changes}?since=0`]) {
      const answer = await server.get(path, { token });
      assert.equal(answer.headers.get('cache-control'), 'public, max-age=1', path);
      assert.match(answer.headers.get('vary'), /Accept-Encoding.*Origin/, path);
      assert.equal(answer.headers.get('parley-stale'), null);
    }
    assert.equal((await server.get(page, { token })).headers.get('cache-control'), 'no-cache');
  }
  assert.equal((await server.get('/api/v1/me', { token: ann })).headers.get('cache-control'), 'no-store');
  assert.equal((await server.get(`${window}?limit=0`)).headers.get('cache-control'), 'no-store');
});

test('what was written or voted is in every later window, page and change', async () => {
  const { window, changes, page, id, comments } = await discussion_with('First words.');
  for (const path of [window, page, `${changes}?since=0`]) {
    assert.match((await server.get(path)).text, /First words/);
  }
  await server.post(ann, id, { body: 'Second words.' });
  for (const path of [window, page, `${changes}?since=0`]) {
    assert.match((await server.get(path)).text, /Second words/, path);
  }
  const bob = await server.sign_up(`Bob ${randomUUID().slice(0, 8)}`);
  await server.vote(bob, comments[0].id, 1);
  assert.equal((await server.get(window)).json.comments[0].score, 1);
});

test('a removed text is never served again after the answer, however many ask meanwhile', async () => {
  for (let round = 0; round < 10; ++round) {
    const { window, changes, page, comments } = await discussion_with('Kept words.', 'Regretted words.');
    const paths = [window, page, `${changes}?since=0`];
    let removed = false;
    let asked_after = 0;
    const reader = async (path) => {
      while (asked_after < 60) {
        const after = removed;
        const { status, text } = await server.get(path);
        assert.equal(status, 200, text);
        if (after) {
          ++asked_after;
          assert.ok(!text.includes('Regretted'), `${path}, round ${round}`);
        }
      }
    };
    const readers = [...paths, ...paths].map(reader);
    for (const path of paths) assert.match((await server.get(path)).text, /Regretted/);
    const answer = await remove(comments[1].id);
    removed = true;
    assert.equal(answer.status, 200, answer.text);
    await Promise.all(readers);
  }
});

test('200 at once cost a read or two and get the same bytes', async () => {
  const { window, page } = await discussion_with('Words for many.');
  for (const path of [window, page]) {
    const reads = await metric('parley_snapshot_reads_total');
    const answers = await Promise.all(Array.from({ length: 200 }, () => server.get(path)));
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
    assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
    // One, and one for each half second that a slow machine takes over it.
    const cost = (await metric('parley_snapshot_reads_total')) - reads;
    assert.ok(cost >= 1 && cost <= 20, `${cost} reads`);
  }
  assert.ok((await metric('parley_snapshot_bytes')) > 0);
});

test('min_seq answers at that seq or later, past what is kept, or says when to ask again', async () => {
  const { window, id } = await discussion_with('One.');
  const { json: first } = await server.get(window);
  const { json: posted } = await server.post(ann, id, { body: 'Two.' });
  const at_least = (seq, epoch = first.epoch) => server.get(`${window}?epoch=${epoch}&min_seq=${seq}`);
  const second = await at_least(posted.seq);
  assert.equal(second.status, 200, second.text);
  assert.ok(second.json.seq >= posted.seq);
  assert.equal(second.json.comments.length, 2);
  const ahead = await at_least(posted.seq + 1);
  assert.deepEqual([ahead.status, ahead.json.code, ahead.json.retry_after_ms > 0], [503, 'unavailable', true]);
  assert.equal(ahead.headers.get('cache-control'), 'no-store');
  const foreign = await at_least(1, 'another');
  assert.deepEqual([foreign.status, foreign.json.code], [409, 'reload']);
  const bare = await server.get(`${window}?min_seq=1`);
  assert.deepEqual([bare.status, bare.json.code], [400, 'epoch_required']);
});

test('polling for changes costs nothing while nothing changes', async () => {
  const { window, changes, id } = await discussion_with('One.');
  const { json: { epoch, seq } } = await server.get(window);
  const poll = (since, tag) =>
    server.get(`${changes}?epoch=${epoch}&since=${since}`, { headers: tag ? { 'If-None-Match': tag } : {} });
  const quiet = await poll(seq);
  assert.equal(quiet.status, 200, quiet.text);
  assert.deepEqual([quiet.json.prev, quiet.json.seq, quiet.json.comments], [seq, seq, undefined]);
  assert.equal(quiet.headers.get('etag'), `W/"${epoch}:${seq}"`);
  assert.equal((await poll(seq, quiet.headers.get('etag'))).status, 304);
  assert.equal((await poll(seq, `"${epoch}:${seq}"`)).status, 304, 'a poller knows the tag of where it stands');

  const { json: posted } = await server.post(ann, id, { body: 'Two.' });
  const news = await poll(seq, quiet.headers.get('etag'));
  assert.equal(news.status, 200);
  assert.deepEqual([news.json.prev, news.json.seq], [seq, posted.seq]);
  assert.deepEqual(news.json.comments.map(({ body }) => body), ['Two.']);
  assert.equal((await poll(posted.seq, `"${epoch}:${posted.seq}"`)).status, 304);

  const reads = await metric('parley_snapshot_reads_total');
  const many = await Promise.all(Array.from({ length: 100 }, () => poll(seq)));
  assert.ok(many.every(({ status, text }) => status === 200 && text === news.text));
  assert.ok((await metric('parley_snapshot_reads_total')) - reads <= 20);

  const ahead = await poll(posted.seq + 1);
  assert.deepEqual([ahead.status, ahead.json.code], [409, 'reload']);
  assert.equal(ahead.headers.get('cache-control'), 'no-store');
});
