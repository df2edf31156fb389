import { Cluster } from '../base/cluster.mjs';

const reloads = 4;

export default {
  number: 'F24',
  title: 'HAProxy loads its configuration again, and is started anew, under load',
  promise: 'clients come back by themselves, no write fails for good',
  stores: ['postgres'],
  open: Cluster.open,
  expects: { away_grace_ms: 2_500 },
  async inject({ world, acknowledged, took_effect, notes }) {
    const old = [];
    for (let i = 0; i < reloads; ++i) {
      await acknowledged(20);
      old.push(await world.balancer.reload());
      took_effect('reload');
    }
    notes['old processes that still serve'] = old.filter((is_there) => is_there()).length;
    await acknowledged(20);
    await world.balancer.kill();
    took_effect('kill -9 of HAProxy');
    await world.balancer.start();
    await acknowledged(20);
  },
};
