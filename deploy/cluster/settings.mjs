// What a cluster on one machine is made of: folders, secrets, ports, and the configuration of each program.

import { randomBytes, createHash } from 'node:crypto';
import { chmod, chown, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const deploy = join(dirname(fileURLToPath(import.meta.url)), '..');
export const repository = join(deploy, '..');
export const postgres_programs = '/usr/lib/postgresql/15/bin';
export const instances_max = 9;

/** Where HAProxy speaks to the instances from: they trust this address, and no other, about visitors. */
export const proxy_address = '127.0.0.2';

export const instance_names = (count) => [...'abcdefghi'].slice(0, count);

/** A file that is there whole or not at all. */
export async function write_file(path, text, mode = 0o600) {
  await writeFile(`${path}.new`, text, { mode });
  await chmod(`${path}.new`, mode);
  await rename(`${path}.new`, path);
}

export async function read_json(path, otherwise) {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return otherwise;
    throw error;
  }
}

function ids_of(user) {
  return ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, user], { encoding: 'utf8' })));
}

/** A folder that belongs to `user` where this is root, and to this user elsewhere. */
export async function own_folder(path, user) {
  await mkdir(path, { recursive: true, mode: 0o700 });
  if (process.getuid() === 0) await chown(path, ...ids_of(user));
  return path;
}

/** Gives a file to `user`, where this is root. */
export async function give(path, user) {
  if (process.getuid() === 0) await chown(path, ...ids_of(user));
}

/** Made once, kept with the data that they protect. */
export async function load_secrets(state) {
  const path = join(state, 'secrets.json');
  const known = await read_json(path, null);
  if (known) return known;
  const secret = () => randomBytes(32).toString('hex');
  const made = { postgres: secret(), postgres_admin: secret(), redis: secret(), bus: secret() };
  await write_file(path, JSON.stringify(made));
  return made;
}

/** Holds a port on 127.0.0.1: the wanted one if it is free, else any. Gives null where it is taken and must be it. */
function hold_port(wanted) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen({ host: '127.0.0.1', port: wanted, exclusive: true }, () => resolve(server));
  });
}

/** A free port for each name, the same as the last time where that is possible. */
export async function choose_ports(state, names) {
  const path = join(state, 'ports.json');
  const last = await read_json(path, {});
  const held = [];
  const ports = {};
  for (const name of names) {
    const server = (last[name] && (await hold_port(last[name]))) || (await hold_port(0));
    held.push(server);
    ports[name] = server.address().port;
  }
  await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))));
  await write_file(path, JSON.stringify({ ...last, ...ports }));
  return ports;
}

export function haproxy_instances(instances) {
  const lines = [
    ...instances.map(({ name, port, ops_port }) => `    server ${name} 127.0.0.1:${port} check port ${ops_port}`),
    // As in deploy/proxies/haproxy-instances.cfg: for the time without PostgreSQL.
    '    option allbackups',
    ...instances.map(({ name, port }) => `    server ${name}-unready 127.0.0.1:${port} backup`),
  ];
  return `backend parley\n    source ${proxy_address}\n${lines.join('\n')}\n`;
}

/** Both sides of a connection take a descriptor; some are needed beside. */
export function proxy_connections(descriptors) {
  return Math.max(100, Math.min(60_000, Math.floor((descriptors - 200) / 2.2)));
}

export function postgres_settings({ port, instances }) {
  return {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    max_connections: 20 + 10 * instances,
    shared_buffers: '128MB',
    fsync: 'on',
    synchronous_commit: 'on',
    password_encryption: 'scram-sha-256',
    log_destination: 'stderr',
    logging_collector: 'off',
  };
}

export async function redis_users(password) {
  const template = await readFile(join(deploy, 'redis/users.acl'), 'utf8');
  const hash = createHash('sha256').update(password).digest('hex');
  return template.replace('PASSWORD_SHA256', hash);
}

export function redis_settings({ port, folder }) {
  const lines = {
    bind: '127.0.0.1',
    port,
    dir: folder,
    aclfile: join(folder, 'users.acl'),
    // Nothing is kept in Redis: it only passes on.
    save: '""',
    appendonly: 'no',
    maxmemory: '256mb',
    'maxmemory-policy': 'noeviction',
    daemonize: 'no',
    'enable-debug-command': 'no',
  };
  return Object.entries(lines).map(([key, value]) => `${key} ${value}\n`).join('');
}

/** What an instance finds in its environment; passwords are in no argument, which everybody could read. */
export function instance_environment({ name, port, ops_port, ports, secrets, descriptors = 1_048_576 }) {
  return {
    // Where the system allows fewer files, fewer readers: a setting of the user's own wins.
    PARLEY_LIMITS_CONNECTIONS_MAX: process.env.PARLEY_LIMITS_CONNECTIONS_MAX ?? String(Math.max(100, Math.min(20_000, descriptors - 200))),
    PARLEY_SERVER_HOST: '127.0.0.1',
    PARLEY_SERVER_PORT: String(port),
    PARLEY_SERVER_INSTANCE: name,
    PARLEY_SERVER_TRUSTED_PROXIES: proxy_address,
    PARLEY_OPS_HOST: '127.0.0.1',
    PARLEY_OPS_PORT: String(ops_port),
    ...store_environment({ ports, secrets }),
    PARLEY_BUS_URL: `redis://parley:${secrets.redis}@127.0.0.1:${ports.redis}`,
    PARLEY_BUS_SECRET: secrets.bus,
  };
}

export function store_environment({ ports, secrets }) {
  return { PARLEY_STORE_URL: `postgresql://parley@127.0.0.1:${ports.postgres}/parley`, PGPASSWORD: secrets.postgres };
}
