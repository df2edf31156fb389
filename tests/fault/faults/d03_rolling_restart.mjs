import { Cluster } from '../base/cluster.mjs';
import { until } from '../base/waiting.mjs';

const look_every_ms = 10;

/** Watches for how long each reader is told nothing. @returns {() => number} ends it; gives the longest time, in ms */
function watch_gaps(readers) {
  const away_since = new Map();
  let worst_ms = 0;
  const timer = setInterval(() => {
    for (const reader of readers) {
      const is_told = ['live', 'polling'].includes(reader.live.status);
      if (!is_told && !away_since.has(reader)) away_since.set(reader, performance.now());
      if (!is_told || !away_since.has(reader)) continue;
      worst_ms = Math.max(worst_ms, performance.now() - away_since.get(reader));
      away_since.delete(reader);
    }
  }, look_every_ms);
  return () => {
    clearInterval(timer);
    return Math.round(worst_ms);
  };
}

/** Writes that were begun and whose last word is neither that they were done nor that they may not be. */
function failed_for_good(history) {
  const last = new Map();
  for (const { t, op, status } of history.entries) if (op !== undefined && ['invoke', 'ok', 'fail', 'unknown'].includes(t)) last.set(op, { t, status });
  return [...last.values()].filter(({ t, status }) => t === 'unknown' || (t === 'fail' && status >= 500)).length;
}

export default {
  number: 'D3',
  title: 'a rolling restart of all instances under load',
  promise: 'no write fails for good, readers are sent on and come back by themselves',
  stores: ['postgres'],
  open: (options) => Cluster.open({ ...options, instances: 3 }),
  expects: { away_grace_ms: 2_500 },
  async inject({ world, readers, acknowledged, took_effect, notes, history }) {
    const end_watch = watch_gaps(readers);
    let slowest_ms = 0;
    for (const instance of [...world.instances]) {
      await acknowledged(30);
      const began = performance.now();
      const { code, signal } = await instance.stop();
      if (code !== 0) history.add('broken', { why: `asked to stop, ${instance.name} ended with ${code ?? signal}` });
      took_effect(`SIGTERM to ${instance.name}`);
      await instance.start();
      await until(() => readers.every(({ live }) => ['live', 'polling'].includes(live.status)), 'every reader is told again');
      slowest_ms = Math.max(slowest_ms, performance.now() - began);
    }
    notes['slowest instance, from SIGTERM until it and all readers were back, ms'] = Math.round(slowest_ms);
    notes['worst gap of a reader, ms'] = end_watch();
    await acknowledged(60);
    const failed = failed_for_good(history);
    notes['writes that failed after their repetitions'] = failed;
    if (failed > 0) history.add('broken', { why: `${failed} writes failed for good` });
  },
};
