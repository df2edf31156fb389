// What a page promises about positions, windows and its own writes, rule by rule, on a whole model.
// The state alone is told the same stories by traces.test.js.

import assert from "node:assert/strict";
import test from "node:test";
import { LiveStatus } from "../../web-client/src/live_status.js";
import { FakeClock, gate, problem, settle } from "./support/fakes.js";
import { info, openPage } from "./support/page.js";
import { comment, score, tombstone, update, windowOf } from "./support/wire.js";

const reload = (reason, epoch = "e1") => ({ type: "reload", topic: "discussion:d", epoch, reason });
const windowQueries = (page) => page.server.requests.map(({ path }) => path.split("/comments?")[1]).filter(Boolean);
const changesQueries = (page) => page.server.requests.map(({ path }) => path.split("/changes?")[1]).filter(Boolean);

async function livePage(options) {
  const page = await openPage(options);
  page.goLive();
  return page;
}

// --- windows of other ages ------------------------------------------------------------------------

test("windows: one that is older than the page is shown only with the changes since its own seq", async () => {
  const page = await livePage({ comments: [comment("1", "1")], window: { next_cursor: "c", comment_count: 4 } });
  page.socket.deliver(update(10, 12, { comment_count: 3, comments: [tombstone("2", "2", { seq: 11 })] }));
  const held = gate();
  page.server.on("GET /discussions/d/comments", () => windowOf([comment("2", "2", { body: "secret" }), comment("3", "3")], { seq: 9 }))
    .on("GET /discussions/d/changes", async () => {
      await held.promise;
      return update(9, 13, { comment_count: 4, comments: [tombstone("2", "2", { seq: 11 }), comment("4", "4", { seq: 13 })], scores: [score("3", 6, 10)] });
    });
  const loading = page.model.loadMore(null);
  await settle();
  assert.deepEqual(page.ids, ["1"]);
  page.socket.deliver(update(12, 13, { comment_count: 4, comments: [comment("4", "4", { seq: 13 })] }));
  held.open();
  await loading;
  assert.deepEqual(changesQueries(page), ["epoch=e1&since=9"]);
  assert.deepEqual(page.ids, ["1", "3", "4"]);
  assert.deepEqual([page.model.node("3").score, page.model.state.seq], [6, 13]);
});

test("windows: if those changes do not come, it is not shown, and can be asked for again", async () => {
  const page = await livePage({ comments: [comment("1", "1")], window: { next_cursor: "c", comment_count: 2 } });
  page.server.on("GET /discussions/d/comments", () => windowOf([comment("2", "2")], { seq: 8 }));
  for (const answer of [() => problem(500, "internal"), () => update(8, 9), () => update(9, 12), () => ({ ...update(8, 12), epoch: "e7" })]) {
    page.server.on("GET /discussions/d/changes", answer);
    await page.model.loadMore(null);
    assert.deepEqual([page.ids, page.model.loadingMore.size], [["1"], 0]);
    assert.ok(page.model.state.nextRequest);
  }
  assert.equal(page.events.filter(([type]) => type === "notice").length, 4);
});

test("windows: a newer one changes nothing but what it shows", async () => {
  const page = await livePage({ comments: [comment("1", "1")], window: { next_cursor: "c", comment_count: 2 } });
  page.server.on("GET /discussions/d/comments", () => windowOf([comment("2", "2", { seq: 19 })], { seq: 20, comment_count: 7 }));
  await page.model.loadMore(null);
  assert.deepEqual([page.model.state.seq, page.model.state.commentCount, page.ids], [10, 2, ["1", "2"]]);
  assert.deepEqual(changesQueries(page), []);
});

