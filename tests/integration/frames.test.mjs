// The live socket against clients that break the WebSocket protocol (RFC 6455, RFC 7692), or use
// its corners. Each case looks afterwards whether the server and a socket of somebody else still
// work.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { RawSocket, close_payload, deflated, frame, opcodes } from '../support/raw_socket.mjs';
import { Server, temporary_folder } from '../support/server.mjs';

const { continuation, text, binary, close, ping, pong } = opcodes;

let folder;
let server;
let bystander;
let bystander_pings = 0;

before(async () => {
  folder = await temporary_folder();
  server = await Server.start(`${folder.path}/parley.db`);
  bystander = await RawSocket.open(server);
});

after(async () => {
  bystander.destroy();
  await server.stop();
  await folder.remove();
});

async function others_are_well() {
  const payload = `still here ${++bystander_pings}`;
  bystander.send(frame(ping, payload));
  await bystander.pong(payload);
  assert.deepEqual(bystander.frames.filter(({ opcode }) => opcode !== pong && opcode !== ping), []);
}

// What a case may end in.
const closes = (...codes) => async (socket) => {
  const code = await socket.closed();
  assert.ok(codes.includes(code), `closed with ${code}, not ${codes.join(' or ')}`);
};
const answers = (code, count = 1) => async (socket) => {
  const is_error = ({ opcode, payload }) => opcode === text && JSON.parse(payload).code === code;
  await socket.until(() => socket.frames.filter(is_error).length >= count || socket.ended, `${count} times ${code}`);
  assert.equal(socket.frames.filter(is_error).length, count, socket.describe());
  await stays_open(socket);
};
const stays_open = async (socket) => {
  socket.send(frame(ping, 'open?'));
  await socket.pong('open?');
  assert.ok(!socket.ended);
};
const pongs = (payload) => async (socket) => {
  await socket.pong(payload);
  await stays_open(socket);
};
const leaves = () => (socket) => socket.destroy();

const question = JSON.stringify({ type: 'subscribe', topic: 'discussion:nowhere' });
const nonsense = 'not JSON, but UTF-8 ✓';
const asked = answers('unknown_discussion');
const not_json = answers('malformed');
const euro = Buffer.from('€');
const tram = Buffer.from('🚋');
const bytes = (...list) => Buffer.from(list);
const part = (opcode, payload, options) => frame(opcode, payload, { fin: false, ...options });
const in_parts = (payload, size, rsv = 0) =>
  Array.from({ length: Math.ceil(payload.length / size) }, (_, i) =>
    frame(i === 0 ? text : continuation, payload.subarray(i * size, (i + 1) * size), {
      rsv: i === 0 ? rsv : 0,
      fin: (i + 1) * size >= payload.length,
    }),
  );

