// What the person on call sees: figures, health, events, and `parley top`.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { LiveReader } from '../support/live.mjs';
import { Server, create_account, run, run_well, temporary_folder } from '../support/server.mjs';

const monitoring = join(dirname(fileURLToPath(import.meta.url)), '../../deploy/monitoring');
const wait_timeout_ms = 20_000;

let folder;
let server;
let admin;

before(async () => {
  folder = await temporary_folder();
  const file = `${folder.path}/parley.db`;
  await create_account(file, 'Edith Editor', 'admin');
  server = await Server.start(file, {
    'ops.stats_interval_ms': 1_000,
    'log.slow_request_ms': 1,
    'server.instance': 'web-1',
    'server.trusted_proxies': '127.0.0.2',
  });
  admin = await server.sign_in('Edith Editor');
});

after(async () => {
  await server.stop();
  await folder.remove();
});

function promtool(args, input = '') {
  return new Promise((resolve, reject) => {
    const child = spawn('promtool', args, { cwd: monitoring });
    let output = '';
    child.stdout.on('data', (bytes) => (output += bytes));
    child.stderr.on('data', (bytes) => (output += bytes));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

async function until(condition, what) {
  const deadline = performance.now() + wait_timeout_ms;
  for (;;) {
    const value = await condition();
    if (value) return value;
    assert.ok(performance.now() < deadline, what);
  }
}

test('the page of figures is what Prometheus wants', async () => {
  const response = await server.ops('/metrics');
  assert.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  const checked = await promtool(['check', 'metrics'], await response.text());
  assert.deepEqual(checked, { code: 0, output: '' });
});

test('requests are counted by kind and status, and their time is measured', async () => {
  const name = (status) => `parley_http_requests_total{route="read",status="${status}"}`;
  const before_them = await server.metrics();
  await server.get('/api/v1/discussions');
  await server.get(`/api/v1/discussions/${randomUUID()}`);
  const after_them = await server.metrics();
  assert.equal(after_them.get(name('2xx')) - before_them.get(name('2xx')), 1);
  assert.equal(after_them.get(name('4xx')) - before_them.get(name('4xx')), 1);
  const measured = 'parley_http_request_duration_seconds_count{route="read"}';
  assert.equal(after_them.get(measured) - before_them.get(measured), 2);
});

test('a comment is counted from its commit to its reader', async () => {
  const id = await server.new_discussion(admin);
  const reader = await new LiveReader(server).opened();
  reader.subscribe(id);
  await reader.frame(({ type }) => type === 'subscribed');
  const counts = async () => {
    const all = await server.metrics();
    return [
      'parley_commits_total', 'parley_commit_duration_seconds_count', 'parley_batch_commands_count',
      'parley_live_deliveries_total', 'parley_live_delivery_duration_seconds_count', 'parley_live_changesets_total',
      'parley_live_flushes_total',
    ].map((name) => all.get(name));
  };
  const before_it = await counts();
  await server.post(admin, id, { body: 'Counted.' });
  await reader.frame(({ type }) => type === 'update');
  await until(async () => {
    const now = await counts();
    return now.every((count, i) => count === before_it[i] + 1);
  }, 'one of each');
  await reader.close();
});

test('every metric that the dashboard and the alerts name is on the page', async () => {
  const names = new Set([...(await server.metrics()).keys()].map((sample) => sample.replace(/\{.*/, '')));
  const expressions = [];
  const dashboard = JSON.parse(await readFile(join(monitoring, 'grafana_dashboard.json'), 'utf8'));
  for (const { targets = [] } of dashboard.panels) expressions.push(...targets.map(({ expr }) => expr));
  for (const { query } of dashboard.templating.list) expressions.push(query);
  expressions.push(await readFile(join(monitoring, 'alerts.yml'), 'utf8'));
  const used = new Set(expressions.flatMap((text) => text.match(/\b(parley|process)_[a-z0-9_]+\b/g) ?? []));
  assert.ok(used.size > 40, `${used.size} names`);
  assert.deepEqual([...used].filter((name) => !names.has(name)), []);
});

test('the rules of the alerts are well formed, and each fires for what it is for', async () => {
  for (const args of [['check', 'rules', 'alerts.yml'], ['check', 'config', 'prometheus.yml'], ['test', 'rules', 'alerts_test.yml']]) {
    const { code, output } = await promtool(args);
    assert.equal(code, 0, output);
  }
  const alerts = (await readFile(join(monitoring, 'alerts.yml'), 'utf8')).match(/alert: \w+/g).map((line) => line.slice(7));
  const tests = await readFile(join(monitoring, 'alerts_test.yml'), 'utf8');
  for (const alert of alerts) {
    const of_it = tests.split(/- eval_time/).filter((part) => part.includes(`alertname: ${alert}\n`));
    assert.ok(of_it.some((part) => part.includes('exp_labels')), `${alert} is shown firing`);
    assert.ok(of_it.some((part) => part.includes('exp_alerts: []')), `${alert} is shown silent`);
  }
});

test('health says how each part is, on both listeners', async () => {
  for (const response of [await server.ops('/readyz'), await fetch(`${server.origin}/readyz`)]) {
    assert.equal(response.status, 200);
    const { status, parts } = await response.json();
    assert.equal(status, 'ready');
    assert.deepEqual(Object.keys(parts), ['store', 'writer', 'loops', 'bus']);
    for (const part of ['store', 'writer', 'loops']) assert.equal(parts[part].state, 'up', part);
    assert.equal(parts.bus.state, 'local');
    assert.ok(parts.store.age_ms >= 0 && parts.loops.lag_ms >= 0 && parts.loops.count >= 1);
  }
  for (const response of [await server.ops('/healthz'), await fetch(`${server.origin}/healthz`)]) {
    assert.deepEqual([response.status, await response.json()], [200, { status: 'ok' }]);
  }
});

test('every answer names its request, and so does the log', async () => {
  const plain = await server.get('/api/v1/discussions');
  assert.match(plain.headers.get('x-request-id'), /^[a-z2-9]{12}$/);
  const theirs = await server.get('/api/v1/discussions', { headers: { 'X-Request-Id': 'forged' } });
  assert.match(theirs.headers.get('x-request-id'), /^[a-z2-9]{12}$/, 'only a trusted proxy may name it');
  for (const path of ['/', '/nothing', '/parley.js', '/api/v1/nothing']) {
    assert.match((await server.get(path)).headers.get('x-request-id'), /^[a-z2-9]{12}$/, path);
  }
  // A password takes longer than the millisecond that is slow here.
  const slow = await server.request('POST', '/api/v1/session', { body: { name: 'Edith Editor', password: 'wrong one' } });
  assert.equal(slow.status, 401);
  const own = await Server.start(`${folder.path}/names.db`, { 'log.slow_request_ms': 1, 'server.trusted_proxies': '127.0.0.1' });
  const named = await own.request('POST', '/api/v1/session', {
    body: { name: 'Nobody', password: 'a long enough password' },
    headers: { 'X-Request-Id': 'edge-7.42' },
  });
  assert.equal(named.headers.get('x-request-id'), 'edge-7.42');
  const event = await own.logged(({ event }) => event === 'http.slow_request');
  assert.equal(event.level, 'warn');
  assert.deepEqual(
    [event.request, event.method, event.route, event.status],
    ['edge-7.42', 'POST', '/api/v1/session', 401],
  );
  assert.ok(event.duration_ms > 1);
  for (const bad of ['x'.repeat(65), 'a b', 'é']) {
    const answer = await own.get('/api/v1/discussions', { headers: { 'X-Request-Id': Buffer.from(bad).toString('latin1') } });
    assert.match(answer.headers.get('x-request-id'), /^[a-z2-9]{12}$/, bad);
  }
  await own.stop();
});

test('warnings that repeat are counted, and none is lost', async () => {
  const own = await Server.start(`${folder.path}/repeats.db`, { 'log.slow_request_ms': 1 });
  const attempts = 6;
  for (let i = 0; i < attempts; ++i) {
    await own.request('POST', '/api/v1/session', { body: { name: 'Nobody', password: 'a long enough password' } });
  }
  await own.stop();
  const slow = own.log.filter(({ event }) => event === 'http.slow_request');
  const left_out = own.log.filter(({ event, of }) => event === 'log.repeated' && of === 'http.slow_request');
  const told = slow.reduce((sum, { repeated = 0 }) => sum + 1 + repeated, 0) + left_out.reduce((sum, { count }) => sum + count, 0);
  assert.ok(told >= attempts, own.raw_log.join('\n'));
  assert.ok(slow.length < attempts, 'they are written once in a while');
  assert.equal(left_out.length, 1);
});

test('a line of figures is written every interval', async () => {
  const reader = await new LiveReader(server).opened();
  const line = await server.logged(({ event, readers }) => event === 'stats' && readers === 1);
  assert.equal(line.level, 'info');
  assert.equal(line.ready, true);
  assert.equal(line.store, 'up');
  assert.equal(line.bus, 'local');
  assert.ok(line.seconds > 0.5 && line.resident_bytes > 1e6, JSON.stringify(line));
  for (const name of ['connections', 'rooms', 'deliveries_per_s', 'merged', 'commit_p99_ms', 'delivery_p99_ms', 'loop_lag_ms']) {
    assert.equal(typeof line[name], 'number', name);
  }
  await reader.close();
});

test('nothing secret is in the log, even at level debug', async () => {
  const canary = (what) => `canary-${what}-${randomUUID()}`;
  const secrets = {
    password: canary('password'),
    wrong: canary('wrong'),
    key: canary('key'),
    body: canary('body'),
    title: canary('title'),
    bus: canary('bus-secret-of-many-characters'),
    store: canary('store'),
    query: canary('query'),
    header: canary('header'),
  };
  const file = `${folder.path}/canary.db`;
  await create_account(file, 'Edith Editor', 'admin', secrets.password);
  const own = await Server.start(file, { 'log.level': 'debug', 'log.slow_request_ms': 1, 'bus.secret': secrets.bus });
  const session = await own.request('POST', '/api/v1/session', { body: { name: 'Edith Editor', password: secrets.password } });
  secrets.token = session.json.token;
  secrets.cookie = session.headers.get('set-cookie').match(/=([^;]+)/)[1];
  await own.request('POST', '/api/v1/accounts', { body: { name: 'Ann', password: secrets.password } });
  await own.request('POST', '/api/v1/session', { body: { name: 'Ann', password: secrets.wrong } });
  const id = await own.new_discussion(secrets.token, { title: secrets.title, article: secrets.body });
  const posted = await own.post(secrets.token, id, { body: secrets.body }, secrets.key);
  assert.equal(posted.status, 201, posted.text);
  const ann = await own.sign_in('Ann', secrets.password);
  secrets.other_token = ann;
  await own.post(ann, id, { body: 'x', parent: posted.json.id, quote: { comment: posted.json.id, text: secrets.body } });
  await own.post(ann, id, { body: `${secrets.body}{`, quote: 'of the wrong type' });
  await own.request('POST', `/api/v1/discussions/${id}/comments`, { token: ann, body: `{"body":"${secrets.body}` });
  await own.vote(ann, posted.json.id, 1);
  await own.get(`/api/v1/discussions/${id}/comments?cursor=${secrets.query}`);
  await own.get(`/${secrets.query}`);
  await own.get('/api/v1/me', { headers: { Cookie: `parley_session=${secrets.cookie}`, 'X-Forwarded-For': secrets.header, 'X-Request-Id': secrets.header } });
  const reader = await new LiveReader(own).opened();
  reader.send({ type: 'authenticate', ticket: secrets.header });
  reader.send(`not JSON ${secrets.body}`);
  reader.subscribe(secrets.query);
  await reader.frame(({ type, topic }) => type === 'error' && topic?.includes('canary-query'));
  await reader.close();
  await own.logged(({ event }) => event === 'http.request');
  await own.stop();
  const written = own.raw_log.join('\n');
  // A store that cannot be reached, with its password in the address.
  const failed = await run(['serve', '--set', `store.url=postgresql://parley:${secrets.store}@127.0.0.1:1/parley`, '--set', 'log.level=debug', '--set', 'server.port=0']);
  assert.notEqual(failed.code, 0);
  const refused = await run(['serve', '--set', `bus.secret=${secrets.bus}\u0007`, '--set', `store.url=mysql://${secrets.store}`]);
  assert.equal(refused.code, 64);
  for (const [what, secret] of Object.entries(secrets)) {
    for (const text of [written, failed.stderr, failed.stdout, refused.stderr, refused.stdout]) {
      assert.ok(!text.includes(secret), `${what} is in the log: ${text.split('\n').find((line) => line.includes(secret))}`);
    }
  }
});

test('top shows two instances and their sum, from files and from a pipe', async () => {
  const other = await Server.start(`${folder.path}/other.db`, { 'ops.stats_interval_ms': 1_000, 'server.instance': 'web-2' });
  await other.logged(({ event }) => event === 'stats');
  await server.logged(({ event }) => event === 'stats');
  await other.stop();
  const logs = [server, other].map(({ raw_log }, i) => [`${folder.path}/web-${i + 1}.log`, `${raw_log.join('\n')}\n`]);
  for (const [path, text] of logs) await writeFile(path, text);
  const from_files = await run_well(['top', '--once', ...logs.map(([path]) => path)]);
  const lines = from_files.stdout.split('\n');
  assert.match(lines[0], /^INSTANCE +AGE +READERS +CONNS +REQ\/S/);
  assert.match(lines[1], /^web-1 /);
  assert.match(lines[2], /^web-2 /);
  assert.match(lines[3], /^all /);
  assert.ok(!from_files.stdout.includes('\u001b'), 'a plain table');
  const from_pipe = await run_well(['top'], logs.map(([, text]) => text).join('') + 'some other line\n');
  const names = from_pipe.stdout.split('\n').map((line) => line.split(' ')[0]);
  assert.deepEqual(names.slice(0, 4), ['INSTANCE', 'web-1', 'web-2', 'all']);
  assert.match(from_pipe.stdout, /^1 lines were none of Parley's JSON log\.$/m);
  assert.equal((await run(['top', '--once', `${folder.path}/nothing.log`])).code, 66);
});
