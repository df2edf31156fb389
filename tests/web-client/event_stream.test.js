import assert from "node:assert/strict";
import test from "node:test";
import { EventStream } from "../../web-client/src/event_stream.js";
import { BACKOFF_BASE_MS, FIRST_FRAME_MAX_MS, SILENCE_MAX_MS } from "../../web-client/src/lifeline.js";
import { FakeClock, FakeStream } from "./support/fakes.js";

const topic = "discussion:d";
const subscribed = { type: "subscribed", topic, epoch: "e1", seq: 41 };
const updateFrame = (prev, seq) => ({ type: "update", topic, epoch: "e1", prev, seq, comment_count: 1 });

function rig({ verdict = () => "applied" } = {}) {
  const clock = new FakeClock();
  const streams = [];
  const seen = { statuses: [], updates: [], reloads: [], messages: [], failed: 0 };
  const held = { position: { epoch: "e1", seq: 41 } };
  const stream = new EventStream({
    url: "http://h/api/v1/discussions/d/events", discussion: "d",
    handlers: {
      position: () => held.position,
      status: (status) => seen.statuses.push(status),
      update: (frame) => (seen.updates.push(frame), verdict(frame)),
      reload: (frame) => seen.reloads.push(frame.reason),
      message: (frame) => seen.messages.push(frame),
      failed: () => ++seen.failed,
    },
    surroundings: { makeStream: (url) => (streams.push(new FakeStream(url)), streams.at(-1)), ...clock, random: () => 0.5 },
  });
  stream.start();
  return { clock, streams, seen, held, stream, last: () => streams.at(-1) };
}

test("stream: asks since the position; frames mean what they mean on a socket", () => {
  const { last, seen } = rig();
  assert.equal(last().url, "http://h/api/v1/discussions/d/events?epoch=e1&since=41");
  last().open();
  last().deliver(subscribed);
  last().deliver(updateFrame(41, 42));
  last().deliver({ type: "presence", topic, reading: 7 });
  assert.deepEqual(seen.statuses, ["connecting", "live"]);
  assert.deepEqual([seen.updates.length, seen.messages.length], [1, 1]);
});

test("stream: a loss closes it, and our own backoff opens another from where the page is", () => {
  const { clock, streams, last, held, seen } = rig();
  last().deliver(subscribed);
  held.position = { epoch: "e1", seq: 77 };
  last().drop();
  assert.equal(streams[0].isClosed, true, "else the browser would come back by itself");
  assert.deepEqual([streams.length, clock.pending], [1, [BACKOFF_BASE_MS / 2]]);
  clock.advance(BACKOFF_BASE_MS);
  assert.match(last().url, /since=77$/);
  assert.deepEqual(seen.statuses, ["connecting", "live", "reconnecting"]);
});

test("stream: 40 s without a frame and it is dead; a first frame is expected much sooner", () => {
  const { clock, streams, last, seen } = rig();
  last().open();
  clock.advance(FIRST_FRAME_MAX_MS);
  assert.deepEqual([streams[0].isClosed, seen.failed], [true, 1], "a proxy keeps the frames to itself");
  clock.advance(BACKOFF_BASE_MS);
  last().deliver(subscribed);
  clock.advance(SILENCE_MAX_MS - 1);
  assert.equal(streams.length, 2);
  clock.advance(1);
  assert.equal(streams[1].isClosed, true);
  assert.equal(seen.failed, 1, "that one has carried frames");
});

test("stream: what is missing is asked for by another stream, and nothing looks lost", () => {
  const { clock, streams, last, seen } = rig({ verdict: () => "gap" });
  last().deliver(subscribed);
  last().deliver(updateFrame(50, 51));
  assert.equal(streams[0].isClosed, true);
  clock.advance(2_000);
  assert.equal(streams.length, 2);
  assert.match(last().url, /since=41$/);
  assert.deepEqual(seen.statuses, ["connecting", "live"]);
});

test("stream: reload: read again, then another stream from there", () => {
  const { clock, streams, last, seen, held, stream } = rig();
  last().deliver(subscribed);
  last().deliver({ type: "reload", topic, epoch: "e2", reason: "epoch" });
  assert.equal(streams[0].isClosed, true, "else its end, which comes next, would look like a loss");
  assert.deepEqual([seen.reloads, seen.updates, seen.statuses.at(-1)], [["epoch"], [], "live"]);
  held.position = { epoch: "e2", seq: 3 };
  stream.subscribe();
  clock.advance(0);
  assert.match(last().url, /epoch=e2&since=3$/);
  assert.deepEqual(seen.statuses, ["connecting", "live"]);
});

test("stream: windows that cannot be read again after a reload do not end it for good", () => {
  const { clock, streams, last } = rig();
  last().deliver(subscribed);
  last().deliver({ type: "reload", topic, epoch: "e2", reason: "epoch" });
  clock.advance(SILENCE_MAX_MS + BACKOFF_BASE_MS);
  assert.equal(streams.length, 2);
});

test("stream: an unknown discussion is not asked for again", () => {
  const { clock, last, seen } = rig();
  last().deliver({ type: "error", topic, code: "unknown_discussion", message: "" });
  assert.deepEqual([seen.statuses.at(-1), clock.pending], ["closed", []]);
});

test("stream: stop leaves nothing behind", () => {
  const { clock, last, stream, seen } = rig();
  stream.stop();
  assert.deepEqual([last().isClosed, clock.pending], [true, []]);
  last().deliver(subscribed);
  assert.deepEqual(seen.statuses, ["connecting"]);
  stream.start();
  stream.hurry();
  assert.equal(seen.statuses.length, 2);
});