// [what, the bytes in the order of their sending, how it ends]
const cases = [
  ['a question', [frame(text, question)], asked],
  ['a question that is not masked with a secret', [frame(text, question, { mask: Buffer.alloc(4) })], asked],
  ['three messages in one segment', [Buffer.concat([frame(text, nonsense), frame(text, nonsense), frame(text, nonsense)])], answers('malformed', 3)],
  ['a question byte by byte', [...frame(text, question)].map((byte) => bytes(byte)), asked],
  ['an empty message', [frame(text)], not_json],
  ['a binary message', [frame(binary, question)], not_json],
  ['a binary message that is not UTF-8', [frame(binary, bytes(0xff, 0xfe))], not_json],
  ['the largest message', [frame(text, 'x'.repeat(65_536))], not_json],
  ['a message over the limit', [frame(text, 'x'.repeat(65_537))], closes(1009)],
  ['a length over the limit alone', [frame(text, '', { length_form: 64, declared: 1n << 40n })], closes(1009)],
  ['fragments over the limit', [part(text, 'x'.repeat(40_000)), frame(continuation, 'x'.repeat(40_000))], closes(1009)],

  ['RSV1', [frame(text, question, { rsv: 4 })], closes(1002)],
  ['RSV2', [frame(text, question, { rsv: 2 })], closes(1002)],
  ['RSV3', [frame(text, question, { rsv: 1 })], closes(1002)],
  ['all reserved bits', [frame(text, question, { rsv: 7 })], closes(1002)],
  ['RSV1 of a ping', [frame(ping, '', { rsv: 4 })], closes(1002)],
  ['RSV2 of a pong', [frame(pong, '', { rsv: 2 })], closes(1002)],
  ['RSV3 of a close', [frame(close, '', { rsv: 1 })], closes(1002)],
  ['RSV1 of a continuation', [part(text, 'a'), frame(continuation, 'b', { rsv: 4 })], closes(1002)],
  ['RSV1 after a good message', [frame(text, question), frame(text, question, { rsv: 4 })], closes(1002)],
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].flatMap((opcode) => [
    [`opcode ${opcode}`, [frame(opcode)], closes(1002)],
    [`opcode ${opcode} in the middle of a message`, [part(text, 'a'), frame(opcode, 'x')], closes(1002)],
  ]),

  ...Object.entries({ text, binary, close, ping, pong }).map(([name, opcode]) => [
    `${name} without a mask`, [frame(opcode, '', { masked: false })], closes(1002),
  ]),
  ['a long text without a mask', [frame(text, 'x'.repeat(70_000), { masked: false })], closes(1002)],
  ['a continuation without a mask', [part(text, 'a'), frame(continuation, 'b', { masked: false })], closes(1002)],

  ...[0, 1, 125].flatMap((length) => [
    [`${length} bytes in 16 bits`, [frame(text, 'x'.repeat(length), { length_form: 16 })], closes(1002)],
    [`${length} bytes in 64 bits`, [frame(text, 'x'.repeat(length), { length_form: 64 })], closes(1002)],
  ]),
  ['126 bytes in 64 bits', [frame(text, 'x'.repeat(126), { length_form: 64 })], closes(1002)],
  ['65535 bytes in 64 bits', [frame(text, 'x'.repeat(65_535), { length_form: 64 })], closes(1002)],
  ['a length with its highest bit', [frame(text, 'x', { length_form: 64, declared: 1n << 63n })], closes(1002)],
  ['the largest length there is', [frame(text, 'x', { length_form: 64, declared: (1n << 64n) - 1n })], closes(1002)],
  ['126 bytes in their form', [frame(text, 'x'.repeat(126))], not_json],

  ...Object.entries({ close, ping, pong }).flatMap(([name, opcode]) => [
    [`${name} of 126 bytes`, [frame(opcode, 'x'.repeat(126))], closes(1002)],
    [`${name} of 65536 bytes`, [frame(opcode, 'x'.repeat(65_536))], closes(1002)],
    [`${name} of 1 byte in 16 bits`, [frame(opcode, 'x', { length_form: 16 })], closes(1002)],
    [`${name} in fragments`, [part(opcode, 'a'), frame(continuation, 'b')], closes(1002)],
  ]),

  ['an empty ping', [frame(ping)], pongs('')],
  ['a ping', [frame(ping, 'hello')], pongs('hello')],
  ['the longest ping', [frame(ping, 'x'.repeat(125))], pongs('x'.repeat(125))],
  ['a ping that is not UTF-8', [frame(ping, bytes(0xff, 0x00, 0xfe))], pongs(bytes(0xff, 0x00, 0xfe))],
  ['a ping byte by byte', [...frame(ping, 'slow')].map((byte) => bytes(byte)), pongs('slow')],
  ['a pong that nobody asked for', [frame(pong, 'hello')], stays_open],
  ['pings between fragments', [part(text, question.slice(0, 9)), frame(ping, 'in between'), frame(continuation, question.slice(9))],
    async (socket) => { await socket.pong('in between'); await asked(socket); }],
  ['a flood of pings', [Buffer.concat([...Array.from({ length: 10_000 }, () => frame(ping, 'x'.repeat(125))), frame(ping, 'last')])], pongs('last')],
  ['a flood of pongs', [Buffer.concat(Array.from({ length: 10_000 }, () => frame(pong, 'x'.repeat(125))))], stays_open],

  ['two fragments', [part(text, question.slice(0, 9)), frame(continuation, question.slice(9))], asked],
  ['fragments of one byte', in_parts(Buffer.from(question), 1), asked],
  ['empty fragments around a message', [part(text), part(continuation), part(continuation, question), frame(continuation)], asked],
  ['a binary message in fragments', [part(binary, bytes(0xff)), frame(continuation, bytes(0xfe))], not_json],
  ['a continuation first', [frame(continuation, 'x')], closes(1002)],
  ['a continuation first that goes on', [part(continuation, 'x'), frame(continuation, 'y')], closes(1002)],
  ['a continuation after a message', [frame(text, question), frame(continuation, 'x')], closes(1002)],
  ['a text inside of a text', [part(text, 'a'), frame(text, 'b')], closes(1002)],
  ['a text inside of a binary message', [part(binary, 'a'), part(text, 'b')], closes(1002)],
  ['a binary inside of a text', [part(text, 'a'), frame(binary, 'b')], closes(1002)],
  ['64 fragments', [part(text), ...Array.from({ length: 62 }, () => part(continuation)), frame(continuation, question)], asked],
  ['65 fragments', [part(text), ...Array.from({ length: 63 }, () => part(continuation)), frame(continuation, question)], closes(1008)],
  ['10,000 empty fragments', [part(text), Buffer.concat(Array.from({ length: 10_000 }, () => part(continuation)))], closes(1008)],

  ['a close without a code', [frame(close)], closes(1000, 1005)],
  ...[1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999].map((code) => [
    `close ${code}`, [frame(close, close_payload(code, 'bye'))], closes(code, 1000),
  ]),
  ...[0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535].map((code) => [
    `close ${code}`, [frame(close, close_payload(code))], closes(1002),
  ]),
  ['a close of one byte', [frame(close, bytes(3))], closes(1002)],
  ['the longest close', [frame(close, close_payload(1000, 'x'.repeat(123)))], closes(1000)],
  ['a close whose reason is not UTF-8', [frame(close, Buffer.concat([close_payload(1000), bytes(0xc3, 0x28)]))], closes(1007)],
  ['a close whose reason is cut off', [frame(close, Buffer.concat([close_payload(1000), euro.subarray(0, 2)]))], closes(1007)],
  ['data after a close', [Buffer.concat([frame(close, close_payload(1000)), frame(text, question), frame(3)])], closes(1000)],
  ['two closes', [Buffer.concat([frame(close, close_payload(1001)), frame(close, close_payload(1000))])], closes(1001, 1000)],
  ['a close inside of a message', [part(text, 'a'), frame(close, close_payload(1001))], closes(1001, 1000)],
  ['a close in pieces', [...frame(close, close_payload(1000, 'bye'))].map((byte) => bytes(byte)), closes(1000)],

  ...[1, 2].map((cut) => [
    `UTF-8 cut after byte ${cut} of 3 by a fragment`, [part(text, euro.subarray(0, cut)), frame(continuation, euro.subarray(cut))], not_json,
  ]),
  ...[1, 2, 3].map((cut) => [
    `UTF-8 cut after byte ${cut} of 4 by a fragment`, [part(text, tram.subarray(0, cut)), frame(continuation, tram.subarray(cut))], not_json,
  ]),
  ...[1, 2].map((cut) => [`a message that ends after byte ${cut} of 3`, [frame(text, euro.subarray(0, cut))], closes(1007)]),
  ...[1, 2, 3].map((cut) => [`a message that ends after byte ${cut} of 4`, [part(text, tram.subarray(0, cut)), frame(continuation)], closes(1007)]),
  ...Object.entries({
    'a continuation byte alone': [0x80],
    'an overlong slash': [0xc0, 0xaf],
    'an overlong slash in 3 bytes': [0xe0, 0x80, 0xaf],
    'an overlong slash in 4 bytes': [0xf0, 0x80, 0x80, 0xaf],
    'a surrogate': [0xed, 0xa0, 0x80],
    'a pair of surrogates': [0xed, 0xa1, 0x8c, 0xed, 0xbe, 0xb4],
    'a code over 10FFFF': [0xf4, 0x90, 0x80, 0x80],
    'a byte that never occurs': [0xff],
    'Latin-1': [0x63, 0x61, 0x66, 0xe9],
  }).map(([name, list]) => [name, [frame(text, bytes(...list))], closes(1007)]),
  ['a noncharacter, which is UTF-8', [frame(text, bytes(0xef, 0xbf, 0xbf))], not_json],
  ['bad UTF-8 in a message that never ends', [part(text, bytes(0xed, 0xa0))], closes(1007)],

  ['a header cut off, then nobody', [frame(text, question).subarray(0, 1)], leaves()],
  ['half a header, then nobody', [frame(text, 'x'.repeat(300)).subarray(0, 5)], leaves()],
  ['half a message, then nobody', [frame(text, question).subarray(0, 20)], leaves()],
  ['half a ping inside of half a message, then nobody', [part(text, question), frame(ping, 'abc').subarray(0, 7)], leaves()],
  ['noise', [bytes(...Array.from({ length: 300 }, (_, i) => (i * 151 + 37) % 256))], closes(1002)],
  ['an HTTP request', [Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')], closes(1002)],
];

const packed = (payload, options) => frame(text, deflated(payload), { rsv: 4, ...options });
const zeros = (mebibytes) => Buffer.alloc(mebibytes * 1024 * 1024);

// The same, on sockets that agreed on permessage-deflate.
const deflate_cases = [
  ['a deflated question', [packed(question)], asked],
  ['a plain question', [frame(text, question)], asked],
  ['a message of every window', [9, 10, 12, 15].map((windowBits) => frame(text, deflated(nonsense.repeat(99), { windowBits }), { rsv: 4 })), answers('malformed', 4)],
  ['a question that was stored', [frame(text, deflated(question, { level: 0 }), { rsv: 4 })], asked],
  ['an empty deflated message', [frame(text, bytes(0), { rsv: 4 })], not_json],
  ['a last block', [frame(text, bytes(0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00), { rsv: 4 })], not_json],
  ['a deflated question in fragments', in_parts(deflated(question), 7, 4), asked],
  ['a ping between deflated fragments', [part(text, deflated(question).subarray(0, 5), { rsv: 4 }), frame(ping, 'p'), frame(continuation, deflated(question).subarray(5))],
    async (socket) => { await socket.pong('p'); await asked(socket); }],
  ['a deflated binary message', [frame(binary, deflated(bytes(0xff)), { rsv: 4 })], not_json],
  ['deflated messages that share nothing', [packed(nonsense), packed(nonsense), packed(nonsense)], answers('malformed', 3)],
  ['RSV1 of a ping', [frame(ping, '', { rsv: 4 })], closes(1002)],
  ['RSV1 of a continuation', [part(text, deflated(question), { rsv: 4 }), frame(continuation, '', { rsv: 4 })], closes(1002)],
  ['RSV1 and RSV2', [packed(question, { rsv: 6 })], closes(1002)],
  ['RSV3', [packed(question, { rsv: 1 })], closes(1002)],
  ['the largest message', [packed('x'.repeat(65_536))], not_json],
  ['one byte more', [packed('x'.repeat(65_537))], closes(1009)],
  ['64 KiB that become 64 MiB', [frame(text, deflated(zeros(64)).subarray(0, 65_536), { rsv: 4 })], closes(1009)],
  ['a bomb in fragments', [part(text, deflated(zeros(32)).subarray(0, 16_000), { rsv: 4 }), frame(continuation, deflated(zeros(32)).subarray(16_000))], closes(1009)],
  ['deflated bytes over the limit', [frame(text, Buffer.alloc(65_537, 0xaa), { rsv: 4 })], closes(1009)],
  ['bytes that do not inflate', [frame(text, bytes(0xff, 0xff, 0xff), { rsv: 4 })], closes(1007)],
  ['plain text that says it is deflated', [frame(text, question, { rsv: 4 })], closes(1007)],
  ['a distance before the beginning', [frame(text, bytes(0x4b, 0x04, 0x82, 0x01, 0x00), { rsv: 4 })], closes(1007)],
  ['half of a deflated message', [frame(text, deflated(question).subarray(0, 10), { rsv: 4 })], closes(1007)],
  ['deflated bytes that are not UTF-8', [frame(text, deflated(bytes(0xff)), { rsv: 4 })], closes(1007)],
  ['deflated UTF-8 that is cut off', [frame(text, deflated(euro.subarray(0, 2)), { rsv: 4 })], closes(1007)],
  ['half a deflated message, then nobody', [part(text, deflated(question), { rsv: 4 })], leaves()],
];

async function play(name, steps, ends, options) {
  const socket = await RawSocket.open(server, options);
  try {
    for (const step of steps) {
      socket.send(step);
      // Each step is a write of its own; the kernel may still join them.
      await new Promise((resolve) => setImmediate(resolve));
    }
    await ends(socket);
  } finally {
    socket.destroy();
  }
  await others_are_well();
}

for (const [name, steps, ends] of cases) {
  test(`frames: ${name}`, () => play(name, steps, ends));
}
for (const [name, steps, ends] of deflate_cases) {
  test(`deflate: ${name}`, () => play(name, steps, ends, { deflate: true }));
}

test('a client that floods with pings and reads nothing costs the others nothing', async () => {
  const socket = await RawSocket.open(server);
  socket.tcp.pause();
  const flood = Buffer.concat(Array.from({ length: 1_000 }, () => frame(ping, 'x'.repeat(125))));
  for (let i = 0; i < 100; ++i) socket.send(flood);
  for (let i = 0; i < 20; ++i) await others_are_well();
  socket.destroy();
  await others_are_well();
});
