// How a server starts, takes over another configuration, tells systemd, and stops.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { LiveReader } from '../support/live.mjs';
import { Postgres } from '../support/postgres.mjs';
import { Server, create_account, temporary_folder } from '../support/server.mjs';

const support = join(dirname(fileURLToPath(import.meta.url)), '../support');

let folder;
let files = 0;

before(async () => {
  folder = await temporary_folder();
});

after(() => folder.remove());

const new_file = () => `${folder.path}/store-${++files}.db`;

/** A request of which the server has the head and waits for the body; `finish()` sends it, `answer` is all that came. */
async function begin_request(server, head, body) {
  const socket = connect(server.port, '127.0.0.1');
  let text = '';
  socket.on('data', (bytes) => (text += bytes));
  const answer = new Promise((resolve) => {
    socket.on('close', () => resolve(text));
    socket.on('error', () => resolve(text));
  });
  const said_go_on = new Promise((resolve) => socket.on('data', () => text.includes('100 Continue') && resolve()));
  socket.write(`${head}\r\nHost: 127.0.0.1\r\nExpect: 100-continue\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`);
  await said_go_on;
  return { finish: () => socket.write(body), answer, destroy: () => socket.destroy() };
}

const refused = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => socket.destroy(resolve(false)));
    socket.on('error', ({ code }) => resolve(code === 'ECONNREFUSED'));
  });

test('SIGTERM: readiness fails, listeners close, what was begun is finished, then exit 0', async () => {
  const file = new_file();
  await create_account(file, 'Edith Editor', 'admin');
  const server = await Server.start(file, { 'limits.drain_deadline_ms': 60_000 });
  const token = await server.sign_in('Edith Editor');
  const id = await server.new_discussion(token);
  const readers = await Promise.all(Array.from({ length: 12 }, () => new LiveReader(server).opened()));
  const head = [
    `POST /api/v1/discussions/${id}/comments HTTP/1.1`, `Authorization: Bearer ${token}`,
    `Idempotency-Key: ${randomUUID()}`, 'Content-Type: application/json',
  ].join('\r\n');
  const request = await begin_request(server, head, '{"body":"Written while the server stops."}');
  server.child.kill('SIGTERM');
  await server.logged(({ event }) => event === 'server.draining');
  const ends = await Promise.all(readers.map((reader) => reader.closed));
  const ready = await server.ops('/readyz');
  assert.equal(ready.status, 503);
  assert.equal((await ready.json()).status, 'draining');
  assert.equal((await server.ops('/healthz')).status, 200, 'it need not be killed');
  assert.ok(await refused(server.port), 'nobody new comes');
  const delays = ends.map(({ code, reason }) => {
    assert.equal(code, 1012);
    const { retry_after_ms, spread_ms } = JSON.parse(reason);
    assert.equal(spread_ms, 3000);
    assert.ok(retry_after_ms >= 0 && retry_after_ms <= 3000, reason);
    return retry_after_ms;
  });
  const sorted = [...delays].sort((a, b) => a - b);
  assert.ok(sorted.at(-1) - sorted[0] > 1500, `they come back together: ${sorted}`);
  request.finish();
  const answer = await request.answer;
  assert.match(answer, /HTTP\/1.1 201 Created/);
  assert.match(answer, /Connection: close/);
  assert.deepEqual(await server.exited, { code: 0, signal: null });
  assert.equal(server.log.at(-1).event, 'server.stopped');
  const again = await Server.start(file);
  const { json } = await again.get(`/api/v1/discussions/${id}/comments`);
  assert.deepEqual(json.comments.map(({ body }) => body), ['Written while the server stops.']);
  await again.stop();
});

