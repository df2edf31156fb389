import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { DiskShim } from '../base/disk_shim.mjs';
import { History } from '../base/history.mjs';
import { HttpClient } from '../base/http.mjs';
import { Instance } from '../base/instance.mjs';
import { Random } from '../base/random.mjs';
import { run_program, SqliteStore } from '../base/sqlite_store.mjs';

const points = 8;
const last_call = 40;

/** Ends the server at its n-th call on an empty database, and starts it again. @returns {Promise<string>} what is wrong */
async function cut_at(n, calls, binary, violations) {
  const folder = await mkdtemp(join(tmpdir(), 'parley-fault-'));
  const disk = new DiskShim(folder);
  const store = await SqliteStore.make(folder);
  await disk.set('kill', calls, n);
  const make = (env) => Instance.make({ name: 'one', history: new History(), binary, settings: { 'store.url': store.url }, env });
  const tell = (text) => violations.push({ invariant: 'F27', text: `cut at ${calls} ${n}: ${text}` });
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
      const how = await cut_at(random.between(1, calls === 's' ? 6 : last_call), calls, binary, violations);
      ends[how] = (ends[how] ?? 0) + 1;
    }
    if (ends.SIGKILL === 0) violations.push({ invariant: 'run', text: 'the fault never took effect' });
    return { violations, counts: { operations: points, acknowledged: points - violations.length, effects: ends.SIGKILL }, notes: { 'cut in time': ends.SIGKILL, 'had started by then': ends.started } };
  },
};
