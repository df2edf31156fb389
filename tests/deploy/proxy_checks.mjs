// What every proxy in front of the server must do, as tests: registered for one proxy by check_proxy().

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createServer, request } from 'node:http';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';

import { bad_handshakes } from '../support/bad_handshakes.mjs';
import { say_bad_messages } from '../support/bad_messages.mjs';
import { bad_http, exchange } from '../support/bad_requests.mjs';
import { Contract } from '../support/contract.mjs';
import { EventReader } from '../support/events.mjs';
import { LiveReader } from '../support/live.mjs';
import { free_ports } from '../support/programs.mjs';
import { RawSocket, upgrade_request } from '../support/raw_socket.mjs';
import { Server, create_account, example, run_well, temporary_folder } from '../support/server.mjs';

const discussion = 'tram-line';

/** The server's own methods, but by way of the proxy. */
export const through = (server, proxy) => Object.assign(Object.create(server), { origin: proxy.origin, port: proxy.port });

/** Sends bytes as they are; gives the status of what came back, or 0 where the connection just ended. */
function raw_status({ port }, bytes) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', reject);
    socket.once('close', () => resolve(0));
    socket.once('data', (data) => {
      resolve(Number(data.toString('latin1').match(/^HTTP\/1\.[01] (\d{3}) /)?.[1]));
      socket.destroy();
    });
    socket.write(bytes);
  });
}

/** A request from one of the machine's loopback addresses. */
function request_from(address, { port }, { method = 'POST', path, body, headers = {} }) {
  return new Promise((resolve, reject) => {
    const text = JSON.stringify(body);
    const outgoing = request(
      {
        host: '127.0.0.1', port, method, path, localAddress: address, agent: false,
        headers: { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text), ...headers },
      },
      (answer) => {
        answer.resume();
        answer.once('end', () => resolve(answer.statusCode));
      },
    );
    outgoing.once('error', reject);
    outgoing.end(text);
  });
}

/**
 * `start([server])` gives the running proxy; `chunked_status`: how it answers what it refuses itself; `repairs`: bad
 * handshakes of which it makes good ones.
 */
