import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { DiscussionState } from "../../web-client/src/store/discussion_state.js";
import { judgeUpdate } from "../../web-client/src/store/position.js";
import { windowOf } from "./support/wire.js";

const vectors = JSON.parse(readFileSync(new URL("../data/position_vectors.json", import.meta.url), "utf8"));

for (const { name, mine, update, outcome, position_after } of vectors) {
  test(`position: ${name}`, () => {
    assert.equal(judgeUpdate(mine, update), outcome);
    if (mine === null) return;
    const state = new DiscussionState(windowOf([], mine));
    assert.equal(state.applyUpdate(update).outcome, outcome);
    // On a reset the page goes on showing what it has until it has read again.
    assert.deepEqual(state.position, position_after ?? mine);
  });
}

test("position: any way of merging a run of changesets leads to the same place", () => {
  const last = 12;
  for (let cuts = 0; cuts < 2 ** (last - 1); cuts += 7) {
    const state = new DiscussionState(windowOf([], { seq: 0 }));
    let prev = 0;
    for (let seq = 1; seq <= last; ++seq) {
      if (seq < last && (cuts & (1 << (seq - 1))) === 0) continue;
      assert.equal(state.applyUpdate({ epoch: "e1", prev, seq }).outcome, "applied");
      assert.equal(state.applyUpdate({ epoch: "e1", prev, seq }).outcome, "ignored");
      prev = seq;
    }
    assert.equal(state.seq, last);
  }
});
