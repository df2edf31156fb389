// The numbers of many discussions, for pages that list them: asked for, and live.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';

import { LiveReader } from '../support/live.mjs';
import { Server, create_account, temporary_folder } from '../support/server.mjs';

let folder;
let server;
let admin;
let ann;

before(async () => {
  folder = await temporary_folder();
  const file = `${folder.path}/parley.db`;
  await create_account(file, 'Edith Editor', 'admin');
  server = await Server.start(file);
  admin = await server.sign_in('Edith Editor');
  ann = await server.sign_up('Ann Reader');
});
after(async () => {
  await server?.stop();
  await folder?.remove();
});

const count_of = (id, number) => ({ type, id: of, comment_count: count }) => type === 'count' && of === id && count === number;

test('a reader of several numbers is told each as it changes', async () => {
  const ids = [await server.new_discussion(admin), await server.new_discussion(admin)];
  const first = (await server.post(ann, ids[0], { body: 'One.' })).json;
  const reader = await new LiveReader(server).opened();
  reader.send({ type: 'subscribe', topics: ids.map((id) => `count:${id}`) });
  await reader.frame(count_of(ids[0], 1));
  await reader.frame(count_of(ids[1], 0));
  await server.post(ann, ids[1], { body: 'Two.' });
  await reader.frame(count_of(ids[1], 1));
  await server.request('DELETE', `/api/v1/comments/${first.id}`, { token: ann, key: randomUUID() });
  await reader.frame(count_of(ids[0], 0));
  const { counts } = (await server.get(`/api/v1/counts?ids=${ids.join(',')}`)).json;
  assert.deepEqual(counts.map(({ id, comment_count: count }) => [id, count]), [[ids[0], 0], [ids[1], 1]]);
  const last = reader.frames.filter(({ type, id }) => type === 'count' && id === ids[1]).at(-1);
  assert.deepEqual([last.epoch, last.seq], [counts[1].epoch, counts[1].seq], 'both ways tell the same position');
  await reader.close();
});

test('a number that is not watched any more is not told', async () => {
  const ids = [await server.new_discussion(admin), await server.new_discussion(admin)];
  const reader = await new LiveReader(server).opened();
  reader.send({ type: 'subscribe', topics: ids.map((id) => `count:${id}`) });
  for (const id of ids) await reader.frame(count_of(id, 0));
  reader.send({ type: 'unsubscribe', topic: `count:${ids[0]}` });
  for (const id of ids) await server.post(ann, id, { body: 'Here.' });
  await reader.frame(count_of(ids[1], 1));
  await server.post(ann, ids[1], { body: 'Once more.' });
  await reader.frame(count_of(ids[1], 2));
  assert.ok(!reader.frames.some(count_of(ids[0], 1)));
  await reader.close();
});

test('what does not exist is refused, and the rest goes on', async () => {
  const id = await server.new_discussion(admin);
  const reader = await new LiveReader(server).opened();
  reader.send({ type: 'subscribe', topics: ['count:nobody-knows', 'count:%', `count:${id}`] });
  await reader.frame(count_of(id, 0));
  await reader.frame(({ code, topic }) => code === 'unknown_discussion' && topic === 'count:nobody-knows');
  await reader.frame(({ code, topic }) => code === 'unknown_discussion' && topic === 'count:%');
  await reader.close();
});
