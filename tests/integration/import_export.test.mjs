// Import and export by the command line: the same file twice, out and in again, beside a server, and
// every exit code.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { Server, create_account, example, run, run_well, temporary_folder } from '../support/server.mjs';

let folder;
before(async () => (folder = await temporary_folder()));
after(() => folder.remove());

let files = 0;
const fresh_file = (suffix = 'db') => join(folder.path, `${++files}.${suffix}`);
const store_of = (file) => ['--set', `store.url=sqlite:${file}`];

async function export_of(file, ...more) {
  return (await run_well(['export', ...store_of(file), ...more, '-'])).stdout;
}

async function file_of(...lines) {
  const path = fresh_file('ndjson');
  await writeFile(path, lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)) + '\n').join(''));
  return path;
}

const discussion = { type: 'discussion', id: 'd', title: 'D', created_at: '2022-01-22T06:00:00Z' };
const account = { type: 'account', id: 'u1', name: 'Ada' };
const comment = (id, more = {}) => ({
  type: 'comment',
  id,
  discussion: 'd',
  author: 'u1',
  body: `Comment ${id}.`,
  created_at: '2022-01-22T09:00:00Z',
  ...more,
});

/** What readers see, by number: windows of two stores differ in ids, epoch and seqs only. */
async function seen(file, id) {
  const server = await Server.start(file);
  const { json } = await server.get(`/api/v1/discussions/${id}/comments?limit=1000`);
  await server.stop();
  return json.comments.map(({ number, author, created_at, edited_at, state, body, score, replies, quote }) => ({
    number,
    author: author?.name,
    created_at,
    edited_at,
    state,
    body,
    score,
    replies,
    quote: quote && { author: quote.author, text: quote.text, verified: quote.verified },
  }));
}

test('the example imports whole, and a second time adds nothing', async () => {
  const file = fresh_file();
  const first = await run_well(['import', ...store_of(file), example]);
  assert.match(first.stdout, /^comments +20 +0 +0$/m);
  const exported = await export_of(file);
  const again = fresh_file();
  await run_well(['import', ...store_of(again), '-'], exported);
  assert.ok((await export_of(again)) === exported);
  const second = await run_well(['import', ...store_of(file), example]);
  assert.match(second.stdout, /^discussions +0 +1 +0$/m);
  assert.match(second.stdout, /^accounts +0 +15 +0$/m);
  assert.match(second.stdout, /^comments +0 +20 +0$/m);
  assert.ok((await export_of(file)) === exported);
  await run_well(['check', ...store_of(file)]);
});

test('an export into an empty store shows the same, and exports the same', async () => {
  const file = fresh_file();
  await run_well(['import', ...store_of(file), example]);
  await run_well(['import', ...store_of(file), await file_of(
    discussion,
    account,
    { type: 'account', id: 'u2', name: 'Ada' },
    comment('late', { created_at: '2022-01-22T12:00:00Z', score: 3 }),
    comment('early', { created_at: '2022-01-22T08:00:00Z', state: 'removed' }),
    comment('reply', { parent: 'early', edited_at: '2022-01-22T09:05:00Z' }),
    { type: 'vote', comment: 'late', account: 'u2', value: 1 },
    { type: 'vote', comment: 'reply', account: 'u2', value: -1 },
  )]);
  const exported = await export_of(file);
  const again = fresh_file();
  const report = await run_well(['import', ...store_of(again), '-'], exported);
  assert.match(report.stdout, /^Standard input: /);
  for (const id of ['tram-line', 'd']) assert.deepEqual(await seen(again, id), await seen(file, id));
  await run_well(['check', ...store_of(again)]);
  // The ids are new ones; from here on they stay as well.
  const third = fresh_file();
  await run_well(['import', ...store_of(third), '-'], await export_of(again));
  assert.ok((await export_of(third)) === (await export_of(again)));
});

test('what people did live is exported beside the server and comes back', async () => {
  const file = fresh_file();
  await run_well(['import', ...store_of(file), example]);
  await create_account(file, 'Operator', 'moderator');
  const server = await Server.start(file);
  const reader = await server.sign_up('Marta');
  const window = await server.get('/api/v1/discussions/tram-line/comments?limit=1000');
  const [root] = window.json.comments;
  const posted = await server.post(reader, 'tram-line', {
    body: 'A live answer.',
    parent: root.id,
    quote: { comment: root.id, text: root.body.slice(0, 40) },
  });
  assert.equal(posted.status, 201, posted.text);
  assert.equal((await server.vote(reader, root.id, 1)).status, 200);
  const removed = await server.post(reader, 'tram-line', { body: 'Gone soon.', parent: posted.json.id });
  assert.equal(removed.status, 201);
  const moderator = await server.sign_in('Operator');
  const removal = await server.request('DELETE', `/api/v1/comments/${removed.json.id}`, { token: moderator });
  assert.ok(removal.status < 300, removal.text);
  const exported = await export_of(file);
  assert.ok(!exported.includes('Gone soon.'));
  await server.stop();
  const again = fresh_file();
  await run_well(['import', ...store_of(again), '-'], exported);
  assert.deepEqual(await seen(again, 'tram-line'), await seen(file, 'tram-line'));
});

