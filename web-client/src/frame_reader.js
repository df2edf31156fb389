import { FINAL_CODES, parseFrame, topicOf } from "./protocol.js";

/** About a ticket, and so about nothing that everybody may read. */
const TICKET_CODES = new Set(["unauthenticated", "conflict", "unavailable"]);

/** @typedef {import("./protocol.js").LiveFrame} LiveFrame */
/** @typedef {import("./transport.js").Handlers} Handlers */
/** @typedef {import("./lifeline.js").Lifeline} Lifeline */

/** @param {LiveFrame} frame */
const isAboutTicket = (frame) => frame.topic === undefined && TICKET_CODES.has(String(frame.code));

/** What a subscription's frames mean, the same by whichever way they come. */
export class FrameReader {
  #topic;
  #handlers;
  #lifeline;
  #resume;
  #awaitsSubscribed = false;
  #isReloading = false;

  /**
   * @param {object} options
   * @param {string} options.discussion
   * @param {Handlers} options.handlers
   * @param {Lifeline} options.lifeline
   * @param {() => void} options.resume something is missing: asks for the changes since the position
   */
  constructor({ discussion, handlers, lifeline, resume }) {
    this.#topic = topicOf(discussion);
    this.#handlers = handlers;
    this.#lifeline = lifeline;
    this.#resume = resume;
  }

  /** Nothing has been asked for yet. */
  reset() {
    this.#awaitsSubscribed = false;
    this.#isReloading = false;
  }

  /** The changes since the position were asked for. */
  asked() {
    this.#awaitsSubscribed = true;
    this.#isReloading = false;
  }

  /** @param {unknown} data */
  receive(data) {
    this.#lifeline.heard();
    const frame = parseFrame(data);
    if (frame?.type === "changed") return this.#handlers.changed?.(/** @type {{what: string[]}} */ (/** @type {unknown} */ (frame)).what);
    if (frame?.type === "authenticated" || (frame?.type === "error" && isAboutTicket(frame))) return;
    if (frame === null || (frame.topic !== undefined && frame.topic !== this.#topic)) return;
    if (frame.type === "subscribed") this.#subscribed();
    else if (frame.type === "update") this.#update(frame);
    else if (frame.type === "reload") this.#reload(frame);
    else if (frame.type === "error") this.#lifeline.lost({ action: FINAL_CODES.has(String(frame.code)) ? "stop" : "retry" });
    else this.#message(frame);
  }

  #subscribed() {
    this.#awaitsSubscribed = false;
    this.#lifeline.works("live");
  }

  /** @param {LiveFrame} frame */
  #update(frame) {
    if (this.#isReloading) return; // What is read again is newer, or the next catch-up brings it.
    const outcome = this.#handlers.update(frame);
    if (outcome === "gap" && !this.#awaitsSubscribed) this.#resume();
    if (outcome === "reset") this.#reload(frame);
  }

  /** @param {LiveFrame} frame */
  #reload(frame) {
    if (this.#isReloading) return;
    this.#isReloading = true;
    this.#handlers.reload(frame);
  }

  /** @param {LiveFrame} frame */
  #message(frame) {
    this.#handlers.message(frame);
    const position = this.#handlers.position();
    const behind = frame.type === "current" && position !== null && frame.epoch === position.epoch &&
      Number(frame.seq) > position.seq;
    // Frames keep their order, so this is never seen while all is well.
    if (behind && !this.#awaitsSubscribed && !this.#isReloading) this.#resume();
  }
}
