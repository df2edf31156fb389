import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { DiskShim } from '../base/disk_shim.mjs';

const delay_ms = 500;

export default {
  number: 'F16',
  title: `each fsync takes ${delay_ms} ms longer`,
  promise: 'writes become slow, nothing else does: reads and sockets go on, memory stays',
  stores: ['sqlite'],
  afterwards: 60,
  async surroundings(run) {
    run.control = await mkdtemp(join(tmpdir(), 'parley-fault-control-'));
    run.disk = new DiskShim(run.control);
    return { env: run.disk.env };
  },
  async inject({ world, disk, writers, acknowledged, took_effect, notes, history }) {
    const before = world.instance.resources();
    writers.slowest_ms = 0;
    await disk.set('delay', 's', delay_ms);
    let slowest_read_ms = 0;
    let reads = 0;
    const goal = writers.acknowledged + 60;
    while (writers.acknowledged < goal) {
      const began = performance.now();
      const { status } = await world.http.request(world.origin, 'GET', '/api/v1/discussions/storm/comments?limit=10');
      if (status !== 200) history.add('broken', { why: `a read beside a slow disk: ${status}` });
      slowest_read_ms = Math.max(slowest_read_ms, performance.now() - began);
      ++reads;
      await acknowledged(1);
    }
    took_effect('slow fsync', disk.fired);
    notes['slow fsyncs'] = disk.fired;
    notes['reads meanwhile'] = reads;
    notes['slowest read, ms'] = Math.round(slowest_read_ms);
    notes['slowest write, ms'] = Math.round(writers.slowest_ms);
    notes['memory, MiB more'] = world.instance.resources().rss_mib - before.rss_mib;
    await disk.clear();
  },
  async clean({ control }) {
    if (control) await rm(control, { recursive: true, force: true });
  },
};
