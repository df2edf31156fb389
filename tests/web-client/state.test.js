import assert from "node:assert/strict";
import test from "node:test";
import { DiscussionState } from "../../web-client/src/store/discussion_state.js";
import { comment, score, tombstone, update, windowOf } from "./support/wire.js";

const textOf = (state, id) => state.entry(id)?.content.body;
const scoreOf = (state, id) => state.entry(id)?.tally.score;
const treeOf = (state) => JSON.parse(state.digest()).comments;
const rootIds = (state) => treeOf(state).map(({ id }) => id);

test("a new comment within what is loaded is inserted at its place", () => {
  const state = new DiscussionState(windowOf([comment("1", "1"), comment("3", "3")]));
  const effect = state.applyUpdate(update(10, 11, { comment_count: 3, comments: [comment("2", "2", { seq: 11 })] }));
  assert.deepEqual(effect, { outcome: "applied", arrived: ["2"], counted: 0, needsRead: false });
  assert.deepEqual(rootIds(state), ["1", "2", "3"]);
  assert.equal(state.commentCount, 3);
});

test("newest first: a new comment comes before the others", () => {
  const state = new DiscussionState(windowOf([comment("2", "2"), comment("1", "1")]), "newest");
  state.applyUpdate(update(10, 11, { comments: [comment("3", "3", { seq: 11 })] }));
  assert.deepEqual(state.childrenOf(null), ["3", "2", "1"]);
});

test("a lower stamp never replaces a higher, whatever the order of arrival", () => {
  const versions = [5, 7, 9].map((seq) => comment("1", "1", { seq, body: `v${seq}`, score: seq }));
  for (const turn of [[0, 1, 2], [2, 1, 0], [1, 2, 0], [2, 0, 1]]) {
    const state = new DiscussionState(windowOf([versions[turn[0]]]));
    for (const i of turn.slice(1)) state.mergeOwn(versions[i]);
    assert.equal(textOf(state, "1"), "v9");
    assert.equal(scoreOf(state, "1"), 9);
  }
});

test("a comment's stamp stands for both parts, a score's only for its own", () => {
  const state = new DiscussionState(windowOf([comment("1", "1", { seq: 5, body: "old" })]));
  state.applyUpdate(update(10, 12, { scores: [score("1", 3, 12)] }));
  assert.deepEqual([scoreOf(state, "1"), textOf(state, "1")], [3, "old"]);
  // Older than the score, newer than the text.
  state.mergeOwn(comment("1", "1", { seq: 11, body: "edited", score: 1 }));
  assert.deepEqual([scoreOf(state, "1"), textOf(state, "1")], [3, "edited"]);
});

test("a score for a comment that is not loaded is dropped", () => {
  const state = new DiscussionState(windowOf([comment("1", "1")]));
  state.applyUpdate(update(10, 11, { scores: [score("99", 3, 11)] }));
  assert.equal(state.entry("99"), undefined);
});

test("what is outside of what is loaded is only counted", () => {
  const first = [comment("1", "1"), comment("2", "2", { replies: 1 })];
  const state = new DiscussionState(windowOf(first, { next_cursor: "c", comment_count: 9 }));
  const effect = state.applyUpdate(update(10, 11, { comment_count: 11,
    comments: [comment("50", "7", { seq: 11 }), comment("51", "2.2", { parent: "2", seq: 11 }), comment("52", "1.1", { parent: "1", seq: 11 })] }));
  assert.deepEqual([effect.counted, effect.arrived], [2, ["52"]]);
  assert.equal(state.commentCount, 11);
});

test("windows: each further one goes on where the last one ended", () => {
  const state = new DiscussionState(windowOf([comment("1", "1"), comment("2", "2", { replies: 2 }), comment("3", "2.1", { parent: "2" })],
    { next_cursor: "c1", comment_count: 5, more: { 2: { replies: 1, cursor: "m2" } } }));
  assert.deepEqual(state.moreRequest("2"), { parent: "2", cursor: "m2", after: [2, 1] });
  assert.equal(state.missingReplies("2"), 1);
  const request = state.nextRequest;
  assert.equal(request.cursor, "c1");
  state.mergeWindow(windowOf([comment("4", "2.2", { parent: "2" }), comment("5", "3")]), request);
  assert.equal(state.nextRequest, null);
  assert.equal(state.moreRequest("2"), null);
  assert.deepEqual(rootIds(state), ["1", "2", "5"]);
  assert.equal(state.loadedCount, 5);
});