export function check_proxy(name, start, { chunked_status, repairs = [] }) {
  let folder;
  let server;
  let proxy;
  let by_proxy;

  before(async () => {
    folder = await temporary_folder();
    const file = `${folder.path}/parley.db`;
    await run_well(['import', '--set', `store.url=sqlite:${file}`, example]);
    await create_account(file, 'Edith Editor', 'admin');
    server = await Server.start(file, {
      'server.trusted_proxies': '127.0.0.1/32',
      'limits.rates_enabled': true,
      'limits.sign_ups_per_hour_max': 2,
    });
    proxy = await start([server]);
    by_proxy = through(server, proxy);
  });
  after(async () => {
    await proxy?.stop();
    await server?.stop();
    await folder?.remove();
  });

  test(`${name}: pages, files and the API come through as the server made them`, async () => {
    for (const path of ['/', `/d/${discussion}`, '/parley.js', '/parley.css', `/d/${discussion}/feed.atom`]) {
      const direct = await server.get(path);
      const proxied = await by_proxy.get(path);
      assert.equal(proxied.status, 200, path);
      assert.equal(proxied.headers.get('content-security-policy'), direct.headers.get('content-security-policy'), path);
      assert.equal(proxied.headers.get('content-type'), direct.headers.get('content-type'), path);
    }
    const window = await by_proxy.get(`/api/v1/discussions/${discussion}/comments`);
    assert.equal(window.headers.get('content-encoding'), 'gzip');
    assert.equal(window.json.comment_count, 20);
    const etag = window.headers.get('etag');
    const again = await by_proxy.get(`/api/v1/discussions/${discussion}/comments`, { headers: { 'If-None-Match': etag } });
    assert.equal(again.status, 304);
    assert.equal((await by_proxy.get('/metrics')).status, 404, 'metrics are not for readers');
  });

  test(`${name}: a comment and a vote reach readers by WebSocket and by event stream`, async () => {
    const admin = await by_proxy.sign_in('Edith Editor');
    const { json: window } = await by_proxy.get(`/api/v1/discussions/${discussion}/comments`);
    const position = { epoch: window.epoch, since: window.seq };
    const socket = await new LiveReader(by_proxy).opened();
    assert.equal(socket.socket.protocol, 'parley.v1');
    assert.match(socket.socket.extensions, /permessage-deflate/);
    socket.subscribe(discussion, position);
    const query = `?epoch=${position.epoch}&since=${position.since}`;
    const stream = await EventReader.open(by_proxy, discussion, { query });
    assert.equal(stream.response.status, 200);
    assert.equal(stream.response.headers.get('content-encoding'), null);
    await stream.frame(({ type }) => type === 'subscribed');

    const body = `Through ${name}. ${'A long comment. '.repeat(800)}`;
    const posted = await by_proxy.post(admin, discussion, { body });
    assert.equal(posted.status, 201, posted.text);
    const vote = await by_proxy.vote(admin, '3', 1);
    assert.equal(vote.status, 200, vote.text);
    for (const reader of [socket, stream]) {
      const shown = await reader.frame(({ comments }) => comments?.some(({ id }) => id === posted.json.id));
      assert.equal(shown.comments.find(({ id }) => id === posted.json.id).body.trim(), body.trim());
      await reader.frame(({ scores }) => scores?.some(({ id, up }) => id === '3' && up === vote.json.up));
    }
    await stream.close();
    await socket.close();
  });

  test(`${name}: the visitor's address is right, whatever the visitor says about it`, async () => {
    // Two accounts for each address in an hour: so the answers tell which address the server saw.
    const sign_up = (address, headers) =>
      request_from(address, proxy, {
        path: '/api/v1/accounts',
        body: { name: `Visitor ${randomUUID().slice(0, 8)}`, password: 'a long enough password' },
        headers,
      });
    assert.deepEqual([await sign_up('127.0.0.5'), await sign_up('127.0.0.5')], [201, 201]);
    const claims = [
      {},
      { 'X-Forwarded-For': '203.0.113.7' },
      { 'X-Forwarded-For': '203.0.113.8, 203.0.113.9' },
      { 'x-forwarded-for': ['203.0.113.10', '203.0.113.11'] },
      { Forwarded: 'for=203.0.113.12' },
      { 'X-Real-IP': '203.0.113.13', 'X-Forwarded-For': '127.0.0.1' },
    ];
    for (const claim of claims) assert.equal(await sign_up('127.0.0.5', claim), 429, JSON.stringify(claim));
    assert.equal(await sign_up('127.0.0.6'), 201, 'another visitor is another');
    assert.equal(await sign_up('127.0.0.7', { 'X-Forwarded-For': '127.0.0.5' }), 201, 'nobody can take the place of another');
  });

  test(`${name}: a foreign page opens no socket, and a request without one is no upgrade`, async () => {
    const reader = new LiveReader(by_proxy, { origin: 'https://evil.example' });
    assert.match(String(await reader.failed), /403/);
    const plain = await by_proxy.get('/api/v1/live');
    assert.ok([400, 404, 426].includes(plain.status), String(plain.status));
  });

  test(`${name}: what is too large or could be read in two ways does not pass`, async () => {
    const admin = await by_proxy.sign_in('Edith Editor');
    const huge = await by_proxy.post(admin, discussion, { body: 'x'.repeat(70 * 1024) });
    assert.equal(huge.status, 413);
    const article = { title: 'A title', article: 'x'.repeat(150 * 1024) };
    const put = (body) => by_proxy.request('PUT', '/api/v1/discussions/long-read', { token: admin, key: randomUUID(), body });
    assert.equal((await put(article)).status, 201);
    assert.equal((await put({ ...article, article: 'x'.repeat(300 * 1024) })).status, 413);

    const head = 'POST /api/v1/session HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n';
    const credentials = '{"name":"Nobody","password":"wrong wrong"}';
    const chunk = `${credentials.length.toString(16)}\r\n${credentials}\r\n0\r\n\r\n`;
    assert.equal(await raw_status(proxy, `${head}Transfer-Encoding: chunked\r\n\r\n${chunk}`), chunked_status);
    for (const bytes of [
      `${head}Transfer-Encoding: chunked, identity\r\nContent-Length: 2\r\n\r\n{}`,
      `${head}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`,
      'GET / HTTP/1.1\r\n\r\n',
      'NONSENSE\r\n\r\n',
    ]) {
      const status = await raw_status(proxy, bytes);
      assert.ok(status === 0 || (status >= 400 && status <= 501), `${status} for ${bytes}`);
    }
    const long = await raw_status(proxy, `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`);
    assert.ok([0, 400, 431].includes(long), String(long));
    assert.equal(await raw_status(proxy, 'TRACE / HTTP/1.1\r\nHost: a\r\n\r\n'), 405);
  });

  test(`${name}: whatever is sent in two ways at once, nobody gets the answer to it but who sent it`, async () => {
    const smuggled = 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n';
    const attacks = bad_http({
      host: 'a', line: 'POST /api/v1/session', fields: 'Content-Type: application/json\r\n', body: '{"name":"Nobody","password":"wrong wrong"}', smuggled,
    });
    // Each canary asks for something else, so that an answer to another request shows.
    const canary = async (i) => {
      const id = `canary-${i}`;
      const page = await by_proxy.get(`/d/${id}`);
      assert.deepEqual([page.status, page.headers.get('content-type')], [404, 'text/html; charset=utf-8'], id);
      const { status, json } = await by_proxy.get(`/api/v1/discussions?limit=${1 + (i % 2)}&cursor=`);
      assert.deepEqual([status, json.code, json.field], [400, 'invalid_field', 'cursor'], id);
    };
    let count = 0;
    for (const [what, bytes] of Object.entries(attacks)) {
      // A proxy that goes by the chunks takes what follows them for the sender's next request, and may answer it.
      const { statuses: [first] } = await exchange(proxy, bytes, { quiet_ms: 50 });
      assert.ok(first === undefined || first >= 400, `${what}: ${first}`);
      await Promise.all([canary(++count), canary(++count)]);
    }
    assert.ok(count > 80);
  });

  test(`${name}: no bad handshake opens a socket`, async () => {
    for (const [what, fields] of bad_handshakes) {
      if (repairs.includes(what)) continue;
      const socket = new RawSocket(proxy);
      socket.send(upgrade_request(proxy, fields));
      const { status, head } = await socket.response();
      assert.ok(status === 0 || (status >= 400 && status < 500), `${what}: ${head}`);
      socket.destroy();
    }
  });

  test(`${name}: bad messages get the server's own answers, and other sockets none of them`, async () => {
    const count = await say_bad_messages(() => new LiveReader(by_proxy).opened(), await Contract.of(server));
    assert.ok(count > 250, String(count));
  });
}

