import { closeAction, FINAL_CODES, parseFrame, SUBPROTOCOL, topicOf } from "./protocol.js";

/** @typedef {import("./protocol.js").Position} Position */
/** @typedef {import("./protocol.js").LiveFrame} LiveFrame */

/**
 * What the page sees of the connection. `connecting`: for the first time; `live`: subscribed;
 * `reconnecting`: was live, or is trying again; `offline`: several tries failed, or the browser
 * has no network; `closed`: given up, since the server said not to come back.
 * @typedef {"connecting" | "live" | "reconnecting" | "offline" | "closed"} Status
 */

/**
 * How updates reach a page. WebSocket is the first; others (an event stream, polling) have the
 * same face.
 * @typedef {object} Transport
 * @property {() => void} start
 * @property {() => void} stop for good, or until start(): no handler is called afterwards
 * @property {() => void} subscribe asks for what happened since the position that is held now
 * @property {() => void} hurry tries again now rather than later
 */

/**
 * @typedef {object} Handlers
 * @property {() => Position | null} position what the page holds now
 * @property {(status: Status) => void} status
 * @property {(frame: LiveFrame) => "ignored" | "applied" | "gap" | "reset"} update
 * @property {() => void} reload the windows must be read again, then subscribe() is to be called
 * @property {(frame: LiveFrame) => void} message `current`, `presence` and what else there is
 */

/**
 * @typedef {object} SocketLike
 * @property {(text: string) => void} send
 * @property {(code?: number, reason?: string) => void} close
 * @property {((event: any) => void) | null} onopen
 * @property {((event: any) => void) | null} onmessage
 * @property {((event: any) => void) | null} onclose
 * @property {((event: any) => void) | null} onerror
 */

/**
 * The world outside, injected.
 * @typedef {object} Surroundings
 * @property {(url: string, protocol: string) => SocketLike} makeSocket
 * @property {(callback: () => void, ms: number) => unknown} setTimer
 * @property {(timer: any) => void} clearTimer
 * @property {() => number} random in [0, 1)
 * @property {() => number} now ms
 * @property {() => boolean} [isOnline]
 */

export const BACKOFF_BASE_MS = 500;
export const BACKOFF_MAX_MS = 30_000;
export const SILENCE_MAX_MS = 40_000;
const LATER_MIN_MS = 15_000;
const STEADY_MS = 10_000;
const OFFLINE_AFTER_FAILURES = 4;

/** @returns {Surroundings} */
export function browserSurroundings() {
  return {
    makeSocket: (url, protocol) => /** @type {SocketLike} */ (/** @type {unknown} */ (new WebSocket(url, protocol))),
    setTimer: (callback, ms) => setTimeout(callback, ms),
    clearTimer: (timer) => clearTimeout(timer),
    random: Math.random,
    now: () => performance.now(),
    isOnline: () => navigator.onLine,
  };
}

/**
 * The life of one subscription over WebSocket: connects, subscribes since the page's position,
 * resumes after every loss.
 * @implements {Transport}
 */
export class Connection {
  #url;
  #topic;
  #handlers;
  #env;
  /** @type {SocketLike | null} */
  #socket = null;
  #open = false;
  /** @type {unknown} */
  #retryTimer = null;
  /** @type {unknown} */
  #silenceTimer = null;
  #failures = 0;
  #liveSince = 0;
  #awaitingSubscribed = false;
  #reloading = false;
  /** @type {Status | "idle"} */
  #status = "idle";

  /**
   * @param {{url: string, discussion: string, handlers: Handlers, surroundings: Surroundings}} options
   */
  constructor({ url, discussion, handlers, surroundings }) {
    this.#url = url;
    this.#topic = topicOf(discussion);
    this.#handlers = handlers;
    this.#env = surroundings;
  }

