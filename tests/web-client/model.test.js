import assert from "node:assert/strict";
import test from "node:test";
import { gate, problem, settle } from "./support/fakes.js";
import { info, openPage } from "./support/page.js";
import { comment, score, tombstone, update, windowOf } from "./support/wire.js";

test("what the page carries is shown without a request, then followed from its position", async () => {
  const page = await openPage({ comments: [comment("1", "1")] });
  assert.deepEqual(page.server.requests, []);
  assert.deepEqual(page.ids, ["1"]);
  page.goLive();
  assert.deepEqual(page.socket.sent[0].since, 10);
  assert.equal(page.model.live.status, "live");
});

test("without it, the window and then the discussion are read first", async () => {
  const page = await openPage({ comments: [comment("1", "1")], carried: false });
  assert.deepEqual(page.server.requests.map(({ path }) => path), ["/discussions/d/comments?limit=100", "/discussions/d"]);
  assert.equal(page.model.phase, "ready");
});

test("a discussion that cannot be read says why, and is tried again unless that is pointless", async () => {
  const page = await openPage({ carried: false, info: {} });
  page.model.state = null;
  page.server.on("GET /discussions/d", () => problem(404, "unknown_discussion"));
  await page.model.start(null);
  assert.deepEqual([page.model.phase, page.model.problem], ["failed", "About unknown_discussion."]);
  page.clock.advance(60_000);
  await settle();
  page.server.on("GET /discussions/d", () => "lost");
  await page.model.start(null);
  page.server.on("GET /discussions/d", () => info);
  page.clock.advance(5_000);
  await settle();
  assert.equal(page.model.phase, "ready");
});

test("updates show at once; comments of others are news, and some may have to wait for their room", async () => {
  const page = await openPage({ comments: [comment("1", "1"), comment("3", "3")] });
  page.goLive();
  page.model.mustWait = (ids) => ids.filter((id) => id === "2");
  page.socket.deliver(update(10, 12, { comment_count: 4, comments: [comment("2", "2", { seq: 11 }), comment("4", "4", { seq: 12 })] }));
  assert.deepEqual(page.ids, ["1", "2", "3", "4"]);
  assert.deepEqual(page.events, [["arrived", 2]]);
  assert.deepEqual(["2", "4"].map((id) => [page.model.node(id).fresh, page.model.node(id).waiting]), [[true, true], [true, false]]);
  page.model.reveal(["2"]);
  page.model.seen(["2", "4"]);
  assert.deepEqual(["2", "4"].map((id) => [page.model.node(id).fresh, page.model.node(id).waiting]), [[false, false], [false, false]]);
});

test("the discussion's own changes show, too", async () => {
  const page = await openPage();
  page.goLive();
  page.socket.deliver(update(10, 11, { discussion: { state: "locked", title: "New" } }));
  assert.equal(page.model.isLocked, true);
  assert.equal(page.model.info.title, "New");
  assert.equal(page.model.info.id, "d");
});

test("up to date: only by a current message of the last 20 s that is not ahead", async () => {
  const page = await openPage();
  page.goLive();
  assert.equal(page.model.isUpToDate, false);
  const current = (seq, epoch = "e1") => page.socket.deliver({ type: "current", topic: "discussion:d", epoch, seq });
  current(10);
  assert.equal(page.model.isUpToDate, true);
  page.clock.advance(19_000);
  assert.equal(page.model.isUpToDate, true);
  page.clock.advance(1_500);
  assert.equal(page.model.isUpToDate, false);
  current(11);
  assert.equal(page.model.isUpToDate, false);
  current(10, "e9");
  assert.equal(page.model.isUpToDate, false);
  current(10);
  page.socket.drop();
  assert.equal(page.model.isUpToDate, false);
});

test("what is old looks old after 10 s, not at once", async () => {
  const page = await openPage();
  page.goLive();
  page.socket.drop(1013);
  page.clock.advance(9_000);
  assert.equal(page.model.live.isStale, false);
  page.clock.advance(2_000);
  assert.equal(page.model.live.isStale, true);
  page.clock.advance(60_000);
  page.goLive();
  assert.equal(page.model.live.isStale, false);
});

test("reload: what is shown stays until it has been read again; then on from there", async () => {
  const page = await openPage({ comments: [comment("1", "1"), comment("2", "2")] });
  page.goLive();
  const held = gate();
  page.server.on("GET /discussions/d/comments", async () => {
    await held.promise;
    return windowOf([comment("1", "1", { seq: 3 }), comment("9", "3", { seq: 5 })], { epoch: "e2", seq: 5 });
  });
  page.socket.deliver({ type: "reload", topic: "discussion:d", epoch: "e2", reason: "epoch" });
  await settle();
  assert.deepEqual(page.ids, ["1", "2"]);
  held.open();
  await settle();
  assert.deepEqual(page.ids, ["1", "9"]);
  assert.deepEqual(page.socket.sent.at(-1), { type: "subscribe", topic: "discussion:d", epoch: "e2", since: 5 });
  assert.deepEqual([...page.model.fresh], ["9"]);
});

