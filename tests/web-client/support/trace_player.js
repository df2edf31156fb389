// Plays a trace into what a page keeps of a discussion. The format is described in tests/data/README.md.

import assert from "node:assert/strict";
import { LiveStatus } from "../../../web-client/src/live_status.js";
import { DiscussionState } from "../../../web-client/src/store/discussion_state.js";
import { Overlay } from "../../../web-client/src/store/overlay.js";
import { View } from "../../../web-client/src/store/view.js";
import { FakeClock } from "./fakes.js";

const NOBODY = new Set();

export class TracePlayer {
  #clock = new FakeClock();
  #overlay = new Overlay();
  #live = new LiveStatus(this.#clock, () => {});
  #viewer;
  /** @type {DiscussionState | null} */
  #state = null;
  #verdict = null;
  #mayStepBack = false;
  /** Something came that has no place in what is loaded: a page reads again then. */
  mustReadAgain = false;
  /** The stamps at which texts were taken away. @type {Map<string, number>} */
  #gone = new Map();

  constructor({ viewer = null }) {
    this.#viewer = viewer;
    this.#live.onStatus("live");
  }

  /** @param {Record<string, any>} step */
  play(step) {
    const kinds = ["window", "frame", "answer", "pending_post", "wait_ms", "expect"].filter((name) => name in step);
    assert.equal(kinds.length, 1, `a step is one of the known kinds: ${Object.keys(step)}`);
    const before = this.#state?.position ?? null;
    if (step.window) this.#window(step);
    else if (step.frame) this.#frame(step.frame);
    else if (step.answer) this.#answer(step.answer);
    else if (step.pending_post) this.#post(step.pending_post);
    else if (step.wait_ms) this.#clock.advance(step.wait_ms);
    else this.#expect(step.expect);
    if (this.#state) this.#alwaysHolds(before);
  }

  /** What a page asks for to read on. @param {string | null} parent */
  requestFor(parent) {
    return parent === null ? this.#state.nextRequest : this.#state.moreRequest(parent);
  }

  /** Of all that is here. */
  get ids() {
    return this.#knownIds();
  }

  get seq() {
    return this.#state.seq;
  }

  // --- what happens -------------------------------------------------------------------------

  #window({ window, more_of, changes = null }) {
    const isFirst = this.#state === null;
    // In another history the same id may be another comment.
    const isSameHistory = this.#state?.epoch === window.epoch;
    const known = new Set(isSameHistory ? this.#state.visibleIds : []);
    const isTaken = more_of === undefined ? this.#readAgain(window, changes) : this.#readOn(window, more_of, changes);
    this.#verdict = isTaken ? "applied" : "outdated";
    if (isTaken && !isFirst) this.#arrive(this.#state.visibleIds.filter((id) => !known.has(id)));
  }

  #readAgain(window, changes) {
    const old = this.#state;
    const state = new DiscussionState(window);
    const { isStepBack, needsRead } = old ? state.succeed(old, undefined, changes) : { isStepBack: false, needsRead: false };
    if (isStepBack && !this.#mayStepBack) return false;
    if (old && old.epoch !== state.epoch) {
      this.#overlay.forgetStamps();
      this.#gone.clear();
    }
    this.#state = state;
    this.mustReadAgain = needsRead;
    return true;
  }

  #readOn(window, parent, changes) {
    const request = this.requestFor(parent);
    assert.ok(request, `there is more of ${parent}`);
    const effect = this.#state.mergeWindow(window, request, undefined, changes);
    this.mustReadAgain ||= effect?.needsRead ?? false;
    return effect !== null;
  }

