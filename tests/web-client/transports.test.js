// The three ways put together as a page has them, and the same story told by each.

import assert from "node:assert/strict";
import test from "node:test";
import { makeTransport } from "../../web-client/src/browser_transport.js";
import { ANSWER_MAX_MS } from "../../web-client/src/lifeline.js";
import { POLL_EVERY_MS } from "../../web-client/src/polling.js";
import { FakeSocket, FakeStream, gate, problem, settle } from "./support/fakes.js";
import { openPage } from "./support/page.js";
import { comment, score, tombstone, update, windowOf } from "./support/wire.js";

/** A page in a network that lets through what `network` says. */
async function open(network, comments = [comment("1", "1")]) {
  const sockets = [];
  const streams = [];
  const story = { epoch: "e1", seq: 10, comment_count: 1, changes: [] };
  const page = await openPage({
    comments,
    transport: ({ api, handlers, clock }) => makeTransport({
      server: "http://h", discussion: "d", api, handlers,
      surroundings: {
        ...clock, random: () => 0.5,
        makeSocket: (url, protocol) => (sockets.push(new FakeSocket(url, protocol)), sockets.at(-1)),
        makeStream: (url) => (streams.push(new FakeStream(url)), streams.at(-1)),
      },
    }),
  });
  const merged = (since) => {
    const parts = story.changes.filter(({ seq }) => seq > since);
    return update(since, story.seq, {
      epoch: story.epoch, comment_count: story.comment_count,
      comments: parts.flatMap((part) => part.comments ?? []), scores: parts.flatMap((part) => part.scores ?? []),
    });
  };
  page.server.on("GET /discussions/d/changes", ({ path }) => {
    const query = new URLSearchParams(path.split("?")[1]);
    if (query.get("epoch") !== story.epoch) return problem(409, "reload");
    return merged(Number(query.get("since")));
  });
  const world = {
    page, sockets, streams, story, network,
    /** What the network and the server do until nothing is left to do. */
    async turn() {
      for (let i = 0; i < 12; ++i) {
        for (const socket of sockets.filter((one) => !one.isClosed && !one.seen)) {
          socket.seen = true;
          if (world.network === "websocket") socket.open();
          else socket.drop();
        }
        for (const stream of streams.filter((one) => !one.isClosed && !one.seen)) {
          stream.seen = true;
          if (world.network === "polling") stream.open(); // And a proxy keeps all frames to itself.
          else world.answer(stream, stream.url.split("?")[1]);
        }
        for (const socket of sockets.filter((one) => !one.isClosed)) {
          for (const { since, epoch } of socket.sent.splice(0)) world.answer(socket, `epoch=${epoch}&since=${since}`);
        }
        await settle();
        const [next] = page.clock.pending;
        if (page.model.live.transport === world.network && ["live", "polling"].includes(page.model.live.status)) return;
        page.clock.advance(Math.min(next ?? 0, ANSWER_MAX_MS));
        await settle();
      }
    },
    answer(to, query) {
      const { epoch, since } = Object.fromEntries(new URLSearchParams(query));
      if (epoch !== story.epoch) return to.deliver({ type: "reload", topic: "discussion:d", epoch: story.epoch, reason: "epoch" });
      to.deliver({ type: "subscribed", topic: "discussion:d", epoch, seq: story.seq });
      if (Number(since) < story.seq) to.deliver(merged(Number(since)));
    },
    /** One more changeset, told to whoever listens. */
    async happens(count, change) {
      const frame = update(story.seq, ++story.seq, { epoch: story.epoch, comment_count: count, ...change(story.seq) });
      story.comment_count = count;
      story.changes.push(frame);
      const [socket, stream] = [sockets.at(-1), streams.at(-1)];
      if (world.network === "websocket" && !socket.isClosed) socket.deliver(frame);
      if (world.network === "stream" && stream && !stream.isClosed) stream.deliver(frame);
      await settle();
    },
  };
  await world.turn();
  return world;
}

