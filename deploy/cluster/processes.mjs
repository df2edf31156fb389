// Processes that are kept alive: started again with a backoff when they die, ended by their process id alone.

import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';

import { Backoff } from './backoff.mjs';

const log_bytes_max = 16 * 1024 * 1024;
const poll_ms = 100;
// So often it may end before it first serves: its database, say, was not quick enough.
const early_ends_max = 5;

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** When the process was started, in clock ticks since the boot: with its id it names it for ever. */
export function start_time(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return null;
  }
}

/**
 * The command as this user or, for root, as `user`; it gets `signal` should this process die, and nothing that is
 * typed at the terminal.
 */
export function guarded(command, { user = null, signal = 'TERM' } = {}) {
  const become = user !== null && process.getuid() === 0 ? [`--reuid=${user}`, `--regid=${user}`, '--init-groups'] : [];
  return ['setpriv', ...become, '--pdeathsig', signal, '--', ...command];
}

function open_log(file) {
  try {
    if (statSync(file).size > log_bytes_max) renameSync(file, `${file}.1`);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  return openSync(file, 'a', 0o600);
}

export class Kept {
  /**
   * `command`: as guarded() gives it. `is_ready`: async, whether it serves. `stop_signal`: ends it well;
   * `hard_signal`: ends it at once. `say`: told in a sentence what happens to it. `on_change` may be
   * set, to be called whenever it starts, serves or ends.
   */
  constructor({ name, command, environment = {}, folder, log, is_ready, say, stop_signal = 'SIGTERM', hard_signal = 'SIGKILL' }) {
    Object.assign(this, { name, command, environment, folder, log, is_ready, say, stop_signal, hard_signal });
    this.backoff = new Backoff();
    this.wanted = false;
    this.serves = false;
    this.restarts = 0;
  }

  start() {
    this.wanted = true;
    const log = open_log(this.log);
    const [program, ...args] = this.command;
    this.child = spawn(program, args, {
      cwd: this.folder,
      detached: true, // Ctrl-C at the terminal is for the supervisor, which ends all in order
      env: { ...process.env, ...this.environment },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.on_change?.();
    const started = performance.now();
    this.ended = new Promise((resolve) => {
      this.child.once('error', (error) => resolve(error.message));
      this.child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
    });
    this.ended.then((how) => this.#on_end(how, performance.now() - started));
  }

  #on_end(how, lived_ms) {
    this.child = null;
    this.serves = false;
    this.on_change?.();
    if (!this.wanted) return;
    const wait = this.backoff.after(lived_ms);
    this.say(`${this.name} ended (${how}) and starts again in ${wait / 1000} s; its log: ${this.log}`);
    ++this.restarts;
    this.restart_timer = setTimeout(() => {
      if (!this.wanted) return;
      this.start();
      this.#await_again();
    }, wait);
  }

  /** Says when it serves again; if it ends once more before that, that was said. */
  async #await_again() {
    const { child } = this;
    while (!(await this.is_ready().catch(() => false))) {
      await pause(poll_ms);
      if (this.child !== child) return;
    }
    if (this.child !== child) return;
    this.#on_serving();
    this.say(`${this.name} serves again`);
  }

  #on_serving() {
    if (this.serves) return;
    this.serves = true;
    this.on_change?.();
  }

  get pid() {
    return this.child?.pid ?? null;
  }

  /** Resolves when it serves; rejects when it does not in time, ends too often, or is not wanted any more. */
  async ready(timeout_ms = 120_000) {
    const until = performance.now() + timeout_ms;
    const { restarts } = this;
    while (performance.now() < until && this.wanted && this.restarts - restarts <= early_ends_max) {
      if (this.child !== null && (await this.is_ready().catch(() => false))) return this.#on_serving();
      await pause(poll_ms);
    }
    throw new Error(`${this.name} does not serve. Its log: ${this.log}`);
  }

  /** Ends it: well within `timeout_ms`, else at once. */
  async stop(timeout_ms) {
    this.wanted = false;
    clearTimeout(this.restart_timer);
    if (!this.child) return;
    this.child.kill(this.stop_signal);
    const timer = setTimeout(() => this.kill(), timeout_ms);
    await this.ended;
    clearTimeout(timer);
  }

  kill() {
    this.wanted = false;
    this.child?.kill(this.hard_signal);
  }
}
