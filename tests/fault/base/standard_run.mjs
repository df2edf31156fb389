// The standard run: readers and writers on real processes, a fault among them, healing, silence, and what is left.

import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { check } from '../checker/check.mjs';
import { Reader } from '../load/reader.mjs';
import { Writers } from '../load/writers.mjs';
import { command_finals, difference, fresh_loads, reader_finals, store_final } from './final.mjs';
import { History, items_of } from './history.mjs';
import { canary, discussions } from './prepare.mjs';
import { Random } from './random.mjs';
import { after, patience_ms, until } from './waiting.mjs';
import { read_whole } from './http.mjs';
import { World } from './world.mjs';

const probe_every_ms = 150;
const read_back_every = 20;

/**
 * What a fault gets to work with.
 * @typedef {object} Run
 * @property {World} world
 * @property {Writers} writers
 * @property {Reader[]} readers
 * @property {History} history
 * @property {Random} random
 * @property {number} seed
 * @property {Record<string, number | string>} notes figures for the report
 * @property {(what: string, count?: number) => void} took_effect
 * @property {(count: number) => Promise<void>} acknowledged so many more writes
 */

/**
 * @typedef {object} Fault
 * @property {string} number
 * @property {string} title
 * @property {string} promise
 * @property {Record<string, any>} [settings]
 * @property {number} [readers]
 * @property {number} [per_second]
 * @property {string} [preset] whose binary
 * @property {() => Promise<string>} [impossible] why it cannot run on this machine; empty where it can
 * @property {(run: Run) => Promise<void>} [prepare] before anybody reads or writes
 * @property {(run: Run) => Promise<void>} inject
 * @property {Record<string, any>} [expects] for the checker
 */

/** @param {Run} run */
function open_readers(run, count) {
  const { world, history, seed, random } = run;
  for (let i = 0; i < count; ++i) {
    const via = i % 10 === 7 ? 'stream' : i % 10 === 9 ? 'polling' : 'websocket';
    const discussion = i % 10 < 6 ? discussions[0] : discussions[1 + (i % 2)];
    run.readers.push(new Reader({
      name: `${i + 1}`, discussion, origin: world.origin, via, history, canaries: [canary],
      random: new Random(seed, `reader ${i}`), is_whole: i % 5 !== 4,
    }));
  }
  for (const reader of run.readers) void reader.start(null);
  return until(() => run.readers.every(({ state }) => state), 'every reader shows something').then(() => {
    const whole = run.readers.filter(({ is_whole }) => is_whole);
    return Promise.all(whole.map((reader) => reader.read_all()));
  }).then(() => random);
}

/** Now and then a reader loses its connection, fault or not. @param {Run} run */
async function drop_readers(run) {
  while (!run.is_over) {
    await after(run.random.between(100, 400));
    const reader = run.random.pick(run.readers);
    if (!run.is_over && !run.are_drops_paused && reader.via !== 'polling') reader.drop();
  }
}

/** Fresh windows while things change: what was taken away must not be in them. @param {Run} run */
async function probe(run) {
  const { world, history } = run;
  for (let i = 0; !run.is_over; ++i) {
    await after(probe_every_ms);
    const { name, origin } = world.origins[i % world.origins.length];
    const discussion = discussions[i % 4 === 3 ? 1 : 0];
    const asked_at = performance.now();
    try {
      const windows = await read_whole(world.http, origin, discussion);
      history.add('probe', {
        instance: name, discussion, asked_at, stale: windows.some(({ stale }) => stale), epoch: windows[0].epoch, seq: windows[0].seq,
        comment_count: windows.length === 1 ? windows[0].comment_count : undefined,
        items: windows.length === 1 ? items_of(windows[0]) : [],
        visible: windows.flatMap(({ comments }) => comments.filter(({ state }) => state === 'visible').map(({ id }) => id)),
      });
    } catch (error) {
      history.add('probe_failed', { instance: name, discussion, asked_at, why: error.message.slice(0, 200) });
    }
  }
}

/** Reads what was just acknowledged, from another instance where there is one. @param {Run} run */
async function read_back(run) {
  const { world, history } = run;
  let seen = 0;
  for (let i = 0; !run.is_over; ++i) {
    await after(50);
    const news = history.entries.slice(seen);
    seen += news.length;
    const posts = news.filter(({ t, status, attempt }) => t === 'ok' && status === 201 && attempt === 1);
    if (run.writers.acknowledged < read_back_every * (i + 1) || posts.length === 0) continue;
    const { op, id, seq } = posts.at(-1);
    const { discussion } = history.entries.find((entry) => entry.t === 'invoke' && entry.op === op);
    const { epoch } = run;
    const { name, origin } = world.origins[i % world.origins.length];
    const path = `/api/v1/discussions/${discussion}/changes?epoch=${epoch}&since=${seq - 1}`;
    try {
      const { status, json } = await world.http.request(origin, 'GET', path);
      const found = (json?.comments ?? []).some((comment) => comment.id === id);
      history.add('read_back', { op, id, seq, instance: name, status, epoch, answered_epoch: json?.epoch, reached: json?.seq, found });
    } catch (error) {
      history.add('read_back', { op, instance: name, status: 0, why: error.message });
    }
  }
}

