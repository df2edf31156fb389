// The real processes of one run: a store, instances on it, and the one address that clients know.

import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { HttpClient } from './http.mjs';
import { Instance } from './instance.mjs';
import { prepare } from './prepare.mjs';
import { run_program, SqliteStore } from './sqlite_store.mjs';

export const repository = join(dirname(fileURLToPath(import.meta.url)), '../../..');
export const binary_of = (preset) => process.env.PARLEY_BIN ?? join(repository, `build/${preset}/server/parley`);

/** Prepared stores, one for each kind and binary, for as long as this process runs. @type {Map<string, Promise<any>>} */
const prepared = new Map();

async function prepare_sqlite(binary) {
  const folder = await mkdtemp(join(tmpdir(), 'parley-fault-made-'));
  const store = await SqliteStore.make(folder);
  const people = await prepare(store, binary);
  return { folder, template: store.folder, people };
}

/** People and discussions in a SQLite store that others are copied from. @param {string} binary */
export function prepared_sqlite(binary) {
  if (!prepared.has(binary)) prepared.set(binary, prepare_sqlite(binary));
  return prepared.get(binary);
}

/** Removes what was prepared. */
export async function forget_prepared() {
  for (const made of prepared.values()) {
    const { folder } = await made.catch(() => ({}));
    if (folder) await rm(folder, { recursive: true, force: true });
  }
  prepared.clear();
}

export class World {
  /**
   * @param {{history: import('./history.mjs').History, binary: string, settings?: Record<string, any>, wrapper?: string[],
   *   env?: Record<string, string>, folder?: string}} options `folder`: where the store is to be, where that matters
   */
  static async open_sqlite({ history, binary, settings = {}, wrapper, env, folder }) {
    const { template, people } = await prepared_sqlite(binary);
    const world = new World();
    world.folder = await mkdtemp(join(tmpdir(), 'parley-fault-'));
    world.store = await SqliteStore.make(folder ?? world.folder, template);
    Object.assign(world, { history, binary, people, http: new HttpClient(), kind: 'sqlite' });
    const instance = await Instance.make({ name: 'one', history, binary, settings: { 'store.url': world.store.url, ...settings }, wrapper, env });
    world.instances = [instance];
    world.origin = instance.origin;
    try {
      await instance.start();
    } catch (error) {
      await world.close().catch(() => {});
      throw error;
    }
    return world;
  }

  /** The only instance, or the first. */
  get instance() {
    return this.instances[0];
  }

  /** A subcommand on the store, beside the instances. @param {string[]} args */
  command(args, options = {}) {
    const [name, ...rest] = args;
    return run_program(this.binary, [name, '--set', `store.url=${this.store.url}`, ...rest], { env: this.store.env, ...options });
  }

  /** Where instances listen, for reading from each. */
  get origins() {
    return this.instances.map(({ name, origin }) => ({ name, origin }));
  }

  async close() {
    this.http.close();
    for (const instance of this.instances) await instance.close();
    await this.store.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Copies what can be looked at after a failure. @param {string} to */
  async keep(to) {
    if (this.store.folder) await cp(this.store.folder, join(to, 'store'), { recursive: true, force: true }).catch(() => {});
  }
}
