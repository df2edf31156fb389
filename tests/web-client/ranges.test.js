import assert from "node:assert/strict";
import test from "node:test";
import { compareKeys, end, keyOf, Ranges } from "../../web-client/src/store/ranges.js";

const order = (numbers, sort) => [...numbers].sort((a, b) => compareKeys(keyOf(a), keyOf(b), sort));

test("keys: oldest first is depth first by number", () => {
  assert.deepEqual(order(["10", "2.1", "1", "2", "1.2", "1.10", "1.2.1"], "oldest"), ["1", "1.2", "1.2.1", "1.10", "2", "2.1", "10"]);
});

test("keys: newest first turns siblings around, parents stay first", () => {
  assert.deepEqual(order(["1", "1.1", "1.2", "2", "2.1", "3"], "newest"), ["3", "2", "2.1", "1", "1.2", "1.1"]);
});

test("keys: the end of a thread is behind all of it, in both orders", () => {
  for (const sort of ["oldest", "newest"]) {
    assert.ok(compareKeys(keyOf("3.999.1"), end([3]), sort) < 0, sort);
    assert.ok(compareKeys(end([3]), keyOf("3"), sort) > 0, sort);
    assert.ok(compareKeys(keyOf("9"), end([]), sort) < 0, sort);
  }
  assert.ok(compareKeys(end([3]), keyOf("4"), "oldest") < 0);
  assert.ok(compareKeys(end([3]), keyOf("2"), "newest") < 0);
});

test("ranges: has what lies between both ends", () => {
  const ranges = new Ranges("oldest");
  ranges.add([], keyOf("2.1"));
  assert.deepEqual(["1", "1.9.9", "2", "2.1"].map((n) => ranges.has(keyOf(n))), [true, true, true, true]);
  assert.deepEqual(["2.1.1", "2.2", "3"].map((n) => ranges.has(keyOf(n))), [false, false, false]);
});

test("ranges: those that touch become one, whatever the order", () => {
  const parts = [[[], [2]], [[2], [5]], [[5], end([])]];
  for (const turn of [[0, 1, 2], [2, 1, 0], [1, 2, 0], [0, 2, 1]]) {
    const ranges = new Ranges("oldest");
    for (const i of turn) ranges.add(...parts[i]);
    assert.deepEqual(ranges.list, [{ from: [], to: [Infinity] }]);
  }
});

test("ranges: a thread loaded on its own leaves the rest out", () => {
  const ranges = new Ranges("oldest");
  ranges.add([], keyOf("2"));
  ranges.add(keyOf("7"), end([7]));
  assert.equal(ranges.has(keyOf("7.3.1")), true);
  assert.equal(ranges.has(keyOf("8")), false);
  assert.equal(ranges.has(keyOf("3")), false);
});
