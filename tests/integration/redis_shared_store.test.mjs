// Two servers on one PostgreSQL, with Redis between them. Where the sweep is set to a minute, what arrives sooner came
// by the bus; where the bus loses something, the sweep is as it is by default.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { LiveReader } from '../support/live.mjs';
import { Postgres } from '../support/postgres.mjs';
import { LossyProxy, RedisLab, bus_state, comes_about } from '../support/redis.mjs';
import { Server, create_account } from '../support/server.mjs';

const seldom = { 'live.sweep_interval_ms': 60_000 };

let postgres;
let lab;
let redis;

before(async () => {
  lab = new RedisLab();
  [postgres, redis] = await Promise.all([Postgres.start('fsync=off'), lab.start('a')]);
});

after(async () => {
  await postgres.stop();
  await lab.stop();
});

/** Two instances on a database of their own; each end with the test. */
async function instances(t, settings = {}, port = redis) {
  const url = await postgres.fresh_database();
  await create_account(url, 'Edith Editor', 'admin');
  const all = {
    'bus.url': `redis://127.0.0.1:${port}`,
    'bus.secret': `${url}, a secret of at least thirty-two characters`,
    ...settings,
  };
  const servers = await Promise.all(
    ['one', 'two'].map((name) => Server.start(url, { ...all, 'server.instance': name })),
  );
  t.after(() => Promise.all(servers.map((server) => server.stop())));
  const token = await servers[0].sign_in('Edith Editor');
  const ann = await servers[0].sign_up('Ann Reader');
  const id = await servers[0].new_discussion(token);
  await all_become(servers, 'up');
  return { one: servers[0], two: servers[1], token, ann, id };
}

const all_become = (servers, state) =>
  Promise.all(
    servers.map((server) => comes_about(server, async () => (await bus_state(server)) === state, `the bus is ${state}`)),
  );

async function watch(server, id) {
  const window = (await server.get(`/api/v1/discussions/${id}/comments?limit=1000`)).json;
  const reader = await new LiveReader(server).opened();
  reader.subscribe(id, { epoch: window.epoch, since: window.seq });
  await reader.frame(({ type }) => type === 'subscribed');
  return { reader, window };
}

const update_with = (predicate) => (frame) => frame.type === 'update' && predicate(frame);
const has_comment = (id) => update_with(({ comments }) => comments?.some((comment) => comment.id === id));

/** What the reader was told leads to what a fresh load shows. */
async function assert_converged(server, id, { reader, window }) {
  const fresh = (await server.get(`/api/v1/discussions/${id}/comments?limit=1000`)).json;
  await reader.frame(update_with(({ seq }) => seq >= fresh.seq), `an update to ${fresh.seq}`);
  const { seq, comments } = reader.state_from(window);
  assert.equal(seq, fresh.seq);
  for (const comment of fresh.comments) assert.deepEqual(comments.get(comment.id), comment);
}

test('a comment and a vote on one instance reach a reader on the other by the bus', async (t) => {
  const { one, two, token, ann, id } = await instances(t, seldom);
  const watched = await watch(two, id);
  const posted = (await one.post(ann, id, { body: 'Hello.' })).json;
  const update = await watched.reader.frame(has_comment(posted.id));
  assert.deepEqual(update.comments[0], posted);
  assert.equal((await two.vote(token, posted.id, 1)).status, 200, 'and the other way round it is one discussion');
  await watched.reader.frame(update_with(({ scores }) => scores?.[0]?.score === 1));
  await assert_converged(two, id, watched);
  await watched.reader.close();
});

test('a removal reaches them as well, and takes the text away', async (t) => {
  const { one, two, token, ann, id } = await instances(t, seldom);
  const posted = (await one.post(ann, id, { body: 'To be removed.' })).json;
  const watched = await watch(two, id);
  await one.request('PATCH', `/api/v1/comments/${posted.id}`, { token, key: 'k', body: { state: 'removed' } });
  const removal = await watched.reader.frame(update_with(({ comments }) => comments?.[0]?.state === 'removed'));
  assert.deepEqual([removal.comments[0].author, removal.comments[0].body], [null, '']);
  const fresh = (await two.get(`/api/v1/discussions/${id}/comments`)).text;
  assert.ok(!fresh.includes('To be removed'), 'what the other instance kept in memory is gone');
  await watched.reader.close();
});

