import assert from "node:assert/strict";
import test from "node:test";
import { TransportChoice, TRY_BETTER_EVERY_MS } from "../../web-client/src/transport_choice.js";
import { FakeClock, settle } from "./support/fakes.js";

/** A transport that does what a test says. */
class FakeTransport {
  isRunning = false;
  calls = [];

  constructor(name, handlers) {
    this.name = name;
    this.handlers = handlers;
  }

  start() {
    this.isRunning = true;
    this.handlers.status("connecting");
  }

  stop() {
    this.isRunning = false;
  }

  subscribe() {
    this.calls.push("subscribe");
  }

  hurry() {
    this.calls.push("hurry");
  }
}

function rig() {
  const clock = new FakeClock();
  const made = [];
  const seen = { statuses: [], via: [], updates: [], probes: 0 };
  const world = { isReachable: true };
  const candidate = (name, failuresMax) => ({
    name, failuresMax, make: (handlers) => (made.push(new FakeTransport(name, handlers)), made.at(-1)),
  });
  const choice = new TransportChoice({
    candidates: [candidate("websocket", 3), candidate("stream", 2), candidate("polling", Infinity)],
    handlers: {
      position: () => ({ epoch: "e1", seq: 1 }),
      status: (status) => seen.statuses.push(status),
      update: (frame) => (seen.updates.push(frame.seq), "applied"),
      reload: () => {},
      message: () => {},
      via: (name) => seen.via.push(name),
    },
    probe: () => (++seen.probes, Promise.resolve(world.isReachable)),
    surroundings: { ...clock, random: () => 0.5 },
  });
  choice.start();
  const rigged = {
    clock, made, seen, world, choice,
    get running() {
      return made.filter((one) => one.isRunning).map(({ name }) => name);
    },
    /** The transport that was made last has mute attempts. */
    async fail(times) {
      const one = made.at(-1);
      for (let i = 0; i < times; ++i) {
        one.handlers.failed();
        await settle();
      }
    },
  };
  return rigged;
}

test("choice: the WebSocket, as long as it works", async () => {
  const { made, seen, clock } = rig();
  made[0].handlers.status("live");
  assert.equal(made[0].handlers.update({ seq: 2 }), "applied");
  clock.advance(60 * 60_000);
  await settle();
  assert.deepEqual([seen.via, seen.statuses, made.length, seen.probes], [["websocket"], ["connecting", "live"], 1, 0]);
});

test("choice: mute attempts in a row, while HTTP works, and the next one is used", async () => {
  const one = rig();
  await one.fail(2);
  assert.deepEqual(one.running, ["websocket"]);
  await one.fail(1);
  assert.deepEqual(one.running, ["stream"]);
  await one.fail(2);
  assert.deepEqual(one.running, ["polling"]);
  await one.fail(50);
  assert.deepEqual([one.running, one.seen.via], [["polling"], ["websocket", "stream", "polling"]]);
});

test("choice: a server that is down is waited for, not polled", async () => {
  const one = rig();
  one.world.isReachable = false;
  await one.fail(20);
  assert.deepEqual(one.running, ["websocket"]);
  // It is up again: only attempts from then on count.
  one.world.isReachable = true;
  await one.fail(2);
  assert.deepEqual(one.running, ["websocket"]);
});

test("choice: attempts count only while none works between them", async () => {
  const one = rig();
  await one.fail(2);
  one.made[0].handlers.status("live");
  await one.fail(2);
  assert.deepEqual(one.running, ["websocket"]);
});

test("choice: from a fallback the better ones are tried beside it, unheard", async () => {
  const one = rig();
  await one.fail(3);
  one.made[1].handlers.status("live");
  const before = [...one.seen.statuses];
  one.clock.advance(TRY_BETTER_EVERY_MS);
  assert.deepEqual(one.running, ["stream", "websocket"]);
  const trial = one.made.at(-1);
  assert.equal(trial.handlers.update({ seq: 5 }), "ignored");
  trial.handlers.status("reconnecting");
  trial.handlers.failed();
  await settle();
  assert.deepEqual(one.running, ["stream"]);
  assert.deepEqual([one.seen.statuses, one.seen.updates], [before, []], "the reader has not noticed");
  one.clock.advance(TRY_BETTER_EVERY_MS);
  assert.deepEqual(one.running, ["stream", "websocket"], "and again later");
});

test("choice: what works on trial is taken, and what it brings is heard from its first frame on", async () => {
  const one = rig();
  await one.fail(3);
  await one.fail(2);
  one.made[2].handlers.status("polling");
  one.clock.advance(TRY_BETTER_EVERY_MS);
  one.made.at(-1).handlers.failed();
  assert.deepEqual(one.running, ["polling", "stream"], "the best first, then the next");
  const trial = one.made.at(-1);
  trial.handlers.status("live");
  trial.handlers.update({ seq: 9 });
  assert.deepEqual(one.running, ["stream"]);
  assert.deepEqual([one.seen.via.at(-1), one.seen.statuses.at(-1), one.seen.updates], ["stream", "live", [9]]);
  one.made[2].handlers.update({ seq: 10 });
  assert.deepEqual(one.seen.updates, [9], "the old one is not heard any more");
  one.clock.advance(TRY_BETTER_EVERY_MS);
  one.made.at(-1).handlers.status("live");
  assert.deepEqual(one.running, ["websocket"]);
  one.clock.advance(60 * 60_000);
  assert.equal(one.made.length, 6, "there is nothing better to try");
});

test("choice: what worked is remembered while the page is away", async () => {
  const one = rig();
  await one.fail(3);
  one.choice.stop();
  assert.deepEqual([one.running, one.clock.pending], [[], []]);
  one.choice.start();
  assert.deepEqual(one.running, ["stream"]);
});

test("choice: a probe that comes back after the page has gone changes nothing", async () => {
  const one = rig();
  await one.fail(2);
  one.made[0].handlers.failed();
  one.choice.stop();
  await settle();
  assert.deepEqual([one.running, one.made.length], [[], 1]);
});

test("choice: a reader who comes back is served at once, and the better one tried soon", async () => {
  const one = rig();
  await one.fail(3);
  one.choice.subscribe();
  one.choice.hurry();
  assert.deepEqual([one.made[1].calls, one.running], [["subscribe", "hurry"], ["stream"]]);
  one.clock.advance(60_000);
  one.choice.hurry();
  one.choice.hurry();
  assert.deepEqual(one.running, ["stream", "websocket"]);
});

test("choice: what the server has closed is not tried by other ways", () => {
  const one = rig();
  one.made[0].handlers.status("closed");
  assert.deepEqual([one.seen.statuses.at(-1), one.clock.pending], ["closed", []]);
});
