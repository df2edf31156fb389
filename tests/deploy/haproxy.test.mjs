import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readFile, writeFile } from 'node:fs/promises';
import { connect as connect_h2 } from 'node:http2';
import { request as request_tls } from 'node:https';
import { join } from 'node:path';
import WebSocket from 'ws';

import { HAProxy, check, proxies } from '../support/haproxy.mjs';
import { LiveReader } from '../support/live.mjs';
import { Postgres } from '../support/postgres.mjs';
import { finish, until } from '../support/programs.mjs';
import { Server, example, run_well, temporary_folder } from '../support/server.mjs';
import { check_proxy, check_repeats } from './proxy_checks.mjs';

let folder;

before(async () => {
  folder = await temporary_folder();
});
after(() => folder.remove());

/** A certificate for localhost by nobody. */
async function certificate() {
  const key = join(folder.path, 'key.pem');
  const chain = join(folder.path, 'chain.pem');
  const made = await finish('openssl', [
    'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=localhost',
    '-keyout', key, '-out', chain,
  ]);
  assert.equal(made.code, 0, made.output);
  const both = join(folder.path, 'both.pem');
  await writeFile(both, (await readFile(chain, 'utf8')) + (await readFile(key, 'utf8')));
  return both;
}

async function example_server(name, settings = {}) {
  const file = join(folder.path, `${name}.db`);
  await run_well(['import', '--set', `store.url=sqlite:${file}`, example]);
  return Server.start(file, { 'server.trusted_proxies': '127.0.0.1/32', ...settings });
}

test('HAProxy finds nothing wrong with haproxy.cfg, with and without TLS', async () => {
  const socket = { PARLEY_PROXY_SOCKET: join(folder.path, 'admin.sock') };
  const files = [join(proxies, 'haproxy.cfg'), join(proxies, 'haproxy-instances.cfg')];
  for (const environment of [socket, { ...socket, PARLEY_TLS_CERTIFICATE: await certificate() }]) {
    const { code, output } = await check(files, environment);
    assert.equal(code, 0, output);
    assert.ok(!/\[(WARNING|ALERT)\]/.test(output), output);
  }
});

check_proxy('HAProxy', (instances) => HAProxy.start(instances), { chunked_status: 400 });
check_repeats('HAProxy', (instances) => HAProxy.start(instances), ['GET', 'POST with a key']);

test('with a certificate the site is HTTPS, with HTTP/2 and sockets, and HTTP leads there', async () => {
  const server = await example_server('tls', { 'site.url': 'https://localhost' });
  const proxy = await HAProxy.start([server], { environment: { PARLEY_TLS_CERTIFICATE: await certificate() } });
  const plain = await fetch(`${proxy.origin}/d/tram-line?a=b`, { redirect: 'manual' });
  assert.equal(plain.status, 308);
  assert.match(plain.headers.get('location'), /^https:\/\/127\.0\.0\.1(:\d+)?\/d\/tram-line\?a=b$/);

  const secure = await new Promise((resolve, reject) => {
    request_tls({ host: '127.0.0.1', port: proxy.tls_port, path: '/d/tram-line', rejectUnauthorized: false }, (answer) => {
      answer.resume();
      answer.once('end', () => resolve(answer));
    }).once('error', reject).end();
  });
  assert.equal(secure.statusCode, 200);
  assert.match(secure.headers['strict-transport-security'], /max-age=\d+/);

  const h2 = connect_h2(`https://127.0.0.1:${proxy.tls_port}`, { rejectUnauthorized: false });
  const headers = await new Promise((resolve, reject) => {
    h2.once('error', reject);
    const stream = h2.request({ ':path': '/api/v1/discussions/tram-line', 'x-forwarded-for': '203.0.113.1' });
    stream.once('response', resolve).once('error', reject);
    stream.resume();
  });
  assert.equal(headers[':status'], 200);
  h2.close();

  const socket = new WebSocket(`wss://127.0.0.1:${proxy.tls_port}/api/v1/live`, 'parley.v1', {
    origin: 'https://localhost', rejectUnauthorized: false,
  });
  const subscribed = new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('message', (bytes) => resolve(JSON.parse(bytes)));
  });
  socket.once('open', () => socket.send('{"type":"subscribe","topic":"discussion:tram-line"}'));
  assert.equal((await subscribed).type, 'subscribed');
  socket.terminate();
  await proxy.stop();
  await server.stop();
});

test('each request has an id that only the proxy gives, and the proxy tells its figures', async () => {
  const server = await example_server('figures');
  const proxy = await HAProxy.start([server]);
  await fetch(`${proxy.origin}/healthz`, { headers: { 'X-Request-Id': 'mine' } });
  const figures = await (await fetch(`http://127.0.0.1:${proxy.metrics_port}/metrics`)).text();
  assert.match(figures, /^haproxy_server_check_status\{proxy="parley",server="a",state="L7OK"\} 1$/m);
  await proxy.stop();
  await server.stop();
});

