// The instances, the proxy in front of them, and the example that they show.

import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { Kept, guarded } from './processes.mjs';
import {
  deploy, give, haproxy_instances, instance_environment, own_folder, proxy_connections, repository, store_environment,
  write_file,
} from './settings.mjs';

const execute = promisify(execFile);
const probe_timeout_ms = 1_000;

export const binary = process.env.PARLEY_BIN ?? join(repository, 'build/release/server/parley');
const configuration = join(repository, 'config/parley.toml');
const example = join(deploy, 'example/tram-line.ndjson');

const answers_200 = async (address) => (await fetch(address, { signal: AbortSignal.timeout(probe_timeout_ms) })).status === 200;

/** Runs once for each database; an import may be repeated, it adds only what is new. */
export async function import_example({ state, ports, secrets }) {
  const stamp = join(state, 'example-imported');
  if (existsSync(stamp)) return;
  await execute(binary, ['import', '--config', configuration, example], {
    env: { ...process.env, ...store_environment({ ports, secrets }) },
  });
  await write_file(stamp, '');
}

export function instance({ name, port, ops_port, logs, ports, secrets, state, say }) {
  return new Kept({
    name,
    command: guarded([binary, 'serve', '--config', configuration]),
    environment: instance_environment({ name, port, ops_port, ports, secrets, descriptors: descriptors_max() }),
    folder: state,
    log: join(logs, `${name}.log`),
    say,
    is_ready: () => answers_200(`http://127.0.0.1:${ops_port}/readyz`),
  });
}

function descriptors_max() {
  const line = readFileSync('/proc/self/limits', 'latin1').match(/^Max open files +\S+ +(\S+)/m);
  return line[1] === 'unlimited' ? 1_048_576 : Number(line[1]);
}

export async function haproxy({ state, logs, port, ports, instances, say }) {
  const folder = await own_folder(join(state, 'haproxy'), 'haproxy');
  const rules = join(folder, 'haproxy.cfg');
  const servers = join(folder, 'haproxy-instances.cfg');
  await copyFile(join(deploy, 'proxies/haproxy.cfg'), rules);
  await write_file(servers, haproxy_instances(instances), 0o644);
  await Promise.all([give(rules, 'haproxy'), give(servers, 'haproxy')]);
  return new Kept({
    name: 'haproxy',
    // Only root may listen below 1024.
    command: guarded(['haproxy', '-db', '-f', rules, '-f', servers], { user: port < 1024 ? null : 'haproxy' }),
    environment: {
      PARLEY_BIND: `127.0.0.1:${port}`,
      PARLEY_PROXY_METRICS: `127.0.0.1:${ports.haproxy}`,
      PARLEY_PROXY_SOCKET: join(folder, 'admin.sock'),
      PARLEY_PROXY_CONNECTIONS: String(proxy_connections(descriptors_max())),
      // All readers of a machine have one address here.
      PARLEY_CONNECTIONS_PER_ADDRESS: '60000',
    },
    folder,
    log: join(logs, 'haproxy.log'),
    say,
    is_ready: () => answers_200(`http://127.0.0.1:${port}/readyz`),
  });
}
