// An account that is erased: nothing of it is left in any page, quote, vote, export or at the command line.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';

import { LiveReader } from '../support/live.mjs';
import { Server, create_account, run, run_well, store_url, temporary_folder } from '../support/server.mjs';

const canary = 'heron-under-the-bridge';
let folder;

before(async () => {
  folder = await temporary_folder();
});
after(() => folder.remove());

async function fresh_store(name) {
  const file = `${folder.path}/${name}.db`;
  await create_account(file, 'Edith Editor', 'admin');
  return file;
}

/** Every row of the file, as text. */
const dump = (file) =>
  execFileSync('python3', ['-c', `import sqlite3
print("\\n".join(sqlite3.connect(${JSON.stringify(`file:${file}?mode=ro`)}, uri=True).iterdump()))`], { maxBuffer: 64 << 20 }).toString();

const window_of = async (server, id) => (await server.get(`/api/v1/discussions/${id}/comments?limit=1000`)).json;
const erased = (server) => server.logged(({ event }) => event === 'service.account_erased');

test('texts, quotes, votes and the name go; scores and what others wrote stay', async () => {
  const file = await fresh_store('erased');
  const server = await Server.start(file);
  const admin = await server.sign_in('Edith Editor');
  const [ann, bob] = [await server.sign_up('Ann Unforgotten'), await server.sign_up('Bob')];
  const id = await server.new_discussion(admin);
  const hers = (await server.post(ann, id, { body: `I saw the ${canary}.` })).json;
  const edited = (await server.post(ann, id, { body: `First ${canary}.` })).json;
  await server.request('PATCH', `/api/v1/comments/${edited.id}`, { token: ann, body: { body: `Then ${canary} two.` } });
  const answer = (await server.post(bob, id, { body: 'Did you?', parent: hers.id, quote: { comment: hers.id, text: canary } })).json;
  const invented = (await server.post(bob, id, { body: 'No.', quote: { comment: hers.id, text: 'I saw nothing' } })).json;
  assert.deepEqual([answer.quote.verified, invented.quote.verified, invented.quote.author], [true, false, 'Ann Unforgotten']);
  await server.vote(ann, answer.id, -1);
  await server.vote(ann, invented.id, 1);
  await server.vote(bob, hers.id, 1);
  const removed = (await server.post(ann, id, { body: `Too much ${canary}.` })).json;
  await server.request('DELETE', `/api/v1/comments/${removed.id}`, { token: admin });

  const begin = await window_of(server, id);
  const reader = await new LiveReader(server).opened();
  reader.subscribe(id, { epoch: begin.epoch, since: begin.seq });
  const asked = await server.request('DELETE', '/api/v1/me', { token: ann });
  assert.equal(asked.status, 202, asked.text);
  assert.match(asked.headers.get('set-cookie'), /^parley_session=; .*Max-Age=0/);
  assert.equal((await server.get('/api/v1/me', { token: ann })).status, 401);
  await erased(server);

  const window = await window_of(server, id);
  await reader.frame(({ type, seq }) => type === 'update' && seq >= window.seq);
  assert.equal(window.comment_count, 2);
  const by_id = Object.fromEntries(window.comments.map((comment) => [comment.id, comment]));
  assert.deepEqual([by_id[hers.id].state, by_id[hers.id].author, by_id[hers.id].body, by_id[hers.id].up], ['deleted', null, '', 1]);
  assert.deepEqual(by_id[answer.id].quote, { comment: hers.id, author: '', text: '', verified: false });
  assert.deepEqual(by_id[invented.id].quote, { comment: hers.id, author: '', text: 'I saw nothing', verified: false });
  for (const [comment, score] of [[answer, -1], [invented, 1]]) {
    const { up, down, score: now } = by_id[comment.id];
    assert.deepEqual([up, down, now], [0, 0, score]);
  }
  const updates = JSON.stringify(reader.frames);
  assert.ok(!updates.includes(canary) && !updates.includes('Unforgotten'), updates);
  await reader.close();

  const again = await server.request('POST', '/api/v1/session', { body: { name: 'Ann Unforgotten', password: 'a long enough password' } });
  assert.equal(again.json.code, 'bad_credentials');
  assert.ok(!server.raw_log.join('\n').includes('Unforgotten'));
  await server.stop();
  assert.equal((await run(['check', '--set', `store.url=${store_url(file)}`])).code, 0);
  const rows = dump(file);
  const bytes = await readFile(file);
  for (const trace of [canary, 'Unforgotten', 'unforgotten']) {
    assert.ok(!rows.includes(trace), trace);
    assert.ok(!bytes.includes(trace), `${trace} is still in the file`);
  }
  const exported = (await run_well(['export', '--set', `store.url=${store_url(file)}`, '-'])).stdout;
  assert.ok(!exported.includes(canary) && !exported.includes('Unforgotten'));

  // The name is anybody's now, and whoever takes it has nothing of hers.
  const anew = await Server.start(file);
  const other = await anew.sign_up('Ann Unforgotten');
  assert.deepEqual((await anew.get(`/api/v1/me/votes?discussion=${id}`, { token: other })).json.votes, []);
  assert.equal((await anew.request('DELETE', `/api/v1/comments/${hers.id}`, { token: other })).json.code, 'forbidden');
  await anew.stop();
});

