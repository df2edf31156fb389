// A whole cluster on this machine, as deploy/cluster.sh runs it: PostgreSQL, Redis, instances and HAProxy under
// their supervisor, in a folder of its own.

import { chmod, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Program, finish, free_ports, until } from './programs.mjs';
import { Server, binary, temporary_folder } from './server.mjs';

const supervisor = join(dirname(fileURLToPath(import.meta.url)), '../../deploy/cluster/supervise.mjs');
// The first start makes a database, and sanitizers make it slow.
const start_timeout_ms = 180_000;

export class Cluster {
  /** `environment`: more for the instances. */
  static async start({ instances = 3, environment = {} } = {}) {
    const cluster = new Cluster();
    cluster.folder = await temporary_folder();
    await chmod(cluster.folder.path, 0o711); // PostgreSQL's user goes through it
    cluster.state = join(cluster.folder.path, 'state');
    cluster.count = instances;
    cluster.environment = { PARLEY_BIN: binary, PARLEY_LIMITS_RATES_ENABLED: 'false', ...environment };
    await cluster.run();
    return cluster;
  }

  /** Starts the supervisor, on what an earlier one has left in the folder. */
  async run() {
    const [port] = await free_ports(1);
    const options = ['--state', this.state, '--port', String(port), '--instances', String(this.count)];
    this.supervisor = new Program(process.execPath, [supervisor, ...options], { environment: this.environment });
    this.port = port;
    this.origin = `http://localhost:${port}`;
    await until(async () => this.supervisor.end || (await this.status()).ready, 'the cluster is ready', start_timeout_ms)
      .catch((error) => Promise.reject(new Error(`${error.message}\n${this.supervisor.output}`)));
    if (this.supervisor.end) throw new Error(`the supervisor ended: ${this.supervisor.output}`);
    const { processes } = await this.status();
    this.instances = processes.filter(({ ops_port }) => ops_port).map((one) => server_at(one.port, one.ops_port, one.name));
    this.proxy = server_at(port, null, 'haproxy', this.origin);
  }

  async status() {
    return JSON.parse(await readFile(join(this.state, 'status.json'), 'utf8'));
  }

  async process(name) {
    return (await this.status()).processes.find((one) => one.name === name);
  }

  /** Ends one of its processes; gives what it was, for back(). */
  async kill(name, signal = 'SIGKILL') {
    const one = await this.process(name);
    process.kill(one.pid, signal);
    return one;
  }

  /** Resolves when a process that was killed serves again. */
  back({ name, pid }) {
    return until(async () => {
      const now = await this.process(name);
      return now.pid !== null && now.pid !== pid && now.serves;
    }, `${name} serves again`, start_timeout_ms);
  }

  /** Figures of an instance by name. */
  async metric(instance, name) {
    const page = await (await fetch(`http://127.0.0.1:${instance.ops_port}/metrics`)).text();
    return Number(page.match(new RegExp(`^${name} (\\S+)$`, 'm'))[1]);
  }

  /** Ends all of it as Ctrl-C would; gives what the supervisor said. */
  async end(signal = 'SIGINT') {
    const end = await this.supervisor.stop(signal);
    if (end.code !== 0) throw new Error(`the supervisor ended with ${JSON.stringify(end)}: ${this.supervisor.output}`);
    return this.supervisor.output;
  }

  async stop() {
    try {
      await this.end();
    } finally {
      await this.folder.remove();
    }
  }

  /** deploy/cluster.sh --stop. */
  stop_from_outside() {
    return finish(process.execPath, [supervisor, '--state', this.state, '--stop']);
  }

  /** Runs a subcommand of the server on the cluster's database. */
  async parley(args, input = '') {
    const secrets = JSON.parse(await readFile(join(this.state, 'secrets.json'), 'utf8'));
    const { port } = await this.process('postgres');
    const environment = { PARLEY_STORE_URL: `postgresql://parley@127.0.0.1:${port}/parley`, PGPASSWORD: secrets.postgres };
    const done = await finish(binary, args, { environment, input });
    if (done.code !== 0) throw new Error(`parley ${args.join(' ')}: ${JSON.stringify(done)}`);
    return done;
  }
}

function server_at(port, ops_port, name, origin = `http://127.0.0.1:${port}`) {
  return Object.assign(Object.create(Server.prototype), { port, ops_port, name, origin });
}
