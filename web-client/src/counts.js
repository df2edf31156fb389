import { Lifeline } from "./lifeline.js";
import { closeAction, parseFrame, SUBPROTOCOL } from "./protocol.js";

/** @typedef {import("./connection.js").SocketLike} SocketLike */
/** @typedef {import("./transport.js").Surroundings & {makeSocket: (url: string, protocol: string) => SocketLike}} World */
/** @typedef {(count: number) => void} Listener */

/** The server takes so many topics in one message, */
const TOPICS_PER_MESSAGE_MAX = 100;
/** and so many on one connection. The first ones of a page that has more are live. */
export const TOPICS_MAX = 200;
/** Where numbers do not change, no frame comes: then one is asked for, which proves that the server is there. */
export const ASK_AGAIN_MS = 25_000;

const PREFIX = "count:";

/** The numbers of comments of many discussions, over one socket: for pages that list them. */
export class Counts {
  #url;
  #world;
  #lifeline;
  /** @type {Map<string, Set<Listener>>} */
  #listeners = new Map();
  /** @type {SocketLike | null} */
  #socket = null;
  #isOpen = false;
  /** @type {unknown} */
  #askTimer = null;
  #isAskingSoon = false;
  /** Those to be subscribed to with the next message. @type {string[]} */
  #wanted = [];

  /**
   * @param {object} options
   * @param {string} options.url of the live socket
   * @param {World} options.surroundings
   */
  constructor({ url, surroundings }) {
    this.#url = url;
    this.#world = surroundings;
    const handlers = /** @type {any} */ ({ status: () => {} });
    this.#lifeline = new Lifeline({ surroundings, handlers, open: () => this.#connect(), close: () => this.#drop() });
  }

  /**
   * Calls the listener with each new number until the function that is given back is called.
   * @param {string} discussion
   * @param {Listener} listener
   * @returns {() => void}
   */
  watch(discussion, listener) {
    const listeners = this.#listeners.get(discussion) ?? new Set();
    listeners.add(listener);
    if (listeners.size === 1) {
      this.#listeners.set(discussion, listeners);
      this.#wanted.push(discussion);
      this.#askSoon();
    }
    if (this.#listeners.size === 1 && listeners.size === 1) this.#lifeline.start();
    return () => this.#leave(discussion, listener);
  }

  /** @param {string} discussion @param {Listener} listener */
  #leave(discussion, listener) {
    const listeners = this.#listeners.get(discussion);
    if (!listeners?.delete(listener) || listeners.size > 0) return;
    this.#listeners.delete(discussion);
    this.#wanted = this.#wanted.filter((one) => one !== discussion);
    if (this.#listeners.size === 0) return this.#lifeline.stop();
    this.#say({ type: "unsubscribe", topic: PREFIX + discussion });
  }

  /** Elements of one page come one after the other, and are asked for together. */
  #askSoon() {
    if (this.#isAskingSoon) return;
    this.#isAskingSoon = true;
    queueMicrotask(() => {
      this.#isAskingSoon = false;
      this.#subscribe();
    });
  }

  #subscribe() {
    if (!this.#isOpen || this.#wanted.length === 0) return;
    const topics = this.#wanted.splice(0).slice(0, TOPICS_MAX).map((discussion) => PREFIX + discussion);
    while (topics.length > 0) this.#say({ type: "subscribe", topics: topics.splice(0, TOPICS_PER_MESSAGE_MAX) });
  }

  /** @param {object} message */
  #say(message) {
    if (this.#isOpen) this.#socket?.send(JSON.stringify(message));
  }

  #connect() {
    const socket = this.#world.makeSocket(this.#url, SUBPROTOCOL);
    this.#socket = socket;
    socket.onopen = () => {
      this.#isOpen = true;
      this.#lifeline.opened();
      this.#wanted = [...this.#listeners.keys()];
      this.#subscribe();
    };
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onclose = ({ code, reason }) => this.#lifeline.lost(closeAction(code, reason));
    socket.onerror = null; // A close always follows.
  }

  /** @param {unknown} data */
  #receive(data) {
    this.#lifeline.heard();
    this.#world.clearTimer(this.#askTimer);
    this.#askTimer = this.#world.setTimer(() => this.#askAgain(), ASK_AGAIN_MS);
    const frame = parseFrame(data);
    if (frame?.type !== "count") return;
    this.#lifeline.works("live");
    const { id, comment_count: count } = /** @type {{id: string, comment_count: number}} */ (/** @type {unknown} */ (frame));
    for (const listener of this.#listeners.get(id) ?? []) listener(count);
  }

  #askAgain() {
    const [first] = this.#listeners.keys();
    if (first !== undefined) this.#say({ type: "subscribe", topic: PREFIX + first });
  }

  #drop() {
    this.#isOpen = false;
    this.#world.clearTimer(this.#askTimer);
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }
}
