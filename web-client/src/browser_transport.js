import { ApiError } from "./api.js";
import { Connection } from "./connection.js";
import { EventStream } from "./event_stream.js";
import { Polling } from "./polling.js";
import { TransportChoice } from "./transport_choice.js";

/** @typedef {import("./transport.js").Handlers} Handlers */
/** @typedef {import("./protocol.js").WireUpdate} WireUpdate */

/**
 * @typedef {import("./transport.js").Surroundings & {
 *   makeSocket: (url: string, protocol: string) => import("./connection.js").SocketLike,
 *   makeStream: (url: string) => import("./event_stream.js").StreamLike}} World
 */

/** @returns {World} */
export function browserWorld() {
  return {
    makeSocket: (url, protocol) => /** @type {any} */ (new WebSocket(url, protocol)),
    makeStream: (url) => new EventSource(url),
    setTimer: (callback, ms) => setTimeout(callback, ms),
    clearTimer: (timer) => clearTimeout(timer),
    random: Math.random,
    now: () => performance.now(),
    isOnline: () => navigator.onLine,
    isHidden: () => document.visibilityState === "hidden",
  };
}

/** The live socket of a server. @param {string} server */
export function liveUrl(server) {
  const url = new URL("/api/v1/live", server);
  url.protocol = url.protocol.replace("http", "ws");
  return url.href;
}

/**
 * The way from a server's discussion to a page, whichever gets through.
 * @param {object} options
 * @param {string} options.server origin of the server
 * @param {string} options.discussion
 * @param {import("./api.js").Api} options.api
 * @param {Handlers} options.handlers
 * @param {World} options.surroundings
 */
export function makeTransport({ server, discussion, api, handlers, surroundings }) {
  const streamUrl = new URL(`/api/v1/discussions/${encodeURIComponent(discussion)}/events`, server);
  /** @param {import("./protocol.js").Position} position */
  const read = ({ epoch, seq }) => api.changes(discussion, { epoch, since: seq });
  return new TransportChoice({
    handlers,
    surroundings,
    probe: () => probe(handlers, read),
    candidates: [
      {
        name: "websocket",
        failuresMax: 3,
        make: (own) => new Connection({ url: liveUrl(server), discussion, handlers: own, surroundings }),
      },
      {
        name: "stream",
        failuresMax: 2,
        make: (own) => new EventStream({ url: streamUrl.href, discussion, handlers: own, surroundings }),
      },
      { name: "polling", failuresMax: Infinity, make: (own) => new Polling({ read, handlers: own, surroundings }) },
    ],
  });
}

/**
 * Asks for what no cache on the way answers, and does not waste the answer. A server that is too
 * busy to answer is no reason to ask it in a more expensive way.
 * @param {Handlers} handlers
 * @param {(position: import("./protocol.js").Position) => Promise<WireUpdate | null>} read
 */
async function probe(handlers, read) {
  const position = handlers.position();
  if (position === null) return false;
  try {
    const update = await read(position);
    if (update) handlers.update({ type: "update", ...update });
    return true;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return error.status >= 400 && error.status < 500 && error.status !== 429;
  }
}
