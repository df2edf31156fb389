import { ApiError } from "./api.js";
import { Lifeline } from "./lifeline.js";
import { FINAL_CODES } from "./protocol.js";

/** @typedef {import("./protocol.js").Position} Position */
/** @typedef {import("./protocol.js").WireUpdate} WireUpdate */
/** @typedef {import("./transport.js").Transport} Transport */
/** @typedef {import("./transport.js").Handlers} Handlers */
/** @typedef {import("./transport.js").Surroundings} Surroundings */

/** What the page says about how often it asks. */
export const POLL_EVERY_MS = 10_000;
export const POLL_HIDDEN_EVERY_MS = 60_000;

/**
 * Asks for the changes since the page's position every few seconds: for networks in which nothing
 * else gets through.
 * @implements {Transport}
 */
export class Polling {
  #read;
  #handlers;
  #env;
  #lifeline;
  /** The question that is under way; an answer to another one comes too late. @type {object | null} */
  #asking = null;
  #askAgain = false;
  #isReloading = false;

  /**
   * @param {object} options
   * @param {(position: Position) => Promise<WireUpdate | null>} options.read null: nothing is new
   * @param {Handlers} options.handlers
   * @param {Surroundings} options.surroundings
   */
  constructor({ read, handlers, surroundings }) {
    this.#read = read;
    this.#handlers = handlers;
    this.#env = surroundings;
    this.#lifeline = new Lifeline({ surroundings, handlers, open: () => void this.#ask(), close: () => (this.#asking = null) });
  }

  start() {
    this.#isReloading = false;
    this.#lifeline.start();
  }

  stop() {
    this.#lifeline.stop();
  }

  subscribe() {
    this.#isReloading = false;
    this.hurry();
  }

  hurry() {
    // What is under way may have been read before that which is to be seen now.
    this.#askAgain = this.#asking !== null;
    this.#lifeline.hurry();
  }

  async #ask() {
    const position = this.#handlers.position();
    if (position === null) return;
    const asking = {};
    this.#asking = asking;
    this.#askAgain = false;
    const askedAt = this.#env.now();
    try {
      const update = await this.#read(position);
      if (this.#asking !== asking) return;
      this.#lifeline.works("polling");
      this.#take(update ?? { ...position, prev: position.seq }, askedAt);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (this.#asking !== asking) return;
      if (error.code !== "reload") return this.#lifeline.lost(nextAfter(error));
      this.#lifeline.works("polling");
      this.#reload({ type: "reload", reason: "too_far" });
    }
    this.#rest();
  }

  /**
   * The answer was read from the store in one piece with its seq, after the question was asked. So
   * for a page that has reached that seq it says as much as a `current` message, which tells the
   * same of a room that has compared itself with the store: at that moment there was nothing newer.
   * It counts from the question on, since nobody knows how long the answer was on its way.
   * @param {WireUpdate} update @param {number} askedAt
   */
  #take(update, askedAt) {
    if (this.#isReloading) return;
    const frame = { type: "update", ...update };
    // Without changes it moves nothing, but its epoch may still be another one.
    if (this.#handlers.update(frame) === "reset") return this.#reload(frame);
    const { epoch, seq } = update;
    this.#handlers.message({ type: "current", epoch, seq }, this.#env.now() - askedAt);
  }

  /** @param {import("./protocol.js").LiveFrame} frame */
  #reload(frame) {
    if (this.#isReloading) return;
    this.#isReloading = true;
    this.#handlers.reload(frame);
  }

  #rest() {
    const isHidden = this.#env.isHidden?.() ?? false;
    const everyMs = isHidden ? POLL_HIDDEN_EVERY_MS : POLL_EVERY_MS;
    // Between 0.8 and 1.2 times as long, so that pages that were opened together drift apart.
    this.#lifeline.renew(this.#askAgain ? 0 : everyMs * (0.8 + 0.4 * this.#env.random()));
  }
}

/** @param {ApiError} error @returns {import("./protocol.js").NextAttempt} */
function nextAfter({ code, status, retryAfterMs }) {
  if (FINAL_CODES.has(code)) return { action: "stop" };
  return status === 429 || retryAfterMs !== null ? { action: "later", afterMs: retryAfterMs ?? 0 } : { action: "retry" };
}
