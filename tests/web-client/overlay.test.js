import assert from "node:assert/strict";
import test from "node:test";
import { DiscussionState } from "../../web-client/src/store/discussion_state.js";
import { ECHO_WAIT_MS, Overlay } from "../../web-client/src/store/overlay.js";
import { View } from "../../web-client/src/store/view.js";
import { comment, idsOf, score, tombstone, update, windowOf } from "./support/wire.js";

const lensOf = (overlay, rest = {}) => ({
  overlay, viewer: "1", collapsed: new Set(), fresh: new Set(), waiting: new Set(), loadingMore: new Set(), drafts: new Map(), now: 0, ...rest,
});
const post = (key, parent = null) => ({ key, parent, body: "mine", quote: null, startedAt: 0, phase: "sending" });

test("a post shows at once, behind its siblings", () => {
  const state = new DiscussionState(windowOf([comment("1", "1"), comment("2", "1.1", { parent: "1" })]));
  const overlay = new Overlay();
  overlay.addPost(post("k", "1"));
  assert.deepEqual(idsOf(new View().build(state, lensOf(overlay))), [["1", ["2", "own-k"]]]);
});

test("an event that outruns its answer is not shown twice", () => {
  const state = new DiscussionState(windowOf([comment("1", "1")]));
  const overlay = new Overlay();
  const view = new View();
  overlay.addPost(post("k"));
  const { arrived } = state.applyUpdate(update(10, 11, { comments: [comment("2", "2", { seq: 11 }), comment("3", "3", { seq: 11, by: "ben" })] }));
  overlay.veil(state, arrived, "1", 0);
  assert.deepEqual(idsOf(view.build(state, lensOf(overlay))), ["1", "3", "own-k"]);
  overlay.endPost("k");
  state.mergeOwn(comment("2", "2", { seq: 11 }));
  assert.deepEqual(idsOf(view.build(state, lensOf(overlay))), ["1", "2", "3"]);
});

test("without an answer the viewer's comments wait no longer than 5 s", () => {
  const state = new DiscussionState(windowOf([]));
  const overlay = new Overlay();
  overlay.addPost(post("k"));
  overlay.veil(state, state.applyUpdate(update(10, 11, { comments: [comment("2", "1", { seq: 11 })] })).arrived, "1", 0);
  assert.equal(overlay.nextUnveil(0), ECHO_WAIT_MS);
  const at = (now) => idsOf(new View().build(state, lensOf(overlay, { now })));
  assert.deepEqual(at(ECHO_WAIT_MS - 1), ["own-k"]);
  assert.deepEqual(at(ECHO_WAIT_MS), ["2", "own-k"]);
});

test("a vote shows at once and is not counted twice when its update outruns the answer", () => {
  const state = new DiscussionState(windowOf([comment("1", "1", { score: 4 })]));
  const overlay = new Overlay();
  overlay.beginVote(state, "1", 1);
  assert.deepEqual([overlay.scoreOf(state, "1"), overlay.voteOn("1")], [5, 1]);
  state.applyUpdate(update(10, 11, { scores: [score("1", 5, 11)] }));
  assert.equal(overlay.scoreOf(state, "1"), 5);
  overlay.answerVote(state, { id: "1", up: 5, down: 0, score: 5, seq: 11 }, 1);
  assert.deepEqual([overlay.scoreOf(state, "1"), overlay.voteOn("1")], [5, 1]);
  state.applyUpdate(update(11, 12, { scores: [score("1", 9, 12)] }));
  assert.equal(overlay.scoreOf(state, "1"), 9);
});

test("the answer's numbers lie over the state until the position reaches them", () => {
  const state = new DiscussionState(windowOf([comment("1", "1", { score: 4 })]));
  const overlay = new Overlay();
  overlay.beginVote(state, "1", -1);
  overlay.answerVote(state, { id: "1", up: 7, down: 1, score: 6, seq: 15 }, -1);
  assert.equal(overlay.scoreOf(state, "1"), 6);
  state.applyUpdate(update(10, 12, { scores: [score("1", 5, 12)] }));
  overlay.settle(state);
  assert.equal(overlay.scoreOf(state, "1"), 6, "12 is before the answer's 15");
  state.applyUpdate(update(12, 16, { scores: [score("1", 8, 16)] }));
  overlay.settle(state);
  assert.equal(overlay.scoreOf(state, "1"), 8);
});

