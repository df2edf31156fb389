// Files that are wrong in every way: each bad line is told by its number and harms nothing else, whether the run is a
// rehearsal or not, whichever database it goes into.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { writeFile } from 'node:fs/promises';

import { Postgres } from '../support/postgres.mjs';
import { Server, create_account, run, run_well, store_url, temporary_folder } from '../support/server.mjs';

let folder;
let postgres;

before(async () => {
  folder = await temporary_folder();
  postgres = await Postgres.start('fsync=off');
});
after(async () => {
  await postgres?.stop();
  await folder?.remove();
});

const comment = (id, more = {}) => ({ type: 'comment', id, discussion: 'd', author: 'u1', body: `Comment ${id}.`, created_at: '2022-01-22T09:00:00Z', ...more });
const without = ({ ...line }, field) => (delete line[field], line);

const good = [
  { type: 'discussion', id: 'd', title: 'D', created_at: '2022-01-22T06:00:00Z' }, { type: 'account', id: 'u1', name: 'Ada' },
  comment('a'), comment('b', { parent: 'a' }), comment('c', { parent: 'b', score: -12 }), { type: 'vote', comment: 'a', account: 'u1', value: 1 },
];

/** Bad lines by class; each is refused, and nothing else. */
const bad = {
  'an orphan': [comment('orphan', { parent: 'lost' })],
  'a cycle of two': [comment('x', { parent: 'y' }), comment('y', { parent: 'x' })],
  'a cycle of one': [comment('z', { parent: 'z' })],
  'below a cycle': [comment('p', { parent: 'q' }), comment('q', { parent: 'p' }), comment('r', { parent: 'q' })],
  'bad UTF-8': [Buffer.from(JSON.stringify(comment('u', { body: 'bad \u0000' })).replace('\\u0000', '\xff\xfe'), 'latin1')],
  'half a surrogate': ['{"type":"comment","id":"s","discussion":"d","author":"u1","body":"\\ud800","created_at":"2022-01-22T09:00:00Z"}'],
  'NUL': [comment('nul', { body: 'a\u0000b' })],
  'a line of 2 MB': [comment('long', { body: 'x'.repeat(2 * 1024 * 1024) })],
  'a text over its limit': [comment('text', { body: 'x'.repeat(17 * 1024) })],
  'not JSON': ['{"type":"comment"', 'hello', '{"type":"comment"}}', '[1,2'],
  'no object': ['[]', '7', 'null', '"text"'],
  'deep': [`{"type":"comment","quote":${'{"quote":'.repeat(60)}1${'}'.repeat(61)}`],
  'unknown fields': [{ ...comment('uf'), colour: 'red' }, { type: 'account', id: 'uu', name: 'N', role: 'admin' }, { type: 'account', id: 'up', name: 'N', password_hash: 'x' }],
  'an unknown type': [{ type: 'poll', id: 'x' }, { id: 'x' }],
  'a repeated key': ['{"type":"account","id":"u8","id":"u9","name":"Twice"}'],
  'fields left out': ['id', 'discussion', 'author', 'body', 'created_at'].map((field) => without(comment(`no-${field}`), field)),
  'wrong types': [comment(7), comment('t1', { body: 7 }), comment('t2', { parent: [] }), comment('t3', { score: 1.5 }), comment('t4', { score: '9' }), comment('t5', { created_at: 5 }), comment('t6', { quote: 'x' }), comment('t7', { state: 1 })],
  'values that cannot be': [comment('v1', { created_at: 'yesterday' }), comment('v2', { created_at: '2022-13-45T99:00:00Z' }), comment('v3', { state: 'secret' }), comment('v4', { score: 1e300 }), comment('v5', { discussion: 'a b' }), comment('v6', { body: ' ' })],
  'a vote of 3': [{ type: 'vote', comment: 'a', account: 'u1', value: 3 }],
  'a vote on nothing': [{ type: 'vote', comment: 'nothing', account: 'u1', value: 1 }],
  'the same id with another text': [comment('a', { body: 'Another text.' })],
  'an id over its limit': [comment('i'.repeat(300))],
};

