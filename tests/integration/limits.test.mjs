// Who asks too often: each rate holds for its account or address, whatever a client says about its address, and a storm
// of sign-ins leaves everybody else alone. Times are printed; no test fails on one.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { LiveReader } from '../support/live.mjs';
import { finish } from '../support/programs.mjs';
import { Server, create_account, temporary_folder } from '../support/server.mjs';

const storm_seconds = Number(process.env.PARLEY_STORM_SECONDS ?? 4);
const storm = fileURLToPath(new URL('../support/sign_in_storm.mjs', import.meta.url));
const password = 'a long enough password';

let folder;

before(async () => {
  folder = await temporary_folder();
});
after(() => folder?.remove());

/** A server of its own for each test; ends with it. */
async function start(t, settings) {
  const file = `${folder.path}/${randomUUID()}.db`;
  await create_account(file, 'Edith Editor', 'admin');
  const server = await Server.start(file, settings);
  t.after(() => server.stop());
  return server;
}

const any = (list) => list[Math.floor(Math.random() * list.length)];
const number = () => Math.floor(Math.random() * 256);
const some_address = () => any([`${number()}.${number()}.${number()}.${number()}`, `2001:db8:${number()}::${number()}`, '127.0.0.1', 'unknown', '"[::1]:80"', '']);
const chain = () => Array.from({ length: 1 + Math.floor(Math.random() * 4) }, some_address).join(any([', ', ',', ' , ']));

/** What proxies of all kinds say about a client. */
const forged = () => ({
  'X-Forwarded-For': chain(), Forwarded: `for=${some_address()};proto=https, for=${some_address()}`, 'X-Real-IP': some_address(),
  'True-Client-IP': some_address(), 'CF-Connecting-IP': some_address(), 'X-Client-IP': some_address(), Via: `1.1 ${some_address()}`,
});

const sign_in = (server, name, headers = {}) => server.request('POST', '/api/v1/session', { body: { name, password: 'not the right one' }, headers });

/** How many of 1,000 attempts, each with another name, were not refused for their number. */
async function attempts(server, headers) {
  let let_through = 0;
  for (let i = 0; i < 20; ++i) {
    const answers = await Promise.all(Array.from({ length: 50 }, () => sign_in(server, `Nobody ${randomUUID().slice(0, 8)}`, headers())));
    for (const { status, json } of answers) {
      if (status === 429) assert.ok(json.retry_after_ms > 0);
      else ++let_through;
    }
  }
  return let_through;
}

test('1,000 requests that forge their address are limited as one', async (t) => {
  const server = await start(t, { 'limits.rates_enabled': true, 'limits.sign_ins_per_minute_max': 10 });
  const began = performance.now();
  const let_through = await attempts(server, forged);
  // What a minute gives again, as far as it went by.
  const allowed = 10 + Math.ceil((performance.now() - began) / 6_000);
  t.diagnostic(`${let_through} of 1,000 let through, ${allowed} allowed`);
  assert.ok(let_through >= 10 && let_through <= allowed, `${let_through} of ${allowed}`);
});

test('behind a trusted proxy the last address that it does not know is the client, whatever stands before it', async (t) => {
  const server = await start(t, { 'limits.rates_enabled': true, 'limits.sign_ins_per_minute_max': 10, 'server.trusted_proxies': '127.0.0.1,10.0.0.0/8' });
  const began = performance.now();
  const let_through = await attempts(server, () => ({ ...forged(), 'X-Forwarded-For': `${chain()}, 203.0.113.9, 10.1.2.3` }));
  assert.ok(let_through >= 10 && let_through <= 10 + Math.ceil((performance.now() - began) / 6_000), String(let_through));
  const other = await sign_in(server, 'Somebody Else', { 'X-Forwarded-For': '203.0.113.10' });
  assert.equal(other.json.code, 'bad_credentials', 'another client is not limited');
});

test('guesses at one name are limited from wherever they come', async (t) => {
  const server = await start(t, { 'limits.rates_enabled': true, 'limits.sign_ins_per_minute_max': 5, 'server.trusted_proxies': '127.0.0.1' });
  const codes = { 'Edith Editor': [], 'Nobody At All': [] };
  for (let i = 0; i < 12; ++i) {
    for (const name of Object.keys(codes)) codes[name].push((await sign_in(server, name, { 'X-Forwarded-For': `203.0.113.${2 * i + (name === 'Edith Editor')}` })).json.code);
  }
  for (const of_name of Object.values(codes)) assert.equal(of_name[0], 'bad_credentials');
  for (const of_name of Object.values(codes)) assert.ok(of_name.includes('rate_limited'), of_name.join(' '));
});

