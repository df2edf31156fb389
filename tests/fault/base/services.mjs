// What instances stand on, each a real process of its own on loopback: PostgreSQL, Redis, HAProxy. All can be killed,
// paused and started again on the same port.

import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { appendFile, chmod, mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';

import { run_program } from './sqlite_store.mjs';
import { until } from './waiting.mjs';

const postgres_programs = '/usr/lib/postgresql/15/bin';

/** A port that nobody has at the moment. @returns {Promise<number>} */
export async function free_port() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** All processes below one, itself included. @param {number} pid @returns {number[]} */
function family_of(pid) {
  const children = new Map();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const parent = Number(readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1].split(' ')[1]);
      children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
    } catch {
      // It has ended meanwhile.
    }
  }
  const all = [pid];
  for (const one of all) all.push(...(children.get(one) ?? []));
  return all;
}

/** A program that is to run for long. */
export class Service {
  child = null;
  log = '';

  /** @param {string} name @param {string[]} command @param {() => Promise<any>} answers */
  constructor(name, command, answers) {
    Object.assign(this, { name, command, answers });
  }

  async start() {
    const [program, ...args] = this.command;
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    this.ended = new Promise((resolve) => child.on('exit', resolve));
    child.on('error', (error) => (this.log += error));
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (this.log = (this.log + bytes).slice(-20_000)));
    await until(async () => (await this.answers()) || child.exitCode !== null, () => `${this.name} answers\n${this.log}`);
    if (child.exitCode !== null) throw new Error(`${this.name} ended: ${this.log}`);
  }

  get pid() {
    return this.child.pid;
  }

  /** To it and all its children. @param {NodeJS.Signals} signal */
  signal(signal) {
    for (const pid of family_of(this.pid)) {
      try {
        process.kill(pid, signal);
      } catch (error) {
        if (error.code !== 'ESRCH') throw error;
      }
    }
  }

  async kill() {
    this.signal('SIGKILL');
    await this.ended;
    this.child = null;
  }

  async stop(signal = 'SIGTERM') {
    if (!this.child) return;
    this.signal('SIGCONT');
    process.kill(this.pid, signal);
    await this.ended;
    this.child = null;
  }
}

export class PostgresServer extends Service {
  /** @param {string} folder its own, with `data` in it or not yet */
  static async make(folder) {
    const port = await free_port();
    const data = join(folder, 'data');
    const is_root = process.getuid() === 0;
    const as_owner = is_root ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups', '--'] : [];
    const arguments_ = ['-D', data, '-p', String(port), '-k', folder, '-h', '127.0.0.1'];
    const server = new PostgresServer('PostgreSQL', [...as_owner, join(postgres_programs, 'postgres'), ...arguments_], () => server.is_up());
    Object.assign(server, { port, data, as_owner, folder });
    // Its user must be able to come here.
    for (const path of [dirname(folder), folder]) await chmod(path, 0o755);
    if (is_root) await run_program('chown', ['-R', 'postgres:postgres', folder]);
    return server;
  }

  /** A new cluster. */
  async initialize() {
    const [program, ...args] = [...this.as_owner, join(postgres_programs, 'initdb'), '-D', this.data, '-U', 'parley', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync'];
    const done = await run_program(program, args);
    if (done.code !== 0) throw new Error(`initdb: ${done.stderr}`);
    await appendFile(join(this.data, 'postgresql.conf'), 'ssl = off\nmax_connections = 200\nlog_min_messages = fatal\nfsync = on\nsynchronous_commit = on\n');
  }

  async psql(sql, database = 'parley') {
    const done = await run_program('psql', ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-h', '127.0.0.1', '-p', String(this.port), '-U', 'parley', '-d', database, '-c', sql], { timeout_ms: 30_000 });
    if (done.code !== 0) throw new Error(`psql: ${done.stderr}`);
    return done.stdout;
  }

  async is_up() {
    return (await this.psql('SELECT 1', 'postgres').catch(() => '')) !== '';
  }

  stop() {
    return super.stop('SIGINT'); // do not wait for those who are connected
  }
}

export class RedisServer extends Service {
  /** @param {string} folder @param {string[]} [more] settings */
  static async make(folder, more = []) {
    const port = await free_port();
    await mkdir(folder, { recursive: true });
    const command = ['redis-server', '--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no', '--protected-mode', 'no', ...more];
    const server = new RedisServer('Redis', command, async () => (await server.cli(['PING'])).trim() === 'PONG');
    return Object.assign(server, { port });
  }

  /** @param {string[]} args */
  async cli(args) {
    return (await run_program('redis-cli', ['-h', '127.0.0.1', '-p', String(this.port), ...args], { timeout_ms: 10_000 })).stdout;
  }
}

/** The address that clients know, in front of several instances. */
export class Balancer extends Service {
  /** @param {string} folder @param {{name: string, port: number}[]} targets */
  static async make(folder, targets) {
    const port = await free_port();
    const file = join(folder, 'haproxy.cfg');
    const servers = targets.map((one) => `  server ${one.name} 127.0.0.1:${one.port} check inter 500ms fall 2 rise 1 on-marked-down shutdown-sessions`);
    await writeFile(file, `global
  maxconn 4000
  hard-stop-after 30s
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  timeout tunnel 10m
  timeout check 5s
  option redispatch 1
  retries 2
frontend all
  bind 127.0.0.1:${port}
  default_backend instances
backend instances
  balance roundrobin
  option httpchk GET /readyz
${servers.join('\n')}
`);
    const answers = async () => (await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => null))?.status === 200;
    const balancer = new Balancer('HAProxy', ['haproxy', '-db', '-f', file], answers);
    return Object.assign(balancer, { port, origin: `http://127.0.0.1:${port}`, file });
  }

  /** A new process takes over the port; the old one goes when its connections have ended. @returns {Promise<() => boolean>} is the old one there? */
  async reload() {
    const old = this.child;
    const [program, ...args] = this.command;
    const child = spawn(program, [...args, '-sf', String(old.pid)], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (this.log = (this.log + bytes).slice(-20_000)));
    this.child = child;
    this.ended = new Promise((resolve) => child.on('exit', resolve));
    await until(() => this.answers(), 'the new process answers');
    return () => old.exitCode === null && old.signalCode === null;
  }
}
