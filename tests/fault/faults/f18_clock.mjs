import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const library = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1';
const jumps = ['+1h', '-1h', '+1d', '-1d', '+0'];

export default {
  number: 'F18',
  title: 'the clock jumps by an hour and by a day, forward and back',
  promise: 'order is by seq, nobody is disconnected by it, times within a discussion never go back',
  stores: ['sqlite'],
  preset: 'release', // a sanitizer and libfaketime do not get along
  async impossible() {
    return existsSync(library) ? '' : `${library} is not installed`;
  },
  async surroundings(run) {
    run.control = await mkdtemp(join(tmpdir(), 'parley-fault-clock-'));
    run.clock_file = join(run.control, 'time');
    await writeFile(run.clock_file, '+0\n');
    return { env: { LD_PRELOAD: library, FAKETIME_TIMESTAMP_FILE: run.clock_file, FAKETIME_NO_CACHE: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1' } };
  },
  async inject({ world, clock_file, random, acknowledged, took_effect, history, notes }) {
    let seen_ms = 0;
    for (const jump of [...jumps].sort(() => random.below(3) - 1)) {
      await writeFile(clock_file, `${jump}\n`);
      await acknowledged(30);
      const { json } = await world.http.request(world.origin, 'GET', '/api/v1/discussions/storm/changes?since=0');
      const newest = Math.max(...(json.comments ?? []).map(({ created_at }) => Date.parse(created_at)));
      seen_ms = Math.max(seen_ms, Math.abs(newest - Date.now()));
      took_effect(jump);
    }
    notes['farthest time seen, s'] = Math.round(seen_ms / 1_000);
    if (seen_ms < 1_800_000) history.add('broken', { why: 'the server never saw another time' });
  },
  async finish({ world, history }) {
    for (const final of history.entries.filter(({ t, comments }) => t === 'final' && comments)) {
      const by_id = [...final.comments].sort((a, b) => Number(a.id) - Number(b.id));
      for (let i = 1; i < by_id.length; ++i) {
        if (by_id[i].created_at < by_id[i - 1].created_at) history.add('broken', { why: `comment ${by_id[i].id} is older than ${by_id[i - 1].id}, which came first` });
      }
    }
    return world;
  },
  async clean({ control }) {
    if (control) await rm(control, { recursive: true, force: true });
  },
};
