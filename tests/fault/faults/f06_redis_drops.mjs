import { Cluster } from '../base/cluster.mjs';
import { drop_messages } from '../proxy/redis_filter.mjs';
import { after } from '../base/waiting.mjs';

const bursts = 4;

export default {
  number: 'F6',
  title: 'one message in ten is lost on the bus, and all at the end of a burst; then one instance is cut off from Redis',
  promise: 'gaps are found and filled, and what was the last thing said is found by the sweep',
  stores: ['postgres'],
  open: Cluster.open,
  expects: { away_grace_ms: 2_500 },
  async surroundings(run) {
    run.dropping = { percent: 0, count: 0 };
    const drops = () => {
      const is_dropped = run.random.chance(run.dropping.percent);
      if (is_dropped) ++run.dropping.count;
      return is_dropped;
    };
    return { redis_filter: drop_messages(drops) };
  },
  async inject({ world, dropping, acknowledged, took_effect, notes }) {
    for (let i = 0; i < bursts; ++i) {
      dropping.percent = 10;
      await acknowledged(30);
      dropping.percent = 100;
      await acknowledged(5);
    }
    took_effect('messages lost', dropping.count);
    notes['messages lost'] = dropping.count;
    dropping.percent = 0;
    const [{ redis }] = world.links;
    redis.swallows_new = true;
    took_effect('cut off', redis.swallow(() => true));
    await Promise.all([acknowledged(60), after(5_000)]);
    redis.swallows_new = false;
    redis.cut();
  },
};
