// A WebSocket client made by hand on a TCP socket: it can send what no library would send, and it
// holds the server to the protocol when it reads. It answers pings, as a library would.

import { createHash, randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { deflateRawSync, inflateRawSync, constants } from 'node:zlib';

const wait_timeout_ms = 10_000;
const tail = Buffer.from([0, 0, 0xff, 0xff]);

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 };

/**
 * One frame of a client. `length_form` (7, 16 or 64 bits) and `declared` (a bigint) replace the
 * shortest form and the true length.
 */
export function frame(opcode, payload = '', { fin = true, rsv = 0, masked = true, mask = randomBytes(4), length_form, declared } = {}) {
  const body = Buffer.from(payload);
  const length = declared ?? BigInt(body.length);
  const form = length_form ?? (length < 126n ? 7 : length < 65_536n ? 16 : 64);
  const header = [(fin ? 0x80 : 0) | (rsv << 4) | opcode];
  const masked_bit = masked ? 0x80 : 0;
  if (form === 7) header.push(masked_bit | Number(length));
  else header.push(masked_bit | (form === 16 ? 126 : 127));
  for (let shift = form === 7 ? -8 : form - 8; shift >= 0; shift -= 8) {
    header.push(Number((length >> BigInt(shift)) & 0xffn));
  }
  const payload_bytes = masked ? body.map((byte, i) => byte ^ mask[i % 4]) : body;
  return Buffer.concat([Buffer.from(header), masked ? mask : Buffer.alloc(0), payload_bytes]);
}

/** The payload of a close frame. */
export function close_payload(code, reason = '') {
  return Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)]);
}

/** Raw DEFLATE without the tail that a sender removes (RFC 7692, section 7.2.1). */
export function deflated(data, options = {}) {
  const bytes = deflateRawSync(Buffer.from(data), { finishFlush: constants.Z_SYNC_FLUSH, ...options });
  return bytes.subarray(0, bytes.length - tail.length);
}

