import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';

import { Server, create_account, example, run_well, temporary_folder } from '../support/server.mjs';

let folder;
let server;
let admin;

before(async () => {
  folder = await temporary_folder();
  const file = `${folder.path}/parley.db`;
  await run_well(['import', '--set', `store.url=sqlite:${file}`, example]);
  await create_account(file, 'Edith Editor', 'admin');
  server = await Server.start(file);
  admin = await server.sign_in('Edith Editor');
});

after(async () => {
  await server.stop();
  await folder.remove();
});

const new_discussion = () =>
  server.new_discussion(admin, { title: 'A title', url: 'https://example.com/story', article: '# Hello\n\nText.' });

test('the example has the shape that was imported', async () => {
  const { json } = await server.get('/api/v1/discussions/tram-line/comments');
  assert.equal(json.comment_count, 20);
  assert.equal(json.next_cursor, null);
  const rows = json.comments.map(({ number, score }) => [number, score]);
  assert.deepEqual(rows, [
    ['1', -12], ['1.1', 7], ['1.1.1', -14], ['1.1.1.1', 6], ['1.1.1.1.1', -10], ['1.1.1.1.1.1', 1],
    ['1.1.1.1.2', 0], ['1.2', 8], ['1.2.1', -11], ['1.2.1.1', 4], ['2', -7], ['2.1', 5],
    ['2.1.1', -4], ['2.2', 3], ['2.2.1', 0], ['3', -5], ['3.1', 0], ['3.2', 0], ['4', 0], ['5', 0],
  ]);
});

test('sign up, post, reply with a quote, edit, vote, delete', async () => {
  const id = await new_discussion();
  const ann = await server.sign_up(`Ann ${randomUUID().slice(0, 8)}`);
  const bob = await server.sign_up(`Bob ${randomUUID().slice(0, 8)}`);

  const first = await server.post(ann, id, { body: 'First **words** of Ann.' });
  assert.equal(first.status, 201, first.text);
  assert.equal(first.json.number, '1');
  assert.deepEqual(first.json.content, [['p', 'First ', ['strong', 'words'], ' of Ann.']]);
  assert.equal(first.json.score, 0);

  const reply = await server.post(bob, id, {
    body: 'I agree.',
    parent: first.json.id,
    quote: { comment: first.json.id, text: 'First words of Ann' },
  });
  assert.equal(reply.status, 201, reply.text);
  assert.equal(reply.json.number, '1.1');
  assert.deepEqual(reply.json.path, [first.json.id]);
  assert.equal(reply.json.quote.verified, true);

  const edited = await server.request('PATCH', `/api/v1/comments/${reply.json.id}`, {
    token: bob, key: randomUUID(), body: { body: 'I agree, mostly.' },
  });
  assert.equal(edited.status, 200, edited.text);
  assert.notEqual(edited.json.edited_at, null);

  const voted = await server.vote(bob, first.json.id, -1);
  assert.deepEqual({ ...voted.json, seq: 0 }, { id: first.json.id, up: 0, down: 1, score: -1, seq: 0 });
  const again = await server.vote(bob, first.json.id, -1);
  assert.equal(again.json.seq, voted.json.seq, 'the same vote again makes no changeset');
  assert.equal((await server.vote(ann, first.json.id, 1)).json.code, 'own_comment');
  const mine = await server.get(`/api/v1/me/votes?discussion=${id}`, { token: bob });
  assert.deepEqual(mine.json, { votes: [{ comment: first.json.id, value: -1 }] });

  const gone = await server.request('DELETE', `/api/v1/comments/${first.json.id}`, {
    token: ann, key: randomUUID(),
  });
  assert.equal(gone.status, 200, gone.text);
  const { json: window } = await server.get(`/api/v1/discussions/${id}/comments`);
  assert.equal(window.comment_count, 1);
  const [tombstone, kept] = window.comments;
  assert.deepEqual([tombstone.state, tombstone.author, tombstone.body, tombstone.content], ['deleted', null, '', []]);
  assert.equal(kept.quote.text, '', 'the quoted text went with its source');
  assert.ok(!JSON.stringify(window).includes('First'));
});

test('a key posts once, and another request with it is refused', async () => {
  const id = await new_discussion();
  const ann = await server.sign_up(`Ann ${randomUUID().slice(0, 8)}`);
  const key = randomUUID();
  const [a, b] = await Promise.all([
    server.post(ann, id, { body: 'Once.' }, key),
    server.post(ann, id, { body: 'Once.' }, key),
  ]);
  assert.deepEqual([a.status, b.status, a.json.id === b.json.id], [201, 201, true]);
  const other = await server.post(ann, id, { body: 'Twice.' }, key);
  assert.deepEqual([other.status, other.json.code], [422, 'key_reused']);
  const none = await server.request('POST', `/api/v1/discussions/${id}/comments`, { token: ann, body: { body: 'x' } });
  assert.deepEqual([none.status, none.json.code], [400, 'key_required']);
});