test('what waits for a moderator is exported and comes back waiting; what was rejected is not', async () => {
  const file = fresh_file();
  await create_account(file, 'Edith Editor', 'admin');
  const server = await Server.start(file);
  const admin = await server.sign_in('Edith Editor');
  const ann = await server.sign_up('Ann Archer');
  const id = await server.new_discussion(admin, { title: 'Read first', state: 'premoderated' });
  const waits = (await server.post(ann, id, { body: 'May I?' })).json;
  const rejected = (await server.post(ann, id, { body: 'Buy my watches.' })).json;
  await server.request('PATCH', `/api/v1/comments/${rejected.id}`, { token: admin, key: 'k', body: { state: 'removed' } });
  await server.stop();
  const exported = await export_of(file);
  assert.deepEqual(exported.split('\n').filter((line) => line.includes('"comment"')).map((line) => JSON.parse(line)).map(({ id: of, state }) => [of, state]), [[waits.id, 'pending']]);
  assert.ok(!exported.includes('watches'));
  const copy = fresh_file();
  await create_account(copy, 'Edith Editor', 'admin');
  await run_well(['import', ...store_of(copy), await file_of(...exported.trimEnd().split('\n'))]);
  const again = await Server.start(copy);
  assert.deepEqual((await again.get(`/api/v1/discussions/${id}/comments`)).json.comments, []);
  const { pending } = (await again.get(`/api/v1/moderation/queue?discussion=${id}`, { token: await again.sign_in('Edith Editor') })).json;
  assert.deepEqual(pending.map(({ comment }) => [comment.body, comment.author.name]), [['May I?', 'Ann Archer']]);
  await again.stop();
});

test('one discussion is exported alone', async () => {
  const file = fresh_file();
  await run_well(['import', ...store_of(file), example]);
  await run_well(['import', ...store_of(file), await file_of(discussion, account, comment('a'))]);
  const lines = (await export_of(file, '--discussion', 'd')).trimEnd().split('\n').map((line) => JSON.parse(line));
  assert.deepEqual(lines.map((line) => line.type).sort(), ['account', 'comment', 'discussion']);
  assert.equal((await run(['export', ...store_of(file), '--discussion', 'none', '-'])).code, 66);
});

test('a dry run keeps nothing', async () => {
  const file = fresh_file();
  await run_well(['import', ...store_of(file), await file_of(discussion, account)]);
  const before_it = await export_of(file);
  const done = await run_well(['import', '--dry-run', ...store_of(file), example]);
  assert.match(done.stdout, /^comments +20 +0 +0$/m);
  assert.match(done.stdout, /dry run/);
  assert.ok((await export_of(file)) === before_it);
});

test('sources do not meet', async () => {
  const file = fresh_file();
  const path = await file_of(discussion, account, comment('a'));
  await run_well(['import', ...store_of(file), path]);
  const other = await run_well(['import', ...store_of(file), '--source', 'other-forum', path]);
  assert.match(other.stdout, /^comments +1 +0 +0$/m);
});

test('lines that are refused are reported with their numbers: exit 1', async () => {
  const done = await run(['import', ...store_of(fresh_file()), await file_of(
    discussion,
    account,
    comment('a'),
    comment('orphan', { parent: 'lost' }),
    comment('one', { parent: 'two' }),
    comment('two', { parent: 'one' }),
    '{"type":"comment"',
    comment('b', { body: 'x'.repeat(2 * 1024 * 1024) }),
    { type: 'vote', comment: 'a', account: 'u1', value: 3 },
    comment('c', { parent: 'a' }),
    comment('esc', { parent: '\u001b[2J' }),
  )]);
  assert.equal(done.code, 1, done.stderr);
  assert.match(done.stdout, /^comments +2 +0 +4$/m);
  for (const line of [4, 5, 6, 7, 8, 9, 11]) assert.match(done.stdout, new RegExp(`^  line ${line}: refused: `, 'm'));
  assert.ok(!done.stdout.includes('\u001b'));
});

test('warnings alone are no failure', async () => {
  const done = await run_well(['import', ...store_of(fresh_file()), await file_of(discussion, comment('a'))]);
  assert.match(done.stdout, /line 2: warning: account: The account "u1" has no line/);
});

