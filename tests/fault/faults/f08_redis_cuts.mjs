import { Cluster } from '../base/cluster.mjs';
import { until } from '../base/waiting.mjs';

const cuts = 5;

export default {
  number: 'F8',
  title: 'Redis ends the connections of its subscribers, as it does when their buffers are full',
  promise: 'they subscribe again and read what they missed from the store',
  stores: ['postgres'],
  open: Cluster.open,
  expects: { away_grace_ms: 2_500 },
  async inject({ world, random, acknowledged, took_effect }) {
    await world.redis.cli(['CONFIG', 'SET', 'client-output-buffer-limit', 'pubsub 64kb 64kb 1']);
    const subscribed = async () => Number((await world.redis.cli(['CLIENT', 'LIST', 'TYPE', 'pubsub'])).trim().split('\n').filter(Boolean).length);
    for (let i = 0; i < cuts; ++i) {
      await acknowledged(random.between(10, 30));
      const ended = Number((await world.redis.cli(['CLIENT', 'KILL', 'TYPE', 'pubsub'])).trim());
      took_effect('CLIENT KILL', ended);
      await until(async () => (await subscribed()) >= world.instances.length, 'all have subscribed again');
    }
  },
};
