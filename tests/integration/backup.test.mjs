// Copies of a store, made beside a running server, and stores made of copies.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { copyFile, open, readFile, readdir, stat, truncate, writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';

import { Postgres } from '../support/postgres.mjs';
import { Server, create_account, run, run_well, temporary_folder } from '../support/server.mjs';

let folder;

before(async () => {
  folder = await temporary_folder();
});

after(() => folder.remove());

const store = (file) => ['--set', `store.url=sqlite:${file}`];
const backup = (file, output) => run(['backup', ...store(file), output]);
const restore = (file, input, ...more) => run(['restore', ...store(file), ...more, input]);
const check = (file) => run_well(['check', ...store(file)]);

/** A store with an admin and one discussion with comments. */
async function filled_store(name, comments) {
  const file = `${folder.path}/${name}.db`;
  await create_account(file, 'Edith Editor', 'admin');
  const server = await Server.start(file);
  const token = await server.sign_in('Edith Editor');
  const id = await server.new_discussion(token);
  for (let i = 0; i < comments; ++i) await server.post(token, id, { body: `Comment ${i}` });
  return { file, server, token, id };
}

const window_of = async (server, id) => (await server.get(`/api/v1/discussions/${id}/comments?limit=1000`)).json;

test('a copy made while people write is one moment of the history, and restores', async () => {
  const { file, server, token, id } = await filled_store('busy', 20);
  let stopped = false;
  const acknowledged = [];
  const writing = (async () => {
    while (!stopped) {
      const { status, json } = await server.post(token, id, { body: `More ${acknowledged.length}` });
      assert.equal(status, 201);
      acknowledged.push(json.seq);
    }
  })();
  const copies = [];
  for (let i = 0; i < 3; ++i) {
    const known = acknowledged.length;
    const copy = `${folder.path}/busy-${i}.backup`;
    const done = await backup(file, copy);
    assert.equal(done.code, 0, done.stderr);
    assert.match(done.stdout, /MiB, checked and on the disk\. History \w+\.\n$/);
    copies.push({ copy, known });
  }
  stopped = true;
  await writing;
  const before_it = await window_of(server, id);
  await server.stop();
  for (const { copy, known } of copies) {
    assert.equal((await stat(copy)).mode & 0o777, 0o600, 'it holds hashes of passwords');
    const restored = `${copy}.db`;
    const done = await restore(restored, copy);
    assert.equal(done.code, 0, done.stderr);
    await check(restored);
    const other = await Server.start(restored);
    const window = await window_of(other, id);
    assert.notEqual(window.epoch, before_it.epoch, 'another history');
    assert.ok(done.stdout.includes(window.epoch), done.stdout);
    // All that was answered before the copy began, and nothing that has a hole before it.
    assert.ok(window.comments.length >= 20 + known);
    const expected = before_it.comments.slice(0, window.comments.length);
    assert.deepEqual(window.comments.map(({ body }) => body), expected.map(({ body }) => body));
    const changes = await other.get(`/api/v1/discussions/${id}/changes?epoch=${before_it.epoch}&since=${before_it.seq}`);
    assert.equal(changes.status, 409, 'who holds a position of the old one reads again');
    await other.sign_in('Edith Editor');
    await other.stop();
  }
});

test('restore keeps its hands off a store in use and off one that is there', async () => {
  const { file, server, token, id } = await filled_store('held', 3);
  const copy = `${folder.path}/held.backup`;
  assert.equal((await backup(file, copy)).code, 0);
  await server.post(token, id, { body: 'After the copy.' });
  for (const force of [[], ['--force']]) {
    const held = await restore(file, copy, ...force);
    assert.equal(held.code, 75, held.stderr);
    assert.match(held.stderr, /stop the server first/);
  }
  assert.equal((await window_of(server, id)).comments.length, 4);
  const { epoch } = await window_of(server, id);
  await server.stop();
  const there = await restore(file, copy);
  assert.equal(there.code, 1, there.stderr);
  assert.match(there.stderr, /--force/);
  const done = await restore(file, copy, '--force');
  assert.equal(done.code, 0, done.stderr);
  await check(file);
  const again = await Server.start(file);
  const window = await window_of(again, id);
  assert.deepEqual(window.comments.map(({ body }) => body), ['Comment 0', 'Comment 1', 'Comment 2']);
  assert.notEqual(window.epoch, epoch);
  assert.ok(done.stdout.includes(window.epoch));
  assert.ok(!again.log.some(({ event }) => event === 'store.new_epoch'), 'the mark beside it was reset: one new name is enough');
  await again.stop();
});

test('a store that was killed is overwritten whole: nothing of its log is taken for the new one', async () => {
  const { file, server, token, id } = await filled_store('killed', 2);
  const copy = `${folder.path}/killed.backup`;
  assert.equal((await backup(file, copy)).code, 0);
  for (let i = 0; i < 10; ++i) await server.post(token, id, { body: `Lost ${i}` });
  await server.kill();
  assert.ok((await stat(`${file}-wal`)).size > 0, 'its log is still there');
  assert.equal((await restore(file, copy, '--force')).code, 0);
  await check(file);
  const again = await Server.start(file);
  assert.deepEqual((await window_of(again, id)).comments.map(({ body }) => body), ['Comment 0', 'Comment 1']);
  await again.stop();
});

