import { connect } from 'node:net';

import { after, until } from '../base/waiting.mjs';

const limit = 256;
const dials = 400;

export default {
  number: 'F19',
  title: `no descriptors are left: a limit of ${limit}, ${dials} connections`,
  promise: 'whoever is connected stays, accepting waits without spinning, it heals when some leave',
  stores: ['sqlite'],
  preset: 'release', // the sanitizer looks at memory by a pipe, and calls what it cannot look at an error
  readers: 40,
  async surroundings() {
    return { wrapper: ['prlimit', `--nofile=${limit}:${limit}`] };
  },
  async inject({ world, acknowledged, took_effect, notes, history }) {
    // prlimit becomes the server.
    const open = Array.from({ length: dials }, () => {
      const socket = connect({ host: '127.0.0.1', port: world.instance.port });
      socket.on('error', () => {});
      return socket;
    });
    await until(() => world.instance.resources().fds >= limit - 4, () => `all descriptors are taken (${world.instance.resources().fds})`);
    took_effect('full', open.length);
    const before = world.instance.resources().cpu_s;
    await after(2_000);
    notes['CPU while full, % of a core'] = Math.round((world.instance.resources().cpu_s - before) * 50);
    await acknowledged(20);
    for (const socket of open) socket.destroy();
    const freed = performance.now();
    await until(async () => (await world.http.request(world.origin, 'GET', '/healthz', { timeout: 1_000 })).status === 200, 'new connections are taken again');
    notes['accepts again after, ms'] = Math.round(performance.now() - freed);
    history.add('note', { text: 'descriptors were given back' });
  },
};
