// Whatever is wrong with a write, it is answered with a problem that says so, or the connection ends; the
// store is as it was, and the server lives (under the address sanitizer).

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { bad_http, bad_json, bad_origins, exchange, wrong_fields } from '../support/bad_requests.mjs';
import { Contract } from '../support/contract.mjs';
import { Server, create_account, temporary_folder } from '../support/server.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const header_timeout_ms = 700;
const body_timeout_ms = 700;

let folder;
let file;
let server;
let contract;
let routes; // of the server's own table, those that write
let targets; // what each is tried on
let untouched; // the store's digest

/** SHA-256 over all rows of all tables, in order. */
const digest = () =>
  execFileSync('python3', ['-c', `import hashlib, sqlite3
db = sqlite3.connect(${JSON.stringify(`file:${file}?mode=ro`)}, uri=True)
print(hashlib.sha256("\\n".join(db.iterdump()).encode()).hexdigest())`]).toString();

before(async () => {
  folder = await temporary_folder();
  file = `${folder.path}/parley.db`;
  await create_account(file, 'Edith Editor', 'admin');
  server = await Server.start(file, { 'limits.request_header_timeout_ms': header_timeout_ms, 'limits.request_body_timeout_ms': body_timeout_ms });
  contract = await Contract.of(server);
  const source = await readFile(join(here, '../../server/net/http/routes.cpp'), 'utf8');
  routes = [...source.matchAll(/Route\{"([A-Z]+)", "([^"]+)", BodyLimit::(\w+), (reads|writes)/g)]
    .map(([, method, pattern, body, effect]) => ({ method, pattern, body, effect })).filter(({ effect }) => effect === 'writes');
  const admin = await server.sign_in('Edith Editor');
  const ann = await server.sign_up('Ann Archer');
  const account = (await server.get('/api/v1/me', { token: ann })).json.id;
  const id = await server.new_discussion(admin);
  const comment = (await server.post(ann, id, { body: 'Here to stay.' })).json.id;
  targets = {
    'PUT /api/v1/discussions/{}': { path: `/api/v1/discussions/${id}`, token: admin, good: { title: 'Other', url: 'https://example.com/', article: 'Text', channels: [], state: 'open' } },
    'POST /api/v1/discussions/{}/comments': { path: `/api/v1/discussions/${id}/comments`, token: ann, good: { body: 'Words', parent: comment, quote: { comment, text: 'Here' } } },
    'PATCH /api/v1/comments/{}': { path: `/api/v1/comments/${comment}`, token: ann, good: { body: 'Other words' } },
    'DELETE /api/v1/comments/{}': { path: `/api/v1/comments/${comment}`, token: ann },
    'PUT /api/v1/comments/{}/vote': { path: `/api/v1/comments/${comment}/vote`, token: admin, good: { value: 1 } },
    'POST /api/v1/accounts': { path: '/api/v1/accounts', good: { name: 'Cleo Cook', password: 'a long enough password' } },
    'POST /api/v1/session': { path: '/api/v1/session', good: { name: 'Ann Archer', password: 'a long enough password' } },
    'POST /api/v1/session/ticket': { path: '/api/v1/session/ticket', token: ann },
    'PATCH /api/v1/me': { path: '/api/v1/me', token: ann, good: { password: 'a long enough password', new_password: 'another long enough password' } },
    'DELETE /api/v1/me': { path: '/api/v1/me', token: ann },
    'PUT /api/v1/moderation/accounts/{}/ban': { path: `/api/v1/moderation/accounts/${account}/ban`, token: admin, good: { banned: true } },
    'DELETE /api/v1/session': { path: '/api/v1/session', token: ann },
  };
  untouched = digest();
});

after(async () => {
  await server?.stop();
  await folder?.remove();
});

const name_of = ({ method, pattern }) => `${method} ${pattern}`;
const target_of = (route) => targets[name_of(route)];
const with_body = () => routes.filter(({ body }) => body !== 'none');

async function send(route, options) {
  const { path, token } = target_of(route);
  return server.request(route.method, path, { token, key: randomUUID(), ...options });
}

/** A refusal in the form that all have. */
function assert_problem(answer, what) {
  assert.ok(answer.status >= 400 && answer.status < 500, `${what}: ${answer.status} ${answer.text.slice(0, 200)}`);
  const problem = contract.ajv.getSchema('/api/openapi.yaml#/components/schemas/Problem');
  assert.ok(problem(answer.json), `${what}: ${answer.text.slice(0, 200)}`);
  assert.equal(answer.json.status, answer.status, what);
}

const assert_untouched = async () => {
  assert.equal(digest(), untouched, 'the store has changed');
  assert.equal((await server.get('/healthz')).status, 200);
};

test('each route of the server that writes is tried here', () => {
  assert.deepEqual(Object.keys(targets).sort(), routes.map(name_of).sort());
});

test('JSON of every bad class', async () => {
  for (const route of with_body()) {
    for (const [what, body] of Object.entries(bad_json(target_of(route).good))) {
      assert_problem(await send(route, { raw: body }), `${name_of(route)}: ${what}`);
    }
  }
  await assert_untouched();
});

test('fields of other types, left out, unknown or for nobody to set', async () => {
  let count = 0;
  for (const route of with_body()) {
    const { operation } = contract.operation_of(route.method, target_of(route).path);
    for (const body of wrong_fields(target_of(route).good)) {
      // What the document allows (an empty title is another matter) may be answered otherwise.
      if (contract.takes_body(operation.operationId, body)) continue;
      ++count;
      assert_problem(await send(route, { body }), `${name_of(route)}: ${JSON.stringify(body).slice(0, 200)}`);
    }
  }
  assert.ok(count > 200, String(count));
  await assert_untouched();
});

test('bodies over their limit, and bodies where none is taken', async () => {
  for (const route of routes) {
    const bytes = { none: 1, json: 64 * 1024 + 1, article: 256 * 1024 + 1 }[route.body];
    const answer = await send(route, { body: ' '.repeat(bytes) });
    assert_problem(answer, name_of(route));
    assert.equal(answer.json.code, 'too_large', name_of(route));
  }
  await assert_untouched();
});

test('other methods and other content types', async () => {
  for (const route of routes) {
    const { path, token } = target_of(route);
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'PURGE', 'QUERY']) {
      if (contract.operation_of(method, path)) continue;
      const answer = await server.request(method, path, { token, key: randomUUID() });
      assert_problem(answer, `${method} ${path}`);
      assert.equal(answer.json.code, 'method_not_allowed', `${method} ${path}`);
    }
  }
  for (const route of with_body()) {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/json', 'application/jsonx', 'application/xml', ' ', 'application/json+x']) {
      const answer = await send(route, { body: JSON.stringify(target_of(route).good), headers: { 'Content-Type': type } });
      assert_problem(answer, `${name_of(route)} as ${type}`);
      assert.equal(answer.json.code, 'unsupported_media', `${name_of(route)} as ${type}`);
    }
  }
  await assert_untouched();
});

