import assert from "node:assert/strict";
import test from "node:test";
import { ASK_AGAIN_MS, Counts, TOPICS_MAX } from "../../web-client/src/counts.js";
import { BACKOFF_BASE_MS, SILENCE_MAX_MS } from "../../web-client/src/lifeline.js";
import { FakeClock, FakeSocket } from "./support/fakes.js";

function rig() {
  const clock = new FakeClock();
  /** @type {FakeSocket[]} */
  const sockets = [];
  const counts = new Counts({
    url: "ws://h/api/v1/live",
    surroundings: {
      makeSocket: (url, protocol) => /** @type {any} */ (sockets[sockets.push(new FakeSocket(url, protocol)) - 1]),
      ...clock, random: () => 0.5, isOnline: () => true,
    },
  });
  return { clock, sockets, counts, last: () => sockets[sockets.length - 1] };
}

const settled = () => Promise.resolve();
const count = (/** @type {string} */ id, /** @type {number} */ number) => ({ type: "count", topic: `count:${id}`, id, epoch: "e", seq: 1, comment_count: number });

test("all elements of a page are asked for in one message, over one socket", async () => {
  const { counts, sockets, last } = rig();
  /** @type {any[]} */
  const seen = [];
  for (const id of ["a", "b", "a"]) counts.watch(id, (number) => seen.push([id, number]));
  last().open();
  await settled();
  assert.equal(sockets.length, 1);
  assert.equal(last().protocol, "parley.v1");
  assert.deepEqual(last().sent, [{ type: "subscribe", topics: ["count:a", "count:b"] }]);
  last().deliver({ type: "subscribed", topic: "count:a", epoch: "e", seq: 1 });
  last().deliver(count("a", 7));
  assert.deepEqual(seen, [["a", 7], ["a", 7]]);
});

test("one that comes later is asked for alone, and one that goes is let go", async () => {
  const { counts, last } = rig();
  counts.watch("a", () => {});
  last().open();
  await settled();
  const leave = counts.watch("b", () => assert.fail("it has gone"));
  await settled();
  leave();
  last().deliver(count("b", 1));
  assert.deepEqual(last().sent.slice(1), [{ type: "subscribe", topics: ["count:b"] }, { type: "unsubscribe", topic: "count:b" }]);
});

test("with the last one the socket goes", async () => {
  const { counts, sockets, last, clock } = rig();
  const leave = counts.watch("a", () => {});
  last().open();
  await settled();
  leave();
  assert.ok(last().isClosed);
  assert.deepEqual(clock.pending, []);
  counts.watch("a", () => {});
  assert.equal(sockets.length, 2);
});

test("a server that is lost is asked again for all, some time later", async () => {
  const { counts, sockets, last, clock } = rig();
  counts.watch("a", () => {});
  counts.watch("b", () => {});
  last().open();
  last().deliver(count("a", 7));
  last().drop();
  clock.advance(BACKOFF_BASE_MS);
  assert.equal(sockets.length, 2);
  last().open();
  await settled();
  assert.deepEqual(last().sent, [{ type: "subscribe", topics: ["count:a", "count:b"] }]);
});

test("where nothing changes it asks, and one that does not answer is lost", () => {
  const { counts, sockets, last, clock } = rig();
  counts.watch("a", () => {});
  last().open();
  last().deliver(count("a", 7));
  clock.advance(ASK_AGAIN_MS);
  assert.deepEqual(last().sent.at(-1), { type: "subscribe", topic: "count:a" });
  last().deliver(count("a", 7));
  clock.advance(SILENCE_MAX_MS + BACKOFF_BASE_MS);
  assert.equal(sockets.length, 2);
});

test("more than a connection may have are not asked for", async () => {
  const { counts, last } = rig();
  for (let i = 0; i < TOPICS_MAX + 50; ++i) counts.watch(`d${i}`, () => {});
  last().open();
  await settled();
  assert.deepEqual(last().sent.map(({ topics }) => topics.length), [100, 100]);
});
