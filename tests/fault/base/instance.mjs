// One server process behind a port that stays: it may be killed, paused, started anew, under a tool or a shim.

import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';

import { TcpProxy } from '../proxy/tcp_proxy.mjs';

const start_timeout_ms = 180_000;
const report = /ERROR: \w+Sanitizer|runtime error:|Assertion .* failed|terminate called|__glibcxx_assert_fail|stack smashing/;

export class Instance {
  /**
   * @param {{name: string, history: import('./history.mjs').History, binary: string, settings: Record<string, any>,
   *   wrapper?: string[], env?: Record<string, string>}} options `wrapper`: a program and its arguments that runs ours
   */
  static async make({ name, history, binary, settings, wrapper = [], env = {} }) {
    const instance = new Instance();
    Object.assign(instance, { name, history, binary, settings, wrapper, env, child: null, port: null, starts: 0, logs: [], raw: [], ready_ms: [] });
    instance.proxy = await TcpProxy.start(() => (instance.port === null ? null : { port: instance.port }));
    instance.origin = instance.proxy.origin;
    return instance;
  }

  get is_running() {
    return this.child !== null;
  }

  /** The server's own process, also under a wrapper that keeps running beside it. */
  get pid() {
    return this.server_pid ?? this.child?.pid;
  }

  /** Resolves when it listens; fails with the end of the process where that comes first. */
  async start() {
    const all = {
      'server.port': 0,
      'server.instance': this.name,
      'ops.port': 0,
      'limits.rates_enabled': false,
      'limits.connections_per_address_max': 100_000, // all come from this machine
      'log.format': 'json',
      ...this.settings,
    };
    const sets = Object.entries(all).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
    const [program, ...args] = [...this.wrapper, this.binary, 'serve', ...sets];
    const began = performance.now();
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...this.env } });
    ++this.starts;
    this.is_end_expected = false;
    this.ended = new Promise((resolve) => child.on('exit', (code, signal) => this.#on_exit(child, code, signal, resolve)));
    child.on('error', (error) => this.raw.push(String(error)));
    const event = await this.#listening(child);
    this.child = child;
    this.ready_ms.push(performance.now() - began);
    this.port = event.port;
    this.ops_port = event.ops_port;
    this.server_pid = this.wrapper.length > 0 ? child_of(child.pid) : child.pid;
    this.history.add('start', { instance: this.name, pid: this.pid, ready_ms: Math.round(this.ready_ms.at(-1)) });
  }

  #listening(child) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${this.name} did not listen\n${this.raw.slice(-20).join('\n')}`)), start_timeout_ms);
      createInterface({ input: child.stderr }).on('line', (line) => {
        this.raw.push(line);
        if (report.test(line)) this.history.add('report', { instance: this.name, line });
        let event;
        try {
          event = JSON.parse(line);
        } catch {
          return;
        }
        this.logs.push({ at: performance.now(), ...event });
        if (event.event !== 'server.listening') return;
        clearTimeout(timer);
        resolve(event);
      });
      this.ended.then(({ code, signal }) => {
        clearTimeout(timer);
        reject(Object.assign(new Error(`${this.name} ended: ${code ?? signal}\n${this.raw.slice(-20).join('\n')}`), { code, signal }));
      });
    });
  }

  #on_exit(child, code, signal, resolve) {
    if (this.child === child) {
      this.child = null;
      this.port = null;
    }
    this.history.add('exit', { instance: this.name, code, signal, expected: this.is_end_expected });
    resolve({ code, signal });
  }

  signal(name) {
    process.kill(this.pid, name);
  }

  async kill() {
    this.is_end_expected = true;
    this.signal('SIGKILL');
    return this.ended;
  }

  /** Asks it to end; says how that went and how long it took. */
  async stop() {
    if (!this.child) return null;
    this.is_end_expected = true;
    const began = performance.now();
    this.signal('SIGTERM');
    return { ...(await this.ended), took_ms: performance.now() - began };
  }

  /** Log events of one name. @param {string} event */
  events(event) {
    return this.logs.filter((line) => line.event === event);
  }

  /** @returns {{rss_mib: number, fds: number, threads: number, cpu_s: number}} */
  resources() {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    const stat = readFileSync(`/proc/${this.pid}/stat`, 'utf8').split(') ')[1].split(' ');
    const field = (name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
    return {
      rss_mib: Math.round(field('VmRSS') / 1024),
      fds: readdirSync(`/proc/${this.pid}/fd`).length,
      threads: field('Threads'),
      cpu_s: (Number(stat[11]) + Number(stat[12])) / 100,
    };
  }

  async close() {
    if (this.child) {
      this.signal('SIGCONT');
      await this.stop();
    }
    await this.proxy.stop();
  }
}

/** @param {number} pid */
function child_of(pid) {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0]) || pid;
}
