// Who may do what to which comment: the server against a table that was written by hand. What somebody may not know of
// is answered as if it did not exist.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';

import { LiveReader } from '../support/live.mjs';
import { Server, create_account, temporary_folder } from '../support/server.mjs';

const roles = ['nobody', 'other', 'author', 'banned', 'moderator', 'admin'];

// What each of `roles` is answered, in their order. ok: done. A code stands for all that follow where it is alone.
const n = 'unauthenticated';
const b = 'banned';
const no = 'forbidden';
const none = 'unknown_comment';
const gone = 'comment_gone';
const lock = 'discussion_locked';
const waits = 'conflict';
const own = 'own_comment';
const open = {
  reply: {
    visible: [n, 'ok', 'ok', b, 'ok', 'ok'], pending: [n, none, waits, b, waits, waits],
    removed: [n, gone, gone, b, gone, gone], deleted: [n, gone, gone, b, gone, gone], absent: [n, none, none, b, none, none],
  },
  edit: {
    visible: [n, no, 'ok', b, no, no], pending: [n, none, 'ok', b, no, no],
    removed: [n, gone, gone, b, gone, gone], deleted: [n, gone, gone, b, gone, gone], absent: [n, none, none, b, none, none],
  },
  delete: {
    visible: [n, no, 'ok', b, 'ok', 'ok'], pending: [n, none, 'ok', b, 'ok', 'ok'],
    removed: [n, no, gone, b, 'ok', 'ok'], deleted: [n, no, 'ok', b, gone, gone], absent: [n, none, none, b, none, none],
  },
  vote: {
    visible: [n, 'ok', own, b, 'ok', 'ok'], pending: [n, none, own, b, waits, waits],
    removed: [n, gone, gone, b, gone, gone], deleted: [n, gone, gone, b, gone, gone], absent: [n, none, none, b, none, none],
  },
  remove: {
    visible: [n, no, no, b, 'ok', 'ok'], pending: [n, no, no, b, 'ok', 'ok'],
    removed: [n, no, no, b, 'ok', 'ok'], deleted: [n, no, no, b, gone, gone], absent: [n, no, no, b, none, none],
  },
  approve: {
    visible: [n, no, no, b, 'ok', 'ok'], pending: [n, no, no, b, 'ok', 'ok'],
    removed: [n, no, no, b, 'ok', 'ok'], deleted: [n, no, no, b, waits, waits], absent: [n, no, no, b, none, none],
  },
};
// A locked discussion is read and moderated, but neither written nor voted in.
const locked = {
  ...open,
  reply: { ...open.reply, visible: [n, lock, lock, b, lock, lock] },
  edit: { ...open.edit, visible: [n, no, lock, b, no, no], pending: [n, none, lock, b, no, no] },
  vote: { ...open.vote, visible: [n, lock, lock, b, lock, lock], pending: [n, none, lock, b, lock, lock] },
};

// Where moderators read first, what they have read does not change, and nothing else is another.
const premoderated = { ...open, edit: { ...open.edit, visible: [n, no, waits, b, no, no] } };

let folder;
let server;
let tokens;

before(async () => {
  folder = await temporary_folder();
  const file = `${folder.path}/parley.db`;
  await create_account(file, 'Edith Editor', 'admin');
  await create_account(file, 'Mo Moderator', 'moderator');
  server = await Server.start(file);
  tokens = { admin: await server.sign_in('Edith Editor'), moderator: await server.sign_in('Mo Moderator') };
  for (const role of ['other', 'author', 'banned']) tokens[role] = await server.sign_up(`The ${role}`);
  const { id } = (await server.get('/api/v1/me', { token: tokens.banned })).json;
  assert.equal((await server.request('PUT', `/api/v1/moderation/accounts/${id}/ban`, { token: tokens.moderator, body: { banned: true } })).status, 200);
});
after(async () => {
  await server?.stop();
  await folder?.remove();
});

const put = async (id, body) => {
  const answer = await server.request('PUT', `/api/v1/discussions/${id}`, { token: tokens.admin, key: randomUUID(), body });
  assert.ok(answer.status < 300, answer.text);
};
const patch = (role, id, body) => server.request('PATCH', `/api/v1/comments/${id}`, { token: tokens[role], key: randomUUID(), body });

/** A new comment of the author in this state. */
const make = {
  visible: async (discussion) => (await server.post(tokens.author, discussion, { body: 'Here.' })).json.id,
  removed: async (discussion) => {
    const id = await make.visible(discussion);
    assert.equal((await patch('moderator', id, { state: 'removed' })).status, 200);
    return id;
  },
  deleted: async (discussion) => {
    const id = await make.visible(discussion);
    assert.equal((await server.request('DELETE', `/api/v1/comments/${id}`, { token: tokens.author, key: randomUUID() })).status, 200);
    return id;
  },
  pending: async (discussion) => {
    await put(discussion, { state: 'premoderated' });
    const { json } = await server.post(tokens.author, discussion, { body: 'May I?' });
    assert.equal(json.state, 'pending');
    await put(discussion, { state: 'open' });
    return json.id;
  },
  absent: () => '999999999',
};

