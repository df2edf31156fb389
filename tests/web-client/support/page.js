// A model with a server, a socket and a clock that the test plays.

import "./globals.js";
import { Api } from "../../../web-client/src/api.js";
import { Connection } from "../../../web-client/src/connection.js";
import { Model } from "../../../web-client/src/model.js";
import { Memory, memoryBacking } from "../../../web-client/src/storage.js";
import { FakeClock, FakeServer, FakeSocket, settle } from "./fakes.js";
import { idsOf, windowOf } from "./wire.js";

export const info = { id: "d", title: "T", url: "", state: "open", seq: 10, epoch: "e1", comment_count: 0, channels: [] };
export const anna = { id: "1", name: "Anna", role: "member", badges: [] };

/**
 * @param {{comments?: object[], window?: object, backing?: any, carried?: boolean, info?: object,
 *   transport?: (parts: {api: Api, handlers: any, clock: FakeClock}) => any}} [options]
 */
export async function openPage({ comments = [], window = {}, backing = memoryBacking(), carried = true, transport, ...rest } = {}) {
  const clock = new FakeClock();
  const server = new FakeServer();
  const sockets = [];
  const memory = new Memory(backing, "", "d");
  const api = new Api({ fetch: server.fetch, sleep: async () => {}, random: () => 0 });
  const surroundings = {
    makeSocket: (url, protocol) => (sockets.push(new FakeSocket(url, protocol)), sockets.at(-1)),
    ...clock, random: () => 0.5,
  };
  const model = new Model({
    discussion: "d", api, memory, clock,
    makeTransport: (handlers) =>
      transport?.({ api, handlers, clock }) ?? new Connection({ url: "ws://h", discussion: "d", handlers, surroundings }),
  });
  const events = [];
  for (const type of ["signin", "posted", "notice", "arrived"]) {
    model.addEventListener(type, (event) => events.push([type, event.detail]));
  }
  const returned = [];
  model.addEventListener("returned", (event) => returned.push(event.detail));
  const page = {
    returned, model, writer: model.writer, server, clock, sockets, memory, backing, events,
    get socket() {
      return sockets.at(-1);
    },
    get ids() {
      return idsOf(model.tree);
    },
    /** The socket opens and the server takes the subscription. */
    goLive() {
      page.socket.open();
      page.socket.deliver({ type: "subscribed", topic: "discussion:d", ...model.state.position });
    },
    async signIn(account = anna) {
      server.on("POST /session", () => ({ token: "t", account })).on("GET /me/votes", () => ({ votes: page.votes ?? [] }));
      await model.writer.signIn("anna", "password", false);
      await settle();
    },
  };
  const content = { discussion: { ...info, ...rest.info }, window: windowOf(comments, window) };
  server.on("GET /discussions/d", () => ({ ...content.discussion, ...server.position })).on("GET /discussions/d/comments", () => content.window);
  page.content = content;
  await model.start(carried ? content : null);
  await settle();
  return page;
}
