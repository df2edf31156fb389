import assert from "node:assert/strict";
import test from "node:test";
import { Connection } from "../../web-client/src/connection.js";
import { ANSWER_MAX_MS, BACKOFF_BASE_MS, FIRST_FRAME_MAX_MS, SILENCE_MAX_MS } from "../../web-client/src/lifeline.js";
import { FakeClock, FakeSocket } from "./support/fakes.js";

function rig({ random = () => 0.5, position = { epoch: "e1", seq: 41 }, verdict = () => "applied", makeSocket } = {}) {
  const clock = new FakeClock();
  const sockets = [];
  const seen = { statuses: [], updates: [], reloads: 0, messages: [], failed: 0 };
  const held = { position };
  const connection = new Connection({
    url: "ws://h/api/v1/live", discussion: "d",
    handlers: {
      position: () => held.position,
      status: (status) => seen.statuses.push(status),
      update: (frame) => (seen.updates.push(frame), verdict(frame)),
      reload: () => void ++seen.reloads,
      message: (frame) => seen.messages.push(frame),
      failed: () => ++seen.failed,
    },
    surroundings: {
      makeSocket: makeSocket ?? ((url, protocol) => (sockets.push(new FakeSocket(url, protocol)), sockets.at(-1))),
      ...clock, random, isOnline: () => true,
    },
  });
  connection.start();
  return { clock, sockets, seen, held, connection, last: () => sockets.at(-1) };
}

const subscribed = { type: "subscribed", topic: "discussion:d", epoch: "e1", seq: 41 };
const updateFrame = (prev, seq) => ({ type: "update", topic: "discussion:d", epoch: "e1", prev, seq, comment_count: 1 });

test("subscribes since the position that the page holds", () => {
  const { last, seen } = rig();
  assert.equal(last().protocol, "parley.v1");
  last().open();
  assert.deepEqual(last().sent, [{ type: "subscribe", topic: "discussion:d", epoch: "e1", since: 41 }]);
  last().deliver(subscribed);
  last().deliver(updateFrame(41, 42));
  assert.deepEqual(seen.statuses, ["connecting", "live"]);
  assert.equal(seen.updates.length, 1);
});

test("what is not a frame of ours is dropped", () => {
  const { last, seen } = rig();
  last().open();
  for (const junk of ["", "{", "null", "[]", "7", '{"type":7}', '{"type":"update"}', { ...updateFrame(9, 9) },
    { ...updateFrame(41, 42), topic: "discussion:other" }, { type: "from-the-future" }]) last().deliver(junk);
  assert.equal(seen.updates.length, 0);
  assert.equal(seen.reloads, 0);
});

test("a gap asks for the changes since the position, once until the answer", () => {
  const { last } = rig({ verdict: () => "gap" });
  last().open();
  last().deliver(subscribed);
  last().deliver(updateFrame(50, 51));
  last().deliver(updateFrame(51, 52));
  assert.equal(last().sent.length, 2);
  last().deliver(subscribed);
  last().deliver(updateFrame(52, 53));
  assert.equal(last().sent.length, 3);
});

test("reload: read again, then follow from there; updates meanwhile are not applied", () => {
  const { last, seen, held, connection } = rig();
  last().open();
  last().deliver({ type: "reload", topic: "discussion:d", epoch: "e2", reason: "epoch" });
  last().deliver({ type: "reload", topic: "discussion:d", epoch: "e2", reason: "epoch" });
  assert.equal(seen.reloads, 1);
  last().deliver(updateFrame(41, 42));
  assert.equal(seen.updates.length, 0);
  held.position = { epoch: "e2", seq: 3 };
  connection.subscribe();
  assert.deepEqual(last().sent.at(-1), { type: "subscribe", topic: "discussion:d", epoch: "e2", since: 3 });
});

test("an update of another history is a reload", () => {
  const { last, seen } = rig({ verdict: () => "reset" });
  last().open();
  last().deliver(updateFrame(41, 42));
  assert.equal(seen.reloads, 1);
});

test("backoff: full jitter under a ceiling that doubles from 0.5 s to 30 s", () => {
  const { clock, sockets, last } = rig({ random: () => 0.999999 });
  const delays = [];
  for (let i = 0; i < 9; ++i) {
    last().drop();
    delays.push(Math.round(clock.pending[0]));
    const count = sockets.length;
    clock.advance(clock.pending[0]);
    assert.equal(sockets.length, count + 1);
  }
  assert.deepEqual(delays, [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]);
});

test("backoff begins anew only after a connection that lasted", () => {
  const { clock, last } = rig({ random: () => 0.999999 });
  const loseAfter = (ms) => {
    last().open();
    last().deliver(subscribed);
    clock.advance(ms);
    last().drop();
    const [delay] = clock.pending;
    clock.advance(delay);
    return Math.round(delay);
  };
  assert.deepEqual([loseAfter(0), loseAfter(0), loseAfter(0), loseAfter(11_000), loseAfter(0)], [500, 1000, 2000, 500, 1000]);
});

test("status: reconnecting at first, offline when it goes on, live again", () => {
  const { clock, last, seen } = rig();
  last().open();
  last().deliver(subscribed);
  for (let i = 0; i < 5; ++i) {
    last().drop();
    clock.advance(clock.pending[0]);
  }
  last().open();
  last().deliver(subscribed);
  assert.deepEqual(seen.statuses, ["connecting", "live", "reconnecting", "offline", "live"]);
});