test('windows page through in order, either way', async () => {
  for (const sort of ['oldest', 'newest']) {
    const whole = await server.get(`/api/v1/discussions/tram-line/comments?sort=${sort}&limit=1000`);
    const numbers = [];
    let cursor = '';
    for (let page = 0; page < 20 && cursor !== null; ++page) {
      const path = `/api/v1/discussions/tram-line/comments?sort=${sort}&limit=3${cursor && `&cursor=${cursor}`}`;
      const { json } = await server.get(path);
      numbers.push(...json.comments.map(({ number }) => number));
      cursor = json.next_cursor;
    }
    assert.deepEqual(numbers, whole.json.comments.map(({ number }) => number));
    assert.equal(numbers[0], sort === 'oldest' ? '1' : '5');
  }
});

test('a window is validated by its ETag and comes compressed', async () => {
  const path = '/api/v1/discussions/tram-line/comments';
  const first = await server.get(path);
  assert.equal(first.headers.get('content-encoding'), 'gzip');
  const second = await server.get(path, { headers: { 'If-None-Match': first.headers.get('etag') } });
  assert.equal(second.status, 304);
});

test('changes since a position are what happened after it', async () => {
  const id = await new_discussion();
  const ann = await server.sign_up(`Ann ${randomUUID().slice(0, 8)}`);
  const first = await server.post(ann, id, { body: 'One.' });
  const { json: window } = await server.get(`/api/v1/discussions/${id}/comments`);
  await server.post(ann, id, { body: 'Two.', parent: first.json.id });
  const since = await server.get(`/api/v1/discussions/${id}/changes?epoch=${window.epoch}&since=${window.seq}`);
  assert.equal(since.status, 200, since.text);
  assert.deepEqual(since.json.comments.map(({ body }) => body), ['Two.']);
  assert.deepEqual(since.json.scores.map(({ id: parent, replies }) => [parent, replies]), [[first.json.id, 1]]);
  const bare = await server.get(`/api/v1/discussions/${id}/changes?since=1`);
  assert.deepEqual([bare.status, bare.json.code], [400, 'epoch_required']);
  const foreign = await server.get(`/api/v1/discussions/${id}/changes?epoch=other&since=1`);
  assert.deepEqual([foreign.status, foreign.json.code], [409, 'reload']);
});

test('what is not allowed is refused with a code and a sentence', async () => {
  const id = await new_discussion();
  const ann = await server.sign_up(`Ann ${randomUUID().slice(0, 8)}`);
  const key = () => randomUUID();
  const cases = [
    [await server.post('', id, { body: 'x' }), 401, 'unauthenticated'],
    [await server.post('A'.repeat(43), id, { body: 'x' }), 401, 'unauthenticated'],
    [await server.post(ann, 'nowhere', { body: 'x' }), 404, 'unknown_discussion'],
    [await server.post(ann, id, { body: 'x', parent: '999999' }), 404, 'unknown_comment'],
    [await server.post(ann, id, { body: '   ' }), 400, 'invalid_field'],
    [await server.post(ann, id, { body: 'x'.repeat(17 * 1024) }), 413, 'too_large'],
    [await server.post(ann, id, { body: 'x'.repeat(70 * 1024) }), 413, 'too_large'],
    [await server.post(ann, id, '{"body":"x","body":"y"}'), 400, null],
    [await server.post(ann, id, '{"body":"x","role":"admin"}'), 400, null],
    [await server.post(ann, id, '{"body":'), 400, 'malformed'],
    [await server.request('PUT', '/api/v1/discussions/mine', { token: ann, key: key(), body: { title: 'x' } }), 403, 'forbidden'],
    [await server.request('POST', '/api/v1/session', { body: { name: 'Nobody', password: 'wrong wrong' } }), 401, 'bad_credentials'],
    [await server.request('POST', '/api/v1/accounts', { body: { name: 'x', password: 'a long enough password' } }), 400, 'invalid_field'],
    [await server.request('PATCH', '/api/v1/discussions/tram-line'), 405, 'method_not_allowed'],
    [await server.get('/api/v1/nothing'), 404, 'not_found'],
    [await server.get('/api/v1/discussions/tram-line/comments?limit=0'), 400, 'invalid_field'],
  ];
  for (const [answer, status, code] of cases) {
    assert.equal(answer.status, status, answer.text);
    if (code) assert.equal(answer.json.code, code);
    assert.ok(answer.json.detail.length > 5, answer.text);
    assert.equal(answer.headers.get('content-type'), 'application/problem+json');
  }
});

