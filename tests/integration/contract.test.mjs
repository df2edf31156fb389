// The documents of the API against the running server, both ways: whatever it answers is described, and
// whatever is described is answered.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { readFile, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import async_specs from '@asyncapi/specs';
import { Validator } from '@seriousme/openapi-schema-validator';
import Ajv from 'ajv';
import add_formats from 'ajv-formats';

import { examples_file, make_examples } from '../support/api_examples.mjs';
import { Contract } from '../support/contract.mjs';
import { LiveReader } from '../support/live.mjs';
import { RawSocket, upgrade_request } from '../support/raw_socket.mjs';
import { Server, create_account, example, run_well, temporary_folder } from '../support/server.mjs';

const tests = join(dirname(fileURLToPath(import.meta.url)), '..');
const foreign = { Origin: 'https://evil.example' };
const long_body = { body: 'x'.repeat(17 * 1024) };

let folder;
let server;
let contract;
let people;
let discussion;
let locked;
let comment; // of Ann, in the open discussion

before(async () => {
  folder = await temporary_folder();
  const file = `${folder.path}/parley.db`;
  await run_well(['import', '--set', `store.url=sqlite:${file}`, example]);
  await create_account(file, 'Edith Editor', 'admin');
  await create_account(file, 'Mo Moderator', 'moderator');
  await create_account(file, 'Barney Banned', 'member');
  await create_account(file, 'Max Moderator', 'moderator');
  server = await Server.start(file, { 'limits.edit_window_s': 3_600, 'limits.subscriptions_per_connection_max': 2 });
  contract = await Contract.of(server);
  people = {
    admin: await server.sign_in('Edith Editor'), moderator: await server.sign_in('Mo Moderator'),
    banned: await server.sign_in('Barney Banned'), barred: await server.sign_in('Max Moderator'), ann: await server.sign_up('Ann Archer'), bob: await server.sign_up('Bob Baker'),
  };
});
after(async () => {
  await server?.stop();
  await folder?.remove();
});

const number_of_account = async (as) => (await server.get('/api/v1/me', { token: people[as] })).json.id;

/** A request whose answer the documents must know; gives the answer. */
async function call(method, target, options) {
  const answer = await server.request(method, target, options);
  contract.answer(method, target, answer);
  return answer;
}

/** As call(), and the answer must be this one. */
async function expect(status, code, method, target, { as, ...options } = {}) {
  const answer = await call(method, target, { ...(as ? { token: people[as] } : {}), ...options });
  assert.deepEqual([answer.status, answer.json?.code ?? ''], [status, code], `${method} ${target}: ${answer.text}`);
  return answer;
}

const keyed = (as, body, more = {}) => ({ as, key: randomUUID(), ...(body === undefined ? {} : { body }), ...more });

test('the documents are OpenAPI 3.1 and AsyncAPI 3.0', async () => {
  const checked = await new Validator().validate(structuredClone(contract.openapi));
  assert.ok(checked.valid, JSON.stringify(checked.errors));
  assert.equal(contract.openapi.openapi, '3.1.0');
  // The schema brings along the one that it is written in.
  const ajv = new Ajv({ strict: false, meta: false, validateSchema: false });
  add_formats(ajv);
  const schema = async_specs.schemas['3.0.0'];
  assert.ok(ajv.validate(schema, contract.asyncapi), ajv.errorsText());
});

test('they are served as they stand in the repository, and validated by their ETag', async () => {
  for (const name of ['openapi', 'asyncapi']) {
    const target = `/api/${name}.yaml`;
    const answer = await call('GET', target);
    assert.equal(answer.text, await readFile(join(tests, `../server/protocol/documents/${name}.yaml`), 'utf8'));
    const again = await call('GET', target, { headers: { 'If-None-Match': answer.headers.get('etag') } });
    assert.equal(again.status, 304);
  }
});

