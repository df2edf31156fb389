// The upgrade to the live socket (RFC 6455, section 4.2): what is refused, and how what is taken is
// answered.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { bad_handshakes } from '../support/bad_handshakes.mjs';
import { RawSocket, accept_of, frame, opcodes, upgrade_request } from '../support/raw_socket.mjs';
import { Server, temporary_folder } from '../support/server.mjs';

let folder;
let server;

before(async () => {
  folder = await temporary_folder();
  server = await Server.start(`${folder.path}/parley.db`);
});

after(async () => {
  await server.stop();
  await folder.remove();
});

const key = 'dGhlIHNhbXBsZSBub25jZQ==';

/** Sends the request and gives the answer; a socket that was refused must end, one that was taken must work. */
async function shake(request) {
  const socket = new RawSocket(server);
  socket.send(request);
  try {
    const answer = await socket.response();
    if (answer.status === 101) {
      socket.send(frame(opcodes.ping, 'here'));
      await socket.pong('here');
    } else {
      await socket.until(() => socket.ended, 'the refused socket did not end');
    }
    return answer;
  } finally {
    socket.destroy();
  }
}

const field = (head, name) => new RegExp(`^${name}: *(.*)$`, 'im').exec(head)?.[1].trim();

for (const [name, fields, status] of bad_handshakes) {
  test(`refused: ${name}`, async () => {
    const answer = await shake(upgrade_request(server, fields));
    assert.equal(answer.status, status, answer.head);
    if (status === 426) {
      assert.equal(field(answer.head, 'Sec-WebSocket-Version'), '13');
      assert.equal(field(answer.head, 'Upgrade'), 'websocket');
    }
  });
}

test('refused: HTTP/1.0 and other methods', async () => {
  for (const options of [{ version: 'HTTP/1.0' }, { method: 'POST' }, { method: 'HEAD' }, { method: 'BREW' }]) {
    const answer = await shake(upgrade_request(server, {}, options));
    assert.ok(answer.status >= 400 && answer.status < 500, `${JSON.stringify(options)}: ${answer.head}`);
  }
});

const plain_offer = 'permessage-deflate; server_no_context_takeover; client_no_context_takeover';

// [what, fields, the extensions of the answer]
const taken = [
  ['no extension', {}, undefined],
  ['a list of upgrades', { Upgrade: 'h2c, WebSocket' }, undefined],
  ['a list of connections', { Connection: 'keep-alive, upgrade' }, undefined],
  ['an unknown extension', { 'Sec-WebSocket-Extensions': 'x-snappy; level=3' }, undefined],
  ['permessage-deflate', { 'Sec-WebSocket-Extensions': 'permessage-deflate' }, plain_offer],
  ['what browsers offer', { 'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits' }, plain_offer],
  ['the second offer', { 'Sec-WebSocket-Extensions': 'permessage-deflate; server_max_window_bits=9, permessage-deflate' }, plain_offer],
  ['an offer in a second line', { 'Sec-WebSocket-Extensions': ['x-snappy', 'permessage-deflate'] }, plain_offer],
  ['a small window of the server', { 'Sec-WebSocket-Extensions': 'permessage-deflate; server_max_window_bits=10' }, undefined],
  ['a window that does not exist', { 'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits=16' }, undefined],
  ['a parameter twice', { 'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits; client_max_window_bits' }, undefined],
  ['an unknown parameter', { 'Sec-WebSocket-Extensions': 'permessage-deflate; mode=fast' }, undefined],
];

for (const [name, fields, extensions] of taken) {
  test(`taken: ${name}`, async () => {
    const { status, head } = await shake(upgrade_request(server, { 'Sec-WebSocket-Key': key, ...fields }));
    assert.equal(status, 101, head);
    assert.equal(field(head, 'Sec-WebSocket-Accept'), accept_of(key));
    assert.equal(field(head, 'Upgrade')?.toLowerCase(), 'websocket');
    assert.equal(field(head, 'Connection')?.toLowerCase(), 'upgrade');
    assert.equal(field(head, 'Sec-WebSocket-Protocol'), 'parley.v1');
    assert.equal(field(head, 'Sec-WebSocket-Extensions'), extensions);
  });
}

test('the subprotocol is named only where it was offered', async () => {
  for (const [offer, answered] of [[null, undefined], ['chat', undefined], ['chat, parley.v1', 'parley.v1']]) {
    const { status, head } = await shake(upgrade_request(server, { 'Sec-WebSocket-Protocol': offer }));
    assert.equal(status, 101, head);
    assert.equal(field(head, 'Sec-WebSocket-Protocol'), answered);
  }
});

test('a request in pieces is taken as well', async () => {
  const socket = new RawSocket(server);
  for (const char of upgrade_request(server)) socket.send(char);
  assert.equal((await socket.response()).status, 101);
  socket.destroy();
});
