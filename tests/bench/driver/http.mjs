// Requests over HTTP, against the real binary with a SQLite file: targets 11 to 13.

import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { join } from 'node:path';
import { start_nginx } from './nginx.mjs';
import { Tool, adopt, binary, load_core, rss_bytes, server_core, temporary_folder } from './tool.mjs';

process.env.PARLEY_BIN = binary; // support/server.mjs reads it when it is loaded
const { Server, create_account } = await import('../../support/server.mjs');

const writers_count = 64;
const readers_count = 64;
const voted_count = 100;
const window_comments = 1_000;
const publisher_name = 'The Publisher';

async function serve(folder) {
  const file = join(folder, 'parley.db');
  await create_account(file, publisher_name, 'admin');
  const server = await Server.start(file);
  adopt(server.child);
  try {
    pin(server);
    const admin = await server.sign_in(publisher_name);
    return { server, admin, discussion: await server.new_discussion(admin) };
  } catch (error) {
    await server.kill();
    throw error;
  }
}

/** All threads that there are, and with them those to come. */
function pin(server) {
  execFileSync('taskset', ['-a', '-p', '-c', String(server_core), String(server.child.pid)]);
}

async function ask_http(verb, values) {
  const words = Object.entries(values).map(([name, value]) => `${name}=${value}`);
  const client = new Tool(load_core, 'bench_http', [verb, ...words]);
  const answer = await client.line();
  await client.stop();
  if (answer.refused > 0) throw new Error(`${verb}: ${answer.refused} refused: ${answer.first_refusal}`);
  return answer;
}

async function post_all(server, token, discussion, count) {
  const ids = [];
  for (let i = 0; i < count; ++i) {
    const posted = await server.post(token, discussion, { body: `Number ${i} of those to be read or voted on.` });
    if (posted.status !== 201) throw new Error(posted.text);
    ids.push(Number(posted.json.id));
  }
  return ids;
}

/** Target 11: posts and votes that are on disk when they are answered. */
export async function durable({ seconds }) {
  const folder = await temporary_folder();
  const { server, admin, discussion } = await serve(folder);
  try {
    const voted = await post_all(server, admin, discussion, voted_count);
    const tokens = [];
    for (let i = 0; i < writers_count; ++i) tokens.push(await server.sign_up(`Writer ${i}`));
    const file = join(folder, 'tokens');
    await writeFile(file, tokens.map((token) => `${token}\n`).join(''));
    const common = { port: server.port, tokens: file, seconds };
    const posts = await ask_http('post', { ...common, discussion });
    const votes = await ask_http('vote', { ...common, comments: `${voted[0]}-${voted.at(-1)}` });
    const floor = new Tool(server_core, 'bench_floor', ['sqlite', folder, String(seconds / 2)]);
    const rows = await floor.line();
    await floor.stop();
    return {
      posts_per_s: posts.answers_per_s,
      posts_p99_ms: posts.p99_ms,
      votes_per_s: votes.answers_per_s,
      votes_p99_ms: votes.p99_ms,
      load_share: Math.max(posts.load_share, votes.load_share),
      ...rows,
    };
  } finally {
    await server.stop();
  }
}

function fetch_as_sent(url) {
  return new Promise((resolve, reject) => {
    get(url, { headers: { 'Accept-Encoding': 'gzip' } }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(parts) }));
      response.on('error', reject);
    }).on('error', reject);
  });
}

/** Target 12: a large window from memory, beside nginx with the same bytes in a file. */
export async function window({ seconds }) {
  const folder = await temporary_folder();
  const { server, admin, discussion } = await serve(folder);
  try {
    await post_all(server, admin, discussion, window_comments);
    const path = `/api/v1/discussions/${discussion}/comments?limit=${window_comments}`;
    const answer = await fetch_as_sent(server.origin + path);
    if (answer.headers['content-encoding'] !== 'gzip') throw new Error('the window is not compressed');
    const common = { connections: readers_count, seconds, gzip: 1 };
    const ours = await ask_http('get', { ...common, port: server.port, path });
    const nginx = await start_nginx(server_core, { file: answer.body });
    const theirs = await ask_http('get', { ...common, port: nginx.port, path: '/window' });
    await nginx.stop();
    return {
      answers_per_s: ours.answers_per_s,
      p99_ms: ours.p99_ms,
      nginx_per_s: theirs.answers_per_s,
      nginx_p99_ms: theirs.p99_ms,
      body_bytes: answer.body.length,
      load_share: Math.max(ours.load_share, theirs.load_share),
    };
  } finally {
    await server.stop();
  }
}

/** Target 13: a server that has nothing to do, and how soon it is there. */
export async function empty() {
  await start_and_stop(); // the files are in memory then, and so is this program's own HTTP
  return start_and_stop();
}

async function start_and_stop() {
  const folder = await temporary_folder();
  const started = performance.now();
  const server = await Server.start(join(folder, 'parley.db'));
  adopt(server.child);
  const ready = await server.get('/readyz');
  const ready_ms = performance.now() - started;
  if (ready.status !== 200) throw new Error(`not ready: ${ready.text}`);
  const bytes = rss_bytes(server.child.pid);
  await server.stop();
  return { bytes, ready_ms };
}
