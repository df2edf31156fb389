import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { run_program } from '../base/sqlite_store.mjs';
import { until } from '../base/waiting.mjs';

const size_mib = 24;

async function mount() {
  const folder = await mkdtemp(join(tmpdir(), 'parley-fault-small-'));
  const done = await run_program('mount', ['-t', 'tmpfs', '-o', `size=${size_mib}m`, 'none', folder]);
  if (done.code === 0) return { folder, problem: '' };
  await rm(folder, { recursive: true });
  return { folder: null, problem: `no file system can be mounted: ${done.stderr.trim()}` };
}

async function unmount(folder) {
  await run_program('umount', ['-l', folder]);
  await rm(folder, { recursive: true, force: true });
}

export default {
  number: 'F14',
  title: 'the disk is full',
  promise: 'writes are refused in words, reads and sockets live, it heals without a restart',
  stores: ['sqlite'],
  async impossible() {
    const { folder, problem } = await mount();
    if (folder) await unmount(folder);
    return problem;
  },
  async surroundings(run) {
    run.small = (await mount()).folder;
    return { folder: run.small };
  },
  async inject({ world, history, writers, small, took_effect, acknowledged, notes }) {
    const pid = world.instance.pid;
    await mkdir(join(small, 'others'), { recursive: true });
    const filler = join(small, 'others', 'filler');
    const seen = history.entries.length;
    await writeFile(filler, Buffer.alloc(size_mib * 1024 * 1024)).catch(() => {});
    const refusals = () => history.entries.slice(seen).filter(({ t, why }) => t === 'unknown' && String(why).startsWith('507')).length;
    await until(() => refusals() >= 10, 'writes are refused because the disk is full');
    took_effect('507', refusals());
    const began = performance.now();
    const page = await world.http.request(world.origin, 'GET', '/api/v1/discussions/storm/comments?limit=10');
    if (page.status !== 200) history.add('broken', { why: `a read during a full disk: ${page.status}` });
    notes['a read while the disk is full, ms'] = Math.round(performance.now() - began);
    await rm(filler);
    const freed = performance.now();
    await acknowledged(1);
    notes['first write after there was room, ms'] = Math.round(performance.now() - freed);
    if (world.instance.pid !== pid || writers.acknowledged === 0) history.add('broken', { why: 'it was not the same process any more' });
  },
  async clean({ small }) {
    if (small) await unmount(small);
  },
};
