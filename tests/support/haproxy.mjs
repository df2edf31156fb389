// A private HAProxy with the rules of deploy/proxies, in front of instances that a test has started.

import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Program, finish, free_ports, until } from './programs.mjs';
import { temporary_folder } from './server.mjs';

export const proxies = join(dirname(fileURLToPath(import.meta.url)), '../../deploy/proxies');

const connections = '2000';

/** haproxy-instances.cfg as it is shipped, with as many of its servers as there are, and their ports. */
async function instances_file(instances) {
  const shipped = (await readFile(join(proxies, 'haproxy-instances.cfg'), 'utf8')).split('\n');
  const lines = shipped.flatMap((line) => {
    const place = /^ +server (\w)/.exec(line);
    if (!place) return [line];
    const i = 'abc'.indexOf(place[1]);
    if (i >= instances.length) return [];
    const { port, ops_port } = instances[i];
    return [line.replace(`:808${i + 1}`, `:${port}`).replace(`port 908${i + 1}`, `port ${ops_port}`)];
  });
  return lines.join('\n');
}

export class HAProxy {
  /**
   * `instances`: servers as Server.start() gives them, or { port, ops_port }; at most three, named a, b, c. `environment`:
   * more for deploy/proxies/haproxy.cfg. Resolves when as many are in use as `ready` says.
   */
  static async start(instances, { environment = {}, ready = instances.length } = {}) {
    const proxy = new HAProxy();
    proxy.folder = await temporary_folder();
    proxy.instances = instances;
    const [port, tls_port, metrics_port] = await free_ports(3);
    Object.assign(proxy, { port, tls_port, metrics_port, origin: `http://127.0.0.1:${port}` });
    proxy.socket = join(proxy.folder.path, 'admin.sock');
    proxy.environment = {
      PARLEY_BIND: `127.0.0.1:${port}`,
      PARLEY_TLS_BIND: `127.0.0.1:${tls_port}`,
      PARLEY_PROXY_METRICS: `127.0.0.1:${metrics_port}`,
      PARLEY_PROXY_SOCKET: proxy.socket,
      PARLEY_PROXY_CONNECTIONS: connections,
      ...environment,
    };
    await copyFile(join(proxies, 'haproxy.cfg'), join(proxy.folder.path, 'haproxy.cfg'));
    await writeFile(join(proxy.folder.path, 'instances.cfg'), await instances_file(instances));
    await proxy.#run([]);
    await until(async () => (await proxy.in_use()).length >= ready, 'HAProxy uses the instances');
    return proxy;
  }

  get arguments() {
    return ['-db', '-f', join(this.folder.path, 'haproxy.cfg'), '-f', join(this.folder.path, 'instances.cfg')];
  }

  async #run(more) {
    this.program = new Program('haproxy', [...this.arguments, ...more], { environment: this.environment });
    const { pid } = this.program;
    await this.program.ready(async () => (await this.runtime('show info')).includes(`Pid: ${pid}\n`));
  }

  /** A command of its runtime interface, e.g. `set server parley/a state drain`. */
  runtime(command) {
    return new Promise((resolve, reject) => {
      const socket = connect(this.socket);
      let answer = '';
      socket.once('error', reject);
      socket.on('data', (bytes) => (answer += bytes));
      socket.once('end', () => resolve(answer));
      socket.end(`${command}\n`);
    });
  }

  /** { name: 'UP', 'DOWN', 'DRAIN', … } as it sees the instances. */
  async states() {
    // Type 4: servers, of all backends.
    const table = (await this.runtime('show stat -1 4 -1')).split('\n').filter((line) => line.startsWith('parley,'));
    return Object.fromEntries(table.map((line) => line.split(',')).map((row) => [row[1], row[17]]));
  }

  async in_use() {
    return Object.entries(await this.states()).filter(([, state]) => state.startsWith('UP')).map(([name]) => name);
  }

  /** A new process takes over, with the old one's listening sockets; the old one goes when its readers have gone, or after hard-stop-after. */
  async reload() {
    const old = this.program;
    await this.#run(['-x', this.socket, '-sf', String(old.pid)]);
    return old;
  }

  async kill() {
    await this.program.stop('SIGKILL');
  }

  async stop() {
    await this.program.stop();
    await this.folder.remove();
  }
}

/** `haproxy -c` over some files. */
export function check(files, environment = {}) {
  return finish('haproxy', ['-c', ...files.flatMap((file) => ['-f', file])], {
    environment: { PARLEY_PROXY_CONNECTIONS: connections, ...environment },
  });
}
