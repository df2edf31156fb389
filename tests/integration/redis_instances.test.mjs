// Two servers that tell each other what is new through Redis. Their sweeps come once a minute, and the second one's
// store is a copy of the first one's as it was before: whatever its readers see came by the bus.

import assert from 'node:assert/strict';
import { cp, mkdir } from 'node:fs/promises';
import { after, before, test } from 'node:test';

import { LiveReader } from '../support/live.mjs';
import { RedisLab } from '../support/redis.mjs';
import { Server, create_account, temporary_folder } from '../support/server.mjs';

let folder;
let lab;
let port;
let one;
let two;
let admin;
let ann;
let id;
// Keeps the room of the second server open, which knows more than its store.
let keeper;

before(async () => {
  folder = await temporary_folder();
  lab = new RedisLab();
  port = await lab.start('a');
  const first = `${folder.path}/one`;
  await mkdir(first);
  await create_account(`${first}/parley.db`, 'Edith Editor', 'admin');
  const maker = await Server.start(`${first}/parley.db`);
  id = await maker.new_discussion(await maker.sign_in('Edith Editor'));
  await maker.sign_up('Ann Reader');
  await maker.stop();
  await cp(first, `${folder.path}/two`, { recursive: true });
  const settings = {
    'bus.url': `redis://127.0.0.1:${port}`,
    'bus.secret': 'a secret of at least thirty-two characters',
    'live.sweep_interval_ms': 60_000,
    'limits.rates_enabled': true,
    'limits.votes_per_minute_max': 20,
  };
  one = await Server.start(`${first}/parley.db`, { ...settings, 'server.instance': 'one' });
  two = await Server.start(`${folder.path}/two/parley.db`, { ...settings, 'server.instance': 'two' });
  admin = await one.sign_in('Edith Editor');
  ann = await one.sign_in('Ann Reader');
  await both_connected(1);
  keeper = await watch(two);
});

after(async () => {
  await keeper.close();
  await two.stop();
  await one.stop();
  await lab.stop();
  await folder.remove();
});

const events = (server, name) => server.log.filter(({ event }) => event === name);

/** Looks again and again until the condition holds. */
async function comes_about(condition, what) {
  const until = performance.now() + 30_000;
  while (!(await condition())) {
    if (performance.now() > until) throw new Error(`it did not come about: ${what}`);
    await one.get('/api/v1/discussions');
  }
}

const both_connected = (times) =>
  comes_about(() => [one, two].every((server) => events(server, 'bus.connected').length >= times), 'connected');

async function watch(server) {
  const window = (await server.get(`/api/v1/discussions/${id}/comments`)).json;
  const reader = await new LiveReader(server).opened();
  reader.subscribe(id, { epoch: window.epoch, since: window.seq });
  await reader.frame(({ type }) => type === 'subscribed');
  return reader;
}

const update_with = (predicate) => (frame) => frame.type === 'update' && predicate(frame);

test('a comment, a vote and a removal on one instance reach a reader on the other', async () => {
  const reader = await watch(two);
  const posted = (await one.post(ann, id, { body: 'Hello from *one*.' })).json;
  const update = await reader.frame(update_with(({ comments }) => comments?.[0]?.id === posted.id));
  assert.deepEqual(update.comments[0], posted, 'the frame carries what the author was answered');
  await one.vote(admin, posted.id, 1);
  await reader.frame(update_with(({ scores }) => scores?.[0]?.score === 1));
  await one.request('PATCH', `/api/v1/comments/${posted.id}`, { token: admin, key: 'k', body: { state: 'removed' } });
  const removal = await reader.frame(update_with(({ comments }) => comments?.[0]?.state === 'removed'));
  assert.deepEqual([removal.comments[0].author, removal.comments[0].body], [null, '']);
  assert.equal(reader.frames.filter(({ type }) => type === 'reload').length, 0);
  await reader.close();
});

test('readers of both instances are counted together, and no more when they leave', async () => {
  const here = await watch(one);
  const there = await Promise.all([watch(two), watch(two), watch(two)]);
  const all = ({ type, reading }) => type === 'presence' && reading === 5;
  await here.frame(all, 'five readers, seen on one');
  await keeper.frame(all, 'five readers, seen on two');
  await Promise.all(there.map((reader) => reader.close()));
  const later = (frame, at) => frame.type === 'presence' && frame.reading === 2 && at > here.frames.findIndex(all);
  await here.frame(later, 'two readers are left');
  await here.close();
});

test('what was let through on one instance is missing on the other', async () => {
  const comment = (await one.post(admin, id, { body: 'To be voted on.' })).json;
  let allowed = 0;
  while ((await one.vote(ann, comment.id, allowed % 2 ? 0 : 1)).status === 200) allowed += 1;
  assert.ok(allowed >= 20, `${allowed} votes, 20 at once are allowed`);
  const token = await two.sign_in('Ann Reader');
  // The comment is not in its store, but who may not ask is told so first.
  await comes_about(async () => (await two.vote(token, comment.id, 1)).status === 429, 'the other instance refuses as well');
});

test('after Redis was killed and came back, what is new arrives again', async () => {
  const reader = await watch(two);
  const times = events(two, 'bus.connected').length + 1;
  await lab.ask('kill a');
  await comes_about(() => [one, two].every((server) => events(server, 'bus.lost').length > 0), 'lost');
  await lab.ask('restart a');
  await both_connected(times);
  const posted = (await one.post(admin, id, { body: 'Hello again.' })).json;
  await reader.frame(update_with(({ comments }) => comments?.some((one_of) => one_of.id === posted.id)));
  await reader.close();
});