  start() {
    if (this.#status !== "idle") return;
    this.#setStatus("connecting");
    this.#connect();
  }

  stop() {
    this.#status = "idle";
    this.#failures = 0;
    this.#drop();
    this.#env.clearTimer(this.#retryTimer);
    this.#retryTimer = null;
  }

  hurry() {
    if (this.#status === "idle" || this.#status === "closed" || this.#socket) return;
    this.#env.clearTimer(this.#retryTimer);
    this.#failures = Math.min(this.#failures, OFFLINE_AFTER_FAILURES - 1);
    this.#connect();
  }

  subscribe() {
    this.#reloading = false;
    const position = this.#handlers.position();
    if (!this.#socket || !this.#open || position === null) return;
    this.#awaitingSubscribed = true;
    const { epoch, seq } = position;
    this.#socket.send(JSON.stringify({ type: "subscribe", topic: this.#topic, epoch, since: seq }));
  }

  #connect() {
    this.#retryTimer = null;
    this.#open = false;
    this.#reloading = false;
    const socket = this.#env.makeSocket(this.#url, SUBPROTOCOL);
    this.#socket = socket;
    this.#listen();
    socket.onopen = () => {
      this.#open = true;
      this.#listen();
      this.subscribe();
    };
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onclose = ({ code, reason }) => this.#lost(code, reason);
    socket.onerror = null; // A close always follows.
  }

  /** Starts to wait for the next frame: a socket that says nothing for long is dead. */
  #listen() {
    this.#env.clearTimer(this.#silenceTimer);
    this.#silenceTimer = this.#env.setTimer(() => this.#lost(1006, ""), SILENCE_MAX_MS);
  }

  /** @param {unknown} data */
  #receive(data) {
    this.#listen();
    const frame = parseFrame(data);
    if (frame === null || (frame.topic !== undefined && frame.topic !== this.#topic)) return;
    if (frame.type === "subscribed") this.#subscribed();
    else if (frame.type === "update") this.#update(frame);
    else if (frame.type === "reload") this.#reload();
    else if (frame.type === "error") this.#refused(frame);
    else this.#message(frame);
  }

  #subscribed() {
    this.#awaitingSubscribed = false;
    if (this.#status !== "live") this.#liveSince = this.#env.now();
    this.#setStatus("live");
  }

  /** @param {LiveFrame} frame */
  #update(frame) {
    if (this.#reloading) return; // What is read again is newer, or the next catch-up brings it.
    const outcome = this.#handlers.update(frame);
    if (outcome === "gap" && !this.#awaitingSubscribed) this.subscribe();
    if (outcome === "reset") this.#reload();
  }

  #reload() {
    if (this.#reloading) return;
    this.#reloading = true;
    this.#handlers.reload();
  }

  /** @param {LiveFrame} frame */
  #message(frame) {
    this.#handlers.message(frame);
    const position = this.#handlers.position();
    const behind = frame.type === "current" && position !== null && frame.epoch === position.epoch &&
      Number(frame.seq) > position.seq;
    // Frames keep their order, so this is never seen while all is well.
    if (behind && !this.#awaitingSubscribed && !this.#reloading) this.subscribe();
  }

  /** @param {LiveFrame} frame */
  #refused(frame) {
    this.#drop();
    if (FINAL_CODES.has(String(frame.code))) this.#setStatus("closed");
    else this.#retryIn(this.#backoff());
  }

  /** @param {number} code @param {string} reason */
  #lost(code, reason) {
    this.#drop();
    if (this.#status === "idle") return;
    if (this.#status === "live" && this.#env.now() - this.#liveSince >= STEADY_MS) this.#failures = 0;
    const next = closeAction(code, reason);
    if (next.action === "stop") this.#setStatus("closed");
    else if (next.action === "spread") this.#retryIn(this.#env.random() * next.withinMs);
    else if (next.action === "later") this.#retryIn(LATER_MIN_MS * (1 + this.#env.random()));
    else this.#retryIn(this.#backoff());
  }

  /** Full jitter, so that many pages that lost the same server do not come back together. */
  #backoff() {
    const ceilingMs = Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** this.#failures);
    return this.#env.random() * ceilingMs;
  }

  /** @param {number} delayMs */
  #retryIn(delayMs) {
    ++this.#failures;
    const online = this.#env.isOnline?.() ?? true;
    this.#setStatus(online && this.#failures < OFFLINE_AFTER_FAILURES ? "reconnecting" : "offline");
    this.#env.clearTimer(this.#retryTimer);
    this.#retryTimer = this.#env.setTimer(() => this.#connect(), delayMs);
  }

  #drop() {
    this.#env.clearTimer(this.#silenceTimer);
    this.#silenceTimer = null;
    this.#awaitingSubscribed = false;
    this.#open = false;
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  /** @param {Status} status */
  #setStatus(status) {
    if (this.#status === status) return;
    this.#status = status;
    this.#handlers.status(status);
  }
}
