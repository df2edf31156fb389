// The diagnosis of logs that were written by hand, one for each fault, and of quiet ones.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { diagnose, read_log } from './diagnose.mjs';

const start = Date.parse('2026-01-22T09:00:00.000Z');

/** A log of one instance: a start, a stats line each second up to `until_s`, and what is given as [second, event, fields]. */
function log_of(instance, until_s, events = [], silent = []) {
  const lines = [[0, 'server.listening', { port: 1 }]];
  for (let second = 1; second <= until_s; ++second) if (!silent.some(([from, to]) => second > from && second < to)) lines.push([second, 'stats', {}]);
  lines.push(...events);
  return lines.sort((a, b) => a[0] - b[0]).map(([second, event, fields = {}]) =>
    JSON.stringify({ time: new Date(start + second * 1_000).toISOString(), level: 'info', event, instance, ...fields })).join('\n');
}

const found = (...logs) => diagnose(logs.flatMap(read_log).sort((a, b) => a.at - b.at)).map(({ fault, instance, at }) => [fault, instance, Math.round((at - start) / 1_000)]);

test('quiet logs name nothing', () => {
  assert.deepEqual(found(log_of('a', 30), log_of('b', 30)), []);
});

test('killed: the log breaks off and begins anew', () => {
  const restart = [[12.2, 'server.few_descriptors'], [12.4, 'server.listening']];
  assert.deepEqual(found(log_of('a', 30, restart, [[10, 12.3]]), log_of('b', 30)), [['killed', 'a', 10]]);
});

test('stopped: it says so itself', () => {
  const restart = [[10.2, 'server.signal', { signal: 15 }], [10.3, 'server.draining'], [10.6, 'server.stopped'], [11.5, 'server.listening']];
  assert.deepEqual(found(log_of('a', 30, restart, [[10, 11.6]])), [['stopped', 'a', 10]]);
});

test('paused: silent, and then it goes on as if nothing were', () => {
  assert.deepEqual(found(log_of('a', 30, [], [[10, 16]]), log_of('b', 30)), [['paused', 'a', 10]]);
});

test('what a pause has led to is no fault of its own', () => {
  const resumed = [[16, 'bus.lost', { reason: 'a probe did not come back' }], [16.8, 'bus.connected']];
  assert.deepEqual(found(log_of('a', 30, resumed, [[10, 16]]), log_of('b', 30)), [['paused', 'a', 10]]);
});

test('what has healed may be lost again', () => {
  const twice = [[10, 'bus.lost', { reason: 'closed' }], [12, 'bus.connected'], [18, 'bus.lost', { reason: 'closed' }], [19, 'bus.connected']];
  assert.deepEqual(found(log_of('a', 30, twice), log_of('b', 30)), [['bus lost', 'a', 10], ['bus lost', 'a', 18]]);
});

test('a loss that only the figures tell, since the warning was counted', () => {
  const figures = [[10, 'bus.lost', { reason: 'closed' }], [12, 'bus.connected'], [17.5, 'stats', { bus: 'up' }], [18.5, 'stats', { bus: 'down' }], [19.5, 'stats', { bus: 'down' }], [20, 'bus.connected'], [20.5, 'stats', { bus: 'up' }]];
  assert.deepEqual(found(log_of('a', 30, figures), log_of('b', 30)), [['bus lost', 'a', 10], ['bus lost', 'a', 18]]);
});

test('the bus, for one instance or for all', () => {
  const lost = (second) => [[second, 'bus.lost', { reason: 'subscription: the connection was closed' }], [second + 5, 'bus.connected']];
  assert.deepEqual(found(log_of('a', 30, lost(10)), log_of('b', 30)), [['bus lost', 'a', 10]]);
  assert.deepEqual(found(log_of('a', 30, lost(10)), log_of('b', 30, lost(11))), [['bus lost', 'redis', 10]]);
  const hangs = [[13, 'bus.lost', { reason: 'a probe did not come back' }]];
  assert.deepEqual(found(log_of('a', 30, hangs), log_of('b', 30, hangs)), [['bus lost', 'redis', 11]]);
});

test('the database, for one instance or for all', () => {
  const lost = [[10, 'store.connection_lost', { reason: 'closed' }], [10.1, 'store.commit_failed', { code: 'unavailable' }], [10.5, 'store.connect_failed'], [14, 'store.connect_failed'], [16, 'store.reconnected']];
  assert.deepEqual(found(log_of('a', 30, lost), log_of('b', 30, lost)), [['store lost', 'database', 10]]);
  assert.deepEqual(found(log_of('a', 30, lost), log_of('b', 30)), [['store lost', 'a', 10]]);
});

test('what the disk does', () => {
  assert.deepEqual(found(log_of('a', 30, [[9, 'store.commit_failed', { code: 'storage_full' }], [12, 'store.commit_failed', { code: 'storage_full' }]])), [['disk full', 'a', 9]]);
  assert.deepEqual(found(log_of('a', 30, [[9, 'store.fatal', { code: 'internal' }], [9.4, 'server.listening']])), [['disk failed', 'a', 9]]);
});

test('what is no event does not disturb', () => {
  assert.deepEqual(found(`${log_of('a', 30)}\n=== not JSON\n{"time":"never"}\n{"half":`), []);
});