test("the server's table of routes and the documents name the same", async () => {
  const source = await readFile(join(tests, '../server/net/http/routes.cpp'), 'utf8');
  const table = source.slice(source.indexOf('table{'), source.indexOf('ops_table{'));
  const served = [...table.matchAll(/Route\{"([A-Z]+)", "([^"]+)"/g)].map(([, method, pattern]) => `${method} ${pattern}`);
  assert.ok(served.length > 20);
  const described = Object.entries(contract.openapi.paths).flatMap(([path, item]) =>
    Object.keys(item).filter((key) => key !== 'parameters').map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{[a-z]+\}/g, '{}')}`));
  // The live socket is no route: the session hands it over before it looks at the table.
  assert.deepEqual(described.filter((one) => one !== 'GET /api/v1/live').sort(), served.sort());
});

test("codes and messages of the documents are the server's", async () => {
  const source = await readFile(join(tests, '../server/base/error.cpp'), 'utf8');
  const codes = [...source.matchAll(/Entry\{Errc::\w+, "(\w+)", (\d+)/g)].map(([, code, status]) => [code, Number(status)]);
  assert.deepEqual(contract.openapi.components.schemas.Code.enum, codes.map(([code]) => code));
  const status_of = new Map(codes);
  for (const described of contract.described()) {
    const [operation, status, code] = described.split(' ');
    // The handshake has statuses of its own.
    if (code && operation !== 'openLiveSocket') assert.equal(Number(status), status_of.get(code), described);
  }
  const frames = await readFile(join(tests, '../server/protocol/frames.cpp'), 'utf8');
  const told = [...frames.matchAll(/open_message\(json, "(\w+)"|key\("type"\)\.text\("(\w+)"\)/g)].map(([, a, b]) => a ?? b);
  assert.deepEqual(contract.messages('tell').sort(), told.sort());
});

test('the examples are what the parsers of server and page are tested with', async () => {
  assert.equal(await readFile(examples_file, 'utf8'), await make_examples(), 'run: node tests/support/api_examples.mjs');
  for (const operation of ['hear', 'tell']) for (const payload of contract.message_examples(operation)) contract.message(operation, payload);
  for (const { operation, name, value } of contract.body_examples()) assert.ok(contract.takes_body(operation, value), `${operation} ${name}`);
  const vectors = join(tests, 'data/protocol');
  const schemas = { comment: 'Comment', tombstone: 'Comment', moved_reply: 'Comment', window: 'Window', window_empty: 'Window', discussion: 'Discussion', discussions: 'DiscussionList', account: 'Account', session: 'Session', vote: 'VoteResult', votes: 'Votes' };
  for (const file of await readdir(vectors)) {
    const schema = schemas[file.replace('.json', '')];
    if (!schema) continue;
    const validate = contract.ajv.getSchema(`/api/openapi.yaml#/components/schemas/${schema}`);
    assert.ok(validate(JSON.parse(await readFile(join(vectors, file), 'utf8'))), `${file}: ${contract.ajv.errorsText(validate.errors)}`);
  }
});

test('accounts are banned, by those who may', async () => {
  const ban = async (who) => `/api/v1/moderation/accounts/${await number_of_account(who)}/ban`;
  await expect(200, '', 'PUT', await ban('banned'), { as: 'moderator', body: { banned: true } });
  await expect(200, '', 'PUT', await ban('barred'), { as: 'admin', body: { banned: true } });
  const target = await ban('ann');
  await expect(400, 'malformed', 'PUT', target, { as: 'moderator', body: '{' });
  await expect(400, 'invalid_field', 'PUT', target, { as: 'moderator', body: { banned: 1 } });
  await expect(401, 'unauthenticated', 'PUT', target, { body: { banned: true } });
  await expect(403, 'forbidden', 'PUT', target, { as: 'ann', body: { banned: true } });
  await expect(403, 'forbidden', 'PUT', await ban('admin'), { as: 'moderator', body: { banned: true } });
  await expect(403, 'banned', 'PUT', target, { as: 'barred', body: { banned: true } });
  await expect(403, 'origin_refused', 'PUT', target, { as: 'moderator', body: { banned: true }, headers: foreign });
  await expect(404, 'not_found', 'PUT', '/api/v1/moderation/accounts/999999/ban', { as: 'moderator', body: { banned: true } });
  await expect(413, 'too_large', 'PUT', target, { as: 'moderator', body: { banned: true, why: 'x'.repeat(70 * 1024) } });
  await expect(415, 'unsupported_media', 'PUT', target, { as: 'moderator', body: '{}', headers: { 'Content-Type': 'text/plain' } });
});

