// What a client says on the live socket and must not: the right answer, and the socket goes on.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { say_bad_messages } from '../support/bad_messages.mjs';
import { Contract } from '../support/contract.mjs';
import { LiveReader } from '../support/live.mjs';
import { Server, temporary_folder } from '../support/server.mjs';

test('messages of every bad class', async (t) => {
  const folder = await temporary_folder();
  t.after(() => folder.remove());
  const server = await Server.start(`${folder.path}/parley.db`);
  t.after(() => server.stop());
  const count = await say_bad_messages(() => new LiveReader(server).opened(), await Contract.of(server));
  assert.ok(count > 250, String(count));
});
