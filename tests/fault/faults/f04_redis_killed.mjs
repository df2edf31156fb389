import { Cluster } from '../base/cluster.mjs';
import { after, until } from '../base/waiting.mjs';

const cycles = 2;
const away_ms = 4_000;

/** How long another instance took to tell of a write, from its answer on; by the readers of all instances. */
export function delivery_ms(history, from) {
  const waiting = new Map();
  let worst = 0;
  for (const entry of history.entries.slice(from)) {
    if (entry.t === 'ok' && entry.status === 201 && entry.attempt === 1) waiting.set(entry.id, entry.at);
    if (entry.t !== 'update' || entry.outcome !== 'applied' || entry.via !== 'websocket') continue;
    for (const [id] of entry.items) if (waiting.has(id)) worst = Math.max(worst, entry.at - waiting.get(id));
  }
  return Math.round(worst);
}

export default {
  number: 'F4',
  title: 'kill -9 of Redis, and a new start',
  promise: 'writes go on, other instances see them by the sweep, the bus comes back by itself',
  stores: ['postgres'],
  open: Cluster.open,
  expects: { away_grace_ms: 2_500 },
  async inject({ world, history, acknowledged, took_effect, notes }) {
    for (let i = 0; i < cycles; ++i) {
      await acknowledged(30);
      await world.redis.kill();
      took_effect('kill -9 of Redis');
      const from = history.entries.length;
      await Promise.all([after(away_ms), acknowledged(60)]);
      notes['latest update without Redis, ms after the answer'] = Math.max(Number(notes['latest update without Redis, ms after the answer'] ?? 0), delivery_ms(history, from));
      const connected = world.instances.map((instance) => instance.events('bus.connected').length);
      await world.redis.start();
      await until(() => world.instances.every((instance, k) => instance.events('bus.connected').length > connected[k]), 'the bus is back at each instance');
      await acknowledged(30);
    }
  },
};
