import assert from "node:assert/strict";
import test from "node:test";
import { gate, problem, settle } from "./support/fakes.js";
import { anna, openPage } from "./support/page.js";
import { comment } from "./support/wire.js";

// What is for the viewer alone: their socket, what they did elsewhere, what waits for a moderator.

const mo = { ...anna, id: "9", name: "Mo", role: "moderator" };
const ticket = (/** @type {any} */ page) => page.server.on("POST /session/ticket", () => ({ ticket: "t1" }));
const waits = (/** @type {string} */ id, more = {}) => ({ discussion: "d", comment: { ...comment(id, "1", more), number: null, state: "pending", body: `body ${id}` } });
const said = (/** @type {any} */ page) => page.socket.sent.slice(1);

test("a socket becomes the viewer's when they sign in, and again after each loss", async () => {
  const page = await openPage();
  ticket(page);
  page.goLive();
  await settle();
  assert.deepEqual(said(page), []);
  await page.signIn();
  const own = [{ type: "authenticate", ticket: "t1" }, { type: "subscribe", topic: "account" }];
  assert.deepEqual(said(page), own);
  page.socket.drop();
  page.clock.advance(30_000);
  page.goLive();
  await settle();
  assert.deepEqual(said(page), own);
});

test("a moderator hears of the queue as well", async () => {
  const page = await openPage();
  ticket(page);
  page.goLive();
  await page.signIn(mo);
  assert.deepEqual(said(page).at(-1), { type: "subscribe", topic: "moderation" });
});

test("a ticket that is refused, or not given, changes nothing for a reader", async () => {
  const page = await openPage();
  page.server.on("POST /session/ticket", () => problem(429, "rate_limited"));
  page.goLive();
  await page.signIn();
  assert.deepEqual(said(page), []);
  page.socket.deliver({ type: "error", code: "unauthenticated", message: "This ticket is not good." });
  page.socket.deliver({ type: "error", code: "forbidden", topic: "moderation", message: "No." });
  assert.equal(page.socket.isClosed, false);
  assert.equal(page.model.live.status, "live");
});

test("a vote in another window is read, and one that is under way here stays", async () => {
  const page = await openPage({ comments: [comment("1", "1", { by: "ben" }), comment("2", "2", { by: "ben" })] });
  page.goLive();
  await page.signIn();
  page.votes = [{ comment: "1", value: 1 }];
  page.socket.deliver({ type: "changed", topic: "account", what: ["votes"] });
  await settle();
  assert.deepEqual(["1", "2"].map((id) => page.model.node(id).vote), [1, 0]);
  const held = gate();
  page.server.on("GET /me/votes", async () => (await held.promise, { votes: [] }));
  page.server.on("PUT /comments/2/vote", () => ({ id: "2", up: 0, down: 1, score: -1, seq: 11 }));
  page.socket.deliver({ type: "changed", topic: "account", what: ["votes"] });
  await page.writer.vote("2", -1);
  held.open();
  await settle();
  assert.deepEqual(["1", "2"].map((id) => page.model.node(id).vote), [0, -1], "the answer is older than the vote");
});

test("what waits is shown to its author after a reload, and goes when it was decided", async () => {
  const page = await openPage({ comments: [comment("1", "1")] });
  page.goLive();
  page.server.on("GET /me/pending", () => ({ pending: [waits("5", { parent: "1" })], next_cursor: null }));
  await page.signIn();
  assert.deepEqual(page.ids, [["1", ["own-waits-5"]]]);
  assert.equal(page.model.node("own-waits-5").post.phase, "waiting");
  page.server.on("GET /me/pending", () => ({ pending: [], next_cursor: null }));
  page.socket.deliver({ type: "changed", topic: "account", what: ["pending"] });
  await settle();
  assert.deepEqual(page.ids, ["1"]);
});

