// A reader: the web client's own model and connections in this process, without anything on a screen. What it is
// told and what it shows goes to the history.

import '../../web-client/support/globals.js';
import { get } from 'node:http';
import WebSocket from 'ws';

import { Api } from '../../../web-client/src/api.js';
import { Connection } from '../../../web-client/src/connection.js';
import { EventStream } from '../../../web-client/src/event_stream.js';
import { Model } from '../../../web-client/src/model.js';
import { Polling } from '../../../web-client/src/polling.js';
import { Memory, memoryBacking } from '../../../web-client/src/storage.js';
import { content_hash, hash_of, items_of } from '../base/history.mjs';

/** @typedef {import('../base/history.mjs').History} History */

const clock = {
  now: () => Date.now(),
  setTimer: (callback, ms) => setTimeout(callback, ms),
  clearTimer: (timer) => clearTimeout(timer),
};

/** The same bytes go to many readers: what they say is worked out once. */
const items_known = new Map();
function items_of_frame(frame) {
  const name = `${frame.epoch} ${frame.topic} ${frame.prev} ${frame.seq} ${frame.comments?.length} ${frame.scores?.length}`;
  const text = JSON.stringify(frame);
  const known = items_known.get(name);
  if (known?.text === text) return known.items;
  const items = items_of(frame);
  if (items_known.size > 500) items_known.clear();
  items_known.set(name, { text, items });
  return items;
}

/** What node has no global for: server-sent events, as far as the client uses them. */
class Stream {
  onopen = null;
  onmessage = null;
  onerror = null;

  constructor(url, origin, on_text) {
    this.request = get(url, { agent: false, headers: { Origin: origin } }, (response) => {
      if (response.statusCode !== 200) return void this.#fail();
      this.onopen?.({});
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (more) => {
        text += more;
        const events = text.split('\n\n');
        text = events.pop();
        for (const event of events) {
          const data = event.split('\n').find((line) => line.startsWith('data: '))?.slice(6);
          if (data === undefined) continue;
          on_text(data);
          this.onmessage?.({ data });
        }
      });
      response.on('close', () => this.#fail());
      response.on('error', () => {});
    });
    this.request.on('error', () => this.#fail());
  }

  #fail() {
    const told = this.onerror;
    this.close();
    told?.({});
  }

  close() {
    this.onopen = this.onmessage = this.onerror = null;
    this.request.destroy();
  }
}

export class Reader extends Model {
  /**
   * @param {{name: string, discussion: string, origin: string, via: 'websocket' | 'stream' | 'polling', history: History,
   *   random: import('../base/random.mjs').Random, canaries: readonly string[], is_whole: boolean}} options
   */
  constructor({ name, discussion, origin, via, history, random, canaries, is_whole }) {
    const api = new Api({ server: origin, random: () => random.unit() });
    const parts = { name, discussion, origin, via, history, random, canaries, api };
    super({ discussion, api, memory: new Memory(memoryBacking(), origin, discussion), clock, makeTransport: (handlers) => transport_of(parts, handlers, () => this) });
    Object.assign(this, parts, { is_whole });
    /** Is it visible, by comment, as was last told. */
    this.shown = new Map();
    this.sockets = 0;
    this.closes = [];
  }

  /** Nobody looks, so nothing is laid out. */
  changed() {}

  /** @param {any} effect */
  took(effect) {
    super.took(effect);
    this.#note_shown();
  }

