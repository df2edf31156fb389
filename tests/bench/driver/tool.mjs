// Processes of the benchmark: started on a core of their own, told what to do by lines, ended by
// their number whatever happens.

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const folder = join(dirname(fileURLToPath(import.meta.url)), '..');
export const repository = join(folder, '../..');
export const build = join(repository, 'build/bench');
export const program = (name) => join(build, 'tests/bench', name);
export const binary = join(build, 'server/parley');

export const server_core = 0;
export const load_core = 1;

const answer_timeout_ms = 180_000;
const end_timeout_ms = 30_000;

const running = new Set();
const folders = new Set();

export async function temporary_folder() {
  const path = await mkdtemp(join(tmpdir(), 'parley-bench-'));
  folders.add(path);
  return path;
}

/** One that somebody else has started; end_all() ends it as well. */
export function adopt(child) {
  running.add(child);
  child.on('exit', () => running.delete(child));
}

/** Ends what is still there; for the end of the run, however it comes. */
export async function end_all() {
  for (const child of running) child.kill('SIGKILL');
  running.clear();
  for (const path of folders) await rm(path, { recursive: true, force: true });
  folders.clear();
}

/** Starts `command` on one core. Standard error goes to ours unless `on_error_line` takes it. */
export function start(core, command, args, { env, on_error_line } = {}) {
  const child = spawn('taskset', ['-c', String(core), command, ...args], {
    stdio: ['pipe', 'pipe', on_error_line ? 'pipe' : 'inherit'],
    env: { ...process.env, ...env },
  });
  running.add(child);
  child.stdin.on('error', () => {});
  child.ended = new Promise((resolve) => {
    const end = (how) => {
      running.delete(child);
      resolve(how);
    };
    child.on('exit', (code, signal) => end({ code, signal }));
    child.on('error', (error) => end({ error: error.message }));
  });
  if (on_error_line) createInterface({ input: child.stderr }).on('line', on_error_line);
  return child;
}

/** A program of the benchmark: one command a line in, one JSON object a line out. */
export class Tool {
  constructor(core, name, args = [], options = {}) {
    this.name = name;
    this.child = start(core, options.command ?? program(name), args, options);
    this.lines = [];
    this.waiters = [];
    createInterface({ input: this.child.stdout }).on('line', (line) => {
      const waiter = this.waiters.shift();
      if (waiter) waiter.resolve(JSON.parse(line));
      else this.lines.push(JSON.parse(line));
    });
    this.child.ended.then((end) => {
      const error = new Error(`${name} ended: ${JSON.stringify(end)}`);
      for (const waiter of this.waiters.splice(0)) waiter.reject(error);
      this.failure = error;
    });
  }

  /** The next line that it prints. */
  line() {
    if (this.lines.length > 0) return Promise.resolve(this.lines.shift());
    if (this.failure) return Promise.reject(this.failure);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${this.name} did not answer`)), answer_timeout_ms);
      const settle = (then) => (value) => {
        clearTimeout(timer);
        then(value);
      };
      this.waiters.push({ resolve: settle(resolve), reject: settle(reject) });
    });
  }

  send(verb, values = {}) {
    const words = Object.entries(values).map(([name, value]) => `${name}=${value}`);
    this.child.stdin.write(`${[verb, ...words].join(' ')}\n`);
  }

  async ask(verb, values = {}) {
    this.send(verb, values);
    return this.line();
  }

  /** For one that may have too much to do to see the end of its input. */
  async kill() {
    this.child.kill('SIGKILL');
    await this.child.ended;
  }

  /** Ends it by the end of its input; by a signal where that does not help. */
  async stop() {
    this.child.stdin.end('quit\n');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), end_timeout_ms);
    const end = await this.child.ended;
    clearTimeout(timer);
    if (end.code !== 0) throw new Error(`${this.name} ended with ${JSON.stringify(end)}`);
  }
}

/** Resident memory in bytes. */
export function rss_bytes(pid) {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(/^Rss:\s+(\d+) kB$/m.exec(text)[1]) * 1024;
}

export function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
