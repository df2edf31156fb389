/** @typedef {import("./transport.js").Status} Status */
/** @typedef {import("./protocol.js").LiveFrame} LiveFrame */
/** @typedef {import("./protocol.js").Position} Position */

const CURRENT_VALID_MS = 20_000;
const STALE_AFTER_MS = 10_000;

/** What may be said to the reader about how new the page is. */
export class LiveStatus {
  /** @type {Status} */
  status = "connecting";
  /** Updates came to a stop so long ago that what is shown must look old. */
  isStale = false;
  /** By which way the page hears. @type {import("./transport.js").TransportName | null} */
  transport = null;
  /** How often a busy server sends, where it says so. */
  everyMs = 0;
  /** @type {number | null} readers at this moment, where the server tells */
  reading = null;

  #clock;
  #changed;
  /** @type {(Position & {at: number}) | null} */
  #current = null;
  /** @type {unknown} */
  #currentTimer = null;
  /** @type {unknown} */
  #staleTimer = null;

  /** @param {import("./model.js").Clock} clock @param {() => void} changed called when something here has changed by itself */
  constructor(clock, changed) {
    this.#clock = clock;
    this.#changed = changed;
  }

  /** Nothing newer than this position is known to anybody. @param {Position} position */
  isUpToDate({ epoch, seq }) {
    const current = this.#current;
    if (!this.#isHearing || current === null || current.epoch !== epoch || seq < current.seq) return false;
    const age = this.#clock.now() - current.at;
    // Somebody may have set the clock back.
    return age >= 0 && age < CURRENT_VALID_MS;
  }

  /** @param {Status} status */
  onStatus(status) {
    this.status = status;
    if (this.#isHearing) {
      this.isStale = false;
      this.#clock.clearTimer(this.#staleTimer);
      this.#staleTimer = null;
      return;
    }
    this.reading = null;
    // It counts from the loss on, whatever is tried meanwhile.
    if (this.#staleTimer !== null) return;
    this.#staleTimer = this.#clock.setTimer(() => {
      this.isStale = true;
      this.#changed();
    }, STALE_AFTER_MS);
  }

  get #isHearing() {
    return this.status === "live" || this.status === "polling";
  }

  /**
   * @param {LiveFrame} frame
   * @param {number} [ageMs] how long ago it was true
   * @returns {boolean} whether it changed something
   */
  onMessage(frame, ageMs = 0) {
    if (frame.type === "presence") {
      this.reading = Number(frame.reading);
      return true;
    }
    if (frame.type !== "current") return false;
    this.#current = { seq: Number(frame.seq), epoch: String(frame.epoch), at: this.#clock.now() - ageMs };
    this.everyMs = frame.degraded ? Number(frame.every_ms ?? 0) : 0;
    this.#clock.clearTimer(this.#currentTimer);
    this.#currentTimer = this.#clock.setTimer(this.#changed, Math.max(0, CURRENT_VALID_MS - ageMs) + 1);
    return true;
  }

  stop() {
    this.#clock.clearTimer(this.#currentTimer);
    this.#clock.clearTimer(this.#staleTimer);
    this.#staleTimer = null;
  }
}
