import { Cluster } from '../base/cluster.mjs';
import { until } from '../base/waiting.mjs';

const kills = 3;

export default {
  number: 'F2',
  title: 'kill -9 of one of two instances',
  promise: 'clients move on by themselves, nothing acknowledged is lost',
  stores: ['postgres'],
  open: Cluster.open,
  expects: { away_grace_ms: 2_500 },
  async inject({ world, random, readers, acknowledged, took_effect, notes }) {
    let slowest_ms = 0;
    for (let i = 0; i < kills; ++i) {
      await acknowledged(random.between(10, 40));
      const instance = random.pick(world.instances);
      await instance.kill();
      took_effect(`kill -9 of ${instance.name}`);
      const began = performance.now();
      const live = readers.filter(({ via }) => via === 'websocket');
      await until(() => live.filter((reader) => reader.live.status === 'live').length >= live.length * 0.9, 'readers are back at the other one');
      slowest_ms = Math.max(slowest_ms, performance.now() - began);
      await acknowledged(20);
      await instance.start();
    }
    notes['slowest until 9 of 10 readers are live again, ms'] = Math.round(slowest_ms);
  },
};