test('origins that are foreign, malformed or absent', async () => {
  const origin = 'http://talk.example:8080';
  const strict = await Server.start(`${folder.path}/strict.db`, { 'site.url': origin });
  try {
    for (const route of routes) {
      const { path, token, good } = target_of(route);
      const ask = (options) => strict.request(route.method, path, { key: randomUUID(), body: good, ...options });
      for (const bad of bad_origins(origin)) {
        const answer = await ask({ token, headers: { Origin: bad } });
        assert_problem(answer, `${name_of(route)} from ${JSON.stringify(bad)}`);
        assert.equal(answer.json.code, 'origin_refused', `${name_of(route)} from ${JSON.stringify(bad)}`);
      }
      assert.notEqual((await ask({ token, headers: { Origin: origin } })).json?.code, 'origin_refused', name_of(route));
      // A browser's cookie writes only from an allowed page; a request that says none may be from any.
      const { json } = await ask({ headers: { Cookie: `parley_session=${token}` } });
      if (token) assert.equal(json.code, 'origin_refused', name_of(route));
    }
  } finally {
    await strict.stop();
  }
});

test('requests that may be read in two ways, or in none', async () => {
  let count = 0;
  for (const route of routes) {
    const { path, token, good } = target_of(route);
    const smuggled = `DELETE ${targets['DELETE /api/v1/comments/{}'].path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${targets['DELETE /api/v1/comments/{}'].token}\r\n\r\n`;
    const all = bad_http({
      host: `127.0.0.1:${server.port}`, line: `${route.method} ${path}`, body: JSON.stringify(good ?? {}), smuggled,
      fields: `Content-Type: application/json\r\nIdempotency-Key: ${randomUUID()}\r\n${token ? `Authorization: Bearer ${token}\r\n` : ''}`,
    });
    const tried = await Promise.all(Object.entries(all).map(async ([what, bytes]) => [what, await exchange(server, bytes)]));
    for (const [what, { statuses, closed, text }] of tried) {
      ++count;
      assert.ok(closed, `${name_of(route)}: ${what}: the connection stays open after ${text.slice(0, 300)}`);
      assert.ok(statuses.length <= 1 && statuses.every((status) => status >= 400 && status < 500), `${name_of(route)}: ${what}: ${statuses} ${text.slice(0, 300)}`);
    }
  }
  assert.ok(count > 300, String(count));
  await assert_untouched();
});

test('a header or a body that does not end is not waited for', async () => {
  const { path, token, good } = targets['POST /api/v1/discussions/{}/comments'];
  const body = JSON.stringify(good);
  const head = `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nAuthorization: Bearer ${token}\r\nIdempotency-Key: k\r\nContent-Type: application/json\r\n`;
  const length = `Content-Length: ${body.length}\r\n\r\n`;
  /** One piece each 100 ms, until the server ends it; gives what it answered. */
  const drip = (pieces) => new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port: server.port });
    let at = 0;
    let text = '';
    const timer = setInterval(() => at < pieces.length && socket.write(pieces[at++], 'latin1'), 100);
    socket.on('data', (data) => (text += data));
    socket.on('error', () => {});
    socket.on('close', () => {
      clearInterval(timer);
      resolve(text);
    });
  });
  const answers = await Promise.all([
    drip(['G']), drip([...head]), drip([head]), drip([`${head}${length}${body.slice(0, 5)}`]), drip([head + length, ...body]),
  ]);
  for (const answer of answers) assert.ok(!/^HTTP\/1\.1 2/.test(answer), answer.slice(0, 200));
  await assert_untouched();
});