test("windows: where the server says reload, all is read again instead of complaining", async () => {
  const page = await livePage({ comments: [comment("1", "1")], window: { next_cursor: "c", comment_count: 2 } });
  page.server.on("GET /discussions/d/comments", ({ path }) =>
    path.includes("epoch=e1") ? problem(409, "reload") : windowOf([comment("5", "1")], { epoch: "e2", seq: 4 }));
  await page.model.loadMore(null);
  for (let i = 0; i < 3; ++i) {
    page.clock.advance(3_000);
    await settle();
  }
  assert.deepEqual([page.ids, page.model.state.position], [["5"], { epoch: "e2", seq: 4 }]);
  assert.deepEqual(page.events.filter(([type]) => type === "notice"), []);
});

// --- own writes -----------------------------------------------------------------------------------

/** A signed-in page with a post on its way; `held.open()` answers it with `held.comment`. */
async function posting(options = {}) {
  const page = await livePage({ comments: [comment("1", "1", { by: "ben" })], ...options });
  await page.signIn();
  const held = { ...gate(), comment: comment("7", "7", { seq: 12 }) };
  page.server.on("POST /discussions/d/comments", async () => {
    await held.promise;
    return { status: 201, body: held.comment };
  });
  page.writer.setDraft("", { text: "mine" });
  const sent = page.writer.post("");
  await settle();
  const [own] = page.ids.slice(-1);
  return { page, held, sent, own };
}

test("own writes: what a page reads again or further does not show a post twice, either", async () => {
  const { page, held, sent, own } = await posting();
  page.content.window = windowOf([comment("1", "1", { by: "ben" }), comment("7", "7", { seq: 12 })], { seq: 12 });
  page.socket.deliver(reload("too_far"));
  await settle();
  assert.deepEqual(page.ids, ["1", own]);
  held.open();
  await sent;
  assert.deepEqual(page.ids, ["1", "7"]);

  const further = await posting({ window: { next_cursor: "c", comment_count: 3 } });
  further.page.server.on("GET /discussions/d/comments", () =>
    windowOf([comment("2", "2", { seq: 3 }), comment("7", "7", { seq: 12 })], { seq: 12 }));
  await further.page.model.loadMore(null);
  assert.deepEqual(further.page.ids, ["1", "2", further.own], "an older comment by the viewer cannot be it");
});

test("own writes: an answer shows its comment though another post is unanswered", async () => {
  const { page, held, sent } = await posting();
  const second = gate();
  page.server.on("POST /discussions/d/comments", async () => (await second.promise, { status: 201, body: comment("8", "8", { seq: 13 }) }));
  page.writer.setDraft("1", { text: "another" });
  const other = page.writer.post("1");
  await settle();
  page.socket.deliver(update(10, 12, { comments: [comment("7", "7", { seq: 12 })] }));
  assert.equal(page.model.node("7"), undefined);
  held.open();
  await sent;
  assert.ok(page.model.node("7"));
  second.open();
  await other;
});

test("own writes: a comment whose answer comes after its update is read, where it is not here", async () => {
  const { page, held, sent } = await posting({ window: { next_cursor: "c", comment_count: 9 } });
  page.server.on("GET /discussions/d/comments", ({ path }) =>
    path.includes("around=7") ? windowOf([comment("7", "7", { seq: 12, score: 2 })], { seq: 13 }) : problem(404, "not_found"));
  page.socket.deliver(update(10, 13, { comments: [comment("7", "7", { seq: 12 })], scores: [score("7", 2, 13)] }));
  held.open();
  await sent;
  await settle();
  assert.deepEqual(page.ids, ["1", "7"]);
  assert.equal(page.model.node("7").score, 2);
});

test("own writes: an answer from before a change of the history is not merged into the new one", async () => {
  const { page, held, sent } = await posting();
  held.comment = comment("7", "7", { seq: 900, body: "of the old history" });
  const vote = gate();
  page.server.on("PUT /comments/1/vote", async () => (await vote.promise, { id: "1", up: 50, down: 0, score: 50, seq: 901 }));
  const voted = page.writer.vote("1", 1);
  page.content.window = windowOf([comment("1", "1", { by: "ben", score: 2 }), comment("7", "7", { seq: 4, body: "of the new one" })], { epoch: "e2", seq: 4 });
  page.socket.deliver(reload("epoch", "e2"));
  await settle();
  held.open();
  vote.open();
  await Promise.all([sent, voted]);
  assert.equal(page.model.state.entry("7").content.body, "of the new one");
  assert.deepEqual([page.model.node("1").score, page.model.node("1").vote], [2, 1]);
});

