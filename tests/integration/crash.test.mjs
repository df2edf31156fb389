// kill -9 in the middle of writing, again and again: what was acknowledged is there exactly once,
// what was not may be sent again with the same key, and the store stays sound.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';

import { Server, create_account, run, temporary_folder } from '../support/server.mjs';

const rounds = Number(process.env.PARLEY_CRASH_ROUNDS ?? 20);
const posts_per_round = Number(process.env.PARLEY_CRASH_POSTS ?? 2_000);
const writers = 32;
const retries_max = 200;

// A small generator with a seed, so that a failing run can be repeated (xorshift32).
function random_of(seed) {
  let state = seed >>> 0 || 1;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}

/** Posts each of `queue` until it is acknowledged; the server may go away and come back. */
async function write_all(current, token, discussion, queue, acknowledged, on_acknowledged) {
  for (let post = queue.pop(); post; post = queue.pop()) {
    for (let attempt = 0; ; ++attempt) {
      assert.ok(attempt < retries_max, 'the server does not come back');
      try {
        const server = await current();
        const answer = await server.post(token, discussion, { body: post.body }, post.key);
        if (answer.status === 201) {
          acknowledged.set(post.key, answer.json);
          on_acknowledged();
          break;
        }
        assert.equal(answer.status, 503, answer.text);
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;
        // Cut off: unknown whether it was committed, so the same key again.
      }
    }
  }
}

async function everything(server, discussion) {
  const comments = [];
  let cursor = '';
  while (cursor !== null) {
    const { json } = await server.get(
      `/api/v1/discussions/${discussion}/comments?limit=1000${cursor && `&cursor=${cursor}`}`,
    );
    comments.push(...json.comments);
    cursor = json.next_cursor;
  }
  return comments;
}

async function one_round(seed, ready_times) {
  const random = random_of(seed);
  const folder = await temporary_folder();
  const file = `${folder.path}/parley.db`;
  await create_account(file, 'Edith Editor', 'admin');
  let starting = Server.start(file);
  const current = () => starting;
  let server = await starting;
  const token = await server.sign_in('Edith Editor');
  const made = await server.request('PUT', '/api/v1/discussions/storm', { token, key: randomUUID(), body: { title: 'Storm' } });
  assert.equal(made.status, 201, made.text);

  const posts = Array.from({ length: posts_per_round }, (_, i) => ({ key: `k-${seed}-${i}`, body: `Comment ${i} of seed ${seed}.` }));
  const acknowledged = new Map();
  const kill_at = 1 + random(posts_per_round - 1);
  let killed;
  const on_acknowledged = () => {
    if (acknowledged.size !== kill_at) return;
    killed = server.kill();
    starting = killed.then(() => Server.start(file));
  };
  const queue = [...posts];
  await Promise.all(Array.from({ length: writers }, () => write_all(current, token, 'storm', queue, acknowledged, on_acknowledged)));
  await killed;
  server = await starting;
  ready_times.push(server.ready_ms);

  const stored = await everything(server, 'storm');
  await server.stop();
  const copies = new Map();
  for (const { body } of stored) copies.set(body, (copies.get(body) ?? 0) + 1);
  for (const { key, body } of posts) {
    assert.ok(acknowledged.has(key), `never acknowledged: ${body}`);
    assert.equal(copies.get(body), 1, `${body} is there ${copies.get(body) ?? 0} times`);
  }
  assert.equal(stored.length, posts_per_round);
  const numbers = stored.map(({ number }) => Number(number));
  assert.equal(new Set(numbers).size, posts_per_round, 'every number is given once');
  const by_id = new Map(stored.map((comment) => [comment.id, comment]));
  for (const [key, comment] of acknowledged) {
    assert.equal(by_id.get(comment.id)?.number, comment.number, `${key} kept its number`);
  }
  const check = await run(['check', '--set', `store.url=sqlite:${file}`]);
  assert.equal(check.code, 0, check.stdout + check.stderr);
  await folder.remove();
}

test(`kill -9 in the middle of ${posts_per_round} posts, ${rounds} times`, async () => {
  const ready_times = [];
  for (let seed = 1; seed <= rounds; ++seed) {
    try {
      await one_round(seed, ready_times);
    } catch (error) {
      error.message = `seed ${seed}: ${error.message}`;
      throw error;
    }
  }
  const sorted = ready_times.map(Math.round).sort((a, b) => a - b);
  console.log(`ready again after a kill: median ${sorted[sorted.length >> 1]} ms, worst ${sorted.at(-1)} ms, ${sorted.length} kills`);
});
