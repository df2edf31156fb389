// What a client may send and must not: JSON of every bad class, and HTTP that could be read in two ways.

import { connect } from 'node:net';

const nested = (depth) => '['.repeat(depth) + ']'.repeat(depth);

/** What nobody may set. */
const privileged = [
  'role', 'admin', 'is_admin', 'moderator', 'badges', 'banned', 'id', 'author', 'account', 'account_id', 'created_at', 'edited_at', 'number',
  'path', 'seq', 'stamp', 'epoch', 'score', 'base', 'up', 'down', 'replies', 'verified', 'comment_count', '__proto__', 'constructor',
];

/** Texts and bytes that are no JSON object of any schema, by class. `good`: a body that is taken. */
export function bad_json(good) {
  const whole = JSON.stringify(good);
  const [field] = Object.keys(good);
  const inside = (raw) => Buffer.concat([Buffer.from(`{"${field}":"`), Buffer.from(raw), Buffer.from('"}')]);
  return {
    empty: '', blank: '  ', 'an array': '[]', null: 'null', 'a text': '"x"', 'a number': '7', 'cut short': whole.slice(0, -1), 'two objects': whole + whole,
    'trailing bytes': `${whole}x`, 'a trailing comma': `${whole.slice(0, -1)},}`, 'a comment': `/**/${whole}`, 'single quotes': whole.replaceAll('"', "'"),
    'no quotes': `{${field}:1}`, 'a byte order mark in the middle': `{\ufeff${whole.slice(1)}`, 'a lone surrogate': `{"${field}":"\\ud800"}`, 'the wrong surrogate': `{"${field}":"\\udc00\\ud800"}`,
    'a NUL': inside([0]), 'an escaped NUL': `{"${field}":"a\\u0000b"}`, 'a raw line feed': inside('\n'), 'half an escape': `{"${field}":"\\u00"}`, 'an unknown escape': `{"${field}":"\\x41"}`,
    'an overlong byte': inside([0xc0, 0x80]), 'a surrogate in UTF-8': inside([0xed, 0xa0, 0x80]), 'beyond Unicode': inside([0xf4, 0x90, 0x80, 0x80]), 'a lone continuation': inside([0x80]),
    'UTF-16': Buffer.from(whole, 'utf16le'), 'a number beyond all': `{"${field}":1e400}`, NaN: `{"${field}":NaN}`, 'a leading zero': `{"${field}":01}`,
    'nested 17 deep': `{"${field}":${nested(17)}}`, 'nested 1,000 deep': `{"${field}":${nested(1_000)}}`, 'nested 30,000 deep': nested(30_000),
    'a key twice': `{"${field}":${JSON.stringify(good[field])},${whole.slice(1)}`,
    'a key twice, once escaped': `{"\\u${field.charCodeAt(0).toString(16).padStart(4, '0')}${field.slice(1)}":${JSON.stringify(good[field])},${whole.slice(1)}`,
    'an unknown key': `{"surprise":1,${whole.slice(1)}`, 'an empty key': `{"":1,${whole.slice(1)}`,
  };
}

/** Values of other types, for every field of `good`, and every key that is for nobody: as objects. */
export function wrong_fields(good) {
  const bodies = [];
  for (const field of Object.keys(good)) {
    for (const value of [null, true, 0, -1, 1.5, 9_007_199_254_740_993, '', 'x', [], {}, ['x'], { a: 1 }, 'x'.repeat(70_000)]) bodies.push({ ...good, [field]: value });
    const { [field]: left_out, ...rest } = good;
    bodies.push(rest);
  }
  for (const key of privileged) if (!(key in good)) bodies.push({ ...good, [key]: 'admin' });
  return bodies;
}

/** Origins that are not `origin`, however much they look like it. */
export function bad_origins(origin) {
  const { protocol, hostname, port } = new URL(origin);
  const other = protocol === 'http:' ? 'https:' : 'http:';
  return [
    'null', '', ' ', `${other}//${hostname}:${port}`, `${protocol}//${hostname}:${Number(port) + 1}`, `${protocol}//${hostname}`, `${protocol}//evil-${hostname}:${port}`,
    `${protocol}//${hostname}.evil.example:${port}`, `${protocol}//sub.${hostname}:${port}`, `${origin}/`, `${origin}.`, `${protocol}//user@${hostname}:${port}`,
    `${protocol}//${hostname}:${port}@evil.example`, `${origin} ${origin}`, `${origin},${origin}`, `${protocol}//${hostname}:0${port}`, 'https://evil.example', 'file://', 'javascript:alert(1)',
  ];
}

