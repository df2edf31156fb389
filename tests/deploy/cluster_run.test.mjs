import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { start_time } from '../../deploy/cluster/processes.mjs';
import { Cluster } from '../support/cluster.mjs';
import { EventReader } from '../support/events.mjs';
import { LiveReader } from '../support/live.mjs';
import { until } from '../support/programs.mjs';

const discussion = 'tram-line';
const password = 'a long enough password';

let cluster;
let writers;

before(async () => {
  cluster = await Cluster.start();
  writers = [];
  for (const name of ['Ann Archer', 'Bob Baker', 'Cleo Cook']) writers.push(await cluster.proxy.sign_up(name, password));
});
after(() => cluster?.stop());

async function reader_at(server) {
  const { json: window } = await server.get(`/api/v1/discussions/${discussion}/comments?limit=1000`);
  const reader = await new LiveReader(server).opened();
  reader.subscribe(discussion, { epoch: window.epoch, since: window.seq });
  await reader.frame(({ type }) => type === 'subscribed');
  reader.window = window;
  return reader;
}

/** A write as a browser does it: again with the same key until it is answered for good. Gives the comment. */
async function post_until_answered(token, body) {
  const key = randomUUID();
  let last = '';
  return until(async () => {
    const answer = await cluster.proxy.post(token, discussion, { body }, key);
    last = `${answer.status} ${answer.text}`;
    assert.ok([201, 502, 503, 504].includes(answer.status), last);
    return answer.status === 201 && answer.json;
  }, `a post is taken: ${body}`, 60_000).catch((error) => Promise.reject(new Error(`${error.message} ${last}`)));
}

const ids_at = async (server) => {
  const { json } = await server.get(`/api/v1/discussions/${discussion}/comments?limit=1000`);
  return json.comments.map(({ id }) => id);
};

test('the example is there on every instance, and what one takes all show', async () => {
  assert.equal(cluster.instances.length, 3);
  for (const server of cluster.instances) assert.equal((await server.get(`/d/${discussion}`)).status, 200);
  const readers = await Promise.all(cluster.instances.map(reader_at));
  const stream = await EventReader.open(cluster.proxy, discussion);
  for (const [i, server] of cluster.instances.entries()) {
    const posted = await server.post(writers[i], discussion, { body: `Written at ${server.name}.` });
    assert.equal(posted.status, 201, posted.text);
    for (const reader of [...readers, stream]) await reader.frame(({ comments }) => comments?.some(({ id }) => id === posted.json.id));
  }
  await stream.close();
  for (const reader of readers) await reader.close();
});

test('whatever is killed comes back, nothing acknowledged is lost, and every instance shows the same', async () => {
  const acknowledged = [];
  for (const name of ['a', 'redis', 'haproxy', 'postgres']) {
    const killed = await cluster.kill(name);
    for (const [i, token] of writers.entries()) {
      acknowledged.push(await post_until_answered(token, `While ${name} was away, ${i}.`).then(({ id }) => id));
    }
    await cluster.back(killed);
    acknowledged.push((await post_until_answered(writers[0], `After ${name} came back.`)).id);
  }
  assert.equal(new Set(acknowledged).size, acknowledged.length);
  for (const server of cluster.instances) {
    await until(async () => (await server.vote(writers[1], '3', 1)).status === 200, `${server.name} takes writes again`);
  }
  await until(async () => {
    const shown = await Promise.all(cluster.instances.map(ids_at));
    return shown.every((ids) => ids.join() === shown[0].join() && acknowledged.every((id) => ids.includes(id)));
  }, 'all show all');
  const bodies = (await cluster.proxy.get(`/api/v1/discussions/${discussion}/comments?limit=1000`)).json.comments.map(({ body }) => body);
  const own = bodies.filter((body) => /^(While|After) /.test(body));
  assert.equal(own.length, acknowledged.length, 'each exactly once');
  assert.equal(new Set(own).size, own.length);
});

test('an instance drains and comes back without one failed request, read or written', async () => {
  const [first] = cluster.instances;
  let going = true;
  let count = 0;
  const problems = [];
  const work = async (token, n) => {
    for (let i = 0; going; ++i) {
      try {
        const read = await cluster.proxy.get(`/api/v1/discussions/${discussion}/comments`);
        if (read.status !== 200) problems.push(`read ${read.status}`);
        const posted = await cluster.proxy.post(token, discussion, { body: `Writer ${n}, number ${i}.` });
        if (posted.status !== 201) problems.push(`post ${posted.status} ${posted.text}`);
        const voted = await cluster.proxy.vote(token, '3', i % 2 ? 1 : -1);
        if (voted.status !== 200) problems.push(`vote ${voted.status} ${voted.text}`);
      } catch (error) {
        problems.push(String(error.cause ?? error));
      }
      ++count;
    }
  };
  const all = Promise.all(writers.map(work));
  const more = async () => {
    const seen = count;
    await until(() => count > seen + 10, 'work goes on');
  };
  const reader = await reader_at(first);
  try {
    await more();
    const ended = await cluster.kill('a', 'SIGTERM');
    assert.equal((await reader.closed).code, 1012);
    await cluster.back(ended);
    await more();
  } finally {
    going = false;
    await all;
  }
  assert.deepEqual(problems, [], `of ${3 * count}`);
});

test('the database holds to its invariants, as the server checks them', async () => {
  const { output } = await cluster.parley(['check']);
  assert.match(output, /\S/);
});

test('no secret stands in a log or in an argument', async () => {
  const secrets = JSON.parse(await readFile(join(cluster.state, 'secrets.json'), 'utf8'));
  const logs = join(cluster.state, 'logs');
  const { processes } = await cluster.status();
  const texts = [
    ...(await Promise.all((await readdir(logs)).map((name) => readFile(join(logs, name), 'utf8')))),
    ...(await Promise.all(processes.map(({ pid }) => readFile(`/proc/${pid}/cmdline`, 'utf8')))),
    cluster.supervisor.output,
  ];
  for (const [name, value] of Object.entries(secrets)) assert.ok(texts.every((text) => !text.includes(value)), name);
});

test('Ctrl-C ends all in order and leaves no process; the next start has the data, and is told to stop from outside', async () => {
  const { processes } = await cluster.status();
  const before_it = await ids_at(cluster.proxy);
  const started = processes.map(({ pid }) => [pid, start_time(pid)]);
  const said = await cluster.end();
  const order = said.split('\n').map((line) => line.match(/^\S+ (\w+) is stopping$/)?.[1]).filter(Boolean);
  assert.deepEqual([order.slice(0, 3).sort(), order.slice(3).filter((name) => name !== 'haproxy')], [['a', 'b', 'c'], ['redis', 'postgres']]);
  for (const [pid, time] of started) assert.notEqual(start_time(pid), time);

  await cluster.run();
  assert.deepEqual(await ids_at(cluster.proxy), before_it);
  const again = await cluster.stop_from_outside();
  assert.equal(again.code, 0, again.output);
  assert.deepEqual(await cluster.supervisor.exited, { code: 0, signal: null });
  assert.match((await cluster.stop_from_outside()).output, /Nothing runs/);
  await cluster.run();
});