test('discussions: made, changed, refused', async () => {
  discussion = `d-${randomUUID()}`;
  locked = `d-${randomUUID()}`;
  const target = `/api/v1/discussions/${discussion}`;
  const { value } = contract.body_examples().find(({ operation }) => operation === 'putDiscussion');
  await expect(201, '', 'PUT', target, keyed('admin', value));
  const key = randomUUID();
  await expect(200, '', 'PUT', target, { as: 'admin', key, body: { title: 'Other' } });
  await expect(422, 'key_reused', 'PUT', target, { as: 'admin', key, body: { title: 'Another' } });
  await expect(400, 'malformed', 'PUT', target, keyed('admin', '{"title":'));
  await expect(400, 'invalid_field', 'PUT', target, keyed('admin', { url: 'javascript:alert(1)' }));
  await expect(401, 'unauthenticated', 'PUT', target, keyed(undefined, { title: 'x' }));
  await expect(403, 'forbidden', 'PUT', target, keyed('ann', { title: 'x' }));
  await expect(403, 'banned', 'PUT', target, keyed('banned', { title: 'x' }));
  await expect(403, 'origin_refused', 'PUT', target, keyed('admin', { title: 'x' }, { headers: foreign }));
  await expect(413, 'too_large', 'PUT', target, keyed('admin', { article: 'x'.repeat(300 * 1024) }));
  await expect(415, 'unsupported_media', 'PUT', target, keyed('admin', '{}', { headers: { 'Content-Type': 'text/plain' } }));
  await expect(201, '', 'PUT', `/api/v1/discussions/${locked}`, keyed('admin', { title: 'Locked' }));
  await expect(200, '', 'GET', '/api/v1/discussions?limit=1');
  await expect(400, 'invalid_field', 'GET', '/api/v1/discussions?limit=0');
  await expect(200, '', 'GET', target);
  await expect(404, 'unknown_discussion', 'GET', '/api/v1/discussions/nobody-knows');
  const counts = await expect(200, '', 'GET', `/api/v1/counts?ids=${discussion},nobody-knows,tram-line`);
  assert.deepEqual(counts.json.counts.map(({ id }) => id), [discussion, 'tram-line']);
  await expect(400, 'invalid_field', 'GET', '/api/v1/counts');
  await expect(400, 'invalid_field', 'GET', `/api/v1/counts?ids=${Array(101).fill('a').join(',')}`);
});

