// Drives integration/beast_client.cpp, a client of the live socket made of Beast's websocket::stream.

import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { LiveReader } from './live.mjs';

const repository = join(dirname(fileURLToPath(import.meta.url)), '../..');
const program = process.env.PARLEY_BEAST_CLIENT ?? join(repository, 'build/dev/tests/integration/beast_client');
const wait_timeout_ms = 60_000;

export class BeastClient {
  constructor() {
    this.events = [];
    this.frames = []; // the texts among them, parsed
    this.waiters = [];
    this.child = spawn(program, [], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.child.stdin.on('error', () => {});
    createInterface({ input: this.child.stdout }).on('line', (line) => {
      const event = JSON.parse(line);
      this.events.push(event);
      if (event.event === 'text') this.frames.push(JSON.parse(event.data));
      this.check();
    });
    this.exited = new Promise((resolve) => {
      this.child.on('close', (code) => {
        this.exit_code = code;
        this.check();
        resolve(code);
      });
    });
  }

  /**
   * Connects, upgrades and begins to read. `deflate`: {client_bits, server_bits, no_context_takeover};
   * `receive_buffer_bytes`: what its kernel may hold.
   */
  static async open(server, { deflate, receive_buffer_bytes } = {}) {
    const client = new BeastClient();
    client.command({ do: 'open', port: server.port, origin: server.origin, deflate, receive_buffer_bytes });
    client.opened = await client.event(({ event }) => event === 'open' || event === 'refused');
    if (client.opened.event !== 'open') throw new Error(JSON.stringify(client.opened));
    client.command({ do: 'read' });
    return client;
  }

  /**
   * text, binary: {data, piece_bytes?: the size of its fragments, plain?: not deflated}; ping, pong: {data};
   * pace: {bytes_per_s}; close: {code, reason}. Those of the first line leave one after the other.
   */
  command(command) {
    this.child.stdin.write(`${JSON.stringify(command)}\n`);
  }

  send(message, options = {}) {
    this.command({ do: 'text', data: typeof message === 'string' ? message : JSON.stringify(message), ...options });
  }

  subscribe(discussion, { epoch, seq } = {}, options = {}) {
    const position = epoch === undefined ? {} : { epoch, since: seq };
    this.send({ type: 'subscribe', topic: `discussion:${discussion}`, ...position }, options);
  }

  check() {
    this.waiters = this.waiters.filter(({ condition, resolve }) => {
      const found = condition();
      if (found) resolve(found);
      return !found;
    });
  }

  async until(condition, what) {
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`${what}: ${this.describe()}`)), wait_timeout_ms);
    });
    const found = new Promise((resolve) => {
      this.waiters.push({
        condition: () => condition() ?? (this.exit_code !== undefined && new Error(`${what}: ${this.describe()}`)),
        resolve,
      });
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

  /** The first event, past or to come, for which the condition holds. */
  event(condition) {
    return this.until(() => this.events.find(condition), `no event ${condition}`);
  }

  /** The first frame of the server for which it holds. */
  frame(condition) {
    return this.until(() => this.frames.find(condition), `no frame ${condition}`);
  }

  state_from(window) {
    return LiveReader.prototype.state_from.call(this, window);
  }

  describe() {
    const shown = this.events.slice(-5).map((event) => JSON.stringify(event).slice(0, 300));
    return `after ${this.events.length} events, exit code ${this.exit_code}: ${shown.join(' ')}`;
  }

  /** Both sides have closed: what was seen of it. */
  async closed() {
    const event = await this.event(({ event: name }) => name === 'closed');
    const code = await this.exited;
    if (code !== 0) throw new Error(`the client ended with ${code}`);
    return event;
  }

  async close(code = 1000, reason = '') {
    this.command({ do: 'close', code, reason });
    return this.closed();
  }

  async kill() {
    this.child.kill('SIGKILL');
    await this.exited;
  }
}
