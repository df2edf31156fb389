// measure.mjs [--write]
//
// Measures what the benchmark of the server does not: what one Redis passes on, and what HAProxy holds for a live
// socket. CPU and memory are those of the measured process (/proc), so a busy machine disturbs little. --write enters
// the figures into constants.json.

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer as create_http } from 'node:http';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const constants_file = join(here, 'constants.json');

// As of one comment on the bus, roughly; the bytes of a message matter little beside the message.
const message_bytes = 1_000;
const subscribers = 50;
const messages = 20_000;
const few_sockets = 500;
const many_sockets = 4_500;

async function free_port() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function until(condition, what) {
  for (const end = performance.now() + 30_000; performance.now() < end; ) {
    if (await condition().catch(() => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`not in time: ${what}`);
}

const ticks_per_s = 100;

async function cpu_s(pid) {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticks_per_s;
}

async function resident_bytes(pid) {
  return Number((await readFile(`/proc/${pid}/status`, 'latin1')).match(/^VmRSS:\s+(\d+) kB/m)[1]) * 1024;
}

function opened(port) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket));
    socket.once('error', reject);
  });
}

async function with_program(command, args, environment, use) {
  const child = spawn(command, args, { env: { ...process.env, ...environment }, stdio: 'ignore' });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.once('error', (error) => console.error(error.message));
  try {
    return await use(child);
  } finally {
    child.kill('SIGKILL');
    await exited;
  }
}

/** Messages to subscribers for a second of Redis' one thread. */
async function redis_deliveries(folder) {
  const port = await free_port();
  const options = ['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--dir', folder];
  return with_program('redis-server', options, {}, async ({ pid }) => {
    await until(async () => (await opened(port)).destroy(), 'Redis answers');
    let received = 0;
    const readers = await Promise.all(Array.from({ length: subscribers }, () => opened(port)));
    let confirmed = 0;
    for (const reader of readers) {
      reader.once('data', () => {
        ++confirmed;
        reader.on('data', (bytes) => (received += bytes.length));
      });
      reader.write('SUBSCRIBE channel\r\n');
    }
    await until(async () => confirmed === subscribers, 'all have subscribed');
    const publisher = await opened(port);
    publisher.resume();
    const body = 'x'.repeat(message_bytes);
    const one = `*3\r\n$7\r\nPUBLISH\r\n$7\r\nchannel\r\n$${message_bytes}\r\n${body}\r\n`;
    const passed_on = `*3\r\n$7\r\nmessage\r\n$7\r\nchannel\r\n$${message_bytes}\r\n${body}\r\n`.length * subscribers;
    const before = await cpu_s(pid);
    // As instances publish: a few at a time, never faster than subscribers read.
    for (let sent = 0; sent < messages; sent += 10) {
      publisher.write(one.repeat(10));
      await until(async () => received >= (sent + 10 - 100) * passed_on, 'subscribers keep up');
    }
    await until(async () => received === messages * passed_on, 'all has arrived');
    const cpu = (await cpu_s(pid)) - before;
    for (const socket of [publisher, ...readers]) socket.destroy();
    return Math.round((messages * subscribers) / cpu);
  });
}

/** An upstream whose sockets open and then are quiet. */
async function quiet_upstream() {
  const http = create_http((_, answer) => answer.end('ready'));
  http.on('upgrade', ({ headers }, socket) => {
    socket.on('error', () => {});
    // HAProxy holds both sides to RFC 6455, section 4.
    const accept = createHash('sha1').update(`${headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
  });
  await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve));
  return http;
}

async function live_socket(port) {
  const socket = await opened(port);
  socket.write('GET /api/v1/live HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n');
  await new Promise((resolve, reject) => {
    socket.once('data', (bytes) => (bytes.toString('latin1').startsWith('HTTP/1.1 101') ? resolve() : reject(new Error(bytes.toString('latin1')))));
  });
  return socket;
}

/** Memory of HAProxy for each further live socket, both its sides. */
async function proxy_socket(folder) {
  const upstream = await quiet_upstream();
  const [port, metrics, up] = [await free_port(), await free_port(), upstream.address().port];
  const servers = join(folder, 'instances.cfg');
  await writeFile(servers, `backend parley\n    server a 127.0.0.1:${up} check port ${up}\n`);
  const environment = {
    PARLEY_BIND: `127.0.0.1:${port}`, PARLEY_PROXY_METRICS: `127.0.0.1:${metrics}`, PARLEY_PROXY_SOCKET: join(folder, 'socket'),
    PARLEY_PROXY_CONNECTIONS: '6000', PARLEY_CONNECTIONS_PER_ADDRESS: '100000',
  };
  const files = ['-db', '-f', join(here, '../proxies/haproxy.cfg'), '-f', servers];
  const sockets = [];
  try {
    return await with_program('haproxy', files, environment, async ({ pid }) => {
      await until(async () => (await fetch(`http://127.0.0.1:${port}/`)).status === 200, 'HAProxy serves');
      const open = async (count) => {
        while (sockets.length < count) sockets.push(...(await Promise.all(Array.from({ length: 50 }, () => live_socket(port)))));
        return resident_bytes(pid);
      };
      const few = await open(few_sockets);
      const many = await open(many_sockets);
      return Math.round((many - few) / (many_sockets - few_sockets));
    });
  } finally {
    for (const socket of sockets) socket.destroy();
    upstream.closeAllConnections();
    upstream.close();
  }
}

const folder = await mkdtemp(join(tmpdir(), 'parley-measure-'));
try {
  const values = { redis_deliveries_per_s: await redis_deliveries(folder), proxy_socket_bytes: await proxy_socket(folder) };
  console.log(JSON.stringify(values, null, 2));
  if (argv.includes('--write')) {
    const kept = JSON.parse(await readFile(constants_file, 'utf8'));
    await writeFile(constants_file, `${JSON.stringify({ ...kept, values: { ...kept.values, ...values } }, null, 2)}\n`);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.exit();