test('comments: written, changed, voted on, taken away, refused', async () => {
  const target = `/api/v1/discussions/${discussion}/comments`;
  const write = (as, body) => expect(201, '', 'POST', target, keyed(as, body));
  comment = (await write('ann', { body: 'It *should* have opened last year.' })).json.id;
  await write('bob', { body: 'Why?', parent: comment, quote: { comment, text: 'should have opened' } });
  const gone = (await write('ann', { body: 'Not for long.' })).json.id;
  const inside = (await expect(201, '', 'POST', `/api/v1/discussions/${locked}/comments`, keyed('ann', { body: 'Inside.' }))).json.id;
  await expect(200, '', 'PUT', `/api/v1/discussions/${locked}`, keyed('admin', { state: 'locked' }));
  await expect(200, '', 'DELETE', `/api/v1/comments/${gone}`, keyed('ann'));
  const key = randomUUID();
  await expect(201, '', 'POST', target, { as: 'ann', key, body: { body: 'Once.' } });

  const posts = [
    [400, 'malformed', keyed('ann', '[')], [400, 'invalid_field', keyed('ann', { body: 7 })], [400, 'key_required', { as: 'ann', body: { body: 'x' } }],
    [401, 'unauthenticated', keyed(undefined, { body: 'x' })], [403, 'banned', keyed('banned', { body: 'x' })],
    [403, 'origin_refused', keyed('ann', { body: 'x' }, { headers: foreign })], [404, 'unknown_comment', keyed('ann', { body: 'x', parent: '999999' })],
    [410, 'comment_gone', keyed('ann', { body: 'x', parent: gone })], [413, 'too_large', keyed('ann', long_body)],
    [415, 'unsupported_media', keyed('ann', 'body=x', { headers: { 'Content-Type': 'application/x-www-form-urlencoded' } })],
    [422, 'key_reused', { as: 'ann', key, body: { body: 'Twice.' } }],
  ];
  for (const [status, code, options] of posts) await expect(status, code, 'POST', target, options);
  await expect(404, 'unknown_discussion', 'POST', '/api/v1/discussions/nobody-knows/comments', keyed('ann', { body: 'x' }));
  await expect(409, 'discussion_locked', 'POST', `/api/v1/discussions/${locked}/comments`, keyed('ann', { body: 'x' }));

  const at = (id) => `/api/v1/comments/${id}`;
  await expect(200, '', 'PATCH', at(comment), { as: 'ann', key: `${key}-p`, body: { body: 'It should have opened in 2021.' } });
  const patches = [
    [400, 'malformed', comment, keyed('ann', '{]')], [400, 'invalid_field', comment, keyed('ann', { body: 'x', state: 'removed' })],
    [401, 'unauthenticated', comment, keyed(undefined, { body: 'x' })], [403, 'forbidden', comment, keyed('bob', { body: 'x' })],
    [403, 'banned', comment, keyed('banned', { body: 'x' })], [403, 'origin_refused', comment, keyed('ann', { body: 'x' }, { headers: foreign })],
    [404, 'unknown_comment', '999999', keyed('ann', { body: 'x' })], [409, 'discussion_locked', inside, keyed('ann', { body: 'x' })],
    [409, 'conflict', gone, keyed('moderator', { state: 'visible' })], [410, 'comment_gone', gone, keyed('ann', { body: 'x' })],
    [413, 'too_large', comment, keyed('ann', long_body)], [415, 'unsupported_media', comment, keyed('ann', '{}', { headers: { 'Content-Type': 'text/json5' } })],
    [422, 'key_reused', comment, { as: 'ann', key: `${key}-p`, body: { body: 'other' } }],
  ];
  for (const [status, code, id, options] of patches) await expect(status, code, 'PATCH', at(id), options);

  await expect(200, '', 'PUT', `${at(comment)}/vote`, { as: 'bob', key: `${key}-v`, body: { value: 1 } });
  const votes = [
    [400, 'malformed', comment, keyed('bob', 'x')], [400, 'invalid_field', comment, keyed('bob', { value: 2 })], [401, 'unauthenticated', comment, keyed(undefined, { value: 1 })],
    [403, 'own_comment', comment, keyed('ann', { value: 1 })], [403, 'banned', comment, keyed('banned', { value: 1 })],
    [403, 'origin_refused', comment, keyed('bob', { value: 1 }, { headers: foreign })], [404, 'unknown_comment', '999999', keyed('bob', { value: 1 })],
    [409, 'discussion_locked', inside, keyed('bob', { value: 1 })], [410, 'comment_gone', gone, keyed('bob', { value: 1 })],
    [413, 'too_large', comment, keyed('bob', { value: 1, more: 'x'.repeat(70 * 1024) })], [415, 'unsupported_media', comment, keyed('bob', '{}', { headers: { 'Content-Type': 'text/plain' } })],
    [422, 'key_reused', comment, { as: 'bob', key: `${key}-v`, body: { value: -1 } }],
  ];
  for (const [status, code, id, options] of votes) await expect(status, code, 'PUT', `${at(id)}/vote`, options);

  const removed = (await write('ann', { body: 'A moderator takes this away.' })).json.id;
  await expect(200, '', 'DELETE', at(removed), { as: 'moderator', key: `${key}-d` });
  const deletes = [
    [400, 'invalid_field', comment, { as: 'ann', key: 'k'.repeat(65) }], [401, 'unauthenticated', comment, keyed(undefined)], [403, 'forbidden', comment, keyed('bob')],
    [403, 'banned', comment, keyed('banned')], [403, 'origin_refused', comment, keyed('ann', undefined, { headers: foreign })], [404, 'unknown_comment', '999999', keyed('ann')],
    [410, 'comment_gone', gone, keyed('moderator')], [413, 'too_large', comment, keyed('ann', { a: 1 })], [422, 'key_reused', comment, { as: 'moderator', key: `${key}-d` }],
  ];
  for (const [status, code, id, options] of deletes) await expect(status, code, 'DELETE', at(id), options);
});

