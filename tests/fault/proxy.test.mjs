// The proxy and its filters, against servers of this process.

import assert from 'node:assert/strict';
import { connect, createServer } from 'node:net';
import { test } from 'node:test';

import { until } from './base/waiting.mjs';
import { BackendMessages, cut_at_commit } from './proxy/postgres_filter.mjs';
import { drop_messages, value_length } from './proxy/redis_filter.mjs';
import { TcpProxy } from './proxy/tcp_proxy.mjs';

async function listen(on_connection) {
  const sockets = new Set();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    on_connection(socket);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: server.address().port, sockets, stop: () => (sockets.forEach((socket) => socket.destroy()), new Promise((resolve) => server.close(resolve))) };
}

function dial(port) {
  const client = { text: '', ended: false, failed: null, socket: connect({ host: '127.0.0.1', port }) };
  client.socket.on('data', (bytes) => (client.text += bytes.toString('latin1')));
  client.socket.on('error', (error) => (client.failed = error.code));
  client.socket.on('close', () => (client.ended = true));
  return client;
}

/** A proxy before a server that answers in capitals. */
async function with_echo(play, filter) {
  const server = await listen((socket) => socket.on('data', (bytes) => socket.write(bytes.toString().toUpperCase())));
  const proxy = await TcpProxy.start(() => ({ port: server.port }), filter);
  const client = dial(proxy.port);
  try {
    await play({ proxy, client, server });
  } finally {
    client.socket.destroy();
    await proxy.stop();
    await server.stop();
  }
}

test('bytes pass both ways', () => with_echo(async ({ client }) => {
  client.socket.write('abc');
  await until(() => client.text === 'ABC', 'an answer');
}));

test('what is large passes whole', () => with_echo(async ({ client }) => {
  client.socket.write('x'.repeat(3_000_000));
  await until(() => client.text.length === 3_000_000, 'all of it');
}));

test('a delay delays', () => with_echo(async ({ proxy, client }) => {
  proxy.delay_ms = 50;
  const began = performance.now();
  client.socket.write('abc');
  await until(() => client.text === 'ABC', 'an answer');
  assert.ok(performance.now() - began >= 95, 'once in each direction');
}));

test('a cut resets both ends', () => with_echo(async ({ proxy, client, server }) => {
  client.socket.write('abc');
  await until(() => client.text === 'ABC', 'an answer');
  assert.equal(proxy.cut(), 1);
  await until(() => client.ended && [...server.sockets].every(({ destroyed }) => destroyed), 'both have ended');
  assert.equal(client.failed, 'ECONNRESET');
  assert.equal(proxy.links.size, 0);
}));

test('what is swallowed is heard by nobody, and nobody is told', () => with_echo(async ({ proxy, client, server }) => {
  client.socket.write('abc');
  await until(() => client.text === 'ABC', 'an answer');
  proxy.swallow(() => true);
  client.socket.write('def');
  client.socket.end();
  await until(() => client.socket.writableFinished, 'it is sent');
  const another = dial(proxy.port);
  another.socket.write('ghi');
  await until(() => another.text === 'GHI', 'others pass');
  another.socket.destroy();
  assert.equal(client.text, 'ABC');
  assert.ok([...server.sockets].some(({ destroyed }) => !destroyed), 'the server believes that it is there');
}));

test('nobody behind it: a reset', async () => {
  const proxy = await TcpProxy.start(() => null);
  const client = dial(proxy.port);
  await until(() => client.ended, 'an end');
  await proxy.stop();
});

// --- PostgreSQL -------------------------------------------------------------------------------------

function message(type, body) {
  const bytes = Buffer.alloc(5 + body.length);
  bytes.write(type);
  bytes.writeUInt32BE(4 + body.length, 1);
  bytes.write(body, 5, 'latin1');
  return bytes;
}

test('messages of PostgreSQL are found wherever the bytes are split', () => {
  const stream = Buffer.concat([message('1', ''), message('C', 'COMMIT\0'), message('D', 'CCOMMIT\0'), message('Z', 'I')]);
  for (let size = 1; size <= stream.length; ++size) {
    const reader = new BackendMessages();
    const found = [];
    for (let at = 0; at < stream.length; at += size) found.push(...reader.take(stream.subarray(at, at + size)));
    assert.equal(found.map(({ type }) => type).join(''), '1CDZ');
    assert.deepEqual(Buffer.concat(found.map(({ bytes }) => bytes)), stream);
  }
});

test('the answer to a COMMIT is cut, and nothing else', async () => {
  const server = await listen((socket) => {
    socket.write('N');
    socket.once('data', () => socket.write(Buffer.concat([message('C', 'INSERT 0 1\0'), message('C', 'COMMIT\0'), message('Z', 'I')])));
  });
  let cuts = 0;
  const proxy = await TcpProxy.start(() => ({ port: server.port }), cut_at_commit(() => true, () => ++cuts));
  const client = dial(proxy.port);
  client.socket.write('?');
  await until(() => client.ended, 'the cut');
  assert.equal(cuts, 1);
  assert.ok(!client.text.includes('COMMIT'));
  await proxy.stop();
  await server.stop();
});

// --- Redis ------------------------------------------------------------------------------------------

const pushed = (text) => `*3\r\n$7\r\nmessage\r\n$2\r\nch\r\n$${text.length}\r\n${text}\r\n`;

test('values of Redis are measured', () => {
  for (const text of ['+OK\r\n', ':12\r\n', '$-1\r\n', '$3\r\na\r\n\r\n', '*-1\r\n', '*2\r\n$1\r\na\r\n*1\r\n:1\r\n', pushed('x\r\ny')]) {
    assert.equal(value_length(Buffer.from(`${text}+more\r\n`)), text.length, JSON.stringify(text));
    for (let i = 0; i < text.length; ++i) assert.equal(value_length(Buffer.from(text.slice(0, i))), 0, JSON.stringify(text.slice(0, i)));
  }
});

test('messages are left out, answers never', () => {
  const stream = Buffer.from(`+OK\r\n${pushed('one')}:1\r\n${pushed('two')}${pushed('three')}$2\r\nhi\r\n`);
  for (let size = 1; size <= stream.length; ++size) {
    let passed = '';
    const filter = drop_messages((value) => value.includes('two'))();
    for (let at = 0; at < stream.length; at += size) filter.to_client(stream.subarray(at, at + size), (bytes) => (passed += bytes));
    assert.equal(passed, `+OK\r\n${pushed('one')}:1\r\n${pushed('three')}$2\r\nhi\r\n`);
  }
});
