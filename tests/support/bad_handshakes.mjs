// Upgrades to the live socket that must be refused (RFC 6455, section 4.2).

const key = 'dGhlIHNhbXBsZSBub25jZQ==';

// [what, fields, the status]
export const bad_handshakes = [
  ['no version', { 'Sec-WebSocket-Version': null }, 426],
  ['version 0', { 'Sec-WebSocket-Version': '0' }, 426],
  ['version 8', { 'Sec-WebSocket-Version': '8' }, 426],
  ['version 777', { 'Sec-WebSocket-Version': '777' }, 426],
  ['version 13 and another', { 'Sec-WebSocket-Version': '13, 8' }, 426],
  ['version 13 twice', { 'Sec-WebSocket-Version': ['13', '13'] }, 400],
  ['no key', { 'Sec-WebSocket-Key': null }, 400],
  ['an empty key', { 'Sec-WebSocket-Key': '' }, 400],
  ['a short key', { 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25j' }, 400],
  ['a long key', { 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQAAAAA=' }, 400],
  ['a key of other characters', { 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25j**==' }, 400],
  ['two keys', { 'Sec-WebSocket-Key': [key, key] }, 400],
  ['no Upgrade', { Upgrade: null }, 426],
  ['another Upgrade', { Upgrade: 'h2c' }, 426],
  ['an Upgrade with another name', { Upgrade: 'websockets' }, 426],
  ['a Connection without Upgrade', { Connection: 'keep-alive' }, 400],
  ['no Connection', { Connection: null }, 400],
  ['malformed extensions', { 'Sec-WebSocket-Extensions': 'permessage-deflate; =' }, 400],
  ['2 KiB of extensions', { 'Sec-WebSocket-Extensions': Array(100).fill('permessage-deflate; x').join(', ') }, 400],
  ['2 KiB of extensions in lines', { 'Sec-WebSocket-Extensions': Array(100).fill('permessage-deflate; x') }, 400],
  ['16 KiB of extensions', { 'Sec-WebSocket-Extensions': `x${'; y'.repeat(5_400)}` }, 431],
  ['a malformed subprotocol', { 'Sec-WebSocket-Protocol': 'parley v1' }, 400],
  ['a cookie of 16 KiB', { Cookie: `a=${'x'.repeat(16_384)}` }, 431],
  ['another origin', { Origin: 'https://evil.example' }, 403],
  ['no origin', { Origin: null }, 403],
];