/** The lines of an upgrade request; `fields` adds, replaces (also by a list) or, with null, removes. */
export function upgrade_request(server, fields = {}, { method = 'GET', version = 'HTTP/1.1' } = {}) {
  const all = {
    Host: `127.0.0.1:${server.port}`,
    Origin: server.origin,
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
    'Sec-WebSocket-Protocol': 'parley.v1',
    ...fields,
  };
  const lines = [`${method} /api/v1/live ${version}`];
  for (const [name, value] of Object.entries(all)) {
    for (const one of value === null ? [] : [value].flat()) lines.push(`${name}: ${one}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** What must be answered to a key (RFC 6455, section 4.2.2). */
export const accept_of = (key) =>
  createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');

export class RawSocket {
  /** `from`: the address of this machine that it comes from. */
  constructor(server, { from } = {}) {
    this.bytes = Buffer.alloc(0);
    this.frames = []; // { opcode, payload, rsv1 }, in the order of their arrival
    this.waiters = [];
    this.upgraded = false;
    this.answers_pings = true;
    this.ended = false;
    this.problem = null;
    this.error = null; // of the system, if that is how it ended
    this.tcp = connect({ host: '127.0.0.1', port: server.port, noDelay: true, localAddress: from });
    this.tcp.on('data', (data) => this.take(data));
    // A reset is an end as well: the server may close while bytes are still on their way to it.
    this.tcp.on('error', (error) => (this.error = error));
    this.tcp.on('close', () => {
      this.ended = true;
      this.check();
    });
    this.tcp.on('end', () => {
      this.ended = true;
      this.check();
    });
  }

  /** Connects and upgrades. */
  static async open(server, { deflate = false, from } = {}) {
    const socket = new RawSocket(server, { from });
    const offer = deflate ? { 'Sec-WebSocket-Extensions': 'permessage-deflate' } : {};
    socket.send(upgrade_request(server, offer));
    const { status, head } = await socket.response();
    if (status !== 101) throw new Error(`no upgrade: ${head}`);
    if (deflate && !/^sec-websocket-extensions: *permessage-deflate/im.test(head)) {
      socket.tcp.destroy();
      throw new Error(`permessage-deflate was not taken: ${head}`);
    }
    return socket;
  }

  send(bytes) {
    if (!this.ended) this.tcp.write(bytes);
  }

  take(data) {
    this.bytes = Buffer.concat([this.bytes, data]);
    if (this.upgraded) this.read_frames();
    this.check();
  }

  read_frames() {
    while (this.bytes.length >= 2 && !this.problem) {
      const [first, second] = this.bytes;
      const form = second & 0x7f;
      const start = form === 126 ? 4 : form === 127 ? 10 : 2;
      if (this.bytes.length < start) return;
      const length =
        form === 126 ? this.bytes.readUInt16BE(2) : form === 127 ? Number(this.bytes.readBigUInt64BE(2)) : form;
      if (this.bytes.length < start + length) return;
      this.add_frame(first, second, this.bytes.subarray(start, start + length));
      this.bytes = this.bytes.subarray(start + length);
    }
  }

  add_frame(first, second, raw) {
    const opcode = first & 0x0f;
    const rsv1 = (first & 0x40) !== 0;
    if ((first & 0xb0) !== 0x80 || second & 0x80 || ![1, 8, 9, 10].includes(opcode)) {
      this.problem = `the server sent a frame that begins with ${first}, ${second}`;
      return;
    }
    const payload = rsv1
      ? inflateRawSync(Buffer.concat([raw, tail]), { finishFlush: constants.Z_SYNC_FLUSH })
      : Buffer.from(raw);
    this.frames.push({ opcode, payload, rsv1 });
    if (opcode === opcodes.ping && this.answers_pings) this.send(frame(opcodes.pong, payload));
  }

  check() {
    this.waiters = this.waiters.filter(({ condition, resolve }) => {
      const value = this.problem ? new Error(this.problem) : condition();
      if (value) resolve(value);
      return !value;
    });
  }

  /** The first truthy value of `condition`, which is asked again whenever something arrives. */
  async until(condition, what) {
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`${what}: ${this.describe()}`)), wait_timeout_ms);
    });
    const found = new Promise((resolve) => {
      this.waiters.push({ condition, resolve });
      this.check();
    });
    try {
      const value = await Promise.race([found, late]);
      if (value instanceof Error) throw value;
      return value;
    } finally {
      clearTimeout(timer);
    }
  }

  describe() {
    const frames = this.frames.slice(-5).map(({ opcode, payload }) => `${opcode} ${payload.toString('latin1')}`);
    const end = this.error ? `ended by ${this.error.code}` : 'ended';
    return `${this.ended ? end : 'open'} after ${this.frames.length} frames ${JSON.stringify(frames)}`;
  }

  /** The answer to the upgrade, or an end without one (status 0). */
  async response() {
    return this.until(() => {
      const end = this.bytes.indexOf('\r\n\r\n');
      if (end < 0) return this.ended && { status: 0, head: '' };
      const head = this.bytes.subarray(0, end).toString('latin1');
      this.bytes = this.bytes.subarray(end + 4);
      const status = Number(/^HTTP\/1\.[01] (\d{3}) /.exec(head)?.[1]);
      this.upgraded = status === 101;
      if (this.upgraded) this.read_frames();
      return { status, head };
    }, 'no answer to the upgrade');
  }

  /** The code of the server's close frame (1005 for one without), or 'drop', once the socket ends. */
  async closed() {
    await this.until(() => this.ended, 'the server did not close');
    const close = this.frames.find(({ opcode }) => opcode === opcodes.close);
    if (!close) return 'drop';
    return close.payload.length >= 2 ? close.payload.readUInt16BE(0) : 1005;
  }

  /** The first text, past or to come, for which the condition holds, as JSON. */
  async text(condition = () => true) {
    return this.until(() => {
      const texts = this.frames.filter(({ opcode }) => opcode === opcodes.text);
      const found = texts.map(({ payload }) => JSON.parse(payload.toString())).find(condition);
      return found ?? (this.ended && new Error(`no text: ${this.describe()}`));
    }, 'no text');
  }

  async pong(payload) {
    const wanted = Buffer.from(payload);
    return this.until(
      () =>
        this.frames.some((one) => one.opcode === opcodes.pong && one.payload.equals(wanted)) ||
        (this.ended && new Error(`no pong: ${this.describe()}`)),
      'no pong',
    );
  }

  destroy() {
    this.tcp.destroy();
  }
}