test("a post that waits is not shown twice when it is read again", async () => {
  const page = await openPage();
  page.goLive();
  await page.signIn();
  page.server.on("POST /discussions/d/comments", () => ({ status: 201, body: waits("5").comment }));
  page.server.on("GET /me/pending", () => ({ pending: [waits("5")], next_cursor: null }));
  page.writer.setDraft("", { text: "body 5" });
  await page.writer.post("");
  page.socket.deliver({ type: "changed", topic: "account", what: ["pending"] });
  await settle();
  assert.equal(page.model.tree.length, 1);
});

test("a post that is read before it was answered is not shown twice, not even for a moment", async () => {
  for (const body of ["body 5", "another form of it"]) {
    const page = await openPage();
    page.goLive();
    await page.signIn();
    const held = gate();
    page.server.on("POST /discussions/d/comments", async () => (await held.promise, { status: 201, body: waits("5").comment }));
    page.server.on("GET /me/pending", () => ({ pending: [waits("5")], next_cursor: null }));
    page.writer.setDraft("", { text: body });
    const posted = page.writer.post("");
    page.socket.deliver({ type: "changed", topic: "account", what: ["pending"] });
    await settle();
    if (body === "body 5") assert.equal(page.model.tree.length, 1);
    held.open();
    await posted;
    assert.equal(page.model.tree.length, 1);
    assert.equal(page.model.tree[0].post.id, "5");
  }
});

test("a post that began to wait after the question stays, though the answer does not know it", async () => {
  const page = await openPage();
  page.goLive();
  await page.signIn();
  const held = gate();
  page.server.on("GET /me/pending", async () => (await held.promise, { pending: [], next_cursor: null }));
  page.server.on("POST /discussions/d/comments", () => ({ status: 201, body: waits("5").comment }));
  page.socket.deliver({ type: "changed", topic: "account", what: ["pending"] });
  page.writer.setDraft("", { text: "body 5" });
  await page.writer.post("");
  held.open();
  await settle();
  assert.equal(page.model.tree.length, 1);
});

test("a moderator sees what waits, and decides", async () => {
  const page = await openPage();
  page.goLive();
  page.server.on("GET /moderation/queue", () => ({ pending: [waits("5"), waits("6")], next_cursor: null }));
  await page.signIn(mo);
  assert.deepEqual(page.model.queue.map(({ id }) => id), ["5", "6"]);
  page.server.on("PATCH /comments/5", () => ({ ...comment("5", "1"), seq: 11 }));
  page.server.on("GET /moderation/queue", () => ({ pending: [waits("6")], next_cursor: null }));
  await page.writer.decide("5", "visible");
  const patch = page.server.requests.find(({ method }) => method === "PATCH");
  assert.deepEqual(patch.body, { state: "visible" });
  assert.deepEqual(page.model.queue.map(({ id }) => id), ["6"]);
  page.server.on("PATCH /comments/6", () => problem(409, "conflict"));
  await page.writer.decide("6", "visible");
  assert.deepEqual(page.events.at(-1), ["notice", "About conflict."]);
});

test("a session that was ended elsewhere signs this window out; the page goes on", async () => {
  const page = await openPage();
  ticket(page);
  page.goLive();
  page.server.on("GET /me/pending", () => ({ pending: [waits("5")], next_cursor: null }));
  await page.signIn();
  page.server.on("GET /me", () => problem(401, "unauthenticated"));
  page.socket.drop(4001);
  await settle();
  assert.equal(page.writer.viewer, null);
  assert.deepEqual([page.ids, page.events.at(-1)], [[], ["notice", "You are signed out."]]);
  page.clock.advance(500);
  assert.equal(page.sockets.length, 2);
  page.goLive();
  await settle();
  assert.deepEqual(said(page), []);
});

test("one whose account is another now goes on with that", async () => {
  const page = await openPage();
  ticket(page);
  page.goLive();
  await page.signIn();
  page.server.on("GET /me", () => mo);
  page.socket.drop(4001);
  await settle();
  assert.equal(page.writer.isModerator, true);
});
