// Private Redis servers for tests, started and broken by tests/support/redis.sh, whose first lines say which
// commands there are.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const script = join(dirname(fileURLToPath(import.meta.url)), 'redis.sh');

export class RedisLab {
  constructor() {
    this.child = spawn(script, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.answers = [];
    this.waiting = [];
    createInterface({ input: this.child.stdout }).on('line', (line) => {
      const next = this.waiting.shift();
      if (next) next(line);
    });
  }

  /** One command; what stands behind "ok ", or an error. Commands are answered in order. */
  async ask(command) {
    const answer = new Promise((resolve) => this.waiting.push(resolve));
    this.child.stdin.write(`${command}\n`);
    const line = await answer;
    if (!line.startsWith('ok')) throw new Error(`${command}: ${line}`);
    return line.slice(3);
  }

  /** Starts a server; its port. */
  async start(name, config = '') {
    return Number(await this.ask(`redis ${name} ${config}`));
  }

  /** Ends all servers. */
  async stop() {
    this.child.stdin.end();
    if (this.child.exitCode === null) await once(this.child, 'exit');
  }
}

/** "up" or "down", as the server itself sees its bus. */
export async function bus_state(server) {
  const ready = await fetch(`http://127.0.0.1:${server.ops_port}/readyz`);
  return (await ready.json()).parts.bus.state;
}

/** The value of a counter or gauge without labels. */
export async function metric(server, name) {
  const page = await (await fetch(`http://127.0.0.1:${server.ops_port}/metrics`)).text();
  return Number(page.match(new RegExp(`^${name} (\\S+)$`, 'm'))?.[1]);
}

/** Looks again and again, for half a minute at most, until the condition holds. */
export async function comes_about(server, condition, what = condition.toString()) {
  const until = performance.now() + 30_000;
  while (!(await condition())) {
    if (performance.now() > until) {
      throw new Error(`it did not come about: ${what}\n${server.raw_log.slice(-20).join('\n')}`);
    }
    await server.get('/api/v1/discussions');
  }
}

/** A client that may publish any bytes; resolves with how many subscribers got each of them. */
export async function publish(port, messages) {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  let answers = '';
  socket.on('data', (bytes) => (answers += bytes));
  for (const [channel, payload] of messages) {
    const body = Buffer.from(payload);
    socket.write(`*3\r\n$7\r\nPUBLISH\r\n$${Buffer.byteLength(channel)}\r\n${channel}\r\n$${body.length}\r\n`);
    socket.write(body);
    socket.write('\r\n');
  }
  const lines = () => answers.split('\r\n').slice(0, -1);
  while (lines().length < messages.length) await once(socket, 'data');
  socket.destroy();
  return lines().map((line) => Number(line.slice(1)));
}

/**
 * A proxy in front of a server that loses published messages: `loses(payload)` decides about each PUBLISH, which
 * is then answered as if it had been carried out.
 */
export class LossyProxy {
  static async start(port, loses) {
    const proxy = new LossyProxy();
    const { createServer } = await import('node:net');
    proxy.lost = 0;
    proxy.sockets = new Set();
    proxy.server = createServer((client) => {
      const upstream = connect(port, '127.0.0.1');
      for (const [socket, other] of [[client, upstream], [upstream, client]]) {
        proxy.sockets.add(socket);
        socket.on('error', () => {});
        socket.on('close', () => {
          proxy.sockets.delete(socket);
          other.destroy();
        });
      }
      upstream.on('data', (bytes) => client.write(bytes));
      let pending = Buffer.alloc(0);
      client.on('data', (bytes) => {
        pending = Buffer.concat([pending, bytes]);
        for (let command = next_command(pending); command; command = next_command(pending)) {
          const whole = pending.subarray(0, command.size);
          pending = pending.subarray(command.size);
          const [word, , payload] = command.words;
          if (word?.toString() === 'PUBLISH' && loses(payload)) {
            proxy.lost += 1;
            // Keeps the answers in step: a command that is answered by a number as well.
            upstream.write('*3\r\n$7\r\nPUBLISH\r\n$4\r\nlost\r\n$0\r\n\r\n');
          } else {
            upstream.write(whole);
          }
        }
      });
    });
    proxy.server.listen(0, '127.0.0.1');
    await once(proxy.server, 'listening');
    proxy.port = proxy.server.address().port;
    return proxy;
  }

  async stop() {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }
}

/** The first whole command of a client's bytes: its words and its size; nothing where it is not whole. */
function next_command(bytes) {
  const line_at = (from) => {
    const end = bytes.indexOf('\r\n', from);
    return end < 0 ? null : { text: bytes.toString('latin1', from, end), next: end + 2 };
  };
  const head = line_at(0);
  if (!head) return null;
  const words = [];
  let at = head.next;
  for (let i = 0; i < Number(head.text.slice(1)); ++i) {
    const length = line_at(at);
    if (!length) return null;
    const size = Number(length.text.slice(1));
    if (bytes.length < length.next + size + 2) return null;
    words.push(bytes.subarray(length.next, length.next + size));
    at = length.next + size + 2;
  }
  return { words, size: at };
}