const verbs = {
  reply: (role, id, discussion) => server.post(tokens[role], discussion, { body: 'An answer.', parent: id }),
  edit: (role, id) => patch(role, id, { body: 'Otherwise.' }),
  delete: (role, id) => server.request('DELETE', `/api/v1/comments/${id}`, { token: tokens[role], key: randomUUID() }),
  vote: (role, id) => server.vote(tokens[role], id, 1),
  remove: (role, id) => patch(role, id, { state: 'removed' }),
  approve: (role, id) => patch(role, id, { state: 'visible' }),
};

for (const [state, table] of Object.entries({ open, premoderated, locked })) {
  test(`a discussion that is ${state}: role x verb x comment`, async () => {
    const cells = [];
    for (const verb of Object.keys(table)) {
      for (const [comment, answers] of Object.entries(table[verb])) {
        for (const [i, expected] of answers.entries()) cells.push({ verb, comment, role: roles[i], expected });
      }
    }
    const discussion = await server.new_discussion(tokens.admin);
    for (const cell of cells) cell.id = await make[cell.comment](discussion);
    if (state !== 'open') await put(discussion, { state });
    const wrong = [];
    for (const { verb, comment, role, expected, id } of cells) {
      const answer = await verbs[verb](role, id, discussion);
      const said = answer.status < 300 ? 'ok' : answer.json.code;
      if (said !== expected) wrong.push(`${role} ${verb} ${comment}: ${said}, not ${expected}`);
    }
    assert.deepEqual(wrong, []);
    assert.equal(cells.length, 6 * 6 * 5);
  });
}

test('what is hidden is answered as what does not exist, to the byte', async () => {
  const discussion = await server.new_discussion(tokens.admin);
  const pending = await make.pending(discussion);
  for (const role of ['nobody', 'other', 'banned']) {
    for (const [verb, act] of Object.entries(verbs)) {
      const [hidden, absent] = [await act(role, pending, discussion), await act(role, make.absent(), discussion)];
      assert.deepEqual([hidden.status, hidden.text], [absent.status, absent.text], `${role} ${verb}`);
    }
    const quote = (comment) => server.post(tokens[role], discussion, { body: 'As said.', quote: { comment, text: 'May I?' } });
    const [hidden, absent] = [await quote(pending), await quote(make.absent())];
    assert.deepEqual([hidden.status, hidden.text], [absent.status, absent.text], `${role} quotes`);
    const below = (parent) => server.get(`/api/v1/discussions/${discussion}/comments?parent=${parent}`, { token: tokens[role] });
    assert.deepEqual((await below(pending)).text, (await below(make.absent())).text, `${role} reads below`);
  }
});

test('what each may read: texts in public, what waits, and live topics', async () => {
  const discussion = await server.new_discussion(tokens.admin);
  const ids = {};
  for (const state of ['visible', 'removed', 'deleted', 'pending']) ids[state] = await make[state](discussion);
  for (const role of roles) {
    const window = await server.get(`/api/v1/discussions/${discussion}/comments`, { token: tokens[role] });
    assert.deepEqual(window.json.comments.map(({ id }) => id), [ids.visible], role);
    const mine = await server.get(`/api/v1/me/pending?discussion=${discussion}`, { token: tokens[role] });
    if (role === 'nobody') assert.equal(mine.json.code, n);
    else assert.deepEqual(mine.json.pending.map(({ comment }) => comment.id), role === 'author' ? [ids.pending] : [], role);
    const queue = await server.get(`/api/v1/moderation/queue?discussion=${discussion}`, { token: tokens[role] });
    const expected = { nobody: n, other: no, author: no, banned: b }[role];
    if (expected) assert.equal(queue.json.code, expected, role);
    else assert.deepEqual(queue.json.pending.map(({ comment }) => comment.id), [ids.pending], role);
    assert.equal(await live_answer(role, 'account'), role === 'nobody' || role === 'banned' ? n : 'changed', role);
    const topic = { nobody: n, banned: n, other: no, author: no }[role] ?? 'changed';
    assert.equal(await live_answer(role, 'moderation'), topic, role);
    assert.equal(await live_answer(role, `discussion:${discussion}`), 'subscribed', role);
  }
});

/** What a socket of this role is answered when it subscribes. */
async function live_answer(role, topic) {
  const reader = await new LiveReader(server).opened();
  const ticket = await server.request('POST', '/api/v1/session/ticket', { token: tokens[role] });
  if (ticket.status === 200) {
    reader.send({ type: 'authenticate', ticket: ticket.json.ticket });
    await reader.frame(({ type }) => type === 'authenticated');
  }
  reader.send({ type: 'subscribe', topic });
  const { type, code } = await reader.frame((frame) => frame.topic === topic);
  await reader.close();
  return type === 'error' ? code : type;
}
