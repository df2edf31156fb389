import { Cluster } from '../base/cluster.mjs';
import { after } from '../base/waiting.mjs';

const paused_ms = 10_000;

export default {
  number: 'F10',
  title: `PostgreSQL is paused for ${paused_ms / 1_000} s, its connections stay open`,
  promise: 'event loops do not wait for it: pings are answered, each write gets an answer',
  stores: ['postgres'],
  open: Cluster.open,
  expects: { away_grace_ms: 2_500 },
  async inject({ world, history, acknowledged, took_effect, notes }) {
    await acknowledged(30);
    const seen = history.entries.length;
    world.store.server.signal('SIGSTOP');
    const end = performance.now() + paused_ms;
    let slowest_ms = 0;
    while (performance.now() < end) {
      const began = performance.now();
      await world.http.request(world.instances[0].origin, 'GET', '/healthz');
      slowest_ms = Math.max(slowest_ms, performance.now() - began);
      await after(50);
    }
    world.store.server.signal('SIGCONT');
    const unknown = history.entries.slice(seen).filter(({ t }) => t === 'unknown');
    took_effect('writes refused or unknown', unknown.length);
    notes['slowest /healthz meanwhile, ms'] = Math.round(slowest_ms);
    notes['slowest refusal of a write, ms'] = Math.max(0, ...unknown.map(({ took_ms }) => took_ms));
    notes['writes without any answer in 8 s'] = unknown.filter(({ why }) => why === 'no answer in time').length;
  },
};
