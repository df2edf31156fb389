import { FrameReader } from "./frame_reader.js";
import { Lifeline } from "./lifeline.js";
import { closeAction, SESSION_ENDED, SUBPROTOCOL, topicOf } from "./protocol.js";

/** @typedef {import("./transport.js").Transport} Transport */
/** @typedef {import("./transport.js").Handlers} Handlers */
/** @typedef {import("./transport.js").Surroundings} Surroundings */

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
 * The life of one subscription over WebSocket: connects, subscribes since the page's position,
 * resumes after every loss.
 * @implements {Transport}
 */
export class Connection {
  #url;
  #topic;
  #handlers;
  #makeSocket;
  #lifeline;
  #frames;
  /** @type {SocketLike | null} */
  #socket = null;
  #isOpen = false;

  /**
   * @param {object} options
   * @param {string} options.url
   * @param {string} options.discussion
   * @param {Handlers} options.handlers
   * @param {Surroundings & {makeSocket: (url: string, protocol: string) => SocketLike}} options.surroundings
   */
  constructor({ url, discussion, handlers, surroundings }) {
    this.#url = url;
    this.#topic = topicOf(discussion);
    this.#handlers = handlers;
    this.#makeSocket = surroundings.makeSocket;
    this.#lifeline = new Lifeline({ surroundings, handlers, open: () => this.#connect(), close: () => this.#drop() });
    this.#frames = new FrameReader({ discussion, handlers, lifeline: this.#lifeline, resume: () => this.subscribe() });
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
    const position = this.#handlers.position();
    if (!this.#socket || !this.#isOpen || position === null) return;
    this.#frames.asked();
    const { epoch, seq } = position;
    this.#socket.send(JSON.stringify({ type: "subscribe", topic: this.#topic, epoch, since: seq }));
  }

  /** Makes the socket the viewer's, where they are signed in: another window of theirs may do something. */
  async authenticate() {
    const socket = this.#socket;
    if (!socket || !this.#isOpen) return; // Once it is open.
    const own = await this.#handlers.ticket?.();
    if (!own || socket !== this.#socket || !this.#isOpen) return;
    socket.send(JSON.stringify({ type: "authenticate", ticket: own.ticket }));
    for (const topic of own.topics) socket.send(JSON.stringify({ type: "subscribe", topic }));
  }

  #connect() {
    this.#frames.reset();
    const socket = this.#makeSocket(this.#url, SUBPROTOCOL);
    this.#socket = socket;
    socket.onopen = () => {
      this.#isOpen = true;
      this.#lifeline.opened();
      this.subscribe();
      void this.authenticate();
    };
    socket.onmessage = ({ data }) => this.#frames.receive(data);
    socket.onclose = ({ code, reason }) => {
      if (code === SESSION_ENDED) this.#handlers.ended?.();
      this.#lifeline.lost(closeAction(code, reason));
    };
    socket.onerror = null; // A close always follows.
  }

  #drop() {
    this.#isOpen = false;
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }
}