  #frame(frame) {
    if (frame.type === "current") this.#live.onMessage(frame);
    if (frame.type === "reload") {
      this.#verdict = "reset";
      this.#mayStepBack = frame.reason === "ahead";
    }
    if (frame.type !== "update") return;
    this.#mayStepBack = false;
    const { outcome, arrived, needsRead } = this.#state.applyUpdate(frame);
    this.#verdict = outcome;
    this.mustReadAgain ||= needsRead;
    this.#arrive(arrived);
  }

  #arrive(ids) {
    this.#overlay.veil(this.#state, ids, this.#viewer, this.#clock.now());
    this.#overlay.settle(this.#state);
  }

  #answer({ kind, key, comment, failed, value, ...numbers }) {
    if (kind === "vote") {
      this.#overlay.beginVote(this.#state, numbers.id, value);
      this.#overlay.answerVote(this.#state, numbers, value);
      return;
    }
    assert.ok(kind === "post" || kind === "comment", kind);
    if (kind === "post" && failed) return this.#overlay.endPost(key);
    if (kind === "post") this.#overlay.endPost(key, comment.id);
    this.#state.mergeOwn(comment);
  }

  #post({ key, parent = null, body }) {
    this.#overlay.addPost({ key, parent, body, quote: null, startedAt: this.#clock.now(), since: this.#state.seq, phase: "sending" });
  }

  // --- what is to be seen -------------------------------------------------------------------

  /** What is shown, flat and in order; tombstones only above something visible. */
  #shown() {
    const lens = {
      overlay: this.#overlay, viewer: this.#viewer, collapsed: NOBODY, fresh: NOBODY, waiting: NOBODY,
      loadingMore: NOBODY, drafts: new Map(), now: this.#clock.now(),
    };
    const flat = (nodes) => nodes.flatMap((node) => {
      const below = flat(node.children);
      return node.post || node.content.state === "visible" || below.length > 0 ? [node, ...below] : below;
    });
    return flat(new View().build(this.#state, lens));
  }

  #expect({ epoch, seq, verdict, comment_count, comments = {}, order, pending, up_to_date, same_as }) {
    const given = (want, have, name) => want === undefined || assert.deepEqual(have, want, name);
    const shown = this.#shown();
    const texts = shown.filter((node) => node.content);
    given(epoch, this.#state.epoch, "epoch");
    given(seq, this.#state.seq, "seq");
    given(verdict, this.#verdict, "verdict");
    given(comment_count, this.#state.commentCount, "comment_count");
    given(order, texts.map(({ id }) => id), "order");
    given(pending, shown.filter((node) => node.post).map((node) => node.post.key), "pending");
    given(up_to_date, this.#live.isUpToDate(this.#state.position), "up_to_date");
    if (same_as) assert.equal(this.#state.digest(), new DiscussionState(same_as).digest(), "same_as");
    for (const [id, want] of Object.entries(comments)) {
      const node = texts.find((one) => one.id === id);
      if (want === null) assert.equal(node, undefined, `${id} is not shown`);
      else assert.deepEqual(this.#comment(id, node, Object.keys(want)), want, `comment ${id}`);
    }
  }

  #comment(id, node, fields) {
    assert.ok(node, `${id} is shown`);
    const { content, contentSeq, scoreSeq, tally } = this.#state.entry(id);
    const all = {
      state: content.state, body: content.body, ...this.#overlay.tallyOf(this.#state, id),
      replies: tally.replies, seq: Math.max(contentSeq, scoreSeq),
    };
    return Object.fromEntries(fields.map((name) => [name, all[name]]));
  }

  /** @param {import("../../../web-client/src/protocol.js").Position | null} before */
  #alwaysHolds(before) {
    const { epoch, seq } = this.#state;
    if (before && before.epoch === epoch && !this.#mayStepBack) assert.ok(seq >= before.seq, "a position goes forward");
    for (const { id, content } of this.#shown().filter((node) => node.content)) {
      const { contentSeq } = this.#state.entry(id);
      if (content.state === "visible") assert.ok(contentSeq > (this.#gone.get(id) ?? -1), `the removed text of ${id} shows again`);
    }
    for (const id of this.#knownIds()) {
      const { content, contentSeq } = this.#state.entry(id);
      if (content.state !== "visible") this.#gone.set(id, Math.max(contentSeq, this.#gone.get(id) ?? 0));
      if (content.state !== "visible") assert.deepEqual([content.body, content.content], ["", []], `${id} keeps no text`);
    }
    const ids = this.#shown().map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length, "nothing is shown twice");
  }

  #knownIds(parent = null) {
    return this.#state.childrenOf(parent).flatMap((id) => [id, ...this.#knownIds(id)]);
  }
}