/** Two instances that take a request and hang up on it, the first time that it comes. */
class HangUp {
  static async start() {
    const instances = new HangUp();
    instances.seen = [];
    const answer = (incoming, outgoing) => {
      if (incoming.url !== '/hang-up') return outgoing.end('ready');
      incoming.resume();
      incoming.once('end', () => {
        instances.seen.push(incoming.method);
        if (instances.seen.length === 1) incoming.socket.destroy();
        else outgoing.end('once more');
      });
    };
    const listen = () => new Promise((resolve) => {
      const http = createServer(answer).listen(0, '127.0.0.1', () => resolve(http));
    });
    instances.servers = await Promise.all([listen(), listen(), listen()]);
    const [one, two, ops] = instances.servers.map((http) => http.address().port);
    instances.places = [{ port: one, ops_port: ops }, { port: two, ops_port: ops }];
    return instances;
  }

  async stop() {
    for (const http of this.servers) http.closeAllConnections();
    await Promise.all(this.servers.map((http) => new Promise((resolve) => http.close(resolve))));
  }
}

/** What a proxy does with a request on which the first instance hangs up: the status, and how often it was sent. */
async function hang_up_on(start, method, headers) {
  const instances = await HangUp.start();
  let proxy;
  try {
    proxy = await start(instances.places);
    const body = method === 'GET' ? undefined : '{}';
    const status = await fetch(`${proxy.origin}/hang-up`, { method, headers, body }).then((answer) => answer.status, () => 0);
    return { status, sent: instances.seen.length };
  } finally {
    await proxy?.stop();
    await instances.stop();
  }
}

/**
 * `repeated`: of GET, PUT, POST and POST with a key, those that the proxy sends again. `elsewhere`: the methods that
 * go to another instance where one refuses connections.
 */
export function check_repeats(name, start, repeated, elsewhere = ['GET', 'POST']) {
  test(`${name}: a request whose answer was lost is sent again only where that is safe`, async () => {
    for (const [what, method, headers] of [
      ['GET', 'GET', {}],
      ['PUT', 'PUT', {}],
      ['POST', 'POST', {}],
      ['POST with a key', 'POST', { 'Idempotency-Key': randomUUID() }],
    ]) {
      const { status, sent } = await hang_up_on(start, method, headers);
      const again = repeated.includes(what);
      assert.equal(sent, again ? 2 : 1, `${what} was sent ${sent} times`);
      assert.equal(status === 200, again, `${what}: ${status}`);
    }
  });

  test(`${name}: where an instance refuses connections, another takes over: ${elsewhere.join(', ')}`, async () => {
    const instances = await HangUp.start();
    instances.seen.push('none hangs up');
    const [refused] = await free_ports(1);
    const { ops_port } = instances.places[0];
    let proxy;
    try {
      proxy = await start([{ port: refused, ops_port }, instances.places[1]]);
      for (const method of elsewhere) {
        for (let i = 0; i < 8; ++i) {
          const answer = await fetch(`${proxy.origin}/hang-up`, { method, body: method === 'GET' ? undefined : '{}' });
          assert.equal(answer.status, 200, `${method} ${i}`);
        }
      }
      assert.equal(instances.seen.length, 1 + 8 * elsewhere.length);
    } finally {
      await proxy?.stop();
      await instances.stop();
    }
  });
}
