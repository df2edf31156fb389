// One server with a Redis: what happens to Redis, and what strangers say there, does nothing to it.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';

import { LiveReader } from '../support/live.mjs';
import { RedisLab, bus_state, comes_about, metric, publish } from '../support/redis.mjs';
import { Server, create_account, temporary_folder } from '../support/server.mjs';

const secret = 'a secret of at least thirty-two characters';

let folder;
let lab;
let port;
let server;
let admin;

before(async () => {
  folder = await temporary_folder();
  lab = new RedisLab();
  port = await lab.start('a');
  const file = `${folder.path}/parley.db`;
  await create_account(file, 'Edith Editor', 'admin');
  server = await Server.start(file, {
    'bus.url': `redis://127.0.0.1:${port}`,
    'bus.secret': secret,
    'server.instance': 'one',
    'log.level': 'debug',
  });
  admin = await server.sign_in('Edith Editor');
});

after(async () => {
  await server.stop();
  await lab.stop();
  await folder.remove();
});

const events = (name) => server.log.filter(({ event }) => event === name);

const becomes = (state) => comes_about(server, async () => (await bus_state(server)) === state, `the bus is ${state}`);

async function watch(id) {
  const window = (await server.get(`/api/v1/discussions/${id}/comments`)).json;
  const reader = await new LiveReader(server).opened();
  reader.subscribe(id, { epoch: window.epoch, since: window.seq });
  await reader.frame(({ type }) => type === 'subscribed');
  return reader;
}

/** A comment that is posted reaches a reader; how long the answer took. */
async function post_and_see(reader, id, body) {
  const began = performance.now();
  const posted = await server.post(admin, id, { body });
  const took = performance.now() - began;
  assert.equal(posted.status, 201, posted.text);
  await reader.frame(({ type, comments }) => type === 'update' && comments?.some((one) => one.id === posted.json.id));
  return took;
}

test('it is connected by itself, with a name of its own, and says so', async () => {
  await becomes('up');
  assert.equal(events('bus.connected').length, 1);
  const clients = await lab.ask('cli a CLIENT LIST');
  assert.equal(clients.match(/name=parley-one /g)?.length, 2, clients);
  assert.match(await lab.ask('cli a PUBSUB CHANNELS'), /parley:[0-9a-f]{16}:control/);
});

test('what strangers publish reaches no reader and is counted', async () => {
  const id = await server.new_discussion(admin);
  const reader = await watch(id);
  await becomes('up');
  const channels = (await lab.ask('cli a PUBSUB CHANNELS')).trim().split(/\s+/);
  assert.equal(channels.length, 17);
  const before = reader.frames.length;
  const update = JSON.stringify({ type: 'update', topic: `discussion:${id}`, epoch: 'x', prev: 0, seq: 9 });
  const bodies = ['garbage', '', update, `parley1\n${'x'.repeat(32)}${update}`, 'x'.repeat(70_000)];
  // A few of them are a megabyte; more at once would be over what Redis holds for a subscriber.
  const body = (i) => (i % 250 === 0 ? 'x'.repeat(1_000_000) : bodies[i % bodies.length]);
  const messages = Array.from({ length: 1_000 }, (_, i) => [channels[i % 17], body(i)]);
  const heard = await publish(port, messages);
  assert.deepEqual(new Set(heard), new Set([1]), 'the server heard each of them');
  await post_and_see(reader, id, 'And it goes on.');
  await comes_about(server, async () => (await metric(server, 'parley_bus_refused_total')) >= 1_000, 'all are counted');
  assert.equal(await metric(server, 'parley_bus_refused_total'), 1_000);
  assert.ok(events('bus.refused').length > 0);
  for (const frame of reader.frames.slice(before)) {
    assert.ok(['update', 'current', 'presence'].includes(frame.type), JSON.stringify(frame));
    if (frame.type === 'update') assert.notEqual(frame.epoch, 'x');
  }
  assert.equal(await metric(server, 'parley_bus_connects_total'), 1, 'it cost no connection');
  await reader.close();
});

test('Redis is paused, killed and comes back: writes go on and the bus heals', async () => {
  const id = await server.new_discussion(admin);
  const reader = await watch(id);
  await becomes('up');
  for (const [breaks, mends] of [['pause', 'resume'], ['kill', 'restart']]) {
    await lab.ask(`${breaks} a`);
    for (let i = 0; i < 5; ++i) await post_and_see(reader, id, `Redis: ${breaks}, ${i}`);
    await becomes('down');
    await post_and_see(reader, id, `Redis: still ${breaks}`);
    const ready = await fetch(`http://127.0.0.1:${server.ops_port}/readyz`);
    assert.equal(ready.status, 200, 'a server without its bus serves');
    await lab.ask(`${mends} a`);
    await becomes('up');
    await post_and_see(reader, id, `Redis: ${mends}`);
  }
  assert.ok(events('bus.lost').length > 0 && events('bus.connected').length > 1);
  await reader.close();
});

test('neither the password nor the secret is ever logged', async () => {
  const file = `${folder.path}/other.db`;
  const canary = `canary-${randomUUID()}`;
  const other = await Server.start(file, {
    'bus.url': `redis://parley:${canary}@127.0.0.1:${port}`,
    'bus.secret': `${canary} of at least thirty-two characters`,
    'log.level': 'debug',
  });
  const unreachable = () => other.log.some(({ event, fault }) => event === 'bus.unreachable' && fault === 'login');
  const until = performance.now() + 30_000;
  while (!unreachable()) {
    assert.ok(performance.now() < until, 'a wrong password is told');
    await other.get('/api/v1/discussions');
  }
  await other.stop();
  assert.ok(!other.raw_log.join('\n').includes(canary));
});

test('a URL that cannot be read stops the start and does not show its password', async () => {
  const { run } = await import('../support/server.mjs');
  const settings = [`store.url=sqlite:${folder.path}/third.db`, 'bus.url=redis://u:hunter2@[::1', `bus.secret=${secret}`];
  const ended = await run(['serve', ...settings.flatMap((one) => ['--set', one])]);
  assert.notEqual(ended.code, 0);
  assert.match(ended.stderr, /bus\.url/);
  assert.ok(!ended.stderr.includes('hunter2'));
});