test("own writes: in another history an id that was known may be the post that is unanswered", async () => {
  const { page, held, sent, own } = await posting({ comments: [comment("1", "1", { by: "ben" }), comment("7", "2", { by: "ben" })] });
  page.model.overlay.votes.set("1", 1).set("7", -1);
  page.model.toggleCollapsed("7");
  page.content.window = windowOf([comment("1", "1", { by: "ben" }), comment("7", "2", { seq: 4, created_at: "2026-02-01T10:00:00.000Z" })], { epoch: "e2", seq: 4 });
  page.socket.deliver(reload("epoch", "e2"));
  await settle();
  assert.deepEqual(page.ids, ["1", own]);
  held.comment = comment("7", "2", { seq: 4, created_at: "2026-02-01T10:00:00.000Z" });
  held.open();
  await sent;
  assert.deepEqual(page.ids, ["1", "7"]);
  assert.deepEqual(["1", "7"].map((id) => [page.model.node(id).vote, page.model.node(id).collapsed]), [[1, false], [0, false]]);
});

// --- reading again --------------------------------------------------------------------------------

test("reload: asks past every cache for what is as new as the page, or for the other history", async () => {
  const page = await livePage({ comments: [comment("1", "1")] });
  page.socket.deliver(reload("too_far"));
  await settle();
  page.content.window = windowOf([], { epoch: "e2", seq: 3 });
  page.socket.deliver(reload("epoch", "e2"));
  await settle();
  assert.deepEqual(windowQueries(page), ["limit=100&epoch=e1&min_seq=10", "limit=100&epoch=e2&min_seq=0"]);
});

test("reload: what comes back older than the page is no step back", async () => {
  const page = await livePage({ comments: [comment("1", "1", { body: "secret" }), comment("2", "2")] });
  page.socket.deliver(update(10, 11, { comments: [tombstone("1", "1", { seq: 11 })] }));
  page.content.window = windowOf([comment("1", "1", { body: "secret" }), comment("2", "2")], { seq: 10 });
  let answer = problem(503, "unavailable");
  page.server.on("GET /discussions/d/changes", () => answer);
  page.socket.deliver(reload("too_far"));
  await settle();
  const bodies = () => page.model.tree.map((node) => node.content.body);
  assert.deepEqual([bodies(), page.model.state.seq], [["", "text of 2"], 11]);
  answer = update(10, 12, { comment_count: 1, comments: [tombstone("1", "1", { seq: 11 })] });
  page.clock.advance(5_000);
  await settle();
  assert.deepEqual([page.ids, page.model.state.seq], [["2"], 12]);
  assert.equal(page.socket.sent.at(-1).since, 12);
});

test("reload: what is applied while windows are read is not lost with the old state", async () => {
  const page = await livePage({ comments: [comment("1", "1", { body: "secret" })] });
  const held = gate();
  page.server.on("GET /discussions/d/comments", async () => {
    await held.promise;
    return windowOf([comment("1", "1", { body: "secret" })], { seq: 11 });
  });
  // A reply whose parent is not here: all is read again while updates go on.
  page.socket.deliver(update(10, 11, { comments: [comment("9", "3.1", { parent: "3", seq: 11 })] }));
  await settle();
  page.socket.deliver(update(11, 12, { comments: [tombstone("1", "1", { seq: 12 })] }));
  held.open();
  await settle();
  assert.deepEqual([page.ids, page.model.state.seq], [[], 12]);
});

