// What the documents of the API say of a server that cannot: its store is away, or somebody asks too often.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';

import { Contract } from '../support/contract.mjs';
import { LiveReader } from '../support/live.mjs';
import { Postgres } from '../support/postgres.mjs';
import { until } from '../support/programs.mjs';
import { Server, create_account } from '../support/server.mjs';

let postgres;
let server;
let contract;

before(async () => {
  postgres = await Postgres.start('fsync=off');
  const url = await postgres.fresh_database();
  await create_account(url, 'Edith Editor', 'admin');
  server = await Server.start(url, { 'limits.rates_enabled': true, 'limits.sign_ups_per_hour_max': 1 });
  contract = await Contract.of(server);
});
after(async () => {
  await server?.stop();
  await postgres?.stop();
});

async function call(method, target, options) {
  const answer = await server.request(method, target, options);
  contract.answer(method, target, answer);
  return answer;
}

const says_when = ({ json, headers }) => {
  assert.ok(json.retry_after_ms > 0, JSON.stringify(json));
  assert.equal(headers.get('retry-after'), String(Math.ceil(json.retry_after_ms / 1_000)));
};

test('who asks too often is told when to come back', async () => {
  const sign_up = () => call('POST', '/api/v1/accounts', { body: { name: `Visitor ${randomUUID().slice(0, 8)}`, password: 'a long enough password' } });
  assert.equal((await sign_up()).status, 201);
  const answer = await sign_up();
  assert.deepEqual([answer.status, answer.json.code], [429, 'rate_limited']);
  says_when(answer);
});

test('with PostgreSQL away it is not ready, holds what it had, and refuses writes for now', async () => {
  const token = await server.sign_in('Edith Editor');
  const id = await server.new_discussion(token);
  const window = `/api/v1/discussions/${id}/comments`;
  const held = await call('GET', window);
  await postgres.kill();
  const not_ready = await until(async () => {
    const answer = await call('GET', '/readyz');
    return answer.status === 503 && answer;
  }, 'it says that it is not ready');
  assert.equal(not_ready.json.parts.store.state, 'down');
  const stale = await until(async () => {
    const answer = await call('GET', window);
    return answer.headers.get('parley-stale') && answer;
  }, 'the window says that it may be out of date');
  assert.deepEqual([stale.status, stale.headers.get('parley-stale'), stale.json], [200, 'true', held.json]);
  assert.match(stale.headers.get('age'), /^\d+$/);
  const refused = await call('POST', window, { token, key: randomUUID(), body: { body: 'Not now.' } });
  assert.deepEqual([refused.status, refused.json.code], [503, 'unavailable']);
  says_when(refused);
  const socket = await new LiveReader(server).opened();
  socket.send({ type: 'authenticate', ticket: 'whether it is one cannot be said' });
  const answer = await socket.frame(({ code }) => code === 'unavailable');
  contract.message('tell', answer);
  assert.ok(answer.retry_after_ms > 0);
  socket.socket.terminate();
  await postgres.start();
  await until(async () => (await call('GET', '/readyz')).status === 200, 'it is ready again');
});