test('what waits for a moderator', async () => {
  const id = `d-${randomUUID()}`;
  await expect(201, '', 'PUT', `/api/v1/discussions/${id}`, keyed('admin', { title: 'Read first', state: 'premoderated' }));
  const target = `/api/v1/discussions/${id}/comments`;
  const { json: waits } = await expect(201, '', 'POST', target, keyed('ann', { body: 'May I?' }));
  assert.deepEqual([waits.state, waits.number, waits.body], ['pending', null, 'May I?']);
  await expect(409, 'conflict', 'POST', target, keyed('ann', { body: 'Well?', parent: waits.id }));
  await expect(404, 'unknown_comment', 'POST', target, keyed('bob', { body: 'Well?', parent: waits.id }));
  await expect(409, 'conflict', 'PUT', `/api/v1/comments/${waits.id}/vote`, keyed('moderator', { value: 1 }));
  const mine = '/api/v1/me/pending';
  assert.deepEqual((await expect(200, '', 'GET', `${mine}?discussion=${id}`, { as: 'ann' })).json.pending, [{ discussion: id, comment: waits }]);
  await expect(400, 'invalid_field', 'GET', mine, { as: 'ann' });
  await expect(401, 'unauthenticated', 'GET', `${mine}?discussion=${id}`);
  await expect(404, 'unknown_discussion', 'GET', `${mine}?discussion=%20`, { as: 'ann' });
  const queue = '/api/v1/moderation/queue';
  assert.deepEqual((await expect(200, '', 'GET', `${queue}?discussion=${id}&limit=1`, { as: 'moderator' })).json.pending.length, 1);
  await expect(400, 'invalid_field', 'GET', `${queue}?limit=0`, { as: 'moderator' });
  await expect(401, 'unauthenticated', 'GET', queue);
  await expect(403, 'forbidden', 'GET', queue, { as: 'ann' });
  await expect(403, 'banned', 'GET', queue, { as: 'barred' });
  await expect(404, 'unknown_discussion', 'GET', `${queue}?discussion=%20`, { as: 'moderator' });
  const { json: approved } = await expect(200, '', 'PATCH', `/api/v1/comments/${waits.id}`, keyed('moderator', { state: 'visible' }));
  assert.deepEqual([approved.state, approved.number], ['visible', '1']);
});

test('an edit comes too late', async () => {
  const file = `${folder.path}/late.db`;
  await create_account(file, 'Edith Editor', 'admin');
  const late = await Server.start(file, { 'limits.edit_window_s': 0, 'identity.signup': 'closed' });
  try {
    const token = await late.sign_in('Edith Editor');
    const id = await late.new_discussion(token);
    const { json } = await late.post(token, id, { body: 'Now.' });
    const target = `/api/v1/comments/${json.id}`;
    let answer;
    do answer = await late.request('PATCH', target, { token, key: randomUUID(), body: { body: `Later ${Math.random()}.` } });
    while (answer.status === 200);
    contract.answer('PATCH', target, answer);
    assert.equal(answer.json.code, 'edit_window_over');
    const closed = await late.request('POST', '/api/v1/accounts', { body: { name: 'Cleo', password: 'long enough a password' } });
    contract.answer('POST', '/api/v1/accounts', closed);
    assert.equal(closed.json.code, 'signup_closed');
  } finally {
    await late.stop();
  }
});