test("reload: a reply that came back under a parent that no window shows is not lost", async () => {
  const page = await livePage({ comments: [comment("3", "2")] });
  page.content.window = windowOf([comment("3", "2")], { seq: 9 });
  page.server.on("GET /discussions/d/changes", () => update(9, 12, { comments: [comment("2", "1.1", { parent: "1", seq: 12 })] }));
  page.socket.deliver(reload("too_far"));
  await settle();
  assert.deepEqual(page.ids, ["3"]);
  page.content.window = windowOf([tombstone("1", "1"), comment("2", "1.1", { parent: "1", seq: 12 }), comment("3", "2")], { seq: 12 });
  page.clock.advance(2_000);
  await settle();
  assert.deepEqual(page.ids, [["1", ["2"]], "3"]);
});

test("reload: a server that stands before the page is followed back, once it says so", async () => {
  const page = await livePage({ comments: [comment("1", "1"), comment("2", "2", { seq: 10 })] });
  page.content.window = windowOf([comment("1", "1")], { seq: 8 });
  page.socket.deliver(reload("ahead"));
  await settle();
  assert.deepEqual([page.ids, page.model.state.seq, windowQueries(page)], [["1"], 8, ["limit=100"]]);
  assert.equal(page.socket.sent.at(-1).since, 8);
});

test("reload: a comment that a link led to is read again, too", async () => {
  const page = await livePage({ comments: [comment("1", "1")], window: { next_cursor: "c", comment_count: 99 } });
  const answer = { around: windowOf([comment("70", "70")]) };
  page.server.on("GET /discussions/d/comments", ({ path }) => (path.includes("around") ? answer.around : page.content.window));
  await page.model.find("70");
  answer.around = windowOf([comment("70", "70", { seq: 30, body: "edited" })], { seq: 31 });
  page.content.window = windowOf([comment("1", "1")], { seq: 30, next_cursor: "c", comment_count: 99 });
  page.socket.deliver(reload("too_far"));
  await settle();
  assert.deepEqual(page.ids, ["1", "70"]);
  assert.equal(page.model.node("70").content.body, "edited");
  answer.around = problem(404, "unknown_comment");
  page.socket.deliver(reload("too_far"));
  await settle();
  assert.deepEqual(page.ids, ["1"], "it is gone");
});

// --- the discussion itself ------------------------------------------------------------------------

const locked = { state: "locked" };

test("the discussion: one that is older than the window is mended by the changes since it", async () => {
  const page = await openPage({ carried: false });
  page.model.state = null;
  page.server.on("GET /discussions/d", () => ({ ...info, seq: 9 }))
    .on("GET /discussions/d/changes", () => update(9, 10, { discussion: locked }));
  await page.model.start(null);
  assert.deepEqual(changesQueries(page), ["epoch=e1&since=9"]);
  assert.deepEqual([page.model.isLocked, page.model.info.id, page.model.state.seq], [true, "d", 10]);
});

test("the discussion: read after the window, so that no lock falls between them", async () => {
  const page = await openPage({ carried: false });
  page.model.state = null;
  const held = gate();
  page.server.on("GET /discussions/d/comments", async () => (await held.promise, windowOf([], { seq: 12 })))
    .on("GET /discussions/d", () => ({ ...info, ...(held.isOpen ? { seq: 12, ...locked } : { seq: 10 }) }));
  const started = page.model.start(null);
  await settle();
  held.isOpen = true;
  held.open();
  await started;
  assert.equal(page.model.isLocked, true);
});

test("the discussion: what is told of it while all is read again is not lost", async () => {
  const page = await livePage({ comments: [comment("1", "1")] });
  const held = gate();
  page.server.on("GET /discussions/d", async () => {
    const read = { ...info, seq: 10 };
    await held.promise;
    return read;
  });
  page.socket.deliver(update(10, 11, { comments: [comment("9", "3.1", { parent: "3", seq: 11 })] }));
  page.content.window = windowOf([comment("1", "1")], { seq: 10 });
  page.server.on("GET /discussions/d/changes", () => update(10, 12, { discussion: locked }));
  await settle();
  page.socket.deliver(update(11, 12, { discussion: locked }));
  assert.equal(page.model.isLocked, true);
  held.open();
  await settle();
  assert.deepEqual([page.model.isLocked, page.model.state.seq], [true, 12]);
});

