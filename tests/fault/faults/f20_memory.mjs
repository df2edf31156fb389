import { existsSync } from 'node:fs';
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import WebSocket from 'ws';

const root = '/sys/fs/cgroup/memory';
const limit_mib = 160;
const slow_readers = 400;

/** A limit on memory for one process, by the kernel. */
async function make_group(name) {
  const folder = join(root, `parley-fault-${process.pid}-${name}`);
  await mkdir(folder);
  await writeFile(join(folder, 'memory.limit_in_bytes'), String(limit_mib * 1024 * 1024));
  return folder;
}

export default {
  number: 'F20',
  title: `${limit_mib} MiB of memory and ${slow_readers} readers that do not read`,
  promise: 'queues are bounded, so it stays under four fifths of that; it is not killed',
  stores: ['sqlite'],
  preset: 'release', // the address sanitizer has memory of its own
  settings: { 'limits.outbox_bytes_max': 65_536 },
  per_second: 100,
  async impossible() {
    if (!existsSync(join(root, 'memory.limit_in_bytes'))) return 'there is no cgroup for memory (version 1)';
    return make_group('try').then((folder) => rmdir(folder)).then(() => '', (error) => `no cgroup can be made: ${error.message}`);
  },
  async inject(run) {
    const { world, acknowledged, took_effect, notes, history } = run;
    run.group = await make_group(`${run.seed}`);
    await writeFile(join(run.group, 'cgroup.procs'), String(world.instance.pid));
    const { port } = world.instance;
    const sockets = Array.from({ length: slow_readers }, () => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/api/v1/live`, 'parley.v1', { origin: `http://127.0.0.1:${port}`, perMessageDeflate: false });
      socket.on('error', () => {});
      socket.on('open', () => {
        socket.send(JSON.stringify({ type: 'subscribe', topic: 'discussion:storm' }));
        socket._socket.pause();
      });
      return socket;
    });
    await acknowledged(600);
    took_effect('not reading', sockets.filter(({ readyState }) => readyState === WebSocket.OPEN).length);
    const peak = Number(await readFile(join(run.group, 'memory.max_usage_in_bytes'), 'utf8')) / 1024 / 1024;
    notes['peak of the group, MiB'] = Math.round(peak);
    notes['limit, MiB'] = limit_mib;
    if (peak > limit_mib * 0.8) history.add('broken', { why: `it used ${Math.round(peak)} of ${limit_mib} MiB` });
    for (const socket of sockets) socket.terminate();
  },
  async clean({ group }) {
    if (group) await rmdir(group).catch(() => {});
  },
};