test("a refused vote goes back to what it was", () => {
  const state = new DiscussionState(windowOf([comment("1", "1", { score: 4 })]));
  const overlay = new Overlay();
  overlay.votes.set("1", 1);
  overlay.beginVote(state, "1", -1);
  assert.deepEqual([overlay.scoreOf(state, "1"), overlay.voteOn("1")], [2, -1]);
  overlay.rejectVote("1");
  assert.deepEqual([overlay.scoreOf(state, "1"), overlay.voteOn("1")], [4, 1]);
});

test("a refused second vote leaves the numbers of the first one's answer", () => {
  const state = new DiscussionState(windowOf([comment("1", "1", { score: 4 })]));
  const overlay = new Overlay();
  overlay.beginVote(state, "1", 1);
  overlay.answerVote(state, { id: "1", up: 7, down: 0, score: 7, seq: 15 }, 1);
  overlay.beginVote(state, "1", -1);
  assert.deepEqual([overlay.scoreOf(state, "1"), overlay.voteOn("1")], [5, -1]);
  overlay.rejectVote("1");
  assert.deepEqual([overlay.tallyOf(state, "1"), overlay.voteOn("1")], [{ up: 7, down: 0, score: 7 }, 1]);
  state.applyUpdate(update(10, 16, { scores: [score("1", 3, 16)] }));
  overlay.settle(state);
  assert.equal(overlay.scoreOf(state, "1"), 3);
});

test("many clicks add up to the last one", () => {
  const state = new DiscussionState(windowOf([comment("1", "1", { score: 0 })]));
  const overlay = new Overlay();
  for (const value of [1, 0, -1, 1, -1]) overlay.beginVote(state, "1", value);
  assert.deepEqual([overlay.scoreOf(state, "1"), overlay.voteOn("1")], [-1, -1]);
  overlay.answerVote(state, { id: "1", up: 1, down: 0, score: 1, seq: 11 }, 1);
  assert.equal(overlay.voteOn("1"), -1, "an answer to an earlier click changes nothing on the screen");
  assert.equal(overlay.scoreOf(state, "1"), -1);
});

test("view: what did not change is the same object", () => {
  const state = new DiscussionState(windowOf([comment("1", "1"), comment("2", "1.1", { parent: "1" }), comment("3", "2")]));
  const view = new View();
  const lens = lensOf(new Overlay());
  const before = view.build(state, lens);
  assert.equal(view.build(state, lens), before);
  state.applyUpdate(update(10, 11, { scores: [score("2", 1, 11)] }));
  const after = view.build(state, lens);
  assert.notEqual(after[0], before[0], "its reply has changed");
  assert.equal(after[1], before[1]);
});

test("view: a held tombstone is shown, with nothing of the text", () => {
  const state = new DiscussionState(windowOf([comment("1", "1")]));
  state.applyUpdate(update(10, 11, { comments: [tombstone("1", "1", { seq: 11 })] }));
  const [node] = new View().build(state, lensOf(new Overlay()));
  assert.equal(node.content.state, "removed");
  assert.equal(node.content.body, "");
});

test("view: counts what a collapsed thread hides", () => {
  const state = new DiscussionState(windowOf([comment("1", "1"), tombstone("2", "1.1", { parent: "1" }), comment("3", "1.1.1", { parent: "2", path: ["1", "2"] })]));
  const [node] = new View().build(state, lensOf(new Overlay(), { collapsed: new Set(["1"]), fresh: new Set(["3"]) }));
  assert.deepEqual([node.collapsed, node.below, node.freshBelow], [true, 1, 1]);
});
