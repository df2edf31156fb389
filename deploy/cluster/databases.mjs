// A PostgreSQL and a Redis of the cluster's own, on loopback, with passwords.

import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { Kept, guarded } from './processes.mjs';
import { give, own_folder, postgres_programs, postgres_settings, redis_settings, redis_users, write_file } from './settings.mjs';

const execute = promisify(execFile);

async function make_cluster({ folder, state, secrets }) {
  // initdb leaves nothing half made: what it writes becomes the data only when it is whole.
  const half = `${folder}.new`;
  await rm(half, { recursive: true, force: true });
  await own_folder(half, 'postgres');
  const password = join(state, 'postgres-admin');
  await write_file(password, `${secrets.postgres_admin}\n`);
  await give(password, 'postgres');
  const [program, ...args] = guarded(
    [
      `${postgres_programs}/initdb`, '--pgdata', half, '--username=admin', `--pwfile=${password}`,
      '--auth-local=scram-sha-256', '--auth-host=scram-sha-256', '--data-checksums', '--encoding=UTF8', '--locale=C.UTF-8',
    ],
    { user: 'postgres' },
  );
  await execute(program, args, { cwd: '/' });
  await rm(password);
  const [move, ...names] = ['mv', '-T', half, folder];
  await execute(move, names);
}

export async function postgres({ state, logs, ports, secrets, instances, say }) {
  const folder = join(state, 'postgres');
  if (!existsSync(join(folder, 'PG_VERSION'))) await make_cluster({ folder, state, secrets });
  const settings = Object.entries(postgres_settings({ port: ports.postgres, instances }));
  return new Kept({
    name: 'postgres',
    command: guarded(
      [`${postgres_programs}/postgres`, '-D', folder, ...settings.flatMap(([key, value]) => ['-c', `${key}=${value}`])],
      { user: 'postgres', signal: 'INT' },
    ),
    folder: '/',
    log: join(logs, 'postgres.log'),
    stop_signal: 'SIGINT', // without waiting until everybody has hung up
    hard_signal: 'SIGQUIT',
    say,
    is_ready: async () => {
      await execute(`${postgres_programs}/pg_isready`, ['-q', '-h', '127.0.0.1', '-p', String(ports.postgres)]);
      return true;
    },
  });
}

/** The role and the database of the servers, made once. */
export function make_database({ ports, secrets }) {
  const sql = `
    SELECT format('CREATE ROLE parley LOGIN PASSWORD %L', :'password')
      WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'parley') \\gexec
    SELECT 'CREATE DATABASE parley OWNER parley'
      WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'parley') \\gexec
  `;
  return new Promise((resolve, reject) => {
    const child = spawn(
      `${postgres_programs}/psql`,
      ['--no-psqlrc', '--quiet', '--set=ON_ERROR_STOP=1', '-h', '127.0.0.1', '-p', String(ports.postgres), '-U', 'admin', 'postgres'],
      { env: { ...process.env, PGPASSWORD: secrets.postgres_admin }, stdio: ['pipe', 'ignore', 'pipe'] },
    );
    let problem = '';
    child.stderr.on('data', (bytes) => (problem += bytes));
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`The database could not be made: ${problem}`))));
    child.stdin.end(`\\set password '${secrets.postgres}'\n${sql}`);
  });
}

/** Whether a Redis answers there; that it wants a password first is an answer as well. */
function redis_answers(port) {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const end = (answered) => {
      socket.destroy();
      resolve(answered);
    };
    socket.setTimeout(1_000, () => end(false));
    socket.once('error', () => end(false));
    socket.once('data', (bytes) => end(/^(\+PONG|-NOAUTH)/.test(bytes.toString('latin1'))));
    socket.write('PING\r\n');
  });
}

export async function redis({ state, logs, ports, secrets, say }) {
  const folder = await own_folder(join(state, 'redis'), 'redis');
  const settings = join(folder, 'redis.conf');
  const users = join(folder, 'users.acl');
  await write_file(settings, redis_settings({ port: ports.redis, folder }));
  await write_file(users, await redis_users(secrets.redis));
  await Promise.all([give(settings, 'redis'), give(users, 'redis')]);
  return new Kept({
    name: 'redis',
    command: guarded(['redis-server', settings], { user: 'redis' }),
    folder: '/',
    log: join(logs, 'redis.log'),
    say,
    is_ready: () => redis_answers(ports.redis),
  });
}