test("windows: the rest of one thread may be loaded alone", () => {
  const state = new DiscussionState(windowOf([comment("2", "2", { replies: 3 }), comment("3", "2.1", { parent: "2" })],
    { next_cursor: "c1", comment_count: 9, more: { 2: { replies: 2, cursor: "m2" } } }));
  state.mergeWindow(windowOf([comment("4", "2.2", { parent: "2" }), comment("6", "2.3", { parent: "2" })]), state.moreRequest("2"));
  assert.equal(state.moreRequest("2"), null);
  assert.equal(state.nextRequest.cursor, "c1");
  const inThread = state.applyUpdate(update(10, 11, { comments: [comment("7", "2.4", { parent: "2", seq: 11 })] }));
  assert.deepEqual(inThread.arrived, ["7"]);
  const behind = state.applyUpdate(update(11, 12, { comments: [comment("8", "3", { seq: 12 })] }));
  assert.equal(behind.counted, 1);
});

test("windows: replies that came after the window can be asked for", () => {
  const state = new DiscussionState(windowOf([comment("1", "1"), comment("2", "2")], { next_cursor: "c", comment_count: 9 }));
  state.applyUpdate(update(10, 11, { comments: [comment("9", "2.1", { parent: "2", seq: 11 })], scores: [score("2", 0, 11, 1)] }));
  assert.deepEqual(state.moreRequest("2"), { parent: "2", cursor: null, after: null });
  assert.equal(state.moreRequest("1"), null);
});

test("windows: what changed while one was being read is in it", () => {
  const state = new DiscussionState(windowOf([comment("1", "1")], { next_cursor: "c", comment_count: 3 }));
  const request = state.nextRequest;
  const reading = state.beginReading();
  state.applyUpdate(update(10, 11, { comments: [tombstone("2", "2", { seq: 11 })], scores: [score("3", 8, 11)] }));
  state.mergeWindow(windowOf([comment("2", "2", { body: "private" }), comment("3", "3")]), request, reading);
  assert.doesNotMatch(state.digest(), /private/);
  assert.equal(scoreOf(state, "3"), 8);
  assert.deepEqual(rootIds(state), ["1", "3"]);
  assert.equal(state.seq, 11, "a window moves no position");
});

test("windows: what changed meanwhile in a comment that only the changes since an old one bring is in it, too", () => {
  const state = new DiscussionState(windowOf([comment("1", "1")], { next_cursor: "c", comment_count: 2 }));
  const request = state.nextRequest;
  const reading = state.beginReading();
  state.applyUpdate(update(10, 12, { scores: [score("3", 8, 12)] }));
  const changes = update(8, 10, { comments: [comment("3", "3", { seq: 9 })] });
  state.mergeWindow(windowOf([comment("2", "2")], { seq: 8 }), request, reading, changes);
  assert.deepEqual(rootIds(state), ["1", "2", "3"]);
  assert.equal(scoreOf(state, "3"), 8);
});

test("windows: one that is newer than the position changes nothing else, and updates up to it do no harm", () => {
  const state = new DiscussionState(windowOf([comment("1", "1")], { next_cursor: "c", comment_count: 2 }));
  state.mergeWindow(windowOf([comment("2", "2", { seq: 15, body: "newest" })], { seq: 20 }), state.nextRequest);
  assert.equal(state.seq, 10);
  state.applyUpdate(update(10, 12, { comments: [comment("2", "2", { seq: 12, body: "older" })] }));
  assert.equal(textOf(state, "2"), "newest");
});

test("a target that a link names stands alone: its neighbours are not loaded by it", () => {
  const state = new DiscussionState(windowOf([comment("1", "1")], { next_cursor: "c", comment_count: 90 }));
  const reading = state.beginReading();
  state.mergeLoose(windowOf([comment("70", "70", { replies: 1 }), comment("71", "70.1", { parent: "70" })]), reading);
  assert.deepEqual(rootIds(state), ["1", "70"]);
  const effect = state.applyUpdate(update(10, 11, { comments: [comment("80", "70.2", { parent: "70", seq: 11 })] }));
  assert.equal(effect.counted, 1);
  state.mergeWindow(windowOf([comment("2", "2"), comment("70", "70"), comment("71", "70.1", { parent: "70" })], { seq: 11 }), state.nextRequest);
  assert.deepEqual(rootIds(state), ["1", "2", "70"]);
});

test("tombstones: shown while something visible is below", () => {
  const state = new DiscussionState(windowOf([tombstone("1", "1"), comment("2", "1.1", { parent: "1" })]));
  assert.deepEqual(treeOf(state).map((node) => [node.state, node.children.length]), [["removed", 1]]);
  state.applyUpdate(update(10, 11, { comments: [tombstone("2", "1.1", { parent: "1", seq: 11 })] }));
  assert.deepEqual(treeOf(state), []);
});

