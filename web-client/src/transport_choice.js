/** @typedef {import("./transport.js").Transport} Transport */
/** @typedef {import("./transport.js").Handlers} Handlers */
/** @typedef {import("./transport.js").Status} Status */
/** @typedef {import("./transport.js").Surroundings} Surroundings */
/** @typedef {import("./transport.js").TransportName} TransportName */

/**
 * @typedef {object} Candidate
 * @property {TransportName} name
 * @property {(handlers: Handlers) => Transport} make
 * @property {number} failuresMax so many mute attempts in a row, while HTTP works, and the next one is used
 */

/** One that is in use or on trial. @typedef {{index: number, transport: Transport}} Slot */

export const TRY_BETTER_EVERY_MS = 4 * 60_000;
/** A reader who comes back, perhaps in another network, need not wait for that. */
const TRY_BETTER_AGAIN_MS = 60_000;

/**
 * The best way that gets through. A way is left for the next one only if it stays mute while HTTP
 * reaches the same server: a server that is down is waited for, not polled. From a lesser way the
 * better ones are tried again now and then, beside it, and taken once they work. What worked is
 * remembered for as long as this object lives.
 * @implements {Transport}
 */
export class TransportChoice {
  #candidates;
  #handlers;
  #probe;
  #env;
  /** @type {Slot} */
  #current;
  /** @type {Slot | null} */
  #trial = null;
  #isRunning = false;
  #isProbing = false;
  #failures = 0;
  /** @type {unknown} */
  #trialTimer = null;
  #triedAt = 0;

  /**
   * @param {object} options
   * @param {Candidate[]} options.candidates the best one first
   * @param {Handlers} options.handlers
   * @param {() => Promise<boolean>} options.probe does HTTP reach the server?
   * @param {Surroundings} options.surroundings
   */
  constructor({ candidates, handlers, probe, surroundings }) {
    this.#candidates = candidates;
    this.#handlers = handlers;
    this.#probe = probe;
    this.#env = surroundings;
    this.#current = this.#make(0);
  }

  start() {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#failures = 0;
    this.#begin();
  }

  stop() {
    this.#isRunning = false;
    this.#endTrial();
    this.#current.transport.stop();
  }

  subscribe() {
    this.#current.transport.subscribe();
  }

  authenticate() {
    this.#current.transport.authenticate?.();
  }

  hurry() {
    this.#current.transport.hurry();
    const isDue = this.#env.now() - this.#triedAt >= TRY_BETTER_AGAIN_MS;
    if (this.#isRunning && this.#current.index > 0 && !this.#trial && isDue) this.#try(0);
  }

  #begin() {
    const { index, transport } = this.#current;
    this.#handlers.via?.(this.#candidates[index].name);
    this.#triedAt = this.#env.now();
    this.#armTrial();
    transport.start();
  }

  /** @param {number} index @returns {Slot} */
  #make(index) {
    const slot = /** @type {Slot} */ ({ index });
    slot.transport = this.#candidates[index].make(this.#handlersFor(slot));
    return slot;
  }

  /** What is on trial is not heard until it works. @param {Slot} slot @returns {Handlers} */
  #handlersFor(slot) {
    const isCurrent = () => this.#current === slot;
    return {
      position: () => this.#handlers.position(),
      status: (status) => this.#onStatus(slot, status),
      update: (frame) => (isCurrent() ? this.#handlers.update(frame) : "ignored"),
      reload: (frame) => void (isCurrent() && this.#handlers.reload(frame)),
      message: (frame, ageMs) => void (isCurrent() && this.#handlers.message(frame, ageMs)),
      ticket: async () => (await this.#handlers.ticket?.()) ?? null,
      changed: (what) => void (isCurrent() && this.#handlers.changed?.(what)),
      ended: () => void (isCurrent() && this.#handlers.ended?.()),
      failed: () => (isCurrent() ? void this.#onFailed(slot) : this.#onTrialFailed(slot)),
    };
  }

  /** @param {Slot} slot @param {Status} status */
  #onStatus(slot, status) {
    const works = status === "live" || status === "polling";
    if (this.#trial === slot) {
      if (works) this.#promote(slot);
      else if (status === "closed") return this.#onTrialFailed(slot);
    }
    if (this.#current !== slot) return;
    if (works) this.#failures = 0;
    if (status === "closed") this.#endTrial();
    this.#handlers.status(status);
  }

  /** @param {Slot} slot */
  async #onFailed(slot) {
    const isLast = slot.index + 1 >= this.#candidates.length;
    if (isLast || this.#isProbing) return;
    this.#isProbing = true;
    const reaches = await this.#probe();
    this.#isProbing = false;
    if (!this.#isRunning || this.#current !== slot) return;
    this.#failures = reaches ? this.#failures + 1 : 0;
    if (this.#failures < this.#candidates[slot.index].failuresMax) return;
    slot.transport.stop();
    this.#endTrial();
    this.#failures = 0;
    this.#current = this.#make(slot.index + 1);
    this.#begin();
  }

  // --- trying better ones -------------------------------------------------------------------

  #armTrial() {
    this.#env.clearTimer(this.#trialTimer);
    if (this.#current.index === 0) return;
    const ms = TRY_BETTER_EVERY_MS * (0.75 + this.#env.random() / 2);
    this.#trialTimer = this.#env.setTimer(() => this.#try(0), ms);
  }

  /** @param {number} index */
  #try(index) {
    this.#endTrial();
    this.#triedAt = this.#env.now();
    this.#trial = this.#make(index);
    this.#trial.transport.start();
  }

  /** One that is mute gives its place to the next better one; then it is for another time. @param {Slot} slot */
  #onTrialFailed(slot) {
    if (this.#trial !== slot) return;
    this.#endTrial();
    if (slot.index + 1 < this.#current.index) this.#try(slot.index + 1);
    else this.#armTrial();
  }

  #endTrial() {
    this.#env.clearTimer(this.#trialTimer);
    this.#trialTimer = null;
    const trial = this.#trial;
    this.#trial = null;
    trial?.transport.stop();
  }

  /**
   * It was asked since a position that the page has left behind meanwhile, or holds still. Either
   * way what it brings begins at or before the page's position, so nothing is missed.
   * @param {Slot} slot
   */
  #promote(slot) {
    const old = this.#current;
    this.#trial = null;
    this.#current = slot;
    old.transport.stop();
    this.#armTrial();
    this.#handlers.via?.(this.#candidates[slot.index].name);
  }
}