test("resumes from where the page is by then", () => {
  const { clock, last, held } = rig();
  last().open();
  last().deliver(subscribed);
  held.position = { epoch: "e1", seq: 77 };
  last().drop();
  clock.advance(1000);
  last().open();
  assert.equal(last().sent[0].since, 77);
});

test("close codes: 1012 at the moment or within the spread that is given, 1013 later, 4xxx never", () => {
  const after = (code, reason = "") => {
    const one = rig({ random: () => 0.5 });
    one.last().open();
    one.last().deliver(subscribed);
    one.last().drop(code, reason);
    return { delay: one.clock.pending[0] ?? null, status: one.seen.statuses.at(-1) };
  };
  assert.deepEqual(after(1012, '{"spread_ms":8000}'), { delay: 4000, status: "reconnecting" });
  assert.deepEqual(after(1012, '{"retry_after_ms":1234,"spread_ms":8000}'), { delay: 1234, status: "reconnecting" });
  assert.deepEqual(after(1012, '{"retry_after_ms":0,"spread_ms":0}'), { delay: 0, status: "reconnecting" });
  assert.deepEqual(after(1012, '{"retry_after_ms":99999999}'), { delay: 60000, status: "reconnecting" });
  assert.deepEqual(after(1012, '{"retry_after_ms":-1,"spread_ms":8000}'), { delay: 4000, status: "reconnecting" });
  assert.deepEqual(after(1012, "null"), { delay: 2500, status: "reconnecting" });
  assert.deepEqual(after(1012, "soon"), { delay: 2500, status: "reconnecting" });
  assert.deepEqual(after(1012, '{"spread_ms":99999999}'), { delay: 30000, status: "reconnecting" });
  assert.deepEqual(after(1013), { delay: 22500, status: "reconnecting" });
  assert.deepEqual(after(4002), { delay: null, status: "closed" });
  assert.deepEqual(after(1006), { delay: 250, status: "reconnecting" });
});

test("40 s without a frame: the socket is dead", () => {
  const { clock, sockets, last } = rig();
  last().open();
  last().deliver(subscribed);
  clock.advance(SILENCE_MAX_MS - 1);
  last().deliver({ type: "current", topic: "discussion:d", epoch: "e1", seq: 41 });
  clock.advance(SILENCE_MAX_MS - 1);
  assert.equal(sockets.length, 1);
  clock.advance(1000);
  assert.equal(sockets[0].isClosed, true);
  assert.equal(sockets.length, 2);
});

test("a socket that never opens, or opens and stays mute, is given up sooner", () => {
  const { clock, sockets, last, seen } = rig();
  clock.advance(ANSWER_MAX_MS - 1);
  last().open();
  clock.advance(FIRST_FRAME_MAX_MS - 1);
  assert.deepEqual([sockets.length, seen.failed], [1, 0]);
  clock.advance(1);
  assert.deepEqual([sockets[0].isClosed, seen.failed], [true, 1]);
  clock.advance(BACKOFF_BASE_MS);
  assert.equal(sockets.length, 2);
  clock.advance(ANSWER_MAX_MS);
  assert.equal(seen.failed, 2);
});

test("an attempt that heard a word, or was closed with a reason, is no mute one", () => {
  for (const end of [
    (socket) => socket.drop(1012), (socket) => socket.drop(1013), (socket) => socket.drop(4002),
    (socket) => socket.deliver({ type: "error", code: "busy" }),
    (socket) => (socket.deliver(subscribed), socket.drop()),
  ]) {
    const { last, seen } = rig();
    last().open();
    end(last());
    assert.equal(seen.failed, 0);
  }
});

test("a socket that cannot even be made is an attempt that failed", () => {
  let made = 0;
  const { clock, seen } = rig({ makeSocket: () => {
    ++made;
    throw new DOMException("forbidden", "SecurityError");
  } });
  assert.deepEqual([made, seen.failed, seen.statuses], [1, 1, ["connecting", "reconnecting"]]);
  clock.advance(clock.pending[0]);
  assert.equal(made, 2);
});

test("a current that is ahead of the page asks for what is missing", () => {
  const { last, seen } = rig();
  last().open();
  last().deliver(subscribed);
  last().deliver({ type: "current", topic: "discussion:d", epoch: "e1", seq: 41 });
  assert.equal(last().sent.length, 1);
  last().deliver({ type: "current", topic: "discussion:d", epoch: "e1", seq: 44 });
  assert.equal(last().sent.length, 2);
  assert.equal(seen.messages.length, 2);
});

test("an unknown discussion is not asked for again; a busy server is", () => {
  const refused = (code) => {
    const one = rig();
    one.last().open();
    one.last().deliver({ type: "error", code, topic: "discussion:d", message: "" });
    return { status: one.seen.statuses.at(-1), timers: one.clock.pending.length };
  };
  assert.deepEqual(refused("unknown_discussion"), { status: "closed", timers: 0 });
  assert.deepEqual(refused("busy"), { status: "reconnecting", timers: 1 });
});

test("stop leaves nothing behind, start goes on", () => {
  const { clock, connection, last, seen, sockets } = rig();
  last().open();
  connection.stop();
  assert.deepEqual(clock.pending, []);
  assert.equal(last().isClosed, true);
  last().drop();
  assert.deepEqual(seen.statuses, ["connecting"]);
  connection.start();
  assert.equal(sockets.length, 2);
});

test("hurry: a reader who comes back does not wait for the backoff", () => {
  const { connection, last, sockets } = rig();
  last().drop();
  connection.hurry();
  assert.equal(sockets.length, 2);
  connection.hurry();
  assert.equal(sockets.length, 2, "one socket at a time");
});