test("tombstones: what was on the screen keeps its place, what never was is not shown", () => {
  const state = new DiscussionState(windowOf([comment("1", "1")]));
  state.applyUpdate(update(10, 11, { comments: [tombstone("1", "1", { seq: 11 }), tombstone("2", "2", { seq: 11 })] }));
  assert.equal(state.entry("1").held, true);
  assert.equal(state.entry("2").held, false);
  assert.deepEqual(treeOf(state), [], "a fresh view has neither");
});

test("a removed comment comes back", () => {
  const state = new DiscussionState(windowOf([comment("1", "1")]));
  state.applyUpdate(update(10, 11, { comments: [tombstone("1", "1", { seq: 11 })] }));
  state.applyUpdate(update(11, 12, { comments: [comment("1", "1", { seq: 12, body: "back" })] }));
  assert.equal(textOf(state, "1"), "back");
  assert.equal(state.entry("1").held, false);
});

test("a reply under a tombstone that this page never needed asks for a new read", () => {
  const state = new DiscussionState(windowOf([comment("1", "1")]));
  const effect = state.applyUpdate(update(10, 11, { comments: [comment("9", "2.1", { parent: "8", seq: 11 })] }));
  assert.equal(effect.needsRead, true);
});

test("the answer to a post merges by its own stamp and moves no position", () => {
  const state = new DiscussionState(windowOf([comment("1", "1")]));
  state.mergeOwn(comment("2", "2", { seq: 14 }));
  assert.equal(state.seq, 10);
  const effect = state.applyUpdate(update(10, 14, { comments: [comment("2", "2", { seq: 14 })] }));
  assert.deepEqual(effect.arrived, [], "it is no news");
  assert.deepEqual(rootIds(state), ["1", "2"]);
});

test("an answer that comes after the updates about its comment tells nothing of one that is not here", () => {
  const state = new DiscussionState(windowOf([comment("1", "1")], { next_cursor: "c", comment_count: 9 }));
  state.applyUpdate(update(10, 12, { comments: [tombstone("7", "7", { seq: 12 })] }));
  assert.equal(state.mergeOwn(comment("7", "7", { seq: 11, body: "secret" })), false);
  assert.equal(state.entry("7"), undefined);
  assert.equal(state.mergeOwn(comment("1", "1", { seq: 11, body: "edited" })), true);
  assert.equal(textOf(state, "1"), "edited");
});

test("what only its author may read stays out of the state", () => {
  const state = new DiscussionState(windowOf([]));
  state.mergeOwn({ ...comment("2", "2"), number: null, state: "pending" });
  state.mergeOwn({ ...comment("3", "3"), state: "pending" });
  assert.equal(state.entry("2"), undefined);
  assert.equal(state.entry("3"), undefined);
});

test("any mix of updates, repetitions and windows ends in the state of a fresh load", () => {
  let seed = Number(process.env.PARLEY_TEST_SEED ?? Date.now() % 2 ** 31);
  console.log(`seed ${seed}`);
  const random = (n) => (seed = (seed * 48271) % 2147483647) % n;
  const truth = new Map();
  const history = [];
  let seq = 0;
  const change = () => {
    ++seq;
    const id = String(1 + random(30));
    const old = truth.get(id);
    const parent = Number(id) > 10 ? String(1 + random(10)) : null;
    const place = old ?? { number: parent === null ? id : `${parent}.${id}`, parent };
    const isGone = random(4) === 0;
    const next = (isGone && old ? tombstone : comment)(id, place.number, { parent: place.parent, seq, body: `v${seq}`, score: random(9) - 4 });
    if (next.parent !== null && !truth.has(next.parent)) return void history.push({ epoch: "e1", prev: seq - 1, seq });
    truth.set(id, next);
    history.push({ epoch: "e1", prev: seq - 1, seq, comments: [next] });
  };
  const merged = (from, to) => {
    const latest = new Map();
    for (const part of history.slice(from, to)) for (const c of part.comments ?? []) latest.set(c.id, c);
    return { epoch: "e1", prev: from, seq: to, comments: [...latest.values()].sort((a, b) => a.path.length - b.path.length) };
  };
  const fresh = () => new DiscussionState(windowOf([...truth.values()].sort((a, b) => a.path.length - b.path.length), { seq, comment_count: 0 }));
  const state = fresh();
  for (let i = 0; i < 400; ++i) {
    for (let n = random(3); n >= 0; --n) change();
    const from = Math.max(0, state.seq - random(5));
    assert.notEqual(state.applyUpdate(merged(from, seq)).outcome, "gap");
    if (random(3) === 0) state.applyUpdate(merged(Math.max(0, seq - random(10)), seq));
    assert.equal(state.digest(), fresh().digest());
  }
});
