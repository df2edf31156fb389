// Sockets that are somebody's: tickets, what is told to one account and to moderators alone, and how soon they end.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';

import { LiveReader } from '../support/live.mjs';
import { Postgres } from '../support/postgres.mjs';
import { until } from '../support/programs.mjs';
import { RedisLab, bus_state } from '../support/redis.mjs';
import { Server, create_account, temporary_folder } from '../support/server.mjs';

let folder;
let server;
let admin;
let moderator;

before(async () => {
  folder = await temporary_folder();
  const file = `${folder.path}/parley.db`;
  await create_account(file, 'Edith Editor', 'admin');
  await create_account(file, 'Mo Moderator', 'moderator');
  server = await Server.start(file);
  admin = await server.sign_in('Edith Editor');
  moderator = await server.sign_in('Mo Moderator');
});
after(async () => {
  await server?.stop();
  await folder?.remove();
});

const ticket_of = async (token, at = server) => {
  const answer = await at.request('POST', '/api/v1/session/ticket', { token });
  assert.equal(answer.status, 200, answer.text);
  return answer.json.ticket;
};

/** A socket of the session, subscribed to these topics. */
async function socket_of(token, topics, at = server) {
  const reader = await new LiveReader(at).opened();
  reader.send({ type: 'authenticate', ticket: await ticket_of(token, at) });
  await reader.frame(({ type }) => type === 'authenticated');
  for (const topic of topics) {
    reader.send({ type: 'subscribe', topic });
    await reader.frame(({ type, topic: of }) => type === 'changed' && of === topic);
  }
  reader.frames.length = 0;
  return reader;
}

const told = (topic, what) => (frame) => frame.type === 'changed' && frame.topic === topic && frame.what.includes(what);

test('a ticket is good once', async () => {
  const ann = await server.sign_up('Ann Once');
  const ticket = await ticket_of(ann);
  const both = await Promise.all([new LiveReader(server).opened(), new LiveReader(server).opened()]);
  for (const reader of both) reader.send({ type: 'authenticate', ticket });
  const answers = await Promise.all(both.map((reader) => reader.frame(({ type }) => type === 'authenticated' || type === 'error')));
  assert.deepEqual(answers.map(({ type, code }) => code ?? type).sort(), ['authenticated', 'unauthenticated']);
  for (const reader of both) await reader.close();
});

test('a vote is told to the other windows of who cast it, and to nobody else', async () => {
  const id = await server.new_discussion(admin);
  const { id: comment } = (await server.post(admin, id, { body: 'Vote on this.' })).json;
  const [ann, bob] = [await server.sign_up('Ann Votes'), await server.sign_up('Bob Watches')];
  const mine = await socket_of(ann, ['account']);
  const theirs = await socket_of(bob, ['account']);
  assert.equal((await server.vote(ann, comment, 1)).status, 200);
  await mine.frame(told('account', 'votes'));
  await server.vote(bob, comment, 1);
  await theirs.frame(told('account', 'votes'));
  assert.equal(theirs.frames.length, 1, JSON.stringify(theirs.frames));
  assert.ok(!JSON.stringify(mine.frames).includes(comment), 'it carries no content');
  for (const reader of [mine, theirs]) await reader.close();
});

test('what waits is told to its author and to moderators, and read by them alone', async () => {
  const id = await server.new_discussion(admin);
  await server.request('PUT', `/api/v1/discussions/${id}`, { token: admin, key: randomUUID(), body: { state: 'premoderated' } });
  const [ann, bob] = [await server.sign_up('Ann Waits'), await server.sign_up('Bob Reads')];
  const [author, other, mods] = [await socket_of(ann, ['account']), await socket_of(bob, ['account']), await socket_of(moderator, ['moderation'])];
  const everybody = await new LiveReader(server).opened();
  everybody.subscribe(id);
  await everybody.frame(({ type }) => type === 'subscribed');
  const canary = `canary-${randomUUID()}`;
  const { json: waits } = await server.post(ann, id, { body: `Nobody reads ${canary} yet.` });
  assert.equal(waits.state, 'pending');
  await author.frame(told('account', 'pending'));
  await mods.frame(told('moderation', 'queue'));
  const { pending } = (await server.get(`/api/v1/me/pending?discussion=${id}`, { token: ann })).json;
  assert.deepEqual(pending.map(({ comment }) => comment.id), [waits.id]);
  assert.deepEqual((await server.get(`/api/v1/me/pending?discussion=${id}`, { token: bob })).json.pending, []);
  const queue = (await server.get(`/api/v1/moderation/queue?discussion=${id}`, { token: moderator })).json;
  assert.equal(queue.pending[0].comment.body, `Nobody reads ${canary} yet.`);

  // Never a byte of it in public, whoever asks.
  for (const token of [undefined, bob, ann, moderator]) {
    for (const path of [`/api/v1/discussions/${id}/comments`, `/api/v1/discussions/${id}/changes?since=0`, `/api/v1/counts?ids=${id}`, `/d/${id}`, `/d/${id}/feed.atom`, '/api/v1/discussions']) {
      const answer = await server.get(path, { token });
      assert.equal(answer.status, 200, path);
      assert.ok(!answer.text.includes(canary), path);
    }
  }
  assert.equal((await server.get(`/api/v1/counts?ids=${id}`)).json.counts[0].comment_count, 0);
  // Not even that it is there is told to who may not know.
  const hidden = await server.vote(bob, waits.id, 1);
  const nothing = await server.vote(bob, '999999', 1);
  assert.deepEqual([hidden.status, hidden.text], [nothing.status, nothing.text]);

  const approved = await server.request('PATCH', `/api/v1/comments/${waits.id}`, { token: moderator, key: randomUUID(), body: { state: 'visible' } });
  assert.equal(approved.status, 200, approved.text);
  const update = await everybody.frame(({ type }) => type === 'update');
  assert.deepEqual([update.comment_count, update.comments[0].id, update.comments[0].number], [1, waits.id, '1']);
  assert.ok(!everybody.frames.slice(0, everybody.frames.indexOf(update)).some((frame) => JSON.stringify(frame).includes(canary)));
  assert.deepEqual(other.frames, []);
  assert.ok(!server.raw_log.join('\n').includes(canary), 'the log tells nothing of it');
  for (const reader of [author, other, mods, everybody]) await reader.close();
});

