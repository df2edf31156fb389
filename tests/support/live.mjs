// A reader on the live socket, by the public protocol alone: it keeps what was sent and follows the
// one rule about positions, failing the test where the server breaks it.

import WebSocket from 'ws';

const wait_timeout_ms = 20_000;

export class LiveReader {
  /** `origin: null` sends no Origin at all; `deflate` is the library's perMessageDeflate. */
  constructor(server, { origin = server.origin, protocol = 'parley.v1', deflate = true } = {}) {
    this.frames = [];
    this.waiters = [];
    this.socket = new WebSocket(`ws://127.0.0.1:${server.port}/api/v1/live`, protocol, {
      perMessageDeflate: deflate,
      ...(origin === null ? {} : { origin }),
    });
    this.socket.on('message', (bytes) => {
      this.frames.push(JSON.parse(bytes.toString()));
      this.check();
    });
    this.closed = new Promise((resolve) => {
      this.socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    this.failed = new Promise((resolve) => this.socket.on('error', resolve));
  }

  async opened() {
    if (this.socket.readyState === WebSocket.OPEN) return this;
    await Promise.race([
      new Promise((resolve) => this.socket.once('open', resolve)),
      this.failed.then((error) => Promise.reject(error)),
    ]);
    return this;
  }

  send(message) {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  subscribe(discussion, position = {}) {
    this.send({ type: 'subscribe', topic: `discussion:${discussion}`, ...position });
  }

  check() {
    this.waiters = this.waiters.filter(({ condition, resolve }) => {
      const found = this.frames.find(condition);
      if (found) resolve(found);
      return !found;
    });
  }

  /** The first frame, past or to come, for which the condition holds. */
  async frame(condition, what = condition.toString()) {
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`no frame: ${what}\n${JSON.stringify(this.frames, null, 1)}`)),
        wait_timeout_ms,
      );
    });
    const found = new Promise((resolve) => {
      this.waiters.push({ condition, resolve });
      this.check();
    });
    try {
      return await Promise.race([found, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** The state of a discussion that these frames lead to from `window` (a GET of the comments). */
  state_from(window) {
    const comments = new Map(window.comments.map((comment) => [comment.id, comment]));
    let seq = window.seq;
    for (const update of this.frames.filter(({ type }) => type === 'update')) {
      if (update.seq <= seq) continue;
      if (update.prev > seq) throw new Error(`a gap: at ${seq}, got ${JSON.stringify(update)}`);
      for (const comment of update.comments ?? []) comments.set(comment.id, comment);
      for (const score of update.scores ?? []) {
        const { id, up, down, score: total, replies } = score;
        comments.set(id, { ...comments.get(id), up, down, score: total, replies, seq: score.seq });
      }
      seq = update.seq;
    }
    return { seq, comments };
  }

  async close() {
    this.socket.close(1000);
    await this.closed;
  }
}