test('what is wrong with the command line: exit 64', async () => {
  const store = store_of(fresh_file());
  const wrong = [
    [],
    ['import', ...store],
    ['import', ...store, '--format', 'other', example],
    ['import', ...store, '--source', 'a b', example],
    ['import', '--set', 'no.such=1', example],
    ['import', '--config', join(folder.path, 'none.toml'), example],
    ['export', ...store, '--discussion', 'a b', '-'],
    ['nonsense'],
  ];
  for (const args of wrong) assert.equal((await run(args)).code, 64, args.join(' '));
});

test('help and version are not mistakes', async () => {
  for (const args of [['--help'], ['import', '--help'], ['account', '--help'], ['account', 'create', '--help']]) {
    const { stdout } = await run_well(args);
    assert.match(stdout, /Examples:|--name/);
  }
  const { stdout } = await run_well(['version']);
  assert.match(stdout, /^parley \d+\.\d+\.\d+\ncompiler .+\nsqlite 3\.\d+/);
});

test('what is not NDJSON at all: exit 65', async () => {
  const done = await run(['import', ...store_of(fresh_file()), await file_of('id,name', '1,Ada')]);
  assert.equal(done.code, 65);
  assert.match(done.stderr, /not in the format/);
  assert.equal((await run(['import', ...store_of(fresh_file()), '-'], '')).code, 65);
});

test('an input that is not there: exit 66', async () => {
  const file = fresh_file();
  assert.equal((await run(['import', ...store_of(file), join(folder.path, 'none.ndjson')])).code, 66);
  assert.equal((await run(['import', ...store_of(file), folder.path])).code, 66);
  assert.ok(!existsSync(file));
});

test('an output that cannot be written: exit 73, and nothing is left behind', async () => {
  const file = fresh_file();
  await run_well(['import', ...store_of(file), example]);
  assert.equal((await run(['export', ...store_of(file), join(folder.path, 'none', 'out')])).code, 73);
  assert.equal((await run(['export', ...store_of(file), '/dev/full'])).code, 73);
  assert.equal((await run(['export', ...store_of(file), folder.path])).code, 73);
  const output = fresh_file('ndjson');
  await writeFile(output, 'old');
  await run_well(['export', ...store_of(file), output]);
  assert.ok((await readFile(output, 'utf8')) === (await export_of(file)));
  assert.deepEqual((await readdir(folder.path)).filter((name) => name.includes('partial')), []);
});

test('a store that a server holds: exit 75 says what to do, export and check run beside it', async () => {
  const file = fresh_file();
  await run_well(['import', ...store_of(file), example]);
  const server = await Server.start(file);
  const importing = await run(['import', ...store_of(file), example]);
  assert.equal(importing.code, 75);
  assert.match(importing.stderr, /stop the server/i);
  const creating = await run(
    ['account', ...store_of(file), 'create', '--name', 'Ada', '--password-stdin'],
    'a long enough password\n',
  );
  assert.equal(creating.code, 75);
  assert.equal((await export_of(file)).split('\n').length, 37);
  await run_well(['check', ...store_of(file)]);
  assert.match((await run_well(['account', ...store_of(file), 'list'])).stdout, /\timported\t/);
  await server.stop();
});

test('accounts are made, given roles and passwords', async () => {
  const file = fresh_file();
  const store = store_of(file);
  await create_account(file, 'Ada', 'admin', 'first long password');
  const password = ['--name', 'Ada', '--password-stdin'];
  assert.equal((await run(['account', ...store, 'create', ...password], 'another password\n')).code, 1);
  assert.equal((await run(['account', ...store, 'create', '--name', 'Bob', '--password-stdin'], 'short\n')).code, 64);
  assert.equal((await run(['account', ...store, 'set-role', '--name', 'Nobody', '--role', 'admin'])).code, 1);
  assert.equal((await run(['account', ...store, 'set-role', '--name', 'Ada', '--role', 'king'])).code, 64);

  let server = await Server.start(file);
  const token = await server.sign_in('Ada', 'first long password');
  const put = await server.request('PUT', '/api/v1/discussions/d', { token, body: { title: 'D' } });
  assert.ok(put.status < 300, put.text);
  const posted = await server.post(token, 'd', { body: 'Hello.' });
  assert.deepEqual(posted.json.author.badges, ['admin']);
  await server.stop();

  await run_well(['account', ...store, 'set-role', '--name', 'ada', '--role', 'member']);
  await run_well(['account', ...store, 'set-password', ...password], 'second long password');
  assert.match((await run_well(['account', ...store, 'list'])).stdout, /^1\tmember\tyes\t.+\tAda$/m);

  server = await Server.start(file);
  const window = await server.get('/api/v1/discussions/d/comments');
  assert.deepEqual(window.json.comments[0].author.badges, []);
  assert.ok(window.json.seq > posted.json.seq);
  assert.equal((await server.get('/api/v1/me', { token })).status, 401);
  await server.sign_in('Ada', 'second long password');
  await server.stop();
});