/** @param {Run} run */
async function quiesce(run) {
  const { world, writers, readers, history } = run;
  await writers.stop();
  run.is_over = true;
  await Promise.all(run.background);
  const silent_at = performance.now();
  const fresh = await until(() => fresh_loads(world, new History()), 'all can be read');
  const finish = (reader) => (reader.is_whole ? reader.read_all() : undefined);
  let last = '';
  const is_equal = async () => {
    for (const reader of readers) {
      // By polling a page is as old as its last question, which may be 12 s.
      if (reader.via === 'polling' && difference(reader, fresh.get(reader.discussion))) reader.hurry();
      await finish(reader);
      const found = difference(reader, fresh.get(reader.discussion));
      if (found) last = `reader ${reader.name} (${reader.via}) of ${reader.discussion}: ${found}`;
      if (found) return false;
    }
    return true;
  };
  const equal = await until(is_equal, 'all readers agree', { timeout_ms: run.convergence_ms, every_ms: 50 }).catch(() => false);
  history.add('converged', { equal, ms: Math.round(performance.now() - silent_at), last: equal ? '' : last });
  reader_finals(readers, await fresh_loads(world, history), history);
}

/** @param {Run} run what the processes hold at rest, with nobody connected */
async function note_resources(run, phase) {
  for (const instance of run.world.instances.filter(({ is_running }) => is_running)) {
    run.history.add('resources', { instance: instance.name, starts: instance.starts, phase, ...instance.resources() });
  }
}

async function begin(fault, run, options) {
  const { history, seed } = run;
  const binary = options.binary;
  const { env = {}, ...surroundings } = (await fault.surroundings?.(run)) ?? {};
  const open = fault.open ?? World.open_sqlite;
  run.world = await open({ history, binary, seed, settings: fault.settings, env: { ...options.env, ...env }, ...surroundings });
  await note_resources(run, 'before');
  run.writers = new Writers({ world: run.world, history, seed, per_second: fault.per_second });
  const before = await fresh_loads(run.world, new History());
  for (const [discussion, { state }] of before) {
    const windows = await read_whole(run.world.http, run.world.origin, discussion);
    const comments = windows.flatMap((window) => window.comments);
    run.epoch = state.epoch;
    run.writers.know(discussion, comments);
    history.add('initial', { discussion, epoch: state.epoch, seq: state.seq, comments: comments.map(({ id, author, body }) => ({ id, author: author?.id, body })) });
  }
  await fault.prepare?.(run);
  await open_readers(run, fault.readers ?? 60);
  run.background = [drop_readers(run), probe(run), read_back(run)];
  run.writers.start();
}

/**
 * Plays one fault by one seed.
 * @param {Fault} fault
 * @param {{seed: number, binary: string, env?: Record<string, string>}} options
 */
export async function standard_run(fault, options) {
  const history = new History();
  const { seed } = options;
  const random = new Random(seed, fault.number);
  /** @type {any} */
  const run = {
    history, seed, random, readers: [], notes: {}, is_over: false, background: [], convergence_ms: fault.convergence_ms ?? patience_ms,
    took_effect: (what, count = 1) => history.add('effect', { what, count }),
    acknowledged: async (count) => {
      const goal = run.writers.acknowledged + count;
      await until(() => run.writers.acknowledged >= goal, () => `${count} more acknowledged writes (${goal - run.writers.acknowledged} are missing)`);
    },
  };
  history.add('begin', { fault: fault.number, seed, binary: options.binary });
  try {
    await begin(fault, run, options);
    await run.acknowledged(fault.warm_up ?? 120);
    history.add('fault', { phase: 'begin' });
    await fault.inject(run);
    history.add('fault', { phase: 'end' });
    await run.acknowledged(fault.afterwards ?? 80);
    history.add('wrote_after');
    await quiesce(run);
    await command_finals(run.world, history);
    await fault.finish?.(run);
    await leave(run);
  } catch (error) {
    history.add('broken', { why: error.stack ?? String(error) });
  }
  return finish(fault, run, options);
}

/** @param {Run} run */
async function leave(run) {
  for (const reader of run.readers) reader.stop();
  for (const instance of run.world.instances.filter(({ is_running }) => is_running)) {
    const before = run.history.entries.find(({ t, phase, instance: name }) => t === 'resources' && phase === 'before' && name === instance.name);
    const limit = before.fds + 16;
    await until(() => instance.resources().fds <= limit, () => `${instance.name} lets go of descriptors: ${instance.resources().fds}, had ${before.fds}`);
  }
  await note_resources(run, 'after');
  for (const instance of run.world.instances) {
    const lost = instance.events('store.commit_failed').filter(({ step }) => step === 'commit');
    // What became of these the server found out by itself, and nobody heard of their seq.
    run.history.add('unheard', { instance: instance.name, count: lost.reduce((sum, { repeated = 0 }) => sum + 1 + repeated, 0) });
  }
  for (const instance of run.world.instances) {
    const end = await instance.stop();
    if (end) run.history.add('stopped', { instance: instance.name, ...end });
  }
  await store_final(run.world, run.history);
}

async function finish(fault, run, { binary, seed }) {
  const { history, world, readers, notes } = run;
  run.is_over = true;
  run.writers?.abort();
  for (const reader of readers) reader.stop();
  const verdict = check(history.entries, { operations_min: 150, frames_min: 500, ...fault.expects });
  let kept = null;
  if (verdict.violations.length > 0) {
    kept = await mkdtemp(join(tmpdir(), `parley-fault-kept-${fault.number}-${seed}-`));
    history.write(join(kept, 'history.ndjson'));
    await world?.keep(kept);
  }
  await world?.close().catch((error) => verdict.violations.push({ invariant: 'run', text: `cannot be closed: ${error.message}` }));
  await fault.clean?.(run);
  return { fault: fault.number, title: fault.title, seed, binary, ...verdict, notes, kept };
}
