import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Cluster } from '../base/cluster.mjs';
import { free_port, RedisServer, Service } from '../base/services.mjs';
import { until } from '../base/waiting.mjs';

const failovers = 2;
const master_name = 'parley';

/** Two Redis, one the other's replica, and a Sentinel that watches them. */
class Watched {
  /** @param {string} folder */
  static async make(folder) {
    const watched = new Watched();
    watched.first = await RedisServer.make(join(folder, 'redis-1'));
    watched.second = await RedisServer.make(join(folder, 'redis-2'), ['--replicaof', '127.0.0.1', String(watched.first.port)]);
    await watched.first.start();
    await watched.second.start();
    await watched.#make_sentinel(join(folder, 'sentinel'));
    await watched.sentinel.start();
    await until(async () => (await watched.ask(['SENTINEL', 'replicas', master_name])).includes(String(watched.second.port)), 'Sentinel knows the replica');
    return watched;
  }

  async #make_sentinel(folder) {
    await mkdir(folder, { recursive: true });
    const port = await free_port();
    const file = join(folder, 'sentinel.conf');
    await writeFile(file, [
      `port ${port}`, 'bind 127.0.0.1', `dir ${folder}`, `sentinel monitor ${master_name} 127.0.0.1 ${this.first.port} 1`,
      `sentinel down-after-milliseconds ${master_name} 1000`, `sentinel failover-timeout ${master_name} 3000`, '',
    ].join('\n'));
    this.port = port;
    this.sentinel = new Service('Sentinel', ['redis-sentinel', file], async () => (await this.ask(['PING'])).trim() === 'PONG');
  }

  /** Of Sentinel. @param {string[]} args */
  ask(args) {
    return RedisServer.prototype.cli.call(this, args);
  }

  async master_port() {
    return Number((await this.ask(['SENTINEL', 'get-master-addr-by-name', master_name])).trim().split('\n')[1]);
  }

  async stop() {
    await this.sentinel.stop();
    await this.second.stop();
    await this.first.stop();
  }
}

export default {
  number: 'F7',
  title: 'Redis fails over: its replica is promoted by Sentinel',
  promise: 'instances find the new one by themselves, nothing depends on what Redis keeps',
  stores: ['postgres'],
  expects: { away_grace_ms: 2_500 },
  open: (options) => Cluster.open({ ...options, make_redis: Watched.make, bus_url: (watched) => `redis+sentinel://127.0.0.1:${watched.port}/${master_name}` }),
  async inject({ world, acknowledged, took_effect, notes }) {
    const { redis } = world;
    for (let i = 0; i < failovers; ++i) {
      await acknowledged(20);
      const before = await redis.master_port();
      const [master, other] = redis.first.port === before ? [redis.first, redis.second] : [redis.second, redis.first];
      const connected = world.instances.map((instance) => instance.events('bus.connected').length);
      const began = performance.now();
      await master.kill();
      await until(async () => (await redis.master_port()) === other.port, 'the replica is promoted');
      took_effect('promotion');
      await until(() => world.instances.every((instance, k) => instance.events('bus.connected').length > connected[k]), 'each instance is at the new one');
      notes['slowest until all instances are at the new one, ms'] = Math.max(Number(notes['slowest until all instances are at the new one, ms'] ?? 0), Math.round(performance.now() - began));
      // It comes back, and is told to follow.
      await master.start();
      await until(async () => (await master.cli(['ROLE'])).startsWith('slave'), 'the old one follows the new one');
      await acknowledged(20);
    }
  },
};
