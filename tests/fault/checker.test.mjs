// The checker is shown a good history, which it must pass, and one bad one after the other, which it must name.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { check } from './checker/check.mjs';

const expects = { operations_min: 5, frames_min: 2 };
const author = { A: '1', B: '2' };
const text = (op) => `op ${op} of 1: rain`;

/** Two comments, an edit, a vote, a deletion, a sign-out, a title; two readers who saw it all. */
function good() {
  const entries = [];
  let at = 0;
  const add = (t, facts = {}) => entries.push({ at: ++at, t, ...facts });
  const write = (op, who, kind, facts, answer) => {
    add('invoke', { op, account: author[who], kind, discussion: 'd', ...facts });
    add('ok', { op, status: 200, attempt: 1, ...answer });
  };
  add('initial', { discussion: 'd', epoch: 'e', seq: 1, comments: [] });
  add('resources', { instance: 'one', phase: 'before', fds: 20, threads: 6 });
  add('fault', { phase: 'begin' });
  add('effect', { what: 'kill -9', count: 1 });
  add('fault', { phase: 'end' });
  write(1, 'A', 'post', { parent: null, body: text(1) }, { id: '10', seq: 2 });
  write(2, 'B', 'post', { parent: '10', body: text(2) }, { id: '11', seq: 3 });
  add('invoke', { op: 3, account: author.A, kind: 'post', discussion: 'd', parent: null, body: text(3) });
  add('unknown', { op: 3, attempt: 1, why: 'ECONNRESET' });
  add('ok', { op: 3, status: 201, attempt: 2, id: '12', seq: 4 });
  write(4, 'A', 'edit', { comment: '10', body: text(4) }, { id: '10', seq: 5 });
  write(5, 'B', 'vote', { comment: '10', value: 1, changes: true }, { id: '10', seq: 6 });
  write(6, 'A', 'delete', { comment: '12' }, { id: '12', seq: 7 });
  write(7, 'A', 'title', { title: 'New' }, { id: 'd', seq: 8 });
  add('invoke', { op: 8, account: author.B, kind: 'vote', discussion: 'd', comment: '12', value: 1, changes: true });
  add('fail', { op: 8, status: 410, code: 'comment_gone' });
  write(9, 'B', 'sign_out', {}, { seq: null });
  at += 2_000;
  add('invoke', { op: 10, account: author.B, kind: 'post', discussion: 'd', parent: null, body: text(10) });
  add('fail', { op: 10, status: 401, code: 'unauthenticated' });

  for (const reader of ['1', '2']) {
    const update = (prev, seq, comment_count, items) => add('update', { reader, via: 'websocket', discussion: 'd', epoch: 'e', prev, seq, comment_count, outcome: 'applied', mine: prev, items });
    update(1, 4, 3, [['10', 3, 'c10', 't10', 'visible', null], ['11', 3, 'c11', 't11', 'visible', '10'], ['12', 4, 'c12', 't12', 'visible', null]]);
    add('shown', { reader, discussion: 'd', epoch: 'e', changed: [['10', true, 3], ['11', true, 3], ['12', true, 4]] });
    update(4, 6, 3, [['10', 6, 'c10b', 't10b', 'visible', null]]);
    update(6, 7, 2, [['12', 7, 'c12b', 't12b', 'deleted', null]]);
    add('shown', { reader, discussion: 'd', epoch: 'e', changed: [['12', false, 7]] });
    update(7, 8, 2, []);
  }
  add('probe', { instance: 'one', discussion: 'd', asked_at: at, stale: false, epoch: 'e', seq: 8, comment_count: 2, items: [], visible: ['10', '11'] });
  add('read_back', { op: 1, id: '10', seq: 2, instance: 'one', status: 200, epoch: 'e', answered_epoch: 'e', reached: 8, found: true });
  add('converged', { equal: true, ms: 20, last: '' });
  const rows = [['10', 'r10'], ['11', 'r11']];
  const shown = [
    { id: '10', parent: null, state: 'visible', body: text(4), score: 1, replies: 1, seq: 6 },
    { id: '11', parent: '10', state: 'visible', body: text(2), score: 0, replies: 0, seq: 3 },
  ];
  const whole = { discussion: 'd', epoch: 'e', seq: 8, comment_count: 2, title: 'New', rows };
  add('final', { source: 'http one', ...whole, comments: shown });
  for (const reader of ['1', '2']) add('final', { source: `reader ${reader}`, reader, ...whole, covered: reader === '2' ? ['10', '11'] : null });
  add('exported', {
    discussions: [{ id: 'd', title: 'New' }], votes: [{ comment: '10', account: author.B, value: 1 }],
    comments: [...shown.map(({ id, parent, state, body, score }) => ({ id, discussion: 'd', parent, state, body, score })), { id: '12', discussion: 'd', parent: null, state: 'deleted', body: '', score: 0 }],
  });
  add('checked', { code: 0, output: '' });
  add('resources', { instance: 'one', phase: 'after', fds: 21, threads: 6 });
  add('stopped', { instance: 'one', code: 0, signal: null });
  add('stored', {
    discussions: [{ id: 'd', seq: 8, comment_count: 2, epoch: 'e', title: 'New' }],
    comments: [
      { id: '10', discussion: 'd', parent: null, state: 'visible', body: text(4), up: 1, down: 0, base: 0, replies: 1 },
      { id: '11', discussion: 'd', parent: '10', state: 'visible', body: text(2), up: 0, down: 0, base: 0, replies: 0 },
      { id: '12', discussion: 'd', parent: null, state: 'deleted', body: '', up: 0, down: 0, base: 0, replies: 0 },
    ],
    votes: [{ comment: '10', account: author.B, value: 1 }],
    keys: [{ account: author.A, key: 'k1', n: 1 }], integrity: [{ finding: 'ok' }], references: [],
  });
  return entries;
}