test('windows, changes and event streams', async () => {
  const target = `/api/v1/discussions/${discussion}/comments`;
  const window = await expect(200, '', 'GET', target);
  await expect(304, '', 'GET', target, { headers: { 'If-None-Match': window.headers.get('etag') } });
  const { epoch, seq } = window.json;
  await expect(400, 'invalid_field', 'GET', `${target}?sort=best`);
  await expect(400, 'epoch_required', 'GET', `${target}?min_seq=1`);
  await expect(404, 'unknown_discussion', 'GET', '/api/v1/discussions/nobody-knows/comments');
  await expect(404, 'unknown_comment', 'GET', `${target}?parent=999999`);
  await expect(409, 'reload', 'GET', `${target}?epoch=other&min_seq=1`);
  const late = await expect(503, 'unavailable', 'GET', `${target}?epoch=${epoch}&min_seq=${seq + 1_000}`);
  assert.match(late.headers.get('retry-after'), /^\d+$/);

  const changes = `/api/v1/discussions/${discussion}/changes`;
  const since = await expect(200, '', 'GET', `${changes}?since=0`);
  await expect(304, '', 'GET', `${changes}?since=0`, { headers: { 'If-None-Match': since.headers.get('etag') } });
  await expect(400, 'invalid_field', 'GET', changes);
  await expect(400, 'epoch_required', 'GET', `${changes}?since=1`);
  await expect(404, 'unknown_discussion', 'GET', '/api/v1/discussions/nobody-knows/changes?since=0');
  await expect(409, 'reload', 'GET', `${changes}?since=1&epoch=other`);

  const events = `/api/v1/discussions/${discussion}/events`;
  await expect(400, 'invalid_field', 'GET', `${events}?since=x`);
  await expect(400, 'epoch_required', 'GET', `${events}?since=1`);
  await expect(404, 'unknown_discussion', 'GET', '/api/v1/discussions/nobody-knows/events');
  const stream = await fetch(`${server.origin}${events}?since=0`);
  contract.answer('GET', events, { status: stream.status, headers: stream.headers, text: ' ' });
  const decoder = new TextDecoder();
  let text = '';
  for await (const piece of stream.body) {
    text += decoder.decode(piece, { stream: true });
    if (/"type":"update".*\n\n/.test(text)) break;
  }
  for (const [, data] of text.matchAll(/^data: (.*)$/gm)) contract.message('tell', JSON.parse(data));
});

test('accounts and sessions', async () => {
  const accounts = '/api/v1/accounts';
  const session = '/api/v1/session';
  const credentials = { name: 'Dora Decker', password: 'a long enough password' };
  await expect(201, '', 'POST', accounts, { body: credentials });
  await expect(409, 'name_taken', 'POST', accounts, { body: credentials });
  await expect(200, '', 'POST', session, { body: credentials });
  await expect(401, 'bad_credentials', 'POST', session, { body: { ...credentials, password: 'quite another one' } });
  for (const target of [accounts, session]) {
    await expect(400, 'malformed', 'POST', target, { body: '{' });
    await expect(400, 'invalid_field', 'POST', target, { body: { name: 'Dora Decker' } });
    await expect(403, 'origin_refused', 'POST', target, { body: credentials, headers: foreign });
    await expect(413, 'too_large', 'POST', target, { body: { ...credentials, name: 'x'.repeat(70 * 1024) } });
    await expect(415, 'unsupported_media', 'POST', target, { body: 'x', headers: { 'Content-Type': 'text/plain' } });
  }
  await expect(200, '', 'GET', '/api/v1/me', { as: 'ann' });
  await expect(401, 'unauthenticated', 'GET', '/api/v1/me');
  const mine = '/api/v1/me/votes';
  await expect(200, '', 'GET', `${mine}?discussion=${discussion}`, { as: 'bob' });
  await expect(400, 'invalid_field', 'GET', mine, { as: 'bob' });
  await expect(401, 'unauthenticated', 'GET', `${mine}?discussion=${discussion}`);
  await expect(404, 'unknown_discussion', 'GET', `${mine}?discussion=%20`, { as: 'bob' });
  await expect(403, 'origin_refused', 'DELETE', session, { as: 'ann', headers: foreign });
  await expect(413, 'too_large', 'DELETE', session, { as: 'ann', body: { a: 1 } });
  const ticket = '/api/v1/session/ticket';
  await expect(200, '', 'POST', ticket, { as: 'ann' });
  await expect(401, 'unauthenticated', 'POST', ticket);
  await expect(403, 'banned', 'POST', ticket, { as: 'banned' });
  await expect(403, 'origin_refused', 'POST', ticket, { as: 'ann', headers: foreign });
  await expect(413, 'too_large', 'POST', ticket, { as: 'ann', body: { a: 1 } });
  const change = { password: credentials.password, new_password: 'another long enough password' };
  const dora = await server.sign_in('Dora Decker', credentials.password);
  const me = '/api/v1/me';
  await expect(400, 'malformed', 'PATCH', me, { token: dora, body: '{' });
  await expect(400, 'invalid_field', 'PATCH', me, { token: dora, body: { ...change, new_password: 'short' } });
  await expect(401, 'unauthenticated', 'PATCH', me, { body: change });
  await expect(401, 'bad_credentials', 'PATCH', me, { token: dora, body: { ...change, password: 'quite another one' } });
  await expect(403, 'origin_refused', 'PATCH', me, { token: dora, body: change, headers: foreign });
  await expect(413, 'too_large', 'PATCH', me, { token: dora, body: { ...change, password: 'x'.repeat(70 * 1024) } });
  await expect(415, 'unsupported_media', 'PATCH', me, { token: dora, body: '{}', headers: { 'Content-Type': 'text/plain' } });
  await expect(200, '', 'PATCH', me, { token: dora, body: change });
  await expect(401, 'unauthenticated', 'GET', me, { token: dora });
  await expect(204, '', 'DELETE', session, { token: await server.sign_in('Dora Decker', change.new_password) });
  const gone = await server.sign_in('Dora Decker', change.new_password);
  await expect(403, 'origin_refused', 'DELETE', me, { token: gone, headers: foreign });
  await expect(413, 'too_large', 'DELETE', me, { token: gone, body: { a: 1 } });
  await expect(401, 'unauthenticated', 'DELETE', me);
  await expect(202, '', 'DELETE', me, { token: gone });
  await expect(401, 'unauthenticated', 'DELETE', me, { token: gone });
});

