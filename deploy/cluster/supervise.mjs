// supervise.mjs --state DIR --port PORT --instances N | --state DIR --stop
//
// Runs PostgreSQL, Redis, the instances and HAProxy in the foreground and keeps them alive. deploy/cluster.sh
// installs, builds and then becomes this.

import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { make_database, postgres, redis } from './databases.mjs';
import { pause, start_time } from './processes.mjs';
import { haproxy, import_example, instance } from './servers.mjs';
import { choose_ports, instance_names, instances_max, load_secrets, read_json, write_file } from './settings.mjs';

// An instance drains for limits.drain_deadline_ms (10 s); PostgreSQL writes what it has.
const drain_timeout_ms = 15_000;
const proxy_timeout_ms = 5_000;
const redis_timeout_ms = 5_000;
const postgres_timeout_ms = 60_000;
const stop_timeout_ms = 100_000;

function say(sentence) {
  console.log(`${new Date().toTimeString().slice(0, 8)} ${sentence}`);
}

class Cluster {
  constructor({ state, port, count }) {
    Object.assign(this, { state, port, count });
    this.logs = join(state, 'logs');
    this.kept = []; // in the order of their start
    this.stopping = null;
  }

  async keep(...some) {
    for (const one of some) {
      if (this.stopping) throw new Error('It is stopping.');
      this.kept.push(one);
      one.on_change = () => this.tell();
      one.start();
    }
    await Promise.all(some.map((one) => one.ready()));
  }

  /** status.json: who runs now, for whoever wants to end one of them. */
  tell() {
    const all = this.kept.map(({ name, pid, serves, restarts }) => ({
      name, pid, serves, restarts, port: this.ports[name], ops_port: this.ports[`${name}-ops`],
    }));
    writeFileSync(join(this.state, 'status.json.new'), JSON.stringify({ ready: this.is_ready ?? false, port: this.port, processes: all }));
    renameSync(join(this.state, 'status.json.new'), join(this.state, 'status.json'));
  }

  async start() {
    await mkdir(this.logs, { recursive: true, mode: 0o700 });
    const names = instance_names(this.count);
    const wanted = ['postgres', 'redis', 'haproxy', ...names, ...names.map((name) => `${name}-ops`)];
    const ports = await choose_ports(this.state, wanted);
    this.ports = ports;
    const secrets = await load_secrets(this.state);
    const shared = { state: this.state, logs: this.logs, ports, secrets, instances: this.count, say };
    this.databases = [await postgres(shared), await redis(shared)];
    await this.keep(...this.databases);
    await make_database(shared);
    await import_example(shared);
    this.instances = names.map((name) => instance({ ...shared, name, port: ports[name], ops_port: ports[`${name}-ops`] }));
    await this.keep(...this.instances);
    const places = names.map((name) => ({ name, port: ports[name], ops_port: ports[`${name}-ops`] }));
    this.proxy = await haproxy({ ...shared, port: this.port, instances: places });
    await this.keep(this.proxy);
    this.is_ready = true;
    this.tell();
    this.announce(places, ports);
  }

  announce(places, ports) {
    const rows = [['', 'address', 'for operators', 'process', 'log']];
    for (const { name, port, ops_port } of places) {
      const one = this.instances.find((kept) => kept.name === name);
      rows.push([name, `http://127.0.0.1:${port}`, `http://127.0.0.1:${ops_port}/metrics`, String(one.pid), one.log]);
    }
    rows.push(['haproxy', `http://localhost:${this.port}`, `http://127.0.0.1:${ports.haproxy}/`, String(this.proxy.pid), this.proxy.log]);
    for (const one of this.databases) rows.push([one.name, `127.0.0.1:${ports[one.name]}`, '', String(one.pid), one.log]);
    const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
    const lines = rows.map((row) => `      ${row.map((text, column) => text.padEnd(widths[column])).join('  ').trimEnd()}`);
    console.log(`\n      Parley is ready: http://localhost:${this.port} (Ctrl-C stops all of it)\n\n${lines.join('\n')}\n`);
  }

