import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { DiskShim } from '../base/disk_shim.mjs';
import { History } from '../base/history.mjs';
import { HttpClient } from '../base/http.mjs';
import { Instance } from '../base/instance.mjs';
import { Random } from '../base/random.mjs';
import { run_program, SqliteStore } from '../base/sqlite_store.mjs';

const points = 8;
const last_call = 40;
const older_schema = join(dirname(fileURLToPath(import.meta.url)), '../../data/store/schema_1.sql');
const example_comments = 20;

/** A database as an earlier version has left it. */
async function make_older(file) {
  const program = 'import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript(open(sys.argv[2]).read())';
  const made = await run_program('python3', ['-c', program, file, older_schema]);
  if (made.code !== 0) throw new Error(`the older database was not made: ${made.stderr}`);
}

/** Ends the server at its n-th call on an empty or an older database, and starts it again. @returns {Promise<string>} how it ended */
async function cut_at(n, calls, is_older, binary, violations) {
  const folder = await mkdtemp(join(tmpdir(), 'parley-fault-'));
  const disk = new DiskShim(folder);
  const store = await SqliteStore.make(folder);
  if (is_older) await make_older(store.file);
  await disk.set('kill', calls, n);
  const make = (env) => Instance.make({ name: 'one', history: new History(), binary, settings: { 'store.url': store.url }, env });
  const tell = (text) => violations.push({ invariant: 'F27', text: `${is_older ? 'older' : 'empty'}, cut at ${calls} ${n}: ${text}` });
  const first = await make(disk.env);
  const how = await first.start().then(() => 'started', ({ signal, code }) => signal ?? code);
  if (how !== 'started' && how !== 'SIGKILL') tell(`it ended with ${how}`);
  if (how === 'started') first.signal('SIGKILL');
  await first.ended;
  await first.close();
  const second = await make({});
  try {
    await second.start();
    const http = new HttpClient();
    const { status } = await http.request(second.origin, 'POST', '/api/v1/accounts', { body: { name: 'Anna', password: 'a long enough password' }, timeout: 60_000 });
    if (status !== 201) tell(`signing up afterwards: ${status}`);
    if (is_older) {
      const window = await http.request(second.origin, 'GET', '/api/v1/discussions/tram-line/comments', { timeout: 60_000 });
      if (window.json?.comments?.length !== example_comments) tell(`the comments afterwards: ${window.status} ${window.json?.comments?.length}`);
    }
    http.close();
    const checked = await run_program(binary, ['check', '--set', `store.url=${store.url}`]);
    if (checked.code !== 0) tell(`parley check: ${checked.stdout}`);
  } catch (error) {
    tell(error.message);
  }
  await second.close();
  await rm(folder, { recursive: true, force: true });
  return how;
}

export default {
  number: 'F27',
  title: 'the process is ended at some write or fsync while it makes or changes the schema',
  promise: 'the next start finds the old schema or the new one, and goes on',
  stores: ['sqlite'],
  async play({ seed, binary }) {
    const random = new Random(seed, 'F27');
    const violations = [];
    const ends = { SIGKILL: 0, started: 0 };
    for (let i = 0; i < points; ++i) {
      const calls = random.pick(['w', 's', 'ws']);
      const how = await cut_at(random.between(1, calls === 's' ? 6 : last_call), calls, i % 2 === 1, binary, violations);
      ends[how] = (ends[how] ?? 0) + 1;
    }
    if (ends.SIGKILL === 0) violations.push({ invariant: 'run', text: 'the fault never took effect' });
    return { violations, counts: { operations: points, acknowledged: points - violations.length, effects: ends.SIGKILL }, notes: { 'cut in time': ends.SIGKILL, 'had started by then': ends.started } };
  },
};
