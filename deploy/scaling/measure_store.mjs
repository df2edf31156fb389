// measure_store.mjs [--write]
//
// Measures what an instance asks of Redis and PostgreSQL: the bytes of a comment on the bus, and PostgreSQL's CPU for a
// sweep and for each discussion in it. Runs both databases and one instance (PARLEY_BIN, by default the release). Needs a Redis that
// shows what passes, so this one has no users. Uses the tests' package ws.

import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { make_database, postgres } from '../cluster/databases.mjs';
import { pause } from '../cluster/processes.mjs';
import { binary, instance } from '../cluster/servers.mjs';
import { choose_ports, load_secrets, store_environment } from '../cluster/settings.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const constants_file = join(here, 'constants.json');
const execute = promisify(execFile);
const WebSocket = createRequire(join(here, '../../tests/package.json'))('ws');

const text = 'x'.repeat(204); // as the benchmark's comments
const few_discussions = 64;
const many_discussions = 2_048;
const topics_of_a_socket = 64; // limits.subscriptions_per_connection_max
const sweep_interval_ms = 100;
const seconds = 15;
const ticks_per_s = 100;

async function cpu_s(pid) {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return stat ? (Number(fields[11]) + Number(fields[12])) / ticks_per_s : 0;
}

/** Of a process and its children. */
async function family_cpu_s(pid) {
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ').filter(Boolean);
  const all = await Promise.all([pid, ...children].map(cpu_s));
  return all.reduce((sum, one) => sum + one, 0);
}

class Site {
  constructor(origin) {
    this.origin = origin;
  }

  async request(method, path, body) {
    const answer = await fetch(this.origin + path, {
      method,
      headers: {
        'Content-Type': 'application/json', 'Idempotency-Key': randomUUID(),
        ...(this.token ? { Authorization: `Bearer ${this.token}` } : {}),
      },
      body: JSON.stringify(body),
    });
    const text_of = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text_of}`);
    return JSON.parse(text_of);
  }
}

/** All that Redis passes on, as text. */
function listen_in(port) {
  const socket = connect(port, '127.0.0.1');
  const heard = { socket, bytes: Buffer.alloc(0) };
  socket.on('data', (bytes) => (heard.bytes = Buffer.concat([heard.bytes, bytes])));
  socket.write('PSUBSCRIBE *\r\n');
  return heard;
}

/** Bytes of the one message that holds the text, its channel and Redis' framing included. */
async function bus_bytes(site, heard) {
  const mark = `${text}${randomUUID()}`;
  await site.request('POST', '/api/v1/discussions/d-0/comments', { body: mark });
  for (const end = performance.now() + 30_000; performance.now() < end; await pause(20)) {
    const at = heard.bytes.indexOf(mark);
    if (at < 0) continue;
    const start = heard.bytes.lastIndexOf('*4\r\n$8\r\npmessage\r\n', at);
    const next = heard.bytes.indexOf('*4\r\n$8\r\npmessage\r\n', at);
    if (next > 0) return next - start - (mark.length - text.length);
  }
  throw new Error('the comment did not pass Redis');
}

/** Opens sockets that follow discussions d-FROM to d-(TO-1). */
async function follow(port, from, to) {
  const opened = [];
  for (let first = from; first < to; first += topics_of_a_socket) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/api/v1/live`, 'parley.v1', { origin: `http://127.0.0.1:${port}` });
    opened.push(socket);
    await new Promise((resolve, reject) => {
      let subscribed = 0;
      socket.onerror = reject;
      socket.onmessage = ({ data }) => {
        if (JSON.parse(data).type === 'subscribed' && ++subscribed === Math.min(topics_of_a_socket, to - first)) resolve();
      };
      socket.onopen = () => {
        for (let i = first; i < Math.min(first + topics_of_a_socket, to); ++i) {
          socket.send(JSON.stringify({ type: 'subscribe', topic: `discussion:d-${i}` }));
        }
      };
    });
  }
  return opened;
}

async function sweep_cpu_s(database) {
  const before = await family_cpu_s(database.pid);
  await pause(seconds * 1_000);
  return (await family_cpu_s(database.pid)) - before;
}

async function measure(folder) {
  const logs = join(folder, 'logs');
  await mkdir(logs, { mode: 0o711 });
  const ports = await choose_ports(folder, ['postgres', 'redis', 'a', 'a-ops']);
  const shared = { state: folder, logs, ports, secrets: await load_secrets(folder), instances: 1, say: console.error };
  const database = await postgres(shared);
  const redis = spawn('redis-server', ['--bind', '127.0.0.1', '--port', String(ports.redis), '--save', ''], { stdio: 'ignore' });
  const server = instance({ ...shared, name: 'a', port: ports.a, ops_port: ports['a-ops'] });
  server.environment = {
    ...server.environment, PARLEY_BUS_URL: `redis://127.0.0.1:${ports.redis}`, PARLEY_LIMITS_RATES_ENABLED: 'false',
    PARLEY_LIVE_SWEEP_INTERVAL_MS: String(sweep_interval_ms),
  };
  try {
    database.start();
    await database.ready();
    await make_database(shared);
    const account = execute(binary, ['account', 'create', '--name', 'Measure', '--role', 'admin', '--password-stdin'], {
      env: { ...process.env, ...store_environment(shared) },
    });
    account.child.stdin.end('a long enough password\n');
    await account;
    server.start();
    await server.ready();
    const site = new Site(`http://127.0.0.1:${ports.a}`);
    site.token = (await site.request('POST', '/api/v1/session', { name: 'Measure', password: 'a long enough password' })).token;
    const open = (i) => site.request('PUT', `/api/v1/discussions/d-${i}`, { title: `Discussion ${i}` });
    for (let i = 0; i < many_discussions; i += 64) await Promise.all(Array.from({ length: 64 }, (_, n) => open(i + n)));
    const heard = listen_in(ports.redis);
    const bus_changeset_bytes = await bus_bytes(site, heard);
    heard.socket.destroy();
    const sockets = await follow(ports.a, 0, few_discussions);
    const few = await sweep_cpu_s(database);
    sockets.push(...(await follow(ports.a, few_discussions, many_discussions)));
    const many = await sweep_cpu_s(database);
    for (const socket of sockets) socket.close();
    const sweeps = (seconds * 1_000) / sweep_interval_ms;
    const us = ((many - few) * 1e6) / (sweeps * (many_discussions - few_discussions));
    const fixed_us = (few * 1e6) / sweeps - us * few_discussions;
    return {
      bus_changeset_bytes, postgres_sweep_us: Number(fixed_us.toPrecision(2)), postgres_sweep_us_per_discussion: Number(us.toPrecision(2)),
    };
  } finally {
    await server.stop(15_000);
    redis.kill('SIGKILL');
    await database.stop(30_000);
  }
}

const folder = await mkdtemp(join(tmpdir(), 'parley-measure-'));
await chmod(folder, 0o711); // PostgreSQL's user goes through it
try {
  const values = await measure(folder);
  console.log(JSON.stringify(values, null, 2));
  if (argv.includes('--write')) {
    const kept = JSON.parse(await readFile(constants_file, 'utf8'));
    await writeFile(constants_file, `${JSON.stringify({ ...kept, values: { ...kept.values, ...values } }, null, 2)}\n`);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.exit();