test("the discussion: the changes that an old window needs tell of it, too; an update older than it does not", async () => {
  const page = await livePage({ comments: [comment("1", "1")], window: { next_cursor: "c", comment_count: 2 }, info: { seq: 14 } });
  page.socket.deliver(update(10, 13, { discussion: locked }));
  assert.equal(page.model.isLocked, false, "it was opened again by 14");
  page.server.on("GET /discussions/d/comments", () => windowOf([comment("2", "2")], { seq: 9 }))
    .on("GET /discussions/d/changes", () => update(9, 15, { discussion: locked }));
  await page.model.loadMore(null);
  assert.deepEqual([page.model.isLocked, page.model.state.seq], [true, 15]);
});

// --- what may be said about how new the page is -----------------------------------------------------

test("up to date: not while something is missing that must be read again, in whatever order it is heard", async () => {
  const page = await livePage({ comments: [comment("1", "1")] });
  const claims = [];
  page.model.addEventListener("change", () => claims.push(page.model.isUpToDate));
  const held = gate();
  page.server.on("GET /discussions/d/comments", async () => (await held.promise, windowOf([comment("1", "1")], { seq: 11 })));
  page.socket.deliver({ type: "current", topic: "discussion:d", epoch: "e1", seq: 11 });
  // A reply whose parent is not here.
  page.socket.deliver(update(10, 11, { comments: [comment("9", "3.1", { parent: "3", seq: 11 })] }));
  page.socket.deliver({ type: "current", topic: "discussion:d", epoch: "e1", seq: 11 });
  await settle();
  assert.ok(claims.length > 0);
  assert.equal(claims.includes(true), false);
  held.open();
  await settle();
  assert.equal(page.model.isUpToDate, true);
  page.socket.deliver(reload("too_far"));
  assert.equal(page.model.isUpToDate, false);
  assert.equal(claims.at(-1), false, "and it is shown");
});

test("up to date: a page that went while it had to read again does so when it comes back", async () => {
  const page = await livePage({ comments: [comment("1", "1")] });
  page.server.on("GET /discussions/d/comments", () => "lost");
  page.socket.deliver(reload("too_far"));
  await settle();
  page.model.stop();
  page.clock.advance(60_000);
  await settle();
  page.server.on("GET /discussions/d/comments", () => windowOf([comment("1", "1"), comment("2", "2")], { seq: 12 }));
  await page.model.start(null);
  await settle();
  assert.deepEqual(page.ids, ["1", "2"]);
});

test("up to date: not by a clock that was set back, and not by what was long on its way", () => {
  const clock = new FakeClock();
  const status = new LiveStatus(clock, () => {});
  status.onStatus("live");
  status.onMessage({ type: "current", epoch: "e1", seq: 10 });
  assert.equal(status.isUpToDate({ epoch: "e1", seq: 10 }), true);
  clock.advance(-3_600_000);
  assert.equal(status.isUpToDate({ epoch: "e1", seq: 10 }), false);
  status.onMessage({ type: "current", epoch: "e1", seq: 10 }, 19_000);
  assert.equal(status.isUpToDate({ epoch: "e1", seq: 10 }), true);
  clock.advance(1_000);
  assert.equal(status.isUpToDate({ epoch: "e1", seq: 10 }), false);
});

test("up to date: a page that looks old has lost its connection for 10 s, whatever was tried meanwhile", () => {
  const clock = new FakeClock();
  const status = new LiveStatus(clock, () => {});
  status.onStatus("live");
  for (const now of ["reconnecting", "offline", "connecting", "reconnecting"]) {
    status.onStatus(now);
    clock.advance(2_400);
  }
  assert.equal(status.isStale, false);
  clock.advance(400);
  assert.equal(status.isStale, true);
  status.onStatus("polling");
  assert.deepEqual([status.isStale, clock.pending], [false, []]);
});
