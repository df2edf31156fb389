// Several instances on one PostgreSQL, with Redis between them and HAProxy before them. Each link of each instance to
// each service goes through a proxy of its own, so that it can be cut alone.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { TcpProxy } from '../proxy/tcp_proxy.mjs';
import { HttpClient } from './http.mjs';
import { Instance } from './instance.mjs';
import { PostgresStore } from './postgres_store.mjs';
import { prepare } from './prepare.mjs';
import { Balancer, RedisServer } from './services.mjs';
import { World } from './world.mjs';

const bus_secret = 'a secret of the fault tests, long enough';

/** @type {Map<string, Promise<{folder: string, template: string, people: any[]}>>} */
const prepared = new Map();

async function prepare_postgres(binary) {
  const folder = await mkdtemp(join(tmpdir(), 'parley-fault-made-'));
  const store = await PostgresStore.make(folder);
  const people = await prepare(store, binary);
  await store.server.stop();
  return { folder, template: store.server.data, people };
}

async function start_redis(folder) {
  const redis = await RedisServer.make(join(folder, 'redis'));
  await redis.start();
  return redis;
}

/** Removes what was prepared. */
export async function forget_prepared_postgres() {
  for (const made of prepared.values()) {
    const { folder } = await made.catch(() => ({}));
    if (folder) await rm(folder, { recursive: true, force: true });
  }
  prepared.clear();
}

export class Cluster extends World {
  /**
   * @param {{history: import('./history.mjs').History, binary: string, settings?: Record<string, any>, env?: Record<string, string>,
   *   instances?: number, postgres_filter?: any, redis_filter?: any, make_redis?: (folder: string) => Promise<any>,
   *   bus_url?: (redis: any) => string}} options filters are for the links of each instance; with a `bus_url` it is used as it is
   */
  static async open({ history, binary, settings = {}, env = {}, instances = 2, make_redis = start_redis, ...links }) {
    if (!prepared.has(binary)) prepared.set(binary, prepare_postgres(binary));
    const { template, people } = await prepared.get(binary);
    const cluster = new Cluster();
    Object.assign(cluster, { history, binary, people, http: new HttpClient(), kind: 'postgres', instances: [], links: [] });
    cluster.folder = await mkdtemp(join(tmpdir(), 'parley-fault-'));
    try {
      cluster.store = await PostgresStore.make(cluster.folder, template);
      cluster.redis = await make_redis(cluster.folder);
      for (let i = 0; i < instances; ++i) await cluster.#make_instance('abcdef'[i], { settings, env, ...links });
      await Promise.all(cluster.instances.map((instance) => instance.start()));
      cluster.balancer = await Balancer.make(cluster.folder, cluster.instances.map(({ name, proxy }) => ({ name, port: proxy.port })));
      await cluster.balancer.start();
      cluster.origin = cluster.balancer.origin;
    } catch (error) {
      await cluster.close().catch(() => {});
      throw error;
    }
    return cluster;
  }

  async #make_instance(name, { settings, env, postgres_filter, redis_filter, bus_url }) {
    const links = {
      postgres: await TcpProxy.start(() => ({ port: this.store.server.port }), postgres_filter),
      redis: await TcpProxy.start(() => ({ port: this.redis.port }), redis_filter),
    };
    this.links.push(links);
    const bus = bus_url?.(this.redis) ?? `redis://127.0.0.1:${links.redis.port}`;
    const all = { 'store.url': this.store.url_at(links.postgres.port), 'bus.url': bus, 'bus.secret': bus_secret, ...settings };
    this.instances.push(await Instance.make({ name, history: this.history, binary: this.binary, settings: all, env }));
  }

  async close() {
    this.http.close();
    await this.balancer?.stop();
    if (this.store?.server.child) this.store.server.signal('SIGCONT');
    for (const instance of this.instances) await instance.close();
    await this.redis?.stop();
    for (const { postgres, redis } of this.links) {
      await postgres.stop();
      await redis.stop();
    }
    await this.store?.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}
