import assert from "node:assert/strict";
import test from "node:test";
import { gate, problem, settle } from "./support/fakes.js";
import { anna, openPage } from "./support/page.js";
import { comment, update } from "./support/wire.js";

const POST = "POST /discussions/d/comments";
const posts = (page) => page.server.requests.filter(({ method, path }) => method === "POST" && path.endsWith("/comments"));

test("a post shows at once and becomes the comment of the answer", async () => {
  const page = await openPage({ comments: [comment("1", "1")] });
  await page.signIn();
  const held = gate();
  page.server.on(POST, async () => (await held.promise, { status: 201, body: comment("2", "1.1", { parent: "1", seq: 11 }) }));
  page.writer.setDraft("1", { text: "hello" });
  const done = page.writer.post("1");
  assert.match(JSON.stringify(page.ids), /\["1",\["own-/);
  assert.equal(page.writer.drafts.get("1").sending, true);
  held.open();
  await done;
  assert.deepEqual(page.ids, [["1", ["2"]]]);
  assert.equal(page.writer.drafts.has("1"), false);
  assert.equal(page.memory.drafts().size, 0);
  assert.equal(page.model.node("2").mine, true);
  assert.equal(page.model.node("2").fresh, false, "one's own is no news");
});

test("sent twice is posted once", async () => {
  const page = await openPage();
  await page.signIn();
  page.server.on(POST, () => ({ status: 201, body: comment("2", "1", { seq: 11 }) }));
  page.writer.setDraft("", { text: "hello" });
  await Promise.all([page.writer.post(""), page.writer.post("")]);
  assert.equal(posts(page).length, 1);
});

test("a failed post goes back into its draft; Retry uses the same key, another text another", async () => {
  const page = await openPage();
  await page.signIn();
  page.server.on(POST, () => "lost");
  page.writer.setDraft("", { text: "hello" });
  await page.writer.post("");
  assert.deepEqual(page.ids, []);
  assert.deepEqual(page.returned, [""]);
  const { text, problem: why, key } = page.writer.drafts.get("");
  assert.deepEqual([text, why], ["hello", "The server cannot be reached. Your text is kept here."]);
  await page.writer.post("");
  const keys = new Set(posts(page).map(({ headers }) => headers["idempotency-key"]));
  assert.deepEqual([...keys], [key]);
  page.writer.setDraft("", { text: "hello again" });
  await page.writer.post("");
  assert.notEqual(posts(page).at(-1).headers["idempotency-key"], key);
});

test("a draft survives the page, with the key of a post whose end is not known", async () => {
  const first = await openPage();
  await first.signIn();
  first.server.on(POST, () => "lost");
  first.writer.setDraft("", { text: "hello" });
  first.writer.setDraft("7", { text: "a reply", quote: { comment: "7", author: "Ben", text: "q" } });
  await first.writer.post("");
  const second = await openPage({ backing: first.backing });
  assert.equal(second.writer.drafts.get("").key, posts(first)[0].headers["idempotency-key"]);
  assert.deepEqual(second.writer.drafts.get("7").quote, { comment: "7", author: "Ben", text: "q" });
  second.writer.setDraft("7", { text: "", quote: null });
  assert.equal((await openPage({ backing: first.backing })).writer.drafts.has("7"), false);
});

test("who is not signed in signs in, and what they wanted is done without typing it again", async () => {
  const page = await openPage({ comments: [comment("1", "1", { by: "ben" })] });
  page.server.on(POST, () => ({ status: 201, body: comment("2", "2", { seq: 11 }) }));
  page.writer.setDraft("", { text: "hello" });
  await page.writer.post("");
  assert.deepEqual(page.events, [["signin", null]]);
  assert.equal(posts(page).length, 0);
  await page.signIn();
  assert.deepEqual(posts(page)[0].body, { body: "hello" });
  assert.deepEqual(page.ids, ["1", "2"]);
});

test("a cancelled sign-in does nothing later", async () => {
  const page = await openPage({ comments: [comment("1", "1", { by: "ben" })] });
  await page.writer.vote("1", 1);
  page.writer.cancelSignIn();
  await page.signIn();
  assert.equal(page.server.requests.some(({ method }) => method === "PUT"), false);
});

test("a session that ended meanwhile: the text is kept, sign-in goes on with it", async () => {
  const page = await openPage();
  await page.signIn();
  page.server.on(POST, () => problem(401, "unauthenticated"));
  page.writer.setDraft("", { text: "hello" });
  await page.writer.post("");
  assert.equal(page.writer.viewer, null);
  assert.equal(page.writer.drafts.get("").text, "hello");
  assert.deepEqual(page.events.at(-1), ["signin", null]);
  page.server.on(POST, () => ({ status: 201, body: comment("2", "1", { seq: 11 }) }));
  await page.signIn();
  assert.deepEqual(page.ids, ["2"]);
});

test("a post that a moderator reads first stays visible to its author only", async () => {
  const page = await openPage();
  await page.signIn();
  page.server.on(POST, () => ({ status: 201, body: { ...comment("2", "1"), number: null, state: "pending" } }));
  page.writer.setDraft("", { text: "hello" });
  await page.writer.post("");
  assert.equal(page.model.tree[0].post.phase, "waiting");
  assert.equal(JSON.parse(page.model.digest).comments.length, 0);
  assert.equal(page.writer.drafts.has(""), false);
});

test("the echo of a post that comes before its answer is not shown beside it", async () => {
  const page = await openPage();
  page.goLive();
  await page.signIn();
  const held = gate();
  page.server.on(POST, async () => (await held.promise, { status: 201, body: comment("2", "1", { seq: 11 }) }));
  page.writer.setDraft("", { text: "hello" });
  const done = page.writer.post("");
  page.socket.deliver(update(10, 11, { comment_count: 1, comments: [comment("2", "1", { seq: 11 })] }));
  assert.equal(page.ids.length, 1);
  page.clock.advance(5_001);
  assert.equal(page.ids.length, 2, "after 5 s it is shown, since it may be from another window");
  held.open();
  await done;
  assert.deepEqual(page.ids, ["2"]);
});

test("votes: one request at a time, the last click counts", async () => {
  const page = await openPage({ comments: [comment("1", "1", { by: "ben" })] });
  await page.signIn();
  const held = gate();
  page.server.on("PUT /comments/1/vote", async ({ body }) => (await held.promise, { id: "1", up: 0, down: 0, score: body.value, seq: 11 }));
  const done = page.writer.vote("1", 1);
  void page.writer.vote("1", 0);
  void page.writer.vote("1", -1);
  assert.deepEqual([page.model.node("1").score, page.model.node("1").vote], [-1, -1]);
  held.open();
  await done;
  const sent = page.server.requests.filter(({ method }) => method === "PUT").map(({ body }) => body.value);
  assert.deepEqual(sent, [1, -1]);
  assert.deepEqual([page.model.node("1").score, page.model.node("1").vote], [-1, -1]);
});

test("votes: a refused one is taken back, with the reason", async () => {
  const page = await openPage({ comments: [comment("1", "1", { by: "ben", score: 3 })] });
  await page.signIn();
  page.server.on("PUT /comments/1/vote", () => problem(409, "discussion_locked"));
  await page.writer.vote("1", 1);
  assert.deepEqual([page.model.node("1").score, page.model.node("1").vote], [3, 0]);
  assert.deepEqual(page.events, [["notice", "Your vote was not counted. About discussion_locked."]]);
});

test("votes on record show after signing in, and go when signing out", async () => {
  const page = await openPage({ comments: [comment("1", "1", { by: "ben" })] });
  page.votes = [{ comment: "1", value: -1 }];
  await page.signIn();
  assert.equal(page.model.node("1").vote, -1);
  page.server.on("DELETE /session", () => new Response(null, { status: 204 }));
  await page.writer.signOut();
  assert.equal(page.model.node("1").vote, 0);
  assert.equal(page.writer.viewer, null);
});

test("who never signed in here is not asked for; who did is known again", async () => {
  const page = await openPage();
  assert.equal(page.server.requests.length, 0);
  await page.signIn();
  const again = await openPage({ backing: page.backing });
  assert.deepEqual(again.server.requests.map(({ path }) => path), ["/me"]);
  again.server.on("GET /me", () => anna).on("GET /me/votes", () => ({ votes: [] }));
  await again.writer.resumeSession();
  assert.equal(again.writer.viewer.name, "Anna");
});

test("a session that is over is asked for once", async () => {
  const page = await openPage();
  await page.signIn();
  const again = await openPage({ backing: page.backing });
  again.server.on("GET /me", () => problem(401, "unauthenticated"));
  await again.writer.resumeSession();
  assert.equal(again.memory.signedIn, false);
  assert.equal((await openPage({ backing: page.backing })).server.requests.length, 0);
});

test("a new account is made, then signed in", async () => {
  const page = await openPage();
  page.server.on("POST /accounts", () => ({ status: 201, body: anna }));
  page.server.on("POST /session", () => ({ token: "t", account: anna })).on("GET /me/votes", () => ({ votes: [] }));
  await page.writer.signIn("Anna", "password", true);
  assert.deepEqual(page.server.requests.map(({ path }) => path).slice(0, 2), ["/accounts", "/session"]);
  page.server.on("POST /accounts", () => problem(409, "name_taken"));
  await assert.rejects(page.writer.signIn("Anna", "password", true), { code: "name_taken" });
});

test("an edit keeps its text when it fails, and shows when it works", async () => {
  const page = await openPage({ comments: [comment("1", "1", { body: "old" })] });
  await page.signIn();
  page.server.on("PATCH /comments/1", () => problem(403, "edit_window_over"));
  page.writer.setDraft("edit:1", { text: "new" });
  assert.equal(await page.writer.edit("1"), false);
  assert.equal(page.writer.drafts.get("edit:1").problem, "About edit_window_over.");
  page.server.on("PATCH /comments/1", ({ body }) => comment("1", "1", { body: body.body, seq: 12 }));
  assert.equal(await page.writer.edit("1"), true);
  assert.equal(page.model.node("1").content.body, "new");
});

test("edits are offered for 5 minutes by the server's clock", async () => {
  const page = await openPage();
  await page.signIn();
  const at = (ms) => new Date(ms).toISOString();
  const mine = comment("2", "1", { seq: 11 });
  mine.created_at = at(page.clock.now() + 3_600_000);
  page.server.on(POST, () => ({ status: 201, body: mine }));
  page.writer.setDraft("", { text: "hello" });
  await page.writer.post("");
  assert.equal(page.writer.editMsLeft(mine), 300_000);
  page.clock.advance(299_000);
  assert.equal(page.writer.editMsLeft(mine), 1_000);
  page.model.info = { ...page.model.info, state: "premoderated" };
  assert.equal(page.writer.editMsLeft(mine), 0, "a moderator has read it as it is");
  page.model.info = { ...page.model.info, state: "open" };
  page.clock.advance(2_000);
  assert.equal(page.writer.editMsLeft(mine), 0);
});

test("a deleted comment leaves its place; a refused deletion says why", async () => {
  const page = await openPage({ comments: [comment("1", "1")] });
  await page.signIn();
  page.server.on("DELETE /comments/1", () => problem(403, "forbidden"));
  await page.writer.remove("1");
  assert.deepEqual(page.events.at(-1), ["notice", "About forbidden."]);
  page.server.on("DELETE /comments/1", () => comment("1", "1", { state: "deleted", seq: 11 }));
  await page.writer.remove("1");
  assert.equal(page.model.node("1").content.state, "deleted");
  await settle();
});