  /**
   * The proxy takes no new readers while the instances tell theirs to come back and finish what they began; then the
   * proxy, then Redis, last PostgreSQL, to which all of that was written.
   */
  stop() {
    this.stopping ??= this.#stop();
    return this.stopping;
  }

  async #stop() {
    this.proxy?.child?.kill('SIGUSR1');
    if (this.proxy) this.proxy.wanted = false;
    for (const [some, timeout_ms] of [
      [this.instances ?? [], drain_timeout_ms],
      [[this.proxy].filter(Boolean), proxy_timeout_ms],
      [this.kept.filter(({ name }) => name === 'redis'), redis_timeout_ms],
      [this.kept.filter(({ name }) => name === 'postgres'), postgres_timeout_ms],
    ]) {
      for (const one of some) if (one.pid !== null) say(`${one.name} is stopping`);
      await Promise.all(some.map((one) => one.stop(timeout_ms)));
    }
    rmSync(join(this.state, 'status.json'), { force: true });
    say('All is stopped.');
  }

  kill() {
    for (const one of this.kept) one.kill();
  }
}

/** The supervisor that holds this state, if one does. */
async function running(state) {
  const known = await read_json(join(state, 'supervisor.json'), null);
  return known && start_time(known.pid) === known.started ? known : null;
}

async function stop_other(state) {
  const other = await running(state);
  if (!other) {
    console.log('Nothing runs there.');
    return 0;
  }
  process.kill(other.pid, 'SIGTERM');
  const until = performance.now() + stop_timeout_ms;
  while (performance.now() < until) {
    if (start_time(other.pid) !== other.started) {
      console.log('Stopped.');
      return 0;
    }
    await pause(100);
  }
  console.error(`Process ${other.pid} has not ended. Its output says why.`);
  return 1;
}

function port_is_free(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

async function main() {
  const { values } = parseArgs({
    options: {
      state: { type: 'string' },
      port: { type: 'string', default: '8080' },
      instances: { type: 'string', default: '3' },
      stop: { type: 'boolean', default: false },
    },
  });
  const { state } = values;
  if (values.stop) return stop_other(state);
  const port = Number(values.port);
  const count = Number(values.instances);
  if (!(Number.isInteger(count) && count >= 1 && count <= instances_max)) throw new Error(`--instances takes 1 to ${instances_max}.`);
  if (!(Number.isInteger(port) && port >= 1 && port <= 65_535)) throw new Error('--port takes 1 to 65535.');
  await mkdir(state, { recursive: true, mode: 0o711 });
  const other = await running(state);
  if (other) throw new Error(`It runs already: http://localhost:${other.port} (process ${other.pid}). deploy/cluster.sh --stop ends it.`);
  if (!(await port_is_free(port))) throw new Error(`Port ${port} is taken. Choose another: deploy/cluster.sh --port ${port + 1}`);
  await write_file(join(state, 'supervisor.json'), JSON.stringify({ pid: process.pid, started: start_time(process.pid), port }), 0o644);

  const cluster = new Cluster({ state, port, count });
  let signals = 0;
  const ended = new Promise((resolve, reject) => {
    const on_signal = () => {
      ++signals;
      if (signals === 2) cluster.kill();
      if (signals === 1) cluster.stop().then(() => resolve(0), reject);
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, on_signal);
  });
  const started = cluster.start();
  try {
    await Promise.race([started, ended]);
  } catch (error) {
    if (!cluster.stopping) {
      console.error(`\n${error.stderr || error.message}`);
      await cluster.stop();
      return 1;
    }
  }
  const code = await ended;
  await started.catch(() => {}); // what was under way, as the making of a database, leaves nothing half done
  return code;
}

main().then(
  (code) => process.exit(code),
  (error) => {
    console.error(`\n${error.message}`);
    process.exit(1);
  },
);