async function read(address) {
  const answer = await fetch(address);
  await answer.arrayBuffer();
  if (answer.status !== 200) throw new Error(String(answer.status));
}

/**
 * Reads without a pause until told to stop; gives how many there were, and what went wrong. `attempts`: 2 as a
 * browser does it, whose kept connection may be closed just when it is used.
 */
function keep_reading(address, { workers = 8, attempts = 1 } = {}) {
  let going = true;
  const problems = [];
  let count = 0;
  const once = (left) => read(address).catch((error) => (left > 1 ? once(left - 1) : problems.push(String(error.cause ?? error))));
  const one = async () => {
    while (going) {
      await once(attempts);
      ++count;
    }
  };
  const all = Promise.all(Array.from({ length: workers }, one));
  return {
    get count() {
      return count;
    },
    stop: async () => {
      going = false;
      await all;
      return { count, problems };
    },
  };
}

test('one of three instances may drain, and one may be killed: no read fails, sockets are told to come back', async () => {
  const servers = [await example_server('two-a'), await example_server('two-b'), await example_server('two-c')];
  const [a, b, c] = servers;
  const proxy = await HAProxy.start(servers);
  const address = { port: proxy.port, origin: proxy.origin };
  const readers = [];
  for (let i = 0; i < 6; ++i) {
    const reader = await new LiveReader(address).opened();
    reader.subscribe('tram-line');
    await reader.frame(({ type }) => type === 'subscribed');
    readers.push(reader);
  }
  const reading = keep_reading(`${proxy.origin}/api/v1/discussions/tram-line/comments`);
  const more = async () => {
    const before_it = reading.count;
    await until(() => reading.count > before_it + 200, 'reads go on');
  };
  await more();
  const ended = Promise.race(readers.map(async (reader) => ({ reader, ...(await reader.closed) })));
  await a.stop();
  const { code } = await ended;
  assert.equal(code, 1012);
  await until(async () => (await proxy.in_use()).join() === 'b,c', 'the drained one is not used');
  await more();
  await b.kill();
  await until(async () => (await proxy.in_use()).join() === 'c', 'the killed one is not used');
  await more();
  const { count, problems } = await reading.stop();
  assert.deepEqual(problems, [], `of ${count} reads`);

  // Who comes back, comes to the one that is left.
  const back = await new LiveReader(address).opened();
  back.subscribe('tram-line');
  await back.frame(({ type }) => type === 'subscribed');
  await back.close();
  for (const reader of readers) reader.socket.terminate();
  await proxy.stop();
  await c.stop();
});

test('after a reload new requests go to the new process, and the old one ends by itself', async () => {
  const server = await example_server('reload');
  const proxy = await HAProxy.start([server]);
  const reading = keep_reading(`${proxy.origin}/healthz`, { workers: 4, attempts: 2 });
  await until(() => reading.count > 50, 'reads');
  const old = await proxy.reload();
  const end = await old.exited;
  assert.equal(end.code, 0, JSON.stringify(end));
  const before_it = reading.count;
  await until(() => reading.count > before_it + 50, 'reads by the new one');
  const { problems } = await reading.stop();
  assert.deepEqual(problems, []);
  await proxy.stop();
  await server.stop();
});

test('with no instance the answer is a problem that says when to come back', async () => {
  const server = await example_server('gone');
  const proxy = await HAProxy.start([server]);
  await server.kill();
  await until(async () => (await proxy.in_use()).length === 0, 'it is out of use');
  const answer = await fetch(`${proxy.origin}/api/v1/discussions`);
  assert.equal(answer.status, 503);
  assert.equal(answer.headers.get('content-type'), 'application/problem+json');
  assert.equal(answer.headers.get('retry-after'), '1');
  const problem = await answer.json();
  assert.deepEqual([problem.status, problem.code, problem.retry_after_ms], [503, 'unavailable', 1000]);
  await proxy.stop();
});

test('with PostgreSQL away no instance is ready, and readers still get what they hold', async () => {
  const postgres = await Postgres.start('fsync=off');
  let server;
  let proxy;
  try {
    const url = await postgres.fresh_database();
    await run_well(['import', '--set', `store.url=${url}`, example]);
    server = await Server.start(url, { 'server.trusted_proxies': '127.0.0.1/32' });
    proxy = await HAProxy.start([server]);
    const address = `${proxy.origin}/api/v1/discussions/tram-line/comments`;
    const fresh = await (await fetch(address)).text();
    await postgres.kill();
    await until(async () => (await proxy.in_use()).length === 0, 'it is not ready');
    const held = await fetch(address);
    assert.deepEqual([held.status, await held.text()], [200, fresh]);
    await postgres.start();
    await until(async () => (await proxy.in_use()).join() === 'a', 'it is ready again');
  } finally {
    await proxy?.stop();
    await server?.stop();
    await postgres.stop();
  }
});
