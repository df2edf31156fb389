// Programs beside the server that a test runs: on free ports, in temporary folders, ended by their process id.

import { spawn } from 'node:child_process';
import { createServer } from 'node:net';

const ready_timeout_ms = 30_000;
const poll_ms = 50;

/** Ports of 127.0.0.1 that are free now, all different. */
export async function free_ports(count) {
  const servers = await Promise.all(
    Array.from({ length: count }, () => new Promise((resolve, reject) => {
      const server = createServer().once('error', reject);
      server.listen({ host: '127.0.0.1', port: 0 }, () => resolve(server));
    })),
  );
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Resolves when `condition` (which may be async) holds; a condition that throws does not hold yet. */
export async function until(condition, what, timeout_ms = ready_timeout_ms) {
  const end = performance.now() + timeout_ms;
  let problem = '';
  while (performance.now() < end) {
    try {
      const value = await condition();
      if (value) return value;
    } catch (error) {
      problem = ` (${error.message})`;
    }
    await new Promise((resolve) => setTimeout(resolve, poll_ms));
  }
  throw new Error(`not in ${timeout_ms} ms: ${what}${problem}`);
}

/** Runs a program to its end: { code, signal, output }, what it wrote on either stream together. */
export function finish(command, args, { environment = {}, folder, input = '' } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: { ...process.env, ...environment }, cwd: folder, stdio: ['pipe', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (bytes) => (output += bytes));
    child.stderr.on('data', (bytes) => (output += bytes));
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, output }));
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

export class Program {
  constructor(command, args, { environment = {}, folder } = {}) {
    this.name = command;
    this.output = '';
    this.child = spawn(command, args, { env: { ...process.env, ...environment }, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.child.stdout, this.child.stderr]) stream.on('data', (bytes) => (this.output += bytes));
    this.exited = new Promise((resolve) => {
      this.child.once('error', (error) => resolve({ error: error.message }));
      this.child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    this.exited.then((end) => (this.end = end));
  }

  get pid() {
    return this.child.pid;
  }

  /** Resolves when `condition` holds; rejects when the program ends before. */
  async ready(condition) {
    await until(async () => this.end || (await condition()), `${this.name} serves: ${this.output}`);
    if (this.end) throw new Error(`${this.name} ended: ${JSON.stringify(this.end)}\n${this.output}`);
  }

  async stop(signal = 'SIGTERM') {
    if (!this.end) this.child.kill(signal);
    return this.exited;
  }
}