const bytes_of = (lines) => Buffer.concat(lines.map((line) => Buffer.concat([Buffer.isBuffer(line) ? line : Buffer.from(typeof line === 'string' ? line : JSON.stringify(line)), Buffer.from('\n')])));

/** The lines of an export, its numbers in place of the database's ids, which leave gaps. */
function lines_of(ndjson) {
  const names = new Map();
  const name = (kind, id) => id && (names.has(`${kind} ${id}`) ? names : names.set(`${kind} ${id}`, `${kind} ${names.size}`)).get(`${kind} ${id}`);
  return ndjson.trimEnd().split('\n').map((line) => JSON.parse(line)).map((line) => {
    if (line.type === 'comment') return { ...line, id: name('c', line.id), parent: name('c', line.parent), author: name('a', line.author) };
    if (line.type === 'account') return { ...line, id: name('a', line.id) };
    return line.type === 'vote' ? { ...line, comment: name('c', line.comment), account: name('a', line.account) } : line;
  });
}

async function file_of(name, lines) {
  const path = `${folder.path}/${name.replaceAll(' ', '-')}.ndjson`;
  await writeFile(path, bytes_of(lines));
  return path;
}

const places = { SQLite: () => `${folder.path}/${Math.random()}.db`, PostgreSQL: () => postgres.fresh_database() };

for (const [kind, make_place] of Object.entries(places)) {
  test(`${kind}: each bad line is told and harms nothing else`, async () => {
    // As it would be without any of the bad lines.
    const clean = await make_place();
    const args = (place) => ['--set', `store.url=${store_url(place)}`];
    await run_well(['import', ...args(clean), await file_of('clean', good)]);
    const expected = lines_of((await run_well(['export', ...args(clean), '-'])).stdout);
    // All at once: good lines between the bad ones, and every bad line known by its number.
    const lines = [...good.slice(0, 3)];
    const refused = [];
    for (const some of Object.values(bad)) {
      for (const line of some) {
        lines.push(line);
        refused.push(lines.length);
      }
    }
    lines.push(...good.slice(3));
    const file = await file_of(`all-${kind}`, lines);
    const place = await make_place();
    const rehearsal = await run(['import', '--dry-run', ...args(place), file]);
    const done = await run(['import', ...args(place), file]);
    for (const { code, stdout, stderr } of [rehearsal, done]) {
      assert.equal(code, 1, stderr);
      const told = [...stdout.matchAll(/^ {2}line (\d+): refused: /gm)].map(([, number]) => Number(number));
      assert.deepEqual([...new Set(told)].sort((a, b) => a - b), refused, stdout);
      assert.ok(!/[\u0000-\u0008\u000e-\u001f]/.test(stdout), 'no control characters');
    }
    assert.deepEqual(lines_of((await run_well(['export', ...args(place), '-'])).stdout), expected);
    await run_well(['check', ...args(place)]);
  });
}

test('each class alone: exit 1, and what is good is there', async () => {
  for (const [what, lines] of Object.entries(bad)) {
    const place = places.SQLite();
    const { code, stdout } = await run(['import', '--set', `store.url=${store_url(place)}`, await file_of(what, [...good, ...lines])]);
    assert.equal(code, 1, `${what}: ${stdout}`);
    assert.match(stdout, /^comments +3 +0 /m, what);
  }
});

test('beside a live instance on PostgreSQL a file under fire is imported, and readers are told', async () => {
  const url = await postgres.fresh_database();
  await create_account(url, 'Edith Editor', 'admin');
  const server = await Server.start(url);
  try {
    const lines = [...good, ...Object.values(bad).flat()];
    const done = await run(['import', '--set', `store.url=${url}`, await file_of('live', lines)]);
    assert.equal(done.code, 1, done.stderr);
    const window = (await server.get('/api/v1/discussions/d/comments?limit=100')).json;
    assert.deepEqual(window.comments.map(({ number, score }) => [number, score]), [['1', 0], ['1.1', 0], ['1.1.1', -12]]);
    assert.equal((await server.get('/readyz')).status, 200);
  } finally {
    await server.stop();
  }
});
