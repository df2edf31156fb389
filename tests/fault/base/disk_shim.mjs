// The preloaded library that fails, delays or ends a server at a chosen call on its database (shim/disk_shim.cpp).

import { existsSync, readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { repository } from './world.mjs';

export const shim = process.env.PARLEY_DISK_SHIM ?? join(repository, 'build/dev/tests/fault/disk_shim.so');

export class DiskShim {
  #generation = 0;

  /** @param {string} folder for its control file */
  constructor(folder) {
    this.control = join(folder, 'disk-control');
  }

  get env() {
    const asan = `verify_asan_link_order=0:${process.env.ASAN_OPTIONS ?? ''}`;
    return { LD_PRELOAD: shim, FAULT_DISK_CONTROL: this.control, ASAN_OPTIONS: asan };
  }

  /**
   * From now on. @param {'eio' | 'enospc' | 'kill' | 'delay' | 'torn'} mode @param {string} calls of "wst"
   * @param {number} n the n-th call from now on, 0 for all; for delay: ms
   */
  async set(mode, calls, n) {
    await writeFile(`${this.control}.new`, `${++this.#generation} ${mode} ${calls} ${n}`);
    await rename(`${this.control}.new`, this.control);
  }

  async clear() {
    await this.set('none', 'x', 1);
  }

  /** How often it acted since the last set(). */
  get fired() {
    const path = `${this.control}.fired`;
    if (!existsSync(path)) return 0;
    const lines = readFileSync(path, 'utf8').trim().split('\n');
    return lines.filter((line) => line.startsWith(`${this.#generation} `)).length;
  }
}
