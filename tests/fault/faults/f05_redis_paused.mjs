import { Cluster } from '../base/cluster.mjs';
import { after } from '../base/waiting.mjs';

const paused_ms = 8_000;

export default {
  number: 'F5',
  title: `Redis is paused for ${paused_ms / 1_000} s, its connections stay open`,
  promise: 'no write waits for it, the hang is noticed, updates come by the sweep',
  stores: ['postgres'],
  open: Cluster.open,
  expects: { away_grace_ms: 2_500 },
  async inject({ world, writers, acknowledged, took_effect, notes }) {
    await acknowledged(20);
    writers.slowest_ms = 0;
    await acknowledged(60);
    notes['slowest write before, ms'] = Math.round(writers.slowest_ms);
    writers.slowest_ms = 0;
    const lost = world.instances.map((instance) => instance.events('bus.lost').length);
    world.redis.signal('SIGSTOP');
    await Promise.all([after(paused_ms), acknowledged(60)]);
    world.redis.signal('SIGCONT');
    took_effect('SIGSTOP of Redis');
    notes['slowest write while it hung, ms'] = Math.round(writers.slowest_ms);
    notes['noticed by instances'] = world.instances.filter((instance, i) => instance.events('bus.lost').length > lost[i]).length;
  },
};
