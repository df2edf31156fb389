// The reading of a trace of the kernel's calls: what it must believe, and what it must not.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { read_trace } from './faults/f03_order.mjs';

const log = '9</tmp/x/parley.db-wal>';
const write = (op, thread = 7) => `${thread}  pwrite64(${log}, "\\r\\0 op ${op} of 1: rain", 4096, 32) = 4096`;
const sync = (thread = 7) => `${thread}  fdatasync(${log}) = 0`;
const answer = (op, thread = 5) => `${thread}  sendmsg(12<TCP:[1->2]>, {msg_iov=[{iov_base="HTTP/1.1 201 Created\\r\\n"}, {iov_base="{\\"body\\":\\"op ${op} of 1: rain\\"}"}]}, 0) = 300`;
const update = (op, thread = 5) => `${thread}  sendto(13<TCP:[1->3]>, "\\201~{\\"type\\":\\"update\\",\\"comments\\":[{\\"body\\":\\"op ${op} of 1: rain\\"}]}", 90, 0, NULL, 0) = 90`;
const read = (...lines) => read_trace(lines.join('\n'), 1);

test('written, synced, sent: proven, for answers and for updates', () => {
  assert.deepEqual(read(write(4), sync(), answer(4)), { proven: 1, syncs: 1, problems: [] });
  assert.deepEqual(read(write(4), write(5), sync(), update(4), answer(5)), { proven: 2, syncs: 1, problems: [] });
});

test('sent without a sync, or before it', () => {
  assert.equal(read(write(4), answer(4), sync()).problems.length, 1);
  assert.equal(read(sync(), write(4), answer(4)).problems.length, 1);
  assert.equal(read(answer(4)).problems.length, 1);
});

test('a sync that has begun before the write, or has not ended, proves nothing', () => {
  const begun = `7  fdatasync(${log} <unfinished ...>`;
  const ended = '7  <... fdatasync resumed>) = 0';
  assert.equal(read(begun, write(4, 8), ended, answer(4)).problems.length, 1);
  assert.equal(read(write(4), begun, answer(4), ended).problems.length, 1);
  assert.equal(read(write(4), begun, ended, answer(4)).proven, 1);
});

test('a write that has not ended when the sync begins is not covered by it', () => {
  const begun = `8  pwrite64(${log}, "op 4 of 1: rain", 4096, 32 <unfinished ...>`;
  const ended = '8  <... pwrite64 resumed>) = 4096';
  assert.equal(read(begun, sync(), ended, answer(4)).problems.length, 1);
  assert.equal(read(begun, ended, sync(), answer(4)).proven, 1);
});

test('another file, or another run, is not the log', () => {
  assert.equal(read('7  pwrite64(9</tmp/x/parley.db>, "op 4 of 1: rain", 4096, 0) = 4096', sync(), answer(4)).problems.length, 1);
  assert.deepEqual(read(write(4).replace(' of 1', ' of 2'), sync(), answer(4).replace(' of 1', ' of 2')), { proven: 0, syncs: 1, problems: [] });
});
