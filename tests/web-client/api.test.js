import "./support/globals.js";
import assert from "node:assert/strict";
import test from "node:test";
import { Api } from "../../web-client/src/api.js";
import { FakeServer, problem } from "./support/fakes.js";

function rig(options = {}) {
  const server = new FakeServer();
  const slept = [];
  const api = new Api({ fetch: server.fetch, sleep: (ms) => Promise.resolve(void slept.push(ms)), random: () => 0.5, ...options });
  return { server, api, slept };
}
const draft = { body: "hello", parent: null, quote: null };

test("a post carries its key, and only the fields that it has", async () => {
  const { server, api } = rig();
  server.on("POST /discussions/a%20b/comments", () => ({ status: 201, body: { id: "7" } }));
  assert.deepEqual(await api.post("a b", draft, "k1"), { id: "7" });
  await api.post("a b", { body: "x", parent: "3", quote: { comment: "3", text: "t" } }, "k2");
  const [first, second] = server.requests;
  assert.deepEqual(first.body, { body: "hello" });
  assert.equal(first.headers["idempotency-key"], "k1");
  assert.equal(first.headers["content-type"], "application/json");
  assert.deepEqual(second.body, { body: "x", parent: "3", quote: { comment: "3", text: "t" } });
});

test("a lost answer is asked for again with the same key", async () => {
  const { server, api } = rig();
  const answers = ["lost", "lost", { status: 201, body: { id: "7" } }];
  server.on("POST /discussions/d/comments", () => answers.shift());
  await api.post("d", draft, "k1");
  assert.deepEqual(server.requests.map(({ headers }) => headers["idempotency-key"]), ["k1", "k1", "k1"]);
});

test("503 waits as long as it says, within what a person waits for", async () => {
  const { server, api, slept } = rig();
  const answers = [problem(503, "busy", { retry_after_ms: 700 }), { status: 200, body: { ok: true } }];
  server.on("PUT /comments/1/vote", () => answers.shift());
  await api.vote("1", 1, "k");
  assert.ok(slept[0] >= 700, String(slept));
  server.on("PUT /comments/1/vote", () => problem(503, "unavailable", { retry_after_ms: 60_000 }));
  await assert.rejects(api.vote("1", 1, "k"), { code: "unavailable", retryAfterMs: 60_000 });
  assert.equal(slept.length, 1);
});

test("repetition ends", async () => {
  const { server, api } = rig();
  server.on("POST /discussions/d/comments", () => "lost");
  await assert.rejects(api.post("d", draft, "k1"), (error) => error.code === "network" && error.isUnknown);
  assert.equal(server.requests.length, 4);
});

test("a refusal is not repeated; it tells its code, field and sentence", async () => {
  const { server, api } = rig();
  server.on("PATCH /comments/1", () => problem(403, "edit_window_over"));
  await assert.rejects(api.edit("1", "x", "k"), { status: 403, code: "edit_window_over", message: "About edit_window_over." });
  server.on("POST /accounts", () => problem(400, "invalid_field", { field: "password" }));
  await assert.rejects(api.signUp("a", "b"), { field: "password" });
  assert.equal(server.requests.length, 2);
});

test("an answer that is no problem document still says something", async () => {
  const { server, api } = rig();
  server.on("GET /me", () => new Response("<h1>Bad gateway</h1>", { status: 502 }));
  await assert.rejects(api.me(), { code: "http_502", message: "The server answered 502." });
});

test("sign-in is not repeated: it may cost an attempt", async () => {
  const { server, api } = rig();
  server.on("POST /session", () => "lost");
  await assert.rejects(api.signIn("anna", "secret"), { code: "network" });
  assert.equal(server.requests.length, 1);
});

test("same origin: the cookie alone; another origin: the token alone, in memory", async () => {
  const session = { token: "t0k", account: { id: "1", name: "Anna" } };
  const near = rig();
  near.server.on("POST /session", () => session).on("GET /me", () => ({}));
  await near.api.signIn("anna", "secret");
  await near.api.me();
  assert.equal(near.server.requests[1].headers.authorization, undefined);
  assert.equal(near.server.requests[1].credentials, "same-origin");

  const far = rig({ server: "https://comments.example/" });
  far.server.on("POST /session", () => session).on("GET /me", () => ({})).on("DELETE /session", () => new Response(null, { status: 204 }));
  await far.api.signIn("anna", "secret");
  await far.api.me();
  assert.equal(far.server.requests[1].headers.authorization, "Bearer t0k");
  assert.equal(far.server.requests[1].credentials, "omit");
  await far.api.signOut();
  await far.api.me();
  assert.equal(far.server.requests[3].headers.authorization, undefined);
});

test("a window is asked for with what is given", async () => {
  const { server, api } = rig();
  server.on("GET /discussions/d/comments", () => ({ comments: [] }));
  await api.window("d", { parent: null, cursor: "c=1", limit: 100, min_seq: 4, epoch: "e1" });
  assert.equal(server.requests[0].path, "/discussions/d/comments?cursor=c%3D1&limit=100&min_seq=4&epoch=e1");
});
