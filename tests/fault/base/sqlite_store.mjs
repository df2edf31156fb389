// A SQLite store for each run, copied from one that was prepared once: people, their sessions, discussions.

import { spawn } from 'node:child_process';
import { cp, mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));

/** Runs a program to its end. */
export function run_program(program, args, { input = '', env = {}, timeout_ms = 120_000 } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    const timer = setTimeout(() => child.kill('SIGKILL'), timeout_ms);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, stdout, stderr });
    });
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

export class SqliteStore {
  kind = 'sqlite';

  /** @param {string} folder @param {string} [template] a folder that a store was prepared in */
  static async make(folder, template) {
    const store = new SqliteStore();
    store.folder = join(folder, 'store');
    store.file = join(store.folder, 'parley.db');
    store.url = `sqlite:${store.file}`;
    if (template) await cp(template, store.folder, { recursive: true });
    else await mkdir(store.folder, { recursive: true });
    return store;
  }

  /** All rows, by a program that is not ours. @returns {Promise<Record<string, any[]>>} */
  async read() {
    const done = await run_program('python3', ['-B', join(here, 'read_sqlite.py'), this.file]);
    if (done.code !== 0) throw new Error(`read_sqlite.py: ${done.stderr}`);
    return JSON.parse(done.stdout);
  }

  async close() {
    await rm(this.folder, { recursive: true, force: true });
  }
}