test('what is damaged, missing or none is refused, and nothing is changed', async () => {
  const { file, server, id } = await filled_store('sound', 30);
  const copy = `${folder.path}/sound.backup`;
  assert.equal((await backup(file, copy)).code, 0);
  await server.stop();
  const before_it = await readFile(file);
  const damaged = `${folder.path}/damaged.backup`;
  const cases = [
    ['cut', 65, async () => truncate(damaged, 40_000)],
    ['overwritten', 65, async () => {
      const handle = await open(damaged, 'r+');
      const { size } = await handle.stat();
      for (let page = 4096; page < size; page += 4096) await handle.write(Buffer.alloc(2048, 0x5a), 0, 2048, page);
      await handle.close();
    }],
    ['text', 65, async () => writeFile(damaged, 'no database at all\n'.repeat(500))],
  ];
  for (const [name, code, damage] of cases) {
    await copyFile(copy, damaged);
    await damage();
    const done = await restore(file, damaged, '--force');
    assert.equal(done.code, code, `${name}: ${done.stderr}`);
    assert.match(done.stderr, /damaged\.backup/, name);
  }
  assert.equal((await restore(file, `${folder.path}/nowhere.backup`, '--force')).code, 69);
  assert.equal((await restore(file, file, '--force')).code, 64);
  assert.deepEqual(await readFile(file), before_it);
  assert.equal((await backup(file, file)).code, 64, 'a copy never overwrites its store');
  assert.equal((await backup(`${folder.path}/nowhere.db`, copy)).code, 69);
  assert.equal((await backup(file, `${folder.path}/no/such/folder/x`)).code, 69);
  assert.equal((await run(['backup', '--set', 'store.url=sqlite::memory:', copy])).code, 69);
  const again = await Server.start(file);
  assert.equal((await window_of(again, id)).comments.length, 30);
  await again.stop();
});

test('nothing is left beside a copy, and one of the same name is replaced', async () => {
  const { file, server } = await filled_store('tidy', 1);
  const own = `${folder.path}/${randomUUID()}`;
  await run_well(['backup', ...store(file), `${own}.backup`]);
  await writeFile(`${own}.backup`, 'of yesterday');
  await run_well(['backup', ...store(file), `${own}.backup`]);
  assert.ok((await stat(`${own}.backup`)).size > 10_000);
  await server.stop();
  await run_well(['restore', ...store(`${own}.db`), `${own}.backup`]);
  const left = (await readdir(folder.path)).filter((name) => `${folder.path}/${name}`.startsWith(own));
  const suffixes = left.map((name) => name.slice(name.indexOf('.'))).sort();
  assert.deepEqual(suffixes, ['.backup', '.db', '.db.high-water', '.db.lock']);
});

test('PostgreSQL: a copy beside running instances, and a store made of it with a history of its own', async () => {
  const postgres = await Postgres.start('fsync=off');
  try {
    const url = await postgres.fresh_database();
    await create_account(url, 'Edith Editor', 'admin');
    const server = await Server.start(url);
    const token = await server.sign_in('Edith Editor');
    const id = await server.new_discussion(token);
    for (let i = 0; i < 5; ++i) await server.post(token, id, { body: `Comment ${i}` });
    const copy = `${folder.path}/postgres.backup`;
    const at = (place) => ['--set', `store.url=${place}`];
    await run_well(['backup', ...at(url), copy]);
    assert.equal((await stat(copy)).mode & 0o777, 0o600);
    await server.post(token, id, { body: 'After the copy.' });
    const { epoch, seq } = await window_of(server, id);

    const held = await run(['restore', ...at(url), '--force', copy]);
    assert.equal(held.code, 75, held.stderr);
    await server.stop();
    const there = await run(['restore', ...at(url), copy]);
    assert.equal(there.code, 1, there.stderr);

    for (const [place, force] of [[await postgres.fresh_database(), []], [url, ['--force']]]) {
      const done = await run_well(['restore', ...at(place), ...force, copy]);
      await run_well(['check', ...at(place)]);
      const again = await Server.start(place);
      const window = await window_of(again, id);
      assert.deepEqual(window.comments.map(({ body }) => body), [0, 1, 2, 3, 4].map((i) => `Comment ${i}`));
      assert.notEqual(window.epoch, epoch);
      assert.ok(done.stdout.includes(window.epoch), done.stdout);
      assert.equal((await again.get(`/api/v1/discussions/${id}/changes?epoch=${epoch}&since=${seq}`)).status, 409);
      const posted = await again.post(await again.sign_in('Edith Editor'), id, { body: 'Goes on.' });
      assert.equal(posted.status, 201, posted.text);
      await again.stop();
    }

    const damaged = `${folder.path}/postgres-damaged.backup`;
    await copyFile(copy, damaged);
    await truncate(damaged, 2_000);
    assert.equal((await run(['restore', ...at(url), '--force', damaged])).code, 65);
    const unreachable = await run(['backup', ...at('postgresql://parley:canary@127.0.0.1:1/parley'), copy]);
    assert.equal(unreachable.code, 69);
    assert.ok(!unreachable.stderr.includes('canary'), unreachable.stderr);
    await postgres.psql('CREATE DATABASE other TEMPLATE template0', 'postgres');
    await postgres.psql('CREATE TABLE theirs (x int); ALTER TABLE theirs OWNER TO parley', 'other');
    const foreign = await run(['restore', ...at(url.replace(/\/[^/]*$/, '/other')), '--force', copy]);
    assert.equal(foreign.code, 65, foreign.stderr);
  } finally {
    await postgres.stop();
  }
});
