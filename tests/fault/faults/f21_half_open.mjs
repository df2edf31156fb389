import { until } from '../base/waiting.mjs';

const ping_ms = 1_000;
const idle_ms = 3_000;

export default {
  number: 'F21',
  title: 'connections that are dead without a word, at both ends',
  promise: 'the server frees them by itself after live_idle_timeout, readers find out and come back',
  stores: ['sqlite'],
  settings: { 'limits.live_ping_interval_ms': ping_ms, 'limits.live_idle_timeout_ms': idle_ms },
  async inject({ world, readers, acknowledged, took_effect, notes }) {
    const { proxy } = world.instance;
    const before = world.instance.resources().fds;
    const sockets = new Set(readers.filter(({ via }) => via === 'websocket').map(({ socket }) => socket?._socket?.localPort));
    const lost = [...proxy.links].filter((link) => sockets.has(link.client.remotePort)).slice(0, 25);
    const chosen = new Set(lost);
    took_effect('swallowed', proxy.swallow((link) => chosen.has(link)));
    const began = performance.now();
    await acknowledged(50);
    await until(() => lost.every((link) => link.server.destroyed), () => `the server lets go of ${lost.filter((link) => !link.server.destroyed).length} dead connections`);
    notes['freed after, ms'] = Math.round(performance.now() - began);
    notes['descriptors before and after'] = `${before}, ${world.instance.resources().fds}`;
    // Readers notice by silence, after 40 s; here they are told by the end of what the proxy held.
    for (const link of lost) link.client.resetAndDestroy();
  },
};