/** A copy of the good history with something spoilt in it. */
function spoilt(spoil) {
  const entries = JSON.parse(JSON.stringify(good())); // nothing is shared
  const all = (t, condition = () => true) => entries.filter((entry) => entry.t === t && condition(entry));
  spoil({ entries, all, one: (t, condition) => all(t, condition)[0] });
  return entries;
}

const http = (entry) => entry.source === 'http one';

/** @type {[string, string, (history: any) => void][]} */
const bad = [
  ['I1', 'an acknowledged comment is not in the windows', ({ one }) => one('final', http).comments.pop()],
  ['I1', 'an acknowledged comment is not in the store', ({ one }) => one('stored').comments.splice(1, 1)],
  ['I1', 'an acknowledged edit was undone', ({ one }) => (one('exported').comments[0].body = text(1))],
  ['I1', 'an acknowledged deletion was undone', ({ one }) => Object.assign(one('stored').comments[2], { state: 'visible', body: text(3) })],
  ['I1', 'an acknowledged title was undone', ({ one }) => (one('final', http).title = 'Old')],
  ['I2', 'a repeated post is there twice', ({ one }) => one('exported').comments.push({ id: '13', parent: null, state: 'visible', body: text(2), score: 0 })],
  ['I2', 'a copy of what was deleted is there as well', ({ one }) => one('stored').comments.push({ id: '13', discussion: 'd', parent: null, state: 'visible', body: text(3), up: 0, down: 0, replies: 0 })],
  ['I2', 'an id is there twice', ({ one }) => one('stored').comments.push(one('stored').comments[2])],
  ['I2', 'a key is recorded twice', ({ one }) => (one('stored').keys[0].n = 2)],
  ['I3', 'a refused post is there', ({ one }) => one('exported').comments.push({ id: '13', parent: null, state: 'visible', body: text(10), score: 0 })],
  ['I3', 'a comment that nobody wrote', ({ one }) => one('exported').comments.push({ id: '13', parent: null, state: 'visible', body: 'who was that', score: 0 })],
  ['I3', 'half of a text', ({ one }) => (one('stored').comments[1].body = text(2).slice(0, -2))],
  ['I4', 'a score that is not the sum of the votes', ({ one }) => (one('stored').comments[0].up = 2)],
  ['I4', 'an exported score that is not', ({ one }) => (one('exported').comments[0].score = 2)],
  ['I4', 'two votes of one account', ({ one }) => one('exported').votes.push({ ...one('exported').votes[0] })],
  ['I4', 'a vote that was not the last one', ({ one }) => Object.assign(one('exported').votes[0], { value: -1 })],
  ['I4', 'a shown score that is another', ({ one }) => (one('final', http).comments[0].score = 5)],
  ['I5', 'a count that is no recount', ({ one }) => (one('stored').discussions[0].comment_count = 3)],
  ['I5', 'a window that counts more than it reaches', ({ one }) => (one('final', http).comment_count = 3)],
  ['I5', 'replies that are not there', ({ one }) => (one('final', http).comments[1].replies = 1)],
  ['I6', 'an update that was applied over a gap', ({ all }) => Object.assign(all('update')[2], { prev: 8, seq: 9, mine: 6 })],
  ['I6', 'a position that goes back', ({ all }) => Object.assign(all('update')[2], { prev: 3, seq: 5, mine: 6 })],
  ['I6', 'a seq that was given twice', ({ one }) => (one('ok', ({ op }) => op === 5).seq = 5)],
  ['I6', 'a changeset that nobody heard of', ({ entries, all }) => {
    for (const entry of [...all('final'), all('probe')[0]]) entry.seq = 10;
    all('stored')[0].discussions[0].seq = 10;
    entries.splice(1, 0, ...[11, 12].flatMap((op) => [{ at: 1, t: 'invoke', op, account: '1', kind: 'vote', discussion: 'd', comment: '11', value: 0 }, { at: 1, t: 'ok', op, id: '11', seq: 3 }]));
  }],
  ['I6', 'more changesets than changes', ({ all }) => {
    for (const entry of all('final')) entry.seq = 20;
    all('stored')[0].discussions[0].seq = 20;
  }],
  ['I6', 'a stamp that is newer than its update', ({ all }) => (all('update')[1].items[0][1] = 9)],
  ['I7', 'two contents for one stamp', ({ all }) => (all('update').at(-3).items[0][2] = 'another')],
  ['I7', 'two scores for one stamp', ({ all }) => (all('update').at(-3).items[0][3] = 'another')],
  ['I7', 'two counts for one seq', ({ one }) => (one('probe').comment_count = 3)],
  ['I7', 'bytes that are no message', ({ entries }) => entries.push({ at: 1e6, t: 'garbled', reader: '1', why: 'RSV1 must be clear' })],
  ['I8', 'a reader who shows something else', ({ one }) => (one('final', ({ reader }) => reader === '1').rows[1][1] = 'other')],
  ['I8', 'a reader who misses what it has loaded', ({ one }) => one('final', ({ reader }) => reader === '2').rows.pop()],
  ['I8', 'a reader who stayed behind', ({ one }) => (one('final', ({ reader }) => reader === '1').seq = 7)],
  ['I8', 'a reader of an old history', ({ one }) => (one('final', ({ reader }) => reader === '1').epoch = 'f')],
  ['I8', 'a reader with an old title', ({ one }) => (one('final', ({ reader }) => reader === '1').title = 'Old')],
  ['I8', 'readers who never agree', ({ one }) => Object.assign(one('converged'), { equal: false })],
  ['I8', 'an instance that is behind the store', ({ one }) => (one('stored').discussions[0].seq = 9)],
  ['run', 'nobody looked in the end', ({ entries }) => entries.splice(0, entries.length, ...entries.filter(({ t }) => t !== 'final'))],
  ['I9', 'an own write that cannot be read back', ({ one }) => (one('read_back').found = false)],
  ['I9', 'an answer from before the own write', ({ one }) => (one('read_back').reached = 1)],
  ['I10', 'a reply before its parent', ({ all }) => all('update')[0].items.reverse()],
  ['I10', 'a removed text that is shown again', ({ all, entries }) => entries.push({ at: 1e6, t: 'shown', reader: '1', discussion: 'd', epoch: 'e', changed: [['12', true, 4]] })],
  ['I11', 'a removed text in a window', ({ one }) => one('probe').visible.push('12')],
  ['I11', 'a secret on the wire', ({ entries }) => entries.push({ at: 1, t: 'leak', reader: '1', canary: 'CANARY' })],
  ['I12', 'a write after the sign-out', ({ one }) => Object.assign(one('fail', ({ op }) => op === 10), { t: 'ok', id: '13', seq: 9 })],
  ['I13', 'a report of a sanitizer', ({ entries }) => entries.push({ at: 1, t: 'report', instance: 'one', line: 'ERROR: AddressSanitizer: heap-use-after-free' })],
  ['I13', 'an end that nobody asked for', ({ entries }) => entries.push({ at: 1, t: 'exit', instance: 'one', code: null, signal: 'SIGSEGV', expected: false })],
  ['I13', 'a stop that did not go well', ({ one }) => (one('stopped').code = 1)],
  ['I13', 'descriptors that were kept', ({ one }) => (one('resources', ({ phase }) => phase === 'after').fds = 90)],
  ['I13', 'a write that never ended', ({ entries }) => entries.push({ at: 1, t: 'invoke', op: 99, account: '1', kind: 'vote', discussion: 'd', comment: '10', value: 1 })],
  ['I13', 'nothing was written after the fault', ({ all }) => (all('fault')[1].at = 1e7)],
  ['I15', 'a check that finds something', ({ one }) => (one('checked').code = 1)],
  ['I15', 'a store that is not sound', ({ one }) => (one('stored').integrity = [{ finding: 'row 3 missing from index' }])],
  ['I15', 'a row that leads nowhere', ({ one }) => one('stored').references.push({ finding: 'comments' })],
  ['run', 'too little was done', ({ entries }) => entries.splice(0, entries.length, ...entries.filter(({ t, op }) => t !== 'ok' || op < 3))],
  ['run', 'nobody was told anything', ({ entries }) => entries.splice(0, entries.length, ...entries.filter(({ t }) => t !== 'update'))],
  ['run', 'the fault did nothing', ({ entries }) => entries.splice(0, entries.length, ...entries.filter(({ t }) => t !== 'effect'))],
  ['run', 'the run broke off', ({ entries }) => entries.push({ at: 1, t: 'broken', why: 'in vain' })],
];

