import assert from "node:assert/strict";
import test from "node:test";
import { ApiError } from "../../web-client/src/api.js";
import { ANSWER_MAX_MS } from "../../web-client/src/lifeline.js";
import { POLL_EVERY_MS, POLL_HIDDEN_EVERY_MS, Polling } from "../../web-client/src/polling.js";
import { FakeClock, gate, settle } from "./support/fakes.js";

const nothingNew = ({ epoch, seq }) => ({ epoch, prev: seq, seq });
const refuse = (status, code, retryAfterMs) => () => {
  throw new ApiError({ status, code, message: code, retryAfterMs });
};

async function rig({ read = nothingNew, verdict = () => "ignored", random = () => 0.5 } = {}) {
  const clock = new FakeClock();
  const seen = { statuses: [], asked: [], updates: [], reloads: [], messages: [] };
  const held = { position: { epoch: "e1", seq: 41 }, read, isHidden: false };
  const polling = new Polling({
    read: async (position) => (seen.asked.push(position.seq), await held.read(position)),
    handlers: {
      position: () => held.position,
      status: (status) => seen.statuses.push(status),
      update: (frame) => (seen.updates.push(frame), verdict(frame)),
      reload: (frame) => seen.reloads.push(frame.reason ?? frame.epoch),
      message: (frame, ageMs) => seen.messages.push({ ...frame, ageMs }),
    },
    surroundings: { ...clock, random, isHidden: () => held.isHidden },
  });
  polling.start();
  await settle();
  return { clock, seen, held, polling };
}

test("polling: asks at once, then every few seconds with jitter", async () => {
  const { clock, seen } = await rig({ random: () => 0 });
  assert.deepEqual([seen.asked, seen.statuses], [[41], ["connecting", "polling"]]);
  assert.deepEqual(clock.pending, [POLL_EVERY_MS * 0.8]);
  clock.advance(POLL_EVERY_MS * 0.8);
  await settle();
  assert.equal(seen.asked.length, 2);
});

test("polling: slower while nobody looks, at once when somebody does again", async () => {
  const { clock, seen, held, polling } = await rig();
  held.isHidden = true;
  clock.advance(POLL_EVERY_MS);
  await settle();
  assert.deepEqual(clock.pending, [POLL_HIDDEN_EVERY_MS]);
  held.isHidden = false;
  polling.hurry();
  await settle();
  assert.equal(seen.asked.length, 3);
  assert.deepEqual(clock.pending, [POLL_EVERY_MS]);
});

test("polling: an answer is an update; it counts as current from the question on", async () => {
  const held = gate();
  const { clock, seen } = await rig({ read: async () => (await held.promise, { epoch: "e1", prev: 41, seq: 44, comment_count: 3 }) });
  clock.advance(700);
  held.open();
  await settle();
  assert.deepEqual(seen.updates, [{ type: "update", epoch: "e1", prev: 41, seq: 44, comment_count: 3 }]);
  assert.deepEqual(seen.messages, [{ type: "current", epoch: "e1", seq: 44, ageMs: 700 }]);
});

test("polling: not modified is current, too", async () => {
  const { seen } = await rig({ read: () => null });
  assert.deepEqual(seen.messages, [{ type: "current", epoch: "e1", seq: 41, ageMs: 0 }]);
});

test("polling: reload by problem or by another epoch: read again, then on from there at once", async () => {
  let mine = "e1";
  const { clock, seen, held, polling } = await rig({ read: refuse(409, "reload"), verdict: ({ epoch }) => (epoch === mine ? "ignored" : "reset") });
  clock.advance(POLL_EVERY_MS);
  await settle();
  assert.deepEqual([seen.reloads, seen.statuses], [["too_far"], ["connecting", "polling"]], "once, until it is done");
  held.read = () => ({ epoch: "e2", prev: 0, seq: 9 });
  polling.subscribe();
  await settle();
  assert.deepEqual(seen.reloads, ["too_far", "e2"]);
  mine = "e2";
  held.position = { epoch: "e2", seq: 9 };
  polling.subscribe();
  await settle();
  assert.equal(seen.asked.at(-1), 9);
  assert.equal(seen.messages.length, 1);
});

test("polling: what was asked before a write of the viewer is asked again after it", async () => {
  const held = gate();
  const { clock, seen, polling } = await rig({ read: async (position) => (await held.promise, nothingNew(position)) });
  polling.hurry();
  held.open();
  await settle();
  assert.deepEqual([seen.asked.length, clock.pending], [1, [0]]);
  clock.advance(0);
  await settle();
  assert.deepEqual([seen.asked.length, clock.pending], [2, [POLL_EVERY_MS]]);
});

test("polling: backs off with full jitter, says so, and comes back", async () => {
  const { clock, seen, held } = await rig({ read: refuse(0, "network") });
  const delays = [];
  for (let i = 0; i < 4; ++i) {
    delays.push(clock.pending[0]);
    clock.advance(clock.pending[0]);
    await settle();
  }
  assert.deepEqual(delays, [250, 500, 1000, 2000]);
  held.read = nothingNew;
  clock.advance(clock.pending[0]);
  await settle();
  assert.deepEqual(seen.statuses, ["connecting", "reconnecting", "offline", "polling"]);
});

test("polling: a busy server is left alone for as long as it asks for", async () => {
  const { clock } = await rig({ read: refuse(503, "busy", 40_000) });
  assert.deepEqual(clock.pending, [60_000]);
});

test("polling: a discussion that is not there is not asked for again", async () => {
  const { clock, seen } = await rig({ read: refuse(404, "unknown_discussion") });
  assert.deepEqual([seen.statuses.at(-1), clock.pending], ["closed", []]);
});

test("polling: an answer that comes too late, or after the end, is not heard", async () => {
  const late = gate();
  const { clock, seen, held, polling } = await rig({ read: async () => (await late.promise, { epoch: "e1", prev: 41, seq: 42 }) });
  held.read = nothingNew;
  clock.advance(ANSWER_MAX_MS + 250);
  await settle();
  assert.deepEqual([seen.asked.length, seen.statuses], [2, ["connecting", "reconnecting", "polling"]]);
  late.open();
  await settle();
  assert.equal(seen.updates.filter(({ seq }) => seq === 42).length, 0);
  const last = gate();
  held.read = async () => (await last.promise, { epoch: "e1", prev: 41, seq: 43 });
  clock.advance(POLL_EVERY_MS);
  polling.stop();
  last.open();
  await settle();
  assert.deepEqual([seen.updates.filter(({ seq }) => seq === 43).length, clock.pending], [0, []]);
});