const password = 'a long enough password';
const ends = {
  'a sign-out': { act: ({ at, token }) => at.request('DELETE', '/api/v1/session', { token }), others: 'stay' },
  'a new password': { act: ({ at, token }) => at.request('PATCH', '/api/v1/me', { token, body: { password, new_password: `${password} 2` } }), others: 'end' },
  'a ban': { act: async ({ at, token, by }) => {
    const { id } = (await at.get('/api/v1/me', { token })).json;
    return at.request('PUT', `/api/v1/moderation/accounts/${id}/ban`, { token: by, body: { banned: true } });
  }, others: 'end' },
  'its erasing': { act: ({ at, token }) => at.request('DELETE', '/api/v1/me', { token }), others: 'end' },
};

for (const [what, { act, others }] of Object.entries(ends)) {
  test(`${what} ends the account's sockets`, async () => {
    const name = `Cleo ${what.split(' ').at(-1)}`;
    const token = await server.sign_up(name);
    const second = await server.sign_in(name);
    const [mine, also, bystander] = [await socket_of(token, ['account']), await socket_of(second, ['account']), await socket_of(moderator, ['account'])];
    const unused = await ticket_of(token);
    const answer = await act({ at: server, token, by: moderator });
    assert.ok(answer.status < 300, answer.text);
    assert.equal((await mine.closed).code, 4001);
    if (others === 'end') assert.equal((await also.closed).code, 4001);
    else await also.close();
    const late = await new LiveReader(server).opened();
    late.send({ type: 'authenticate', ticket: unused });
    await late.frame(({ code }) => code === 'unauthenticated');
    await late.close();
    assert.equal(bystander.socket.readyState, bystander.socket.OPEN);
    await bystander.close();
  });
}

for (const with_redis of [true, false]) {
  test(`on another instance as well, ${with_redis ? 'with Redis' : 'by the sweep alone'}`, async (t) => {
    const lab = new RedisLab();
    t.after(() => lab.stop());
    const postgres = await Postgres.start('fsync=off');
    t.after(() => postgres.stop());
    const url = await postgres.fresh_database();
    await create_account(url, 'Edith Editor', 'admin');
    const settings = with_redis ? { 'bus.url': `redis://127.0.0.1:${await lab.start('a')}`, 'bus.secret': 'a secret of at least thirty-two characters' } : {};
    const servers = await Promise.all(['one', 'two'].map((name) => Server.start(url, { ...settings, 'server.instance': name })));
    t.after(() => Promise.all(servers.map((one) => one.stop())));
    const [here, there] = servers;
    if (with_redis) for (const one of servers) await until(async () => (await bus_state(one)) === 'up', 'the bus is up');
    const by = await here.sign_in('Edith Editor');
    const id = await here.new_discussion(by);
    const { id: comment } = (await here.post(by, id, { body: 'Vote on this.' })).json;
    const printed = [];
    for (const [what, { act }] of Object.entries(ends)) {
      const token = await here.sign_up(`Dora ${what.split(' ').at(-1)}`);
      const far = await socket_of(token, ['account'], there);
      if (with_redis) {
        await here.vote(token, comment, 1);
        await far.frame(told('account', 'votes'));
      }
      const answer = await act({ at: here, token, by });
      assert.ok(answer.status < 300, answer.text);
      const began = performance.now();
      assert.equal((await far.closed).code, 4001);
      printed.push(`${what} ${Math.round(performance.now() - began)} ms`);
    }
    t.diagnostic(`after the answer the socket on the other instance ended: ${printed.join(', ')}`);
  });
}
