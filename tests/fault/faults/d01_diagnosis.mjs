import { Cluster } from '../base/cluster.mjs';
import { History } from '../base/history.mjs';
import { Random } from '../base/random.mjs';
import { after, until } from '../base/waiting.mjs';
import { diagnose, read_log } from '../diagnose.mjs';
import { Writers } from '../load/writers.mjs';

const drawn_count = 6;
const tolerance_ms = 2_000;
const calm_ms = 5_000;

/** What can be done, and what the logs should call it: {fault, instance}. Each heals again. */
const kinds = {
  async 'an instance is killed'({ world, random }) {
    const instance = random.pick(world.instances);
    await instance.kill();
    return { fault: 'killed', instance: instance.name, heal: () => instance.start() };
  },
  async 'an instance is asked to stop'({ world, random }) {
    const instance = random.pick(world.instances);
    await instance.stop();
    return { fault: 'stopped', instance: instance.name, heal: () => instance.start() };
  },
  async 'an instance is paused'({ world, random }) {
    const instance = random.pick(world.instances);
    instance.signal('SIGSTOP');
    await after(6_000);
    return { fault: 'paused', instance: instance.name, heal: async () => instance.signal('SIGCONT') };
  },
  async 'Redis is killed'({ world }) {
    await world.redis.kill();
    return { fault: 'bus lost', instance: 'redis', heal: () => world.redis.start() };
  },
  async 'one instance is cut off from Redis'({ world, random }) {
    const i = random.below(world.instances.length);
    const { redis } = world.links[i];
    redis.swallows_new = true;
    redis.cut();
    return { fault: 'bus lost', instance: world.instances[i].name, heal: async () => void ((redis.swallows_new = false), redis.cut()) };
  },
  async 'PostgreSQL is killed'({ world }) {
    await world.store.server.kill();
    return { fault: 'store lost', instance: 'database', heal: () => world.store.server.start() };
  },
  async 'one instance is cut off from PostgreSQL'({ world, random }) {
    const i = random.below(world.instances.length);
    const { postgres } = world.links[i];
    postgres.refuses_new = true;
    postgres.cut();
    return { fault: 'store lost', instance: world.instances[i].name, heal: async () => void (postgres.refuses_new = false) };
  },
};

/** Everything that the instances wrote so far. */
const lines_of = (world) => world.instances.flatMap(({ raw }) => read_log(raw.join('\n'))).sort((a, b) => a.at - b.at);

async function play_one(context, name) {
  const { world, acknowledged } = context;
  const began = Date.now();
  const { fault, instance, heal } = await kinds[name](context);
  await after(2_000);
  await heal();
  await acknowledged(20);
  await until(async () => (await Promise.all(world.origins.map(({ origin }) => world.http.request(origin, 'GET', '/readyz')))).every(({ status, json }) => status === 200 && json.parts.bus.state === 'up'), 'all are ready again, and hear each other');
  await after(calm_ms);
  return { name, fault, instance, began, ended: Date.now() };
}

/** What the diagnosis did not say, and what it said besides. */
function problems_of(done, findings) {
  const problems = [];
  const left = [...findings];
  for (const { name, fault, instance, began } of done) {
    const i = left.findIndex((one) => one.fault === fault && one.instance === instance && Math.abs(one.at - began) <= tolerance_ms);
    if (i >= 0) left.splice(i, 1);
    else problems.push(`${name} (${fault}, ${instance}) at ${new Date(began).toISOString()} was not named`);
  }
  for (const { fault, instance, at, why } of left) problems.push(`"${fault}" of ${instance} at ${new Date(at).toISOString()} was named (${why}), and never happened`);
  return problems;
}

export default {
  number: 'D1',
  title: `${drawn_count} faults drawn by seed, named from the logs alone`,
  promise: 'fault, instance and time (2 s) are found by the table of events; without a fault nothing is named',
  stores: ['postgres'],
  async play({ seed, binary }) {
    const history = new History();
    const random = new Random(seed, 'D1');
    const violations = [];
    const world = await Cluster.open({ history, binary, settings: { 'ops.stats_interval_ms': 1_000 } });
    const writers = new Writers({ world, history, seed, per_second: 20 });
    const acknowledged = async (count) => {
      const goal = writers.acknowledged + count;
      await until(() => writers.acknowledged >= goal, `${count} more writes`);
    };
    const done = [];
    try {
      writers.start();
      await acknowledged(20);
      await after(calm_ms);
      for (const { fault, instance, why } of diagnose(lines_of(world))) violations.push({ invariant: 'D1', text: `without a fault "${fault}" of ${instance} was named (${why})` });
      for (let i = 0; i < drawn_count; ++i) done.push(await play_one({ world, random, acknowledged }, random.pick(Object.keys(kinds))));
      for (const text of problems_of(done, diagnose(lines_of(world)))) violations.push({ invariant: 'D1', text });
    } catch (error) {
      violations.push({ invariant: 'run', text: `the run broke off: ${error.stack}` });
    }
    writers.abort();
    await world.close();
    return { violations, counts: { operations: done.length, acknowledged: writers.acknowledged, effects: done.length }, notes: { drawn: done.map(({ name }) => name).join(', ') } };
  },
};