test("reload: as much as was shown is read, and tried again until it works", async () => {
  const many = Array.from({ length: 150 }, (_, i) => comment(String(i + 1), String(i + 1)));
  const page = await openPage({ comments: many });
  page.goLive();
  const answers = ["lost", "lost", "lost", "lost", windowOf(many.slice(0, 149), { seq: 30, next_cursor: "c" }), windowOf(many.slice(149), { seq: 31 })];
  page.server.on("GET /discussions/d/comments", () => answers.shift());
  page.socket.deliver({ type: "reload", topic: "discussion:d", epoch: "e1", reason: "too_far" });
  for (let i = 0; i < 4; ++i) {
    await settle();
    page.clock.advance(30_000);
  }
  await settle();
  const queries = page.server.requests.filter(({ path }) => path.includes("/comments")).map(({ path }) => path.split("?")[1]);
  assert.deepEqual(queries.slice(-2), ["limit=150&epoch=e1&min_seq=10", "cursor=c&limit=150&epoch=e1&min_seq=30"]);
  assert.equal(page.model.state.loadedCount, 150);
  assert.equal(page.model.state.seq, 30, "the lowest of what was read");
});

test("a tombstone that was seen stays until the next full read", async () => {
  const page = await openPage({ comments: [comment("1", "1"), comment("2", "2")] });
  page.goLive();
  page.socket.deliver(update(10, 11, { comments: [tombstone("1", "1", { seq: 11 })] }));
  assert.deepEqual(page.ids, ["1", "2"]);
  page.content.window = windowOf([comment("2", "2")], { seq: 11 });
  page.socket.deliver({ type: "reload", topic: "discussion:d", epoch: "e1", reason: "too_far" });
  await settle();
  assert.deepEqual(page.ids, ["2"]);
});

test("load more: as new as what is shown, and nothing is lost that happens meanwhile", async () => {
  const page = await openPage({ comments: [comment("1", "1")], window: { next_cursor: "c", comment_count: 3 } });
  page.goLive();
  assert.equal(page.model.remaining, 2);
  const held = gate();
  page.server.on("GET /discussions/d/comments", async () => {
    await held.promise;
    return windowOf([comment("2", "2", { score: 1 }), comment("3", "3")]);
  });
  const loading = page.model.loadMore(null);
  await settle();
  assert.equal(page.server.requests[0].path, "/discussions/d/comments?cursor=c&limit=100&min_seq=10&epoch=e1");
  page.socket.deliver(update(10, 11, { comment_count: 3, scores: [score("2", 6, 11)] }));
  held.open();
  await loading;
  assert.deepEqual(page.ids, ["1", "2", "3"]);
  assert.equal(page.model.node("2").score, 6);
  assert.equal(page.model.remaining, 0);
  assert.equal(page.model.fresh.size, 0, "what was asked for is no news");
});

test("load more that fails says so and can be tried again", async () => {
  const page = await openPage({ comments: [comment("1", "1")], window: { next_cursor: "c", comment_count: 3 } });
  page.server.on("GET /discussions/d/comments", () => problem(400, "invalid_field"));
  await page.model.loadMore(null);
  assert.deepEqual(page.events, [["notice", "About invalid_field."]]);
  assert.equal(page.model.loadingMore.size, 0);
  assert.ok(page.model.state.nextRequest);
});

test("find: reads what surrounds a linked comment; where a server cannot, reads on", async () => {
  const page = await openPage({ comments: [comment("1", "1")], window: { next_cursor: "c", comment_count: 99 } });
  page.server.on("GET /discussions/d/comments", ({ path }) =>
    path.includes("around=70") ? windowOf([comment("70", "70")]) : problem(400, "invalid_field"));
  assert.equal(await page.model.find("70"), true);
  assert.deepEqual(page.ids, ["1", "70"]);

  page.server.on("GET /discussions/d/comments", ({ path }) =>
    path.includes("around") ? problem(400, "invalid_field") : windowOf([comment("2", "2"), comment("80", "80")]));
  assert.equal(await page.model.find("80"), true);
  assert.equal(await page.model.find("999"), false);
  assert.equal(await page.model.find("x"), false);
});

test("collapsed threads are remembered, and opened for what lies in them", async () => {
  const comments = [comment("1", "1"), comment("2", "1.1", { parent: "1" })];
  const page = await openPage({ comments });
  page.model.toggleCollapsed("1");
  const later = await openPage({ comments, backing: page.backing });
  assert.equal(later.model.node("1").collapsed, true);
  later.model.expandTo("2");
  assert.equal(later.model.node("1").collapsed, false);
  assert.deepEqual([...(await openPage({ comments, backing: page.backing })).model.collapsed], []);
});

test("a page that goes stops all timers; one that comes back goes on from where it was", async () => {
  const page = await openPage({ comments: [comment("1", "1")] });
  page.goLive();
  page.socket.deliver({ type: "current", topic: "discussion:d", epoch: "e1", seq: 10 });
  page.model.stop();
  assert.deepEqual(page.clock.pending, []);
  await page.model.start(null);
  page.goLive();
  assert.equal(page.sockets.length, 2);
  assert.equal(page.socket.sent[0].since, 10);
});

test("a seq in the answer to a write moves no position, so nothing before it is skipped", async () => {
  const page = await openPage({ comments: [comment("1", "1")] });
  page.goLive();
  await page.signIn();
  page.server.on("PUT /comments/1/vote", () => ({ id: "1", up: 1, down: 0, score: 1, seq: 14 }));
  await page.writer.vote("1", 1);
  assert.equal(page.model.state.seq, 10);
  page.socket.deliver(update(10, 12, { comments: [comment("2", "2", { seq: 12 })] }));
  assert.deepEqual(page.ids, ["1", "2"]);
  assert.deepEqual([page.model.node("1").score, page.model.node("1").vote], [1, 1]);
});