for (const way of ["websocket", "stream", "polling"]) {
  test(`transports: by ${way} the page comes to the same state`, async () => {
    const { page, happens, story, turn, ...world } = await open(way);
    assert.equal(page.model.live.transport, way);
    await happens(2, (seq) => ({ comments: [comment("2", "2", { seq })] }));
    await happens(2, (seq) => ({ scores: [score("1", 5, seq, 1)] }));
    await happens(3, (seq) => ({ comments: [comment("3", "1.1", { parent: "1", seq, by: "ben" })] }));
    await happens(2, (seq) => ({ comments: [tombstone("2", "2", { seq })] }));
    if (way === "polling") page.clock.advance(POLL_EVERY_MS * 1.2);
    await settle();
    assert.deepEqual(page.model.state.position, { epoch: "e1", seq: 14 });
    const fresh = windowOf([comment("1", "1", { seq: 12, score: 5, replies: 1 }), comment("3", "1.1", { parent: "1", seq: 13, by: "ben" })], { seq: 14 });
    const { DiscussionState } = await import("../../web-client/src/store/discussion_state.js");
    assert.equal(page.model.digest, new DiscussionState(fresh).digest());
    // Another history.
    Object.assign(story, { epoch: "e2", seq: 3, changes: [] });
    page.content.window = windowOf([comment("9", "1", { seq: 2 })], { epoch: "e2", seq: 3 });
    const channel = way === "websocket" ? world.sockets.at(-1) : way === "stream" ? world.streams.at(-1) : null;
    channel?.deliver({ type: "reload", topic: "discussion:d", epoch: "e2", reason: "epoch" });
    if (way === "polling") page.clock.advance(POLL_EVERY_MS * 1.2);
    await settle();
    await turn();
    assert.deepEqual([page.ids, page.model.state.position], [["9"], { epoch: "e2", seq: 3 }]);
  });
}

test("transports: polling never says live, and up to date for no longer than an answer proves it", async () => {
  const { page } = await open("polling");
  assert.deepEqual([page.model.live.status, page.model.isUpToDate], ["polling", true]);
  page.server.on("GET /discussions/d/changes", () => gate().promise);
  page.clock.advance(19_999);
  assert.equal(page.model.isUpToDate, true);
  page.clock.advance(1);
  assert.deepEqual([page.model.live.status, page.model.isUpToDate], ["reconnecting", false], "the next question has no answer");
});

test("transports: a network that gets better is noticed, and nothing is missed on the way", async () => {
  const world = await open("polling");
  const { page, happens } = world;
  world.network = "websocket";
  await happens(2, (seq) => ({ comments: [comment("2", "2", { seq })] }));
  for (let i = 0; i < 40 && page.model.live.transport !== "websocket"; ++i) {
    page.clock.advance(10_000);
    await world.turn();
  }
  assert.deepEqual([page.model.live.transport, page.model.live.status, page.ids], ["websocket", "live", ["1", "2"]]);
  await happens(3, (seq) => ({ comments: [comment("3", "3", { seq })] }));
  assert.deepEqual(page.ids, ["1", "2", "3"]);
});

test("transports: while the ways are tried, what changed is seen already", async () => {
  const sockets = [];
  const page = await openPage({
    comments: [comment("1", "1")],
    transport: ({ api, handlers, clock }) => makeTransport({
      server: "http://h", discussion: "d", api, handlers,
      surroundings: { ...clock, random: () => 0.5, makeStream: (url) => new FakeStream(url),
        makeSocket: (url, protocol) => (sockets.push(new FakeSocket(url, protocol)), sockets.at(-1)) },
    }),
  });
  page.server.on("GET /discussions/d/changes", () => update(10, 11, { comments: [comment("2", "2", { seq: 11 })] }));
  sockets[0].drop();
  await settle();
  assert.deepEqual(page.ids, ["1", "2"]);
  assert.equal(page.server.requests.at(-1).cache, "no-cache");
});

test("transports: polling asks at once after a write of the viewer", async () => {
  const { page } = await open("polling");
  await page.signIn();
  page.server.on("PUT /comments/1/vote", () => ({ id: "1", up: 1, down: 0, score: 1, seq: 11 }));
  const asked = () => page.server.requests.filter(({ path }) => path.includes("/changes")).length;
  const before = asked();
  await page.writer.vote("1", 1);
  await settle();
  assert.equal(asked(), before + 1);
});