test('the deadline of a stop cuts what does not end, and the exit code is 0 all the same', async () => {
  const server = await Server.start(new_file(), { 'limits.drain_deadline_ms': 200 });
  const request = await begin_request(server, 'POST /api/v1/accounts HTTP/1.1\r\nContent-Type: application/json', '{}');
  server.child.kill('SIGTERM');
  assert.deepEqual(await server.exited, { code: 0, signal: null });
  assert.ok(server.log.some(({ event }) => event === 'server.drain_cut'));
  await request.answer;
});

test('a second SIGTERM ends it at once', async () => {
  const server = await Server.start(new_file(), { 'limits.drain_deadline_ms': 600_000 });
  const request = await begin_request(server, 'POST /api/v1/accounts HTTP/1.1\r\nContent-Type: application/json', '{}');
  server.child.kill('SIGTERM');
  await server.logged(({ event }) => event === 'server.draining');
  server.child.kill('SIGTERM');
  assert.deepEqual(await server.exited, { code: null, signal: 'SIGTERM' });
  assert.equal(server.log.at(-1).event, 'server.stopped_at_once');
  await request.answer;
});

test('SIGHUP takes over what is safe, names what is not, and nothing of a file that is wrong', async () => {
  const config = `${folder.path}/parley.toml`;
  await writeFile(config, '[log]\nlevel = "info"\nslow_request_ms = 3600000\n[site]\norigins = []\n');
  const server = await Server.start(new_file(), {}, ['--config', config]);
  const origin = 'https://www.example.com';
  const allowed = async () =>
    (await server.get('/api/v1/discussions', { headers: { Origin: origin } })).headers.get('access-control-allow-origin');
  const said = (name) => server.log.filter(({ event }) => event === name).length;
  const reload = async (text, event) => {
    const count = said(event);
    await writeFile(config, text);
    server.child.kill('SIGHUP');
    return server.logged((line) => line.event === event && said(event) > count);
  };
  assert.equal(await allowed(), null);

  const wrong = await reload(`[log]\nlevel = "debug"\n[site]\norigins = ["${origin}/"]\n`, 'config.reload_failed');
  assert.match(wrong.reason, /parley\.toml:4:1: site\.origins/);
  assert.equal(await allowed(), null);
  assert.equal(said('http.request'), 0, 'not even what is right in it');

  const text = (slow) =>
    `[log]\nlevel = "debug"\nslow_request_ms = ${slow}\n[site]\norigins = ["${origin}"]\n[limits]\ncomment_bytes_max = 100\n`;
  const done = await reload(text(3_600_000), 'config.reloaded');
  assert.equal(done.changed, 'site.origins log.level');
  const waiting = await server.logged(({ event }) => event === 'config.needs_restart');
  assert.equal(waiting.keys, 'limits.comment_bytes_max');
  assert.equal(await allowed(), origin);
  await server.logged(({ event }) => event === 'http.request');
  await reload(text(1), 'config.reloaded');
  await server.logged(({ changed }) => changed === 'log.slow_request_ms');
  await server.request('POST', '/api/v1/session', { body: { name: 'Nobody', password: 'a long enough password' } });
  await server.logged(({ event }) => event === 'http.slow_request');

  await reload('[log]\nlevel = "info"\n', 'config.reloaded');
  await server.logged(({ changed }) => changed?.startsWith('site.origins log.level log.slow'));
  assert.equal(await allowed(), null, 'and back to the default');
  await server.stop();
});

test('SIGHUP changes the rates', async () => {
  const config = `${folder.path}/rates.toml`;
  const file = new_file();
  await writeFile(config, '[limits]\nsign_ins_per_minute_max = 1\n');
  const server = await Server.start(file, { 'limits.rates_enabled': true }, ['--config', config]);
  const attempt = async () =>
    (await server.request('POST', '/api/v1/session', { body: { name: 'Nobody', password: 'a long enough password' } })).status;
  assert.equal(await attempt(), 401);
  assert.equal(await attempt(), 429);
  await writeFile(config, '[limits]\nsign_ins_per_minute_max = 1000000\n');
  server.child.kill('SIGHUP');
  await server.logged(({ event }) => event === 'config.reloaded');
  const deadline = performance.now() + 20_000;
  while ((await attempt()) !== 401) assert.ok(performance.now() < deadline, 'the new rate is not in force');
  await server.stop();
});

