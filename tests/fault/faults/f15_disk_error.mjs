import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { DiskShim } from '../base/disk_shim.mjs';
import { until } from '../base/waiting.mjs';

const exit_io = 74;
const rounds = 3;
const deepest = 200;

/** What goes wrong, and whether the server must end by it: after a failed fsync nobody knows what is on the disk. */
const ways = [['eio', 's'], ['eio', 'w'], ['torn', 'w']];

export default {
  number: 'F15',
  title: 'the disk fails: EIO at the n-th write or fsync, or half of a write',
  promise: 'nothing is acknowledged any more, the process ends with 74 and is never given the same fsync again',
  stores: ['sqlite'],
  expects: { exit_codes: [exit_io] },
  async surroundings(run) {
    run.control = await mkdtemp(join(tmpdir(), 'parley-fault-control-'));
    run.disk = new DiskShim(run.control);
    return { env: run.disk.env };
  },
  async inject({ world, disk, random, acknowledged, took_effect, notes, history, seed }) {
    let slowest_ms = 0;
    for (let i = 0; i < rounds; ++i) {
      await acknowledged(20);
      const [mode, calls] = ways[(seed + i) % ways.length];
      const n = random.between(1, calls === 's' ? 40 : deepest);
      await disk.set(mode, calls, n);
      await until(() => disk.fired > 0, `call ${n} of ${calls}`);
      const fired_at = performance.now();
      took_effect(`${mode} at ${calls} ${n}`);
      const ended = await Promise.race([world.instance.ended, acknowledged(100).then(() => null)]);
      await disk.clear();
      if (ended === null) {
        // A checkpoint may fail without harm: its pages are still in the log.
        history.add('note', { text: `it went on after ${mode} at ${calls} ${n}` });
        notes['went on'] = Number(notes['went on'] ?? 0) + 1;
        continue;
      }
      slowest_ms = Math.max(slowest_ms, performance.now() - fired_at);
      if (ended.code !== exit_io) history.add('broken', { why: `it ended with ${ended.code ?? ended.signal} after ${mode} at ${calls} ${n}` });
      notes['ended with 74'] = Number(notes['ended with 74'] ?? 0) + 1;
      await world.instance.start();
    }
    notes['slowest end, ms'] = Math.round(slowest_ms);
  },
  async clean({ control }) {
    if (control) await rm(control, { recursive: true, force: true });
  },
};
