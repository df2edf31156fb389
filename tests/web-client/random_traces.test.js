// Any mix of updates, repetitions, gaps, windows of other ages and reading again ends in what a
// fresh load shows. The player holds after every step that no removed text comes back.

import assert from "node:assert/strict";
import test from "node:test";
import { History } from "./support/history.js";
import { TracePlayer } from "./support/trace_player.js";

const ROUNDS = 40;
const STEPS = 120;

function story(seed) {
  const random = (n) => (seed = (seed * 48271) % 2147483647) % n;
  const pick = (list) => list[random(list.length)];
  const history = new History();
  const player = new TracePlayer({});
  const happens = () => {
    const visible = history.visible();
    const one = pick(visible);
    const what = random(10);
    if (!one || what < 3) return history.post(one && random(3) > 0 ? one.id : null);
    if (what < 5) return history.vote(one.id, random(20) - 10);
    if (what < 6) return history.change(one.id, { body: `edited at ${history.seq + 1}` });
    if (what < 8 || history.gone.length === 0) return history.change(one.id, { state: "removed", body: "" });
    return history.change(pick(history.gone).id, { state: "visible", body: `back at ${history.seq + 1}` });
  };
  /** A moment of the past that a cache may still hold. */
  const earlier = (floor = 0) => Math.max(floor, history.seq - random(8));
  /** The changes that a window needs, or none where a page would be refused it. */
  const withChanges = (window) => (random(4) > 0 || window.seq >= player.seq ? { changes: history.changes(window.seq) } : {});
  const limit = () => 3 + random(6);

  const readAgain = () => {
    const window = history.window(earlier(), { limit: limit() });
    player.play({ window, ...withChanges(window) });
  };
  const readOn = () => {
    const parent = random(2) === 0 ? null : (pick(player.ids) ?? null);
    const request = player.requestFor(parent);
    if (!request) return;
    const window = history.window(earlier(), { parent, cursor: request.cursor, limit: limit() });
    player.play({ window, more_of: parent, ...withChanges(window) });
  };
  const follow = () => {
    const until = earlier();
    const from = random(3) === 0 ? earlier() : player.seq - random(4);
    if (from >= 0 && from < until) player.play({ frame: history.changes(from, until) });
  };
  const finish = () => {
    player.play({ frame: history.changes(player.seq) });
    if (player.mustReadAgain) player.play({ window: history.window(history.seq, { limit: 4 }) });
    for (const parent of [null, ...player.ids]) {
      for (let request = player.requestFor(parent); request; request = player.requestFor(parent)) {
        player.play({ window: history.window(history.seq, { parent, cursor: request.cursor, limit: 50 }), more_of: parent });
      }
    }
    player.play({ expect: { seq: history.seq, comment_count: history.visible().length, same_as: history.window(history.seq) } });
  };

  for (let i = 0; i < 12; ++i) happens();
  player.play({ window: history.window(earlier(), { limit: 5 }) });
  for (let i = 0; i < STEPS; ++i) {
    for (let n = random(3); n > 0; --n) happens();
    if (player.mustReadAgain) player.play({ window: history.window(history.seq, { limit: limit() }) });
    pick([follow, follow, follow, readOn, readOn, readAgain])();
    if (random(15) === 0) finish();
  }
  finish();
}

test("any way through a history leads to its end, and none shows again what was taken away", () => {
  const first = Number(process.env.PARLEY_TEST_SEED ?? 1 + (Date.now() % 2 ** 30));
  console.log(`seed ${first}`);
  for (let i = 0; i < ROUNDS; ++i) {
    try {
      story(first + i);
    } catch (error) {
      error.message = `PARLEY_TEST_SEED=${first + i}: ${error.message}`;
      throw error;
    }
  }
  assert.ok(true);
});