test('a good history passes', () => {
  const { violations, counts } = check(good(), expects);
  assert.deepEqual(violations, []);
  assert.equal(counts.acknowledged, 8);
  assert.equal(counts.unknown_attempts, 1);
  assert.equal(counts.applied, 8);
});

for (const [invariant, what, spoil] of bad) {
  test(`${invariant}: ${what}`, () => {
    const { violations } = check(spoilt(spoil), expects);
    assert.ok(violations.some((one) => one.invariant === invariant), JSON.stringify(violations));
  });
}

test('what an older copy of the store took away is no loss, what came after it is', () => {
  const lost = (at) => spoilt(({ entries, all }) => {
    entries.push({ at, t: 'loses', how: 'an older copy' });
    for (const list of [all('final', http)[0].comments, all('exported')[0].comments, all('stored')[0].comments]) list.splice(1, 1);
  });
  const after_all = check(lost(1e6), expects).violations.filter(({ invariant }) => invariant === 'I1');
  assert.deepEqual(after_all, []);
  const before_all = check(lost(0.5), expects).violations.filter(({ invariant }) => invariant === 'I1');
  assert.notEqual(before_all.length, 0);
});

test('an invariant without a bad history would be one that nobody has seen fail', () => {
  const shown = new Set(bad.map(([invariant]) => invariant));
  for (const number of [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15]) assert.ok(shown.has(`I${number}`), `I${number}`);
});