/** What systemd would hear. */
class Systemd {
  static async listen(name) {
    const systemd = new Systemd();
    systemd.said = [];
    systemd.waiters = [];
    systemd.child = spawn('python3', [join(support, 'notify_listener.py'), name], { stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface({ input: systemd.child.stdout }).on('line', (line) => {
      systemd.said.push(JSON.parse(line));
      systemd.check();
    });
    await systemd.hears((word) => word === 'listening');
    return systemd;
  }

  check() {
    this.waiters = this.waiters.filter(({ condition, resolve }) => {
      const found = this.said.find(condition);
      if (found !== undefined) resolve(found);
      return found === undefined;
    });
  }

  async hears(condition) {
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`systemd heard ${JSON.stringify(this.said)}, not ${condition}`)), 30_000);
    });
    const heard = new Promise((resolve) => {
      this.waiters.push({ condition, resolve });
      this.check();
    });
    try {
      return await Promise.race([heard, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  async end() {
    this.child.stdin.end();
    await new Promise((resolve) => this.child.on('exit', resolve));
  }
}

for (const kind of ['a path', 'an abstract name']) {
  test(`systemd is told how it is, at ${kind}`, async () => {
    const name = kind === 'a path' ? `${folder.path}/notify` : `@parley-test-${randomUUID()}`;
    const systemd = await Systemd.listen(name);
    const server = await Server.start(new_file(), {}, [], { NOTIFY_SOCKET: name, WATCHDOG_USEC: '2000000' });
    await systemd.hears((word) => word === 'READY=1');
    await systemd.hears((word) => word === 'WATCHDOG=1');
    assert.ok(systemd.said.indexOf('READY=1') < systemd.said.indexOf('WATCHDOG=1'));
    systemd.said.length = 0;
    server.child.kill('SIGHUP');
    await systemd.hears((word) => /^RELOADING=1\nMONOTONIC_USEC=\d+$/.test(word));
    await systemd.hears((word) => word === 'READY=1');
    await server.stop();
    await systemd.hears((word) => word === 'STOPPING=1');
    assert.ok(!server.log.some(({ event }) => event === 'ops.notify_failed'));
    await systemd.end();
  });
}

test('without systemd nothing is missing, and one that hears nothing is told of in the log', async () => {
  const server = await Server.start(new_file(), {}, [], { NOTIFY_SOCKET: `${folder.path}/nobody` });
  await server.logged(({ event }) => event === 'ops.notify_failed');
  await server.stop();
});

test('readiness follows the store, and life does not', async () => {
  const postgres = await Postgres.start('fsync=off');
  try {
    const url = await postgres.fresh_database();
    await create_account(url, 'Edith Editor', 'admin');
    const server = await Server.start(url);
    const ready = async (status) => {
      const deadline = performance.now() + 60_000;
      for (;;) {
        const response = await server.ops('/readyz');
        const body = await response.json();
        if (response.status === status) return body;
        assert.ok(performance.now() < deadline, `${response.status} ${JSON.stringify(body)}`);
      }
    };
    await ready(200);
    await postgres.kill();
    const down = await ready(503);
    assert.equal(down.status, 'not ready');
    assert.equal(down.parts.store.state, 'down');
    assert.ok(down.parts.store.age_ms > 1000, JSON.stringify(down));
    assert.equal((await server.ops('/healthz')).status, 200, 'a restart would not help');
    assert.equal((await server.metrics()).get('parley_store_up'), 0);
    await postgres.start();
    const up = await ready(200);
    assert.equal(up.parts.store.state, 'up');
    await server.stop();
  } finally {
    await postgres.stop();
  }
});