/**
 * Requests that may be read in two ways, or in none, as bytes by name. `line`: "POST /path"; `fields`: further ones,
 * each with its line end; `smuggled`: a request that a reader who goes by the other rule would find in the body.
 */
export function bad_http({ host, line, fields, body, smuggled }) {
  const request = (more, content = body, { first = `${line} HTTP/1.1`, end = '\r\n' } = {}) =>
    `${first}${end}Host: ${host}${end}${fields.replaceAll('\r\n', end)}${more.replaceAll('\r\n', end)}${end}${content}`;
  const length = `Content-Length: ${Buffer.byteLength(body)}\r\n`;
  const chunked = `${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n0\r\n\r\n`;
  const both = `0\r\n\r\n${smuggled}`;
  const all = {
    'two lengths that differ': request(`${length}Content-Length: 0\r\n`, body + smuggled),
    'two lengths in one field': request(`Content-Length: ${Buffer.byteLength(body)}, ${Buffer.byteLength(body)}\r\n`),
    'a negative length': request('Content-Length: -1\r\n'),
    'a length with a sign': request(`Content-Length: +${Buffer.byteLength(body)}\r\n`),
    'a hexadecimal length': request('Content-Length: 0x10\r\n'),
    'a length with a blank inside': request('Content-Length: 1 0\r\n'),
    'a length beyond 64 bits': request('Content-Length: 18446744073709551617\r\n'),
    'two hosts': request(`Host: other.example\r\n${length}`),
    'no host': `${line} HTTP/1.1\r\n${fields}${length}\r\n${body}`,
    'a field over two lines': request(`X-Folded: a\r\n b\r\n${length}`),
    'a first field that is folded': `${line} HTTP/1.1\r\n Host: ${host}\r\n${fields}${length}\r\n${body}`,
    'a NUL in a field': request(`X-Nul: a\0b\r\n${length}`),
    'a blank before the colon': request(`Content-Length : ${Buffer.byteLength(body)}\r\n`),
    'no name of a field': request(`: x\r\n${length}`),
    'a field without a colon': request(`nonsense\r\n${length}`),
    'a header over 8 KiB': request(`X-Long: ${'x'.repeat(9_000)}\r\n${length}`),
    'a blank in the target': request(length, body, { first: `${line} more HTTP/1.1` }),
    'another protocol': request(length, body, { first: `${line} HTTP/9.9` }),
    'no version': request(length, body, { first: line }),
    'a preface of HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'a TLS greeting': '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'.padEnd(300, '\x01'),
    'a bare line feed in the header': request(`X-Bare: a\nX-More: b\r\n${length}`),
    'a bare carriage return': request(`X-Bare: a\rX-More: b\r\n${length}`),
  };
  for (const coding of ['chunked', 'Chunked', 'identity', 'gzip', 'chunked, identity', 'identity, chunked', 'x', '', '\tchunked', 'chunked;q=1', '"chunked"', 'chunked\x0b']) {
    all[`Transfer-Encoding: ${JSON.stringify(coding)}`] = request(`Transfer-Encoding: ${coding}\r\n`, chunked);
    all[`Transfer-Encoding: ${JSON.stringify(coding)} and a length`] = request(`Content-Length: ${both.length}\r\nTransfer-Encoding: ${coding}\r\n`, both);
  }
  all['Transfer-Encoding twice'] = request('Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n', chunked);
  all['Transfer-Encoding in HTTP/1.0'] = request('Transfer-Encoding: chunked\r\n', chunked, { first: `${line} HTTP/1.0` });
  all['a trailer'] = request('Transfer-Encoding: chunked\r\nTrailer: Cookie\r\n', chunked.replace(/\r\n\r\n$/, '\r\nCookie: parley_session=x\r\n\r\n'));
  return all;
}

/** Sends bytes; gives what came back until the connection ended, was silent after an answer, or the time was over. */
export function exchange({ port }, bytes, { quiet_ms = 150, timeout_ms = 10_000 } = {}) {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    let text = '';
    let quiet;
    let is_open = true;
    const end = () => {
      clearTimeout(quiet);
      clearTimeout(late);
      socket.destroy();
      resolve({ text, closed: !is_open, statuses: [...text.matchAll(/HTTP\/1\.[01] (\d{3}) /g)].map(([, status]) => Number(status)) });
    };
    const late = setTimeout(end, timeout_ms);
    socket.on('data', (data) => {
      text += data.toString('latin1');
      clearTimeout(quiet);
      quiet = setTimeout(end, quiet_ms);
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      is_open = false;
      end();
    });
    socket.write(bytes, 'latin1');
  });
}