test('a server that is killed on the way goes on with it when it starts again', async () => {
  const file = await fresh_store('killed');
  const lines = [{ type: 'discussion', id: 'long', title: 'Long' }, { type: 'account', id: 'u1', name: 'Bob' }];
  for (let i = 0; i < 20; ++i) lines.push({ type: 'comment', id: `b${i}`, discussion: 'long', author: 'u1', body: 'Here.', created_at: '2026-01-01T00:00:00Z' });
  await writeFile(`${folder.path}/long.ndjson`, lines.map((line) => JSON.stringify(line)).join('\n'));
  await run_well(['import', '--set', `store.url=${store_url(file)}`, `${folder.path}/long.ndjson`]);
  const server = await Server.start(file);
  const ann = await server.sign_up('Ann');
  for (let i = 0; i < 120; ++i) {
    const posted = await server.post(ann, 'long', { body: `${canary} ${i}` });
    assert.equal(posted.status, 201, posted.text);
  }
  assert.equal((await server.request('DELETE', '/api/v1/me', { token: ann })).status, 202);
  await server.kill();
  const done_before = server.raw_log.some((line) => line.includes('service.account_erased'));
  const second = await Server.start(file);
  if (!done_before) await erased(second);
  const window = await window_of(second, 'long');
  assert.deepEqual([window.comment_count, window.comments.length], [20, 20]);
  await second.stop();
  assert.ok(!dump(file).includes(canary));
});

test('the operator erases by number, also accounts that were imported; an import brings nothing back', async () => {
  const file = await fresh_store('operator');
  const store = ['--set', `store.url=${store_url(file)}`];
  const lines = [
    { type: 'discussion', id: 'old', title: 'Old' },
    { type: 'account', id: 'u1', name: 'Ursula' }, { type: 'account', id: 'u2', name: 'Ursula' },
    { type: 'comment', id: 'c1', discussion: 'old', author: 'u1', body: `The ${canary}.`, score: 3, created_at: '2022-01-22T09:32:00Z' },
    { type: 'comment', id: 'c2', discussion: 'old', parent: 'c1', author: 'u2', body: 'Another Ursula.', score: 5, created_at: '2022-01-22T09:33:00Z' },
    { type: 'vote', comment: 'c2', account: 'u1', value: 1 },
  ];
  const input = `${folder.path}/old.ndjson`;
  await writeFile(input, lines.map((line) => JSON.stringify(line)).join('\n'));
  const imported = await run(['import', ...store, input]);
  assert.equal(imported.code, 0, imported.stderr);
  const list = async () => (await run_well(['account', ...store, 'list'])).stdout.split('\n').filter((line) => line.includes('Ursula'));
  const before_it = await list();
  assert.equal(before_it.length, 2);
  const number = before_it[0].split('\t')[0];
  for (const [id, code] of [['x', 64], ['999', 1]]) assert.equal((await run(['account', ...store, 'erase', '--id', id])).code, code, id);
  for (let i = 0; i < 2; ++i) assert.match((await run_well(['account', ...store, 'erase', '--id', number])).stdout, /^Erased account/);
  assert.deepEqual(await list(), before_it.slice(1));
  assert.match((await run_well(['account', ...store, 'list'])).stdout, new RegExp(`^${number}\\tmember\\terased\\t`, 'm'));
  assert.equal((await run(['check', ...store])).code, 0);
  assert.equal((await run(['import', ...store, input])).code, 0);
  assert.ok(!dump(file).includes(canary));
  const server = await Server.start(file);
  const window = await window_of(server, 'old');
  assert.deepEqual(window.comments.map(({ body, score }) => [body, score]), [['', 3], ['Another Ursula.', 5]]);
  await server.stop();
});