  /** Tells of comments that came, went or came back. */
  #note_shown() {
    const { state, shown, history, name, discussion } = this;
    if (this.shown_of !== state.epoch) {
      shown.clear();
      this.shown_of = state.epoch;
    }
    const changed = [];
    for (const id of this.touched ?? known_ids(state)) {
      const entry = state.entry(id);
      if (!entry) continue;
      const visible = entry.content.state === 'visible';
      if (shown.get(id) === visible) continue;
      shown.set(id, visible);
      changed.push([id, visible, entry.contentSeq]);
    }
    this.touched = null;
    if (changed.length > 0) history.add('shown', { reader: name, discussion, epoch: state.epoch, changed });
  }

  /** @param {any} frame @param {(frame: any) => string} apply */
  take_update(frame, apply) {
    const before = this.state?.position ?? null;
    this.touched = (frame.comments ?? []).map(({ id }) => id);
    const outcome = apply(frame);
    this.touched = null;
    const { epoch, prev, seq, comment_count } = frame;
    const { name: reader, discussion, via } = this;
    const items = outcome === 'ignored' && before?.epoch === epoch && seq === prev ? [] : items_of_frame(frame);
    this.history.add('update', { reader, via, discussion, epoch, prev, seq, comment_count, outcome, mine: before?.seq ?? null, items });
    return outcome;
  }

  /** Goes on reading until all of it is here. */
  async read_all() {
    for (let i = 0; this.state?.nextRequest && i < 50; ++i) await this.loadMore(null, 1000);
    if (this.state) this.#note_shown();
  }

  /** Loses its connection, as when a train enters a tunnel. */
  drop() {
    this.socket?.terminate?.();
  }

  stop() {
    super.stop();
    this.socket?.terminate?.();
  }
}

/** @param {any} state @param {string | null} [parent] @returns {string[]} */
const known_ids = (state, parent = null) => state.childrenOf(parent).flatMap((id) => [id, ...known_ids(state, id)]);

function transport_of(parts, handlers, reader) {
  const { discussion, origin, via, history, random, canaries, name, api } = parts;
  const hear = (text) => {
    for (const canary of canaries) if (text.includes(canary)) history.add('leak', { reader: name, canary });
  };
  const recording = {
    ...handlers,
    update: (frame) => reader().take_update(frame, handlers.update),
    reload: (frame) => {
      history.add('reload', { reader: name, discussion, epoch: frame.epoch, reason: frame.reason ?? frame.type });
      handlers.reload(frame);
    },
  };
  const surroundings = { ...clock, random: () => random.unit() };
  if (via === 'polling') {
    return new Polling({ read: (position) => api.changes(discussion, { epoch: position.epoch, since: position.seq }), handlers: recording, surroundings });
  }
  if (via === 'stream') {
    const makeStream = (url) => (reader().socket = new Stream(url, origin, hear));
    return new EventStream({ url: `${origin}/api/v1/discussions/${discussion}/events`, discussion, handlers: recording, surroundings: { ...surroundings, makeStream } });
  }
  const makeSocket = (url, protocol) => open_socket({ url, protocol, origin, hear, reader: reader(), deflate: random.chance(50) });
  return new Connection({ url: `${origin.replace('http', 'ws')}/api/v1/live`, discussion, handlers: recording, surroundings: { ...surroundings, makeSocket } });
}

/** The library's socket with the few members that the client uses. */
function open_socket({ url, protocol, origin, hear, reader, deflate }) {
  const socket = new WebSocket(url, protocol, { origin, perMessageDeflate: deflate });
  const like = { onopen: null, onmessage: null, onclose: null, onerror: null, send: (text) => socket.send(text), close: () => socket.terminate() };
  reader.socket = socket;
  ++reader.sockets;
  socket.on('open', () => like.onopen?.({}));
  socket.on('message', (bytes) => {
    const data = bytes.toString();
    hear(data);
    like.onmessage?.({ data });
  });
  socket.on('close', (code, reason) => {
    reader.closes.push(code);
    like.onclose?.({ code, reason: reason.toString() });
  });
  // A connection that is cut has other codes than bytes that mean nothing.
  socket.on('error', ({ code = '', message }) => {
    if (/^(WS_ERR|Z_)/.test(code)) reader.history.add('garbled', { reader: reader.name, why: message });
  });
  return like;
}

/**
 * What a page shows, in its order: tombstones only where something visible stands below them.
 * @param {any} state a DiscussionState
 * @returns {{id: string, row: string, key: readonly number[]}[]}
 */
export function rows_of(state) {
  const below = (parent) => {
    const rows = [];
    for (const id of state.childrenOf(parent)) {
      const { content, tally, key } = state.entry(id);
      const children = below(id);
      if (content.state !== 'visible' && children.length === 0) continue;
      rows.push({ id, key, row: hash_of([content_hash(content), tally]) }, ...children);
    }
    return rows;
  };
  return below(null);
}