test('pages, files and health', async () => {
  await expect(200, '', 'GET', '/');
  const page = await expect(200, '', 'GET', '/d/tram-line');
  await expect(304, '', 'GET', '/d/tram-line', { headers: { 'If-None-Match': page.headers.get('etag') } });
  await expect(404, '', 'GET', '/d/nobody-knows');
  await expect(200, '', 'GET', '/d/tram-line/feed.atom');
  await expect(404, '', 'GET', '/d/nobody-knows/feed.atom');
  for (const target of ['/parley.js', '/parley.css', '/favicon.svg']) {
    const file = await expect(200, '', 'GET', target);
    await expect(304, '', 'GET', target, { headers: { 'If-None-Match': file.headers.get('etag') } });
  }
  await expect(200, '', 'GET', '/healthz');
  await expect(200, '', 'GET', '/readyz');
});

test('the live socket: what it tells is described', async () => {
  const reader = await new LiveReader(server).opened();
  contract.seen.add('openLiveSocket 101');
  const say = (message) => {
    contract.message('hear', message);
    reader.send(message);
  };
  const topic = `discussion:${discussion}`;
  say({ type: 'subscribe', topic });
  await reader.frame(({ type }) => type === 'current');
  await reader.frame(({ type }) => type === 'presence');
  await server.post(people.ann, discussion, { body: 'Heard by all.' });
  const { epoch } = await reader.frame(({ type }) => type === 'update');
  say({ type: 'subscribe', topic, epoch: 'other', since: 1 });
  await reader.frame(({ type, reason }) => type === 'reload' && reason === 'epoch');
  say({ type: 'subscribe', topic, epoch, since: 1_000_000 });
  await reader.frame(({ type, reason }) => type === 'reload' && reason === 'ahead');
  say({ type: 'subscribe', topic: 'discussion:nobody-knows' });
  await reader.frame(({ code }) => code === 'unknown_discussion');
  say({ type: 'subscribe', topic: 'account' });
  await reader.frame(({ code, topic: of }) => code === 'unauthenticated' && of === 'account');
  say({ type: 'authenticate', ticket: 'none' });
  await reader.frame(({ code, topic: of }) => code === 'unauthenticated' && of === undefined);
  say({ type: 'authenticate', ticket: (await call('POST', '/api/v1/session/ticket', { token: people.ann })).json.ticket });
  await reader.frame(({ type }) => type === 'authenticated');
  say({ type: 'subscribe', topic: 'account' });
  await reader.frame(({ type }) => type === 'changed');
  say({ type: 'subscribe', topic: 'moderation' });
  await reader.frame(({ code }) => code === 'forbidden');
  say({ type: 'authenticate', ticket: 'once more' });
  await reader.frame(({ code }) => code === 'conflict');
  say({ type: 'unsubscribe', topic });
  say({ type: 'subscribe', topics: [`count:${discussion}`, 'count:tram-line'] });
  await reader.frame(({ type, id }) => type === 'count' && id === 'tram-line');
  say({ type: 'unsubscribe', topic: 'count:tram-line' });
  for (const [message, code] of [['{', 'malformed'], ['{"type":"shout"}', 'invalid_field'], [JSON.stringify({ type: 'subscribe', topic, since: 1 }), 'epoch_required']]) {
    reader.send(message);
    await reader.frame((frame) => frame.code === code);
  }
  // One topic more than a connection may have here.
  for (const id of [discussion, locked, 'tram-line']) say({ type: 'subscribe', topic: `discussion:${id}` });
  await reader.frame(({ code }) => code === 'too_large');
  for (const frame of reader.frames) contract.message('tell', frame);
  reader.socket.terminate();
});

