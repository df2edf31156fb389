import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';

import { close_payload, frame, opcodes, upgrade_request } from '../../support/raw_socket.mjs';
import { until } from '../base/waiting.mjs';

const sessions_count = 150;

const json = (text, path = '/api/v1/accounts', method = 'POST') =>
  `${method} ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nIdempotency-Key: k\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;

/** Requests that no client of ours makes. @type {((random: any) => string | Buffer)[]} */
const requests = [
  () => 'GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\nContent-Length: 3\r\n\r\nabc',
  () => 'GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n',
  () => 'POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef',
  () => 'POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
  () => 'GET  /  HTTP/9.9\r\n\r\n',
  () => `GET /${'a'.repeat(100_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
  () => `GET / HTTP/1.1\r\nHost: x\r\n${'X: y\r\n'.repeat(5_000)}\r\n`,
  () => 'GET /api/v1/discussions/storm/comments?limit=99999999999999999999&cursor=%00%ff&sort=zz HTTP/1.1\r\nHost: x\r\n\r\n',
  () => 'GET /api/v1/discussions/storm/changes?epoch=%FF&since=-1 HTTP/1.1\r\nHost: x\r\n\r\n',
  () => json('{"name":"a","name":"b","password":"a long enough password"}'),
  () => json(`${'['.repeat(50_000)}`),
  () => json('{"name":"\\ud800","password":"\u0000"}'),
  () => json('{"body":1e400,"parent":[]}', '/api/v1/discussions/storm/comments'),
  () => json(Buffer.from([0xff, 0xfe, 0x7b, 0x7d]).toString('latin1')),
  () => json('{"value":null}', '/api/v1/comments/99999999999999999999/vote', 'PUT'),
  (random) => randomBytes(random.between(1, 2_000)),
];

/** Frames after a good handshake. @type {((random: any) => Buffer)[]} */
const frames = [
  () => frame(opcodes.text, '{"type":"subscribe","topic":"discussion:storm"}', { masked: false }),
  () => frame(opcodes.text, '{"type":"subscribe","topic":"discussion:storm"}', { rsv: 4 }),
  () => frame(3, 'x'),
  () => frame(opcodes.ping, 'x'.repeat(126)),
  () => frame(opcodes.continuation, 'x'),
  () => frame(opcodes.text, Buffer.from([0xc3, 0x28])),
  () => frame(opcodes.text, 'x', { length_form: 64, declared: 0x7fffffffffffffffn }),
  () => frame(opcodes.text, 'x'.repeat(70_000)),
  () => frame(opcodes.close, close_payload(1005)),
  () => frame(opcodes.close, 'x'),
  () => Buffer.concat(Array.from({ length: 200 }, () => frame(opcodes.text, '', { fin: false }))),
  () => frame(opcodes.text, `{"type":"subscribe","topics":${JSON.stringify(Array.from({ length: 2_000 }, (_, i) => `discussion:d${i}`))}}`),
  () => frame(opcodes.text, '{"type":"subscribe","topic":"discussion:storm","epoch":"x","since":9223372036854775807}'),
  () => frame(opcodes.text, `${'['.repeat(20_000)}`),
  (random) => randomBytes(random.between(2, 3_000)),
];

/** @returns {{ended: boolean}} */
function begin(port, bytes) {
  const session = { ended: false, answered: false, socket: connect({ host: '127.0.0.1', port }) };
  session.socket.on('error', () => {});
  session.socket.on('data', () => (session.answered = true));
  session.socket.on('close', () => (session.ended = true));
  session.socket.write(bytes);
  return session;
}

export default {
  number: 'F30',
  title: 'what no client sends: HTTP, JSON and WebSocket frames made to break something',
  promise: 'it ends its own connection at most; nobody else notices',
  stores: ['sqlite', 'postgres'],
  async inject({ world, random, readers, acknowledged, took_effect, notes, history }) {
    const { port, pid } = world.instance;
    const drops = readers.reduce((sum, { sockets }) => sum + sockets, 0);
    const sessions = [];
    for (let i = 0; i < sessions_count; ++i) {
      if (i % 2 === 0) sessions.push(begin(port, random.pick(requests)(random)));
      else sessions.push(begin(port, Buffer.concat([Buffer.from(upgrade_request({ port, origin: world.origin }, { Origin: `http://127.0.0.1:${port}` })), random.pick(frames)(random)])));
      if (i % 10 === 0) await acknowledged(2);
    }
    await until(() => sessions.filter(({ ended, answered }) => ended || answered).length > sessions_count * 0.8, 'most of it is answered or ended');
    took_effect('sessions', sessions.filter(({ ended, answered }) => ended || answered).length);
    notes['ended by the server'] = sessions.filter(({ ended }) => ended).length;
    for (const { socket } of sessions) socket.destroy();
    if (world.instance.pid !== pid) history.add('broken', { why: 'it is another process' });
    notes['new connections of readers meanwhile'] = readers.reduce((sum, { sockets }) => sum + sockets, 0) - drops;
  },
};
