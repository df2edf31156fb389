// Each file of tests/data/client_traces is one story of a page, with what it must show.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import test from "node:test";
import { TracePlayer } from "./support/trace_player.js";

const folder = new URL("../data/client_traces/", import.meta.url);
const names = readdirSync(folder).filter((name) => name.endsWith(".json")).sort();

test("traces: there are some", () => assert.ok(names.length >= 10));

for (const name of names) {
  const trace = JSON.parse(readFileSync(new URL(name, folder), "utf8"));
  test(`trace ${trace.name}: ${trace.note}`, () => {
    assert.equal(`${trace.name}.json`, name);
    assert.ok(trace.steps.some((step) => step.expect), "it expects something");
    const player = new TracePlayer(trace);
    trace.steps.forEach((step, i) => {
      try {
        player.play(step);
      } catch (error) {
        error.message = `step ${i + 1} of ${trace.steps.length}: ${error.message}`;
        throw error;
      }
    });
  });
}

test("traces: a player that is told something wrong says so", () => {
  const window = { epoch: "e", seq: 1, comment_count: 0, comments: [], next_cursor: null, more: {} };
  const play = (...steps) => {
    const player = new TracePlayer({});
    for (const step of steps) player.play(step);
  };
  for (const wrong of [
    { expect: { seq: 2 } }, { expect: { epoch: "f" } }, { expect: { verdict: "gap" } }, { expect: { comment_count: 1 } },
    { expect: { order: ["1"] } }, { expect: { comments: { 1: { body: "" } } } }, { expect: { up_to_date: true } },
    { expect: { pending: ["k"] } }, { expect: { same_as: { ...window, comment_count: 3 } } }, { unknown: {} },
  ]) assert.throws(() => play({ window }, wrong), JSON.stringify(wrong));
});