test('what is too large to travel is read from the store', async (t) => {
  const large = { 'limits.comment_bytes_max': 100_000, 'limits.json_body_bytes_max': 200_000 };
  const { one, two, ann, id } = await instances(t, { ...seldom, ...large });
  const watched = await watch(two, id);
  const posted = await one.post(ann, id, { body: 'long '.repeat(16_000) });
  assert.equal(posted.status, 201, posted.text.slice(0, 200));
  await watched.reader.frame(has_comment(posted.json.id));
  await assert_converged(two, id, watched);
  await watched.reader.close();
});

test('where a part of all messages is lost, and the last one too, readers converge', async (t) => {
  let number = 0;
  let losing_all = false;
  const proxy = await LossyProxy.start(redis, () => losing_all || ++number % 20 === 0);
  t.after(() => proxy.stop());
  const { one, two, ann, id } = await instances(t, {}, proxy.port);
  const watched = await watch(two, id);
  for (let burst = 0; burst < 5; ++burst) {
    losing_all = false;
    for (let i = 0; i < 20; ++i) await one.post(ann, id, { body: `Comment ${burst}.${i}` });
    losing_all = true;
    await one.post(ann, id, { body: `The last one of burst ${burst}` });
    await assert_converged(two, id, watched);
  }
  assert.ok(proxy.lost >= 5, `${proxy.lost} were lost`);
  await watched.reader.close();
});

test('while Redis is dead the sweep carries, and when it is back the bus does', async (t) => {
  const { one, two, ann, id } = await instances(t);
  const watched = await watch(two, id);
  for (const [breaks, mends] of [['kill', 'restart'], ['pause', 'resume']]) {
    await lab.ask(`${breaks} a`);
    for (let i = 0; i < 5; ++i) {
      const posted = await one.post(ann, id, { body: `Redis: ${breaks}, ${i}` });
      assert.equal(posted.status, 201, 'a write needs no Redis');
      await watched.reader.frame(has_comment(posted.json.id));
    }
    await all_become([one, two], 'down');
    await lab.ask(`${mends} a`);
    await all_become([one, two], 'up');
    const posted = (await one.post(ann, id, { body: `Redis: ${mends}` })).json;
    await watched.reader.frame(has_comment(posted.id));
  }
  await assert_converged(two, id, watched);
  await watched.reader.close();
});

test('readers of both instances are counted together', async (t) => {
  const { one, two, id } = await instances(t);
  const here = (await watch(one, id)).reader;
  const there = await Promise.all([1, 2, 3].map(() => watch(two, id)));
  const all = ({ type, reading }) => type === 'presence' && reading === 4;
  await here.frame(all, 'four readers, seen on one');
  await there[0].reader.frame(all, 'four readers, seen on two');
  await Promise.all(there.map((watched) => watched.reader.close()));
  const later = (frame, at) => frame.type === 'presence' && frame.reading === 1 && at > here.frames.findIndex(all);
  await here.frame(later, 'one is left');
  await here.close();
});

test('what was let through on one instance is missing on the other', async (t) => {
  const rates = { 'limits.rates_enabled': true, 'limits.votes_per_minute_max': 20 };
  const { one, two, token, ann, id } = await instances(t, rates);
  const comment = (await one.post(token, id, { body: 'To be voted on.' })).json;
  let allowed = 0;
  while ((await one.vote(ann, comment.id, allowed % 2 ? 0 : 1)).status === 200) allowed += 1;
  assert.ok(allowed >= 20, `${allowed} votes, 20 at once are allowed`);
  const again = await two.sign_in('Ann Reader');
  await comes_about(two, async () => (await two.vote(again, comment.id, 1)).status === 429, 'the other one refuses as well');
});

test('the readers of an instance that is stopped are not counted any more', async (t) => {
  const { one, two, id } = await instances(t);
  const { reader } = await watch(one, id);
  const there = await Promise.all([1, 2, 3].map(() => watch(two, id)));
  const all = ({ type, reading }) => type === 'presence' && reading === 4;
  await reader.frame(all, 'four readers');
  await two.stop();
  await Promise.all(there.map((watched) => watched.reader.closed));
  // Sooner than what is silent is forgotten.
  const later = (frame, at) => frame.type === 'presence' && frame.reading === 1 && at > reader.frames.findIndex(all);
  await reader.frame(later, 'one is left');
  await reader.close();
});