test('a locked discussion is read but not written to', async () => {
  const id = await new_discussion();
  const ann = await server.sign_up(`Ann ${randomUUID().slice(0, 8)}`);
  await server.request('PUT', `/api/v1/discussions/${id}`, { token: admin, key: randomUUID(), body: { state: 'locked' } });
  const refused = await server.post(ann, id, { body: 'x' });
  assert.equal(refused.json.code, 'discussion_locked');
  assert.equal((await server.get(`/api/v1/discussions/${id}`)).json.state, 'locked');
});

test('a write by cookie needs an allowed origin, one by token does not', async () => {
  const id = await new_discussion();
  const name = `Ann ${randomUUID().slice(0, 8)}`;
  await server.sign_up(name);
  const session = await server.request('POST', '/api/v1/session', { body: { name, password: 'a long enough password' } });
  const set = session.headers.get('set-cookie');
  assert.match(set, /; HttpOnly; SameSite=Lax/);
  const cookie = set.split(';')[0];
  const post = (headers) =>
    server.request('POST', `/api/v1/discussions/${id}/comments`, {
      key: randomUUID(), body: { body: 'x' }, headers: { Cookie: cookie, ...headers },
    });
  assert.equal((await post({})).status, 403);
  assert.equal((await post({ Origin: 'https://evil.example' })).status, 403);
  assert.equal((await post({ Origin: `${server.origin}.evil.example` })).status, 403);
  assert.equal((await post({ Origin: server.origin })).status, 201);
  assert.equal((await server.get('/api/v1/me', { headers: { Cookie: cookie } })).json.name, name);
  const out = await server.request('DELETE', '/api/v1/session', { headers: { Cookie: cookie, Origin: server.origin } });
  assert.equal(out.status, 204);
  assert.equal((await server.get('/api/v1/me', { headers: { Cookie: cookie } })).status, 401);
});

/** Sends bytes as they are; gives what came back until the server closed. */
function raw(bytes) {
  return new Promise((resolve, reject) => {
    const socket = connect(server.port, '127.0.0.1');
    let answer = '';
    socket.on('data', (data) => (answer += data));
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
    socket.write(bytes);
  });
}

test('requests whose length or host could be read in two ways get 400 and a close', async () => {
  const head = 'POST /api/v1/session HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n';
  const cases = [
    `${head}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    `${head}Transfer-Encoding: identity\r\nContent-Length: 2\r\n\r\n{}`,
    `${head}Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}`,
    `${head}Host: b\r\nContent-Length: 2\r\n\r\n{}`,
    `${head}Content-Length: -1\r\n\r\n{}`,
    'GET / HTTP/1.1\r\n\r\n',
    'NONSENSE\r\n\r\n',
  ];
  for (const bytes of cases) {
    const answer = await raw(bytes);
    assert.match(answer, /^HTTP\/1\.1 400 /, bytes);
    assert.match(answer, /Connection: close/i);
  }
  const huge = await raw(`GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(10_000)}\r\n\r\n`);
  assert.match(huge, /^HTTP\/1\.1 431 /);
});

test('pages, files and health are there, with the security headers on each', async () => {
  const page = await server.get('/d/tram-line');
  assert.equal(page.status, 200);
  assert.match(page.text, /20 comments/);
  assert.equal(page.text.match(/<article class="comment"/g).length, 20);
  const paths = ['/', '/d/tram-line', '/d/tram-line/feed.atom', '/parley.js', '/parley.css', '/favicon.svg', '/healthz', '/readyz', '/nothing', '/api/v1/discussions'];
  for (const path of paths) {
    const answer = await server.get(path);
    assert.equal(answer.status, path === '/nothing' ? 404 : 200, path);
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff', path);
    const policy = answer.headers.get('content-security-policy');
    assert.match(policy, /default-src 'none'/, path);
    assert.ok(!policy.includes('unsafe'), path);
    const head = await server.request('HEAD', path);
    assert.deepEqual([head.status, head.text], [answer.status, ''], path);
  }
});

test('metrics are on the listener of the operators alone', async () => {
  const ops = await fetch(`http://127.0.0.1:${server.ops_port}/metrics`);
  assert.match(await ops.text(), /^parley_commits_total \d+$/m);
  assert.equal((await server.get('/metrics')).status, 404);
});

test('the log is one JSON object a line and holds no secrets', async () => {
  assert.equal(server.log.length, server.raw_log.length, server.raw_log.join('\n'));
  for (const line of server.log) assert.ok(line.time && line.level && line.event, JSON.stringify(line));
  const text = server.raw_log.join('\n');
  for (const secret of ['a long enough password', admin]) assert.ok(!text.includes(secret));
});
