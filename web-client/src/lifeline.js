/** @typedef {import("./transport.js").Status} Status */
/** @typedef {import("./transport.js").Handlers} Handlers */
/** @typedef {import("./transport.js").Surroundings} Surroundings */
/** @typedef {import("./transport.js").NextAttempt} NextAttempt */

export const BACKOFF_BASE_MS = 500;
export const BACKOFF_MAX_MS = 30_000;
/** A server that has nothing to tell says so every 15 s. */
export const SILENCE_MAX_MS = 40_000;
/** So long an attempt may take to reach anybody at all. */
export const ANSWER_MAX_MS = 10_000;
/** The first frame follows at once, so this long without one means that none gets through. */
export const FIRST_FRAME_MAX_MS = 5_000;
const LATER_MIN_MS = 15_000;
const STEADY_MS = 10_000;
const OFFLINE_AFTER_FAILURES = 4;

/**
 * Attempt after attempt to hear from the server: when the next one is due, when one counts as
 * dead, and what of it the page is told. What an attempt is, its owner knows.
 */
export class Lifeline {
  #env;
  #handlers;
  #open;
  #close;
  /** @type {Status | "idle"} */
  #status = "idle";
  /** @type {unknown} */
  #retryTimer = null;
  /** @type {unknown} */
  #silenceTimer = null;
  #failures = 0;
  #goodSince = 0;
  #isTrying = false;
  #hasHeard = false;

  /**
   * @param {object} options
   * @param {Surroundings} options.surroundings
   * @param {Handlers} options.handlers
   * @param {() => void} options.open begins an attempt; may throw where that is impossible
   * @param {() => void} options.close ends it, and is harmless where there is none
   */
  constructor({ surroundings, handlers, open, close }) {
    this.#env = surroundings;
    this.#handlers = handlers;
    this.#open = open;
    this.#close = close;
  }

  start() {
    if (this.#status !== "idle") return;
    this.#setStatus("connecting");
    this.#attempt();
  }

  stop() {
    this.#status = "idle";
    this.#failures = 0;
    this.#drop();
  }

  /** The next attempt now, if it is being waited for. */
  hurry() {
    if (this.#status === "idle" || this.#status === "closed" || this.#isTrying) return;
    this.#failures = Math.min(this.#failures, OFFLINE_AFTER_FAILURES - 1);
    this.#attempt();
  }

  /** Somebody is at the other end; a proxy perhaps, so that this proves nothing yet. */
  opened() {
    this.#listen(FIRST_FRAME_MAX_MS);
  }

  /** A word from the server: it is there. */
  heard() {
    this.#hasHeard = true;
    this.#listen(SILENCE_MAX_MS);
  }

  /** What the page asked for is arriving. @param {"live" | "polling"} status */
  works(status) {
    if (this.#status !== status) this.#goodSince = this.#env.now();
    this.#setStatus(status);
  }

  /** Another attempt from where the page is now; nothing is wrong. @param {number} delayMs */
  renew(delayMs) {
    if (this.#status === "idle" || this.#status === "closed") return;
    this.#drop();
    this.#retryTimer = this.#env.setTimer(() => this.#attempt(), delayMs);
  }

  /** The attempt has ended. @param {NextAttempt} [next] */
  lost(next = { action: "retry" }) {
    if (this.#status === "idle") return;
    // A close with a reason is a word, too.
    const isMute = !this.#hasHeard && next.action === "retry";
    this.#drop();
    const isGood = this.#status === "live" || this.#status === "polling";
    if (isGood && this.#env.now() - this.#goodSince >= STEADY_MS) this.#failures = 0;
    if (next.action === "stop") return this.#setStatus("closed");
    const delayMs = this.#delay(next);
    ++this.#failures;
    const online = this.#env.isOnline?.() ?? true;
    this.#setStatus(online && this.#failures < OFFLINE_AFTER_FAILURES ? "reconnecting" : "offline");
    this.#retryTimer = this.#env.setTimer(() => this.#attempt(), delayMs);
    if (isMute) this.#handlers.failed?.();
  }

  /** @param {NextAttempt} next */
  #delay(next) {
    const { random } = this.#env;
    if (next.action === "after") return next.delayMs;
    if (next.action === "spread") return random() * next.withinMs;
    if (next.action === "later") return Math.max(next.afterMs ?? 0, LATER_MIN_MS) * (1 + random());
    // Full jitter, so that many pages that lost the same server do not come back together.
    return random() * Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** this.#failures);
  }

  #attempt() {
    this.#drop();
    this.#isTrying = true;
    this.#hasHeard = false;
    this.#listen(ANSWER_MAX_MS);
    try {
      this.#open();
    } catch {
      // A page's policy may forbid it: that is an attempt that failed, not an end.
      this.lost();
    }
  }

  /** @param {number} ms how long silence is normal from now on */
  #listen(ms) {
    this.#env.clearTimer(this.#silenceTimer);
    this.#silenceTimer = this.#env.setTimer(() => this.lost(), ms);
  }

  #drop() {
    this.#env.clearTimer(this.#silenceTimer);
    this.#env.clearTimer(this.#retryTimer);
    this.#silenceTimer = this.#retryTimer = null;
    this.#isTrying = false;
    this.#close();
  }

  /** @param {Status} status */
  #setStatus(status) {
    if (this.#status === status) return;
    this.#status = status;
    this.#handlers.status(status);
  }
}
