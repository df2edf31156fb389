// Several instances of the real binary on PostgreSQL and Redis: what a comment takes through another instance, and
// durable writes beside what PostgreSQL's own benchmark reaches.

import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Tool, adopt, binary, load_core, server_core, temporary_folder } from './tool.mjs';

process.env.PARLEY_BIN = binary; // support/server.mjs reads it when it is loaded
const { Server, create_account } = await import('../../support/server.mjs');
const { Postgres } = await import('../../support/postgres.mjs');
const { RedisLab } = await import('../../support/redis.mjs');

const readers_count = 1_000;
const posts_per_s = 50;
const writers_count = 64;
const voted_count = 100;
const pgbench_scale = 10;
const publisher_name = 'The Publisher';
const bus_secret = 'a secret that all instances share in this benchmark';

/** All threads and processes that there are of it, and with them those to come. */
function pin(pid, core = server_core) {
  const children = execFileSync('bash', ['-c', `pgrep -P ${pid} || true`], { encoding: 'utf8' });
  for (const each of [pid, ...children.split('\n').filter(Boolean)]) {
    execFileSync('taskset', ['-a', '-p', '-c', String(core), String(each)]);
  }
}

/** PostgreSQL, Redis and so many instances, with an admin, a discussion and people who write. */
class Cluster {
  static async start(count, core = server_core) {
    const cluster = new Cluster();
    cluster.instances = [];
    try {
      cluster.postgres = await Postgres.start('max_connections=200');
      pin(cluster.postgres.pid);
      cluster.redis = new RedisLab();
      const redis_port = await cluster.redis.start('bus');
      pin(cluster.redis.child.pid);
      await create_account(cluster.postgres.url, publisher_name, 'admin');
      for (let i = 0; i < count; ++i) {
        const server = await Server.start(cluster.postgres.url, {
          'server.instance': `bench-${i}`,
          'bus.url': `redis://127.0.0.1:${redis_port}`,
          'bus.secret': bus_secret,
        });
        adopt(server.child);
        pin(server.child.pid, core);
        cluster.instances.push(server);
      }
      await cluster.prepare();
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  async prepare() {
    const [first] = this.instances;
    this.admin = await first.sign_in(publisher_name);
    this.discussion = await first.new_discussion(this.admin);
    const tokens = [];
    for (let i = 0; i < writers_count; ++i) tokens.push(await first.sign_up(`Writer ${i}`));
    this.tokens = join(await temporary_folder(), 'tokens');
    await writeFile(this.tokens, tokens.map((token) => `${token}\n`).join(''));
  }

  async ask_http(verb, instances, values) {
    const all = { port: instances.map(({ port }) => port).join(','), tokens: this.tokens, ...values };
    const client = new Tool(load_core, 'bench_http', [verb, ...Object.entries(all).map((pair) => pair.join('='))]);
    const answer = await client.line();
    await client.stop();
    if (answer.refused > 0) throw new Error(`${verb}: ${answer.refused} refused: ${answer.first_refusal}`);
    return answer;
  }

  async stop() {
    for (const server of this.instances) await server.stop();
    await this.redis?.stop();
    await this.postgres?.stop();
  }
}

/** From when a comment was due to be posted on `to` until it was read by 1,000 readers of `from`. */
async function post_to_screen(cluster, to, from, seconds) {
  const load = new Tool(load_core, 'bench_load');
  await load.ask('watch', { pid: from.child.pid });
  const window = await from.get(`/api/v1/discussions/${cluster.discussion}/comments?limit=1`);
  const topic = `discussion:${cluster.discussion}`;
  await load.ask('connect', { n: readers_count, port: from.port, topic, epoch: window.json.epoch, since: window.json.seq });
  const warm_up = 1;
  const posted = cluster.ask_http('post', [to], {
    discussion: cluster.discussion,
    rate: posts_per_s,
    seconds: warm_up + seconds + 1,
  });
  const seen = await load.ask('measure', { seconds, warm_up });
  const answers = await posted;
  await load.ask('drop');
  await load.stop();
  return { ...seen, deliveries_per_s: seen.steps / seen.seconds, answer_p50_ms: answers.p50_ms };
}

export async function through_another({ seconds }) {
  const cluster = await Cluster.start(2);
  try {
    const [one, other] = cluster.instances;
    const same = await post_to_screen(cluster, one, one, seconds);
    const through = await post_to_screen(cluster, one, other, seconds);
    return {
      deliveries_per_s: through.deliveries_per_s,
      p50_ms: through.p50_ms,
      p99_ms: through.p99_ms,
      p999_ms: through.p999_ms,
      same_p50_ms: same.p50_ms,
      same_p99_ms: same.p99_ms,
      same_p999_ms: same.p999_ms,
      answer_p50_ms: through.answer_p50_ms,
      lost: same.lost + through.lost,
      load_share: Math.max(same.load_share, through.load_share),
    };
  } finally {
    await cluster.stop();
  }
}

/** Transactions a second of `pgbench -N` with as many clients on the same server. */
async function pgbench(postgres, seconds) {
  const url = await postgres.fresh_database();
  const run = (...args) => execFileSync('taskset', ['-c', String(load_core), 'pgbench', ...args, url], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  run('-i', '-q', '-s', String(pgbench_scale));
  const said = run('-N', '-M', 'prepared', '-c', String(writers_count), '-j', '1', '-T', String(Math.ceil(seconds)));
  return Number(/tps = ([\d.]+)/.exec(said)[1]);
}

/** PostgreSQL has a core; what speaks to it has the other, be it our instances with their load or pgbench. */
export async function durable_shared({ seconds }) {
  const cluster = await Cluster.start(3, load_core);
  try {
    const [first] = cluster.instances;
    const ids = [];
    for (let i = 0; i < voted_count; ++i) {
      const posted = await first.post(cluster.admin, cluster.discussion, { body: `Number ${i} of those to be voted on.` });
      ids.push(Number(posted.json.id));
    }
    const figures = {};
    for (const [name, instances] of [['one', [first]], ['three', cluster.instances]]) {
      const posts = await cluster.ask_http('post', instances, { discussion: cluster.discussion, seconds });
      const votes = await cluster.ask_http('vote', instances, { comments: `${ids[0]}-${ids.at(-1)}`, seconds });
      figures[`posts_per_s_${name}`] = posts.answers_per_s;
      figures[`votes_per_s_${name}`] = votes.answers_per_s;
      figures[`posts_p99_ms_${name}`] = posts.p99_ms;
      figures.load_share = Math.max(figures.load_share ?? 0, posts.load_share, votes.load_share);
    }
    return { ...figures, pgbench_per_s: await pgbench(cluster.postgres, seconds) };
  } finally {
    await cluster.stop();
  }
}
