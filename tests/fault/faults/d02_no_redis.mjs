import { Cluster } from '../base/cluster.mjs';
import { delivery_ms } from './f04_redis_killed.mjs';

const kills = 2;

export default {
  number: 'D2',
  title: 'Redis is dead the whole time, and one of two instances is killed meanwhile',
  promise: 'the sweep alone carries: nothing acknowledged is lost, every screen agrees, updates are at most a second late',
  stores: ['postgres'],
  open: Cluster.open,
  expects: { away_grace_ms: 2_500 },
  async prepare({ world, took_effect }) {
    await world.redis.kill();
    took_effect('kill -9 of Redis');
  },
  async inject({ world, random, history, acknowledged, took_effect, notes }) {
    const from = history.entries.length;
    await acknowledged(60);
    notes['latest update by the sweep alone, ms after the answer'] = delivery_ms(history, from);
    for (let i = 0; i < kills; ++i) {
      const instance = random.pick(world.instances);
      await instance.kill();
      took_effect(`kill -9 of ${instance.name}`);
      await acknowledged(30);
      await instance.start();
      await acknowledged(30);
    }
  },
};