test('a position that is too far behind is told so', async () => {
  const id = await server.new_discussion(people.admin);
  const big = 'x'.repeat(15_000);
  for (let i = 0; i < 12; ++i) assert.equal((await server.post(people.ann, id, { body: `${i} ${big}` })).status, 201);
  const reader = await new LiveReader(server).opened();
  reader.subscribe(id, { since: 0 });
  contract.message('tell', await reader.frame(({ type, reason }) => type === 'reload' && reason === 'too_far'));
  reader.socket.terminate();
});

test('what is no handshake is refused as described', async () => {
  for (const [status, code, fields] of [
    [403, 'origin_refused', { Origin: foreign.Origin }], [426, 'malformed', { 'Sec-WebSocket-Version': '8' }], [400, 'malformed', { 'Sec-WebSocket-Key': null }],
  ]) {
    const socket = new RawSocket(server);
    socket.send(upgrade_request(server, fields));
    await socket.until(() => socket.ended, 'the refused socket did not end');
    const [head, text] = socket.bytes.toString().split('\r\n\r\n');
    const headers = new Headers(head.split('\r\n').slice(1).map((line) => line.split(/: (.*)/).slice(0, 2)));
    const answer = { status: Number(head.split(' ')[1]), headers, json: JSON.parse(text), text };
    contract.answer('GET', '/api/v1/live', answer);
    assert.deepEqual([answer.status, answer.json.code], [status, code]);
  }
});

test('what any request may meet', async () => {
  const problem = contract.ajv.getSchema('/api/openapi.yaml#/components/schemas/Problem');
  for (const [method, target, status, code, allow] of [
    ['GET', '/api/v1/nothing', 404, 'not_found', null], ['POST', '/api/v1/me', 405, 'method_not_allowed', 'GET, HEAD, PATCH, DELETE'],
  ]) {
    const answer = await server.request(method, target);
    assert.deepEqual([answer.status, answer.json.code, answer.headers.get('allow')], [status, code, allow]);
    assert.ok(problem(answer.json), contract.ajv.errorsText(problem.errors));
  }
  await expect(431, 'headers_too_large', 'GET', '/api/v1/discussions', { headers: { Cookie: 'x'.repeat(9_000) } });
});

test('all that is described was seen', () => {
  // contract_outage.test.mjs sees the one, and that a socket is told `unavailable`. The other takes a loop that hangs for half a minute beside one that answers.
  const elsewhere = new Set(['readyz 503', 'healthz 503']);
  const missing = contract.described().filter((one) => !contract.seen.has(one) && !elsewhere.has(one));
  assert.deepEqual(missing, []);
  for (const name of contract.messages('tell')) assert.ok([...contract.seen].some((one) => one.startsWith(`message ${name}`)), `message ${name}`);
  const { enum: reasons } = contract.asyncapi.components.messages.reload.payload.properties.reason;
  for (const reason of reasons) assert.ok(contract.seen.has(`message reload ${reason}`), reason);
  const { enum: codes } = contract.asyncapi.components.messages.error.payload.properties.code;
  for (const code of codes.filter((one) => one !== 'unavailable')) assert.ok(contract.seen.has(`message error ${code}`), code);
});
