import { FrameReader } from "./frame_reader.js";
import { Lifeline } from "./lifeline.js";

/** @typedef {import("./transport.js").Transport} Transport */
/** @typedef {import("./transport.js").Handlers} Handlers */
/** @typedef {import("./transport.js").Surroundings} Surroundings */

/**
 * @typedef {object} StreamLike
 * @property {() => void} close
 * @property {((event: any) => void) | null} onopen
 * @property {((event: any) => void) | null} onmessage
 * @property {((event: any) => void) | null} onerror
 */

const RESUME_WITHIN_MS = 2_000;

/**
 * The life of one subscription over server-sent events, for networks that let no WebSocket
 * through. The position is part of the address, so every new start is another stream.
 * @implements {Transport}
 */
export class EventStream {
  #url;
  #handlers;
  #makeStream;
  #lifeline;
  #frames;
  /** @type {StreamLike | null} */
  #stream = null;
  #isOver = false;

  /**
   * @param {object} options
   * @param {string} options.url without a query
   * @param {string} options.discussion
   * @param {Handlers} options.handlers
   * @param {Surroundings & {makeStream: (url: string) => StreamLike}} options.surroundings
   */
  constructor({ url, discussion, handlers, surroundings }) {
    this.#url = url;
    this.#handlers = handlers;
    this.#makeStream = surroundings.makeStream;
    const lifeline = new Lifeline({ surroundings, handlers, open: () => this.#connect(), close: () => this.#drop() });
    this.#lifeline = lifeline;
    // A server that leaves gaps again and again must not be asked without a pause.
    const resume = () => lifeline.renew(surroundings.random() * RESUME_WITHIN_MS);
    // After a reload the server ends the stream, which is no loss: the next one begins when the
    // windows were read again.
    const reload = (/** @type {any} */ frame) => {
      this.#drop();
      this.#isOver = true;
      handlers.reload(frame);
    };
    this.#frames = new FrameReader({ discussion, handlers: { ...handlers, reload }, lifeline, resume });
  }

  start() {
    this.#lifeline.start();
  }

  stop() {
    this.#lifeline.stop();
  }

  hurry() {
    this.#lifeline.hurry();
  }

  subscribe() {
    if (this.#stream || this.#isOver) this.#lifeline.renew(0);
  }

  #connect() {
    const position = this.#handlers.position();
    if (position === null) return;
    this.#isOver = false;
    this.#frames.asked();
    const query = new URLSearchParams({ epoch: position.epoch, since: String(position.seq) });
    const stream = this.#makeStream(`${this.#url}?${query}`);
    this.#stream = stream;
    stream.onopen = () => this.#lifeline.opened();
    stream.onmessage = ({ data }) => this.#frames.receive(data);
    // The browser would come back by itself, all pages at the same moment and since where this
    // stream began. So it is closed here, and opened again when the backoff says so.
    stream.onerror = () => this.#lifeline.lost();
  }

  #drop() {
    const stream = this.#stream;
    this.#stream = null;
    if (!stream) return;
    stream.onopen = stream.onmessage = stream.onerror = null;
    stream.close();
  }
}