test('each rate answers when to come back, and concerns one account alone', async (t) => {
  const server = await start(t, {
    'limits.rates_enabled': true, 'limits.posts_per_minute_max': 2, 'limits.votes_per_minute_max': 2, 'limits.tickets_per_minute_max': 2, 'limits.sign_ups_per_hour_max': 3,
  });
  const admin = await server.sign_in('Edith Editor');
  const id = await server.new_discussion(admin);
  const { id: comment } = (await server.post(admin, id, { body: 'Here.' })).json;
  const [ann, bob] = [await server.sign_up('Ann Archer'), await server.sign_up('Bob Baker')];
  const acts = {
    post: (token) => server.post(token, id, { body: 'Words.' }), vote: (token) => server.vote(token, comment, any([-1, 0, 1])),
    ticket: (token) => server.request('POST', '/api/v1/session/ticket', { token }),
    'sign-up': () => server.request('POST', '/api/v1/accounts', { body: { name: `New ${randomUUID().slice(0, 8)}`, password } }),
  };
  for (const [what, act] of Object.entries(acts)) {
    let answer;
    for (let i = 0; i < 4; ++i) answer = await act(ann);
    assert.deepEqual([answer.status, answer.json.code], [429, 'rate_limited'], what);
    assert.ok(answer.json.retry_after_ms > 0 && Number(answer.headers.get('retry-after')) >= 1, what);
    if (what !== 'sign-up') assert.ok((await act(bob)).status < 300, `${what} of somebody else`);
  }
});

test('a name that nobody has is answered as a wrong password is', async (t) => {
  const server = await start(t, {});
  const times = { known: [], unknown: [] };
  for (let i = 0; i < 15; ++i) {
    for (const [kind, name] of [['known', 'Edith Editor'], ['unknown', 'Nobody At All']]) {
      const began = performance.now();
      const answer = await sign_in(server, name);
      times[kind].push(performance.now() - began);
      assert.deepEqual([answer.status, answer.json.code], [401, 'bad_credentials']);
      times[`${kind} says`] = answer.text;
    }
  }
  assert.equal(times['known says'], times['unknown says']);
  const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)].toFixed(1);
  t.diagnostic(`median time of an answer: known name ${median(times.known)} ms, unknown name ${median(times.unknown)} ms`);
});

test('a storm of sign-ins delays nobody who reads and writes', async (t) => {
  const server = await start(t, {});
  const admin = await server.sign_in('Edith Editor');
  const id = await server.new_discussion(admin);
  const reader = await new LiveReader(server).opened();
  reader.subscribe(id);
  await reader.frame(({ type }) => type === 'subscribed');
  let count = 0;
  /** From the request of a comment until it is on the reader's screen. */
  const delivery = async () => {
    const body = `Comment ${++count}.`;
    const began = performance.now();
    const seen = reader.frame(({ comments }) => comments?.some((comment) => comment.body === body)).then(() => performance.now() - began);
    assert.equal((await server.post(admin, id, { body })).status, 201);
    return seen;
  };
  const rss = async () => Number((await readFile(`/proc/${server.child.pid}/status`, 'utf8')).match(/^VmRSS:\s+(\d+)/m)[1]) / 1024;
  const quiet = [];
  for (let i = 0; i < 30; ++i) quiet.push(await delivery());
  const before_mb = await rss();
  let ended = false;
  const attackers = finish(process.execPath, [storm, server.origin, 'Edith Editor', String(storm_seconds), '200']).finally(() => (ended = true));
  const busy = [];
  let most_mb = 0;
  while (!ended) {
    busy.push(await delivery());
    most_mb = Math.max(most_mb, await rss());
  }
  const { code, output } = await attackers;
  assert.equal(code, 0, output);
  const answers = JSON.parse(output);
  assert.deepEqual(Object.keys(answers).filter((code) => !['bad_credentials', 'busy'].includes(code)), [], JSON.stringify(answers));
  assert.ok(answers.bad_credentials > 0 && busy.length > 0, JSON.stringify(answers));
  const share = (list, part) => [...list].sort((a, b) => a - b)[Math.floor((list.length - 1) * part)].toFixed(1);
  t.diagnostic(`200 at once for ${storm_seconds} s: ${JSON.stringify(answers)}; post to screen p50 and p90 ${share(busy, 0.5)}, ${share(busy, 0.9)} ms, quiet ${share(quiet, 0.5)}, ${share(quiet, 0.9)} ms; memory ${before_mb.toFixed(0)} MB, at most ${most_mb.toFixed(0)} MB`);
  await reader.close();
});
