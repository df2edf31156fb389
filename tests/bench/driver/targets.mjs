// What is measured, and what it should come to. `figures` are medians over the runs.

import { durable_shared, through_another } from './cluster.mjs';
import { connects, idle, storm } from './connections.mjs';
import { busy, quiet, saturation, slow_readers, unbatched } from './fanout.mjs';
import { durable, empty, window } from './http.mjs';
import { peer_measures } from './peers.mjs';
import { postgres } from './postgres.mjs';

export const peer_names = Object.keys(peer_measures);

/** By name: what to run, and how often at most (some take a minute and hardly vary). */
export const measures = {
  unbatched: { run: unbatched },
  quiet: { run: quiet },
  saturation: { run: saturation },
  busy: { run: busy },
  idle: { run: idle, rounds_max: 2 },
  connects: { run: connects },
  storm: { run: storm },
  slow_readers: { run: slow_readers, rounds_max: 3 },
  durable: { run: durable },
  window: { run: window },
  empty: { run: empty },
  postgres: { run: postgres, rounds_max: 3 },
  through_another: { run: through_another },
  durable_shared: { run: durable_shared, rounds_max: 3 },
  ...Object.fromEntries(peer_names.map((name) => [name, { run: peer_measures[name], rounds_max: 3 }])),
};

const fixed = (digits) => (number) => number.toFixed(digits);
const ms = (number) => `${number < 10 ? number.toFixed(1) : Math.round(number)} ms`;
const short = (number) => {
  if (number >= 1e6) return `${(number / 1e6).toFixed(2)}M`;
  return number >= 1e3 ? `${(number / 1e3).toFixed(1)}k` : String(Math.round(number));
};
const us = (number) => `${fixed(2)(number)} us`;
const megabytes = (number) => `${(number / 1e6).toFixed(1)} MB`;

const delivered = (figures, name) => figures[name] >= 0.9;

/** Each: what it needs, what to say of it, and whether it was reached. */
export const targets = [
  {
    number: 1,
    what: 'one send for each change, 1,000 readers, 50 changes/s: CPU a delivery',
    needs: ['unbatched'],
    ours: ({ unbatched: f }) => us(f.cpu_us),
    beside: ({ unbatched: f }) => `bare send loop ${us(f.floor_cpu_us)}`,
    target: 'floor + 1 us',
    reached: ({ unbatched: f }) => f.cpu_us <= f.floor_cpu_us + 1,
  },
  {
    number: 2,
    // A comment of 204 bytes is some 830 on the wire, a score 90: bytes bound the first.
    what: 'saturation, 1,000 readers, nothing merged: deliveries/s of comments (of scores)',
    needs: ['saturation', 'bun'],
    ours: ({ saturation: f }) =>
      `${short(f.deliveries_per_s)}, ${short(f.megabytes_per_s)} MB/s (${short(f.score_deliveries_per_s)})`,
    beside: ({ saturation: f, bun }) =>
      `Bun ${short(bun.deliveries_per_s)}; bare sends ${short(f.floor_megabytes_per_s)} MB/s`,
    target: '10M, 2 x Bun',
    reached: ({ saturation: f, bun }) => {
      const most = Math.max(f.deliveries_per_s, f.score_deliveries_per_s);
      return most >= 10e6 && most >= 2 * bun.deliveries_per_s;
    },
  },
  {
    number: 3,
    what: '1,000 changes/s to 1,000 readers: events a core-second, p99; votes on 50 comments',
    needs: ['busy', 'bun'],
    ours: ({ busy: f }) =>
      `${short(f.per_core_s)} deflated, ${short(f.plain_per_core_s)} plain, ${ms(f.p99_ms)}; ${short(f.votes_per_core_s)}`,
    beside: ({ bun }) => `Bun ${short(bun.busy_per_core_s)}, ${ms(bun.busy_p99_ms)}`,
    target: '6 x, 120 ms; 15 x',
    reached: ({ busy: f, bun }) =>
      f.per_core_s >= 6 * bun.busy_per_core_s &&
      f.p99_ms <= 120 &&
      f.votes_per_core_s >= 15 * bun.busy_per_core_s &&
      delivered(f, 'delivered_share') &&
      delivered(f, 'votes_delivered_share'),
  },
  {
    number: 4,
    what: 'quiet room (100 readers, 50 changes/s): commit to reader, p50, p99',
    needs: ['quiet'],
    ours: ({ quiet: f }) => `${ms(f.p50_ms)}, ${ms(f.p99_ms)}`,
    beside: ({ quiet: f }) => `bare loop ${ms(f.floor_p50_ms)}, ${ms(f.floor_p99_ms)}`,
    target: '3 ms, 10 ms',
    reached: ({ quiet: f }) => f.p50_ms <= 3 && f.p99_ms <= 10,
  },
  {
    number: 5,
    what: '50,000 deliveries/s: commit to reader, p99, p99.9',
    needs: ['unbatched'],
    ours: ({ unbatched: f }) => `${ms(f.p99_ms)}, ${ms(f.p999_ms)}`,
    beside: ({ unbatched: f }) => `bare loop ${ms(f.floor_p99_ms)}, ${ms(f.floor_p999_ms)}`,
    target: '30 ms, 100 ms',
    reached: ({ unbatched: f }) => f.p99_ms <= 30 && f.p999_ms <= 100,
  },
  {
    number: 6,
    what: 'memory of a waiting reader: before traffic, after it, after all have left',
    needs: ['idle'],
    ours: ({ idle: f }) =>
      [f.bytes_each, f.bytes_each_after_traffic, f.bytes_each_after_leaving].map(Math.round).join(', '),
    beside: ({ idle: f }) => `${short(f.connections)} readers, base ${megabytes(f.base_bytes)}`,
    target: '800, 1600, 300 B',
    reached: ({ idle: f }) =>
      f.bytes_each <= 800 && f.bytes_each_after_traffic <= 1_600 && f.bytes_each_after_leaving <= 300,
  },
  {
    number: 7,
    what: 'CPU of a waiting reader, a ping every 25 s',
    needs: ['idle'],
    ours: ({ idle: f }) => `${fixed(2)(f.cpu_us_each)} us/s`,
    beside: ({ idle: f }) => `${Math.round(f.idle_seconds)} s, ${short(f.pings)} pings`,
    target: '1 us/s',
    reached: ({ idle: f }) => f.cpu_us_each <= 1,
  },
  {
    number: 8,
    what: 'connections/s up to a subscription with its catch-up',
    needs: ['connects'],
    ours: ({ connects: f }) => short(f.connects_per_s),
    beside: ({ connects: f }) => `bare ${short(f.floor_connects_per_s)}, upgraded ${short(f.floor_upgrades_per_s)}`,
    target: '0.8 x bare',
    reached: ({ connects: f }) => f.connects_per_s >= 0.8 * f.floor_connects_per_s,
  },
  {
    number: 9,
    what: 'all readers drop and come back: until all are up to date; reads of changes',
    needs: ['storm'],
    ours: ({ storm: f }) => `${fixed(2)(f.seconds)} s; ${Math.round(f.changes_reads)}`,
    beside: ({ storm: f }) => `half of them in ${ms(f.p50_ms)}`,
    target: '2 s; 1',
    reached: ({ storm: f }) => f.seconds <= 2 && f.changes_reads <= 1,
  },
  {
    number: 10,
    what: 'a tenth reads nothing: p99 of the others; memory; all equal in the end',
    needs: ['slow_readers'],
    ours: ({ slow_readers: f }) =>
      `${ms(f.p99_ms)}; ${megabytes(f.grown_bytes)}; ${f.behind === 0 && f.different_states === 1 ? 'equal' : 'not equal'}`,
    beside: ({ slow_readers: f }) =>
      `undisturbed ${ms(f.undisturbed_p99_ms)}; budget ${megabytes(f.budget_bytes)}`,
    target: '1.1 x; budget; equal',
    reached: ({ slow_readers: f }) =>
      f.p99_ms <= 1.1 * f.undisturbed_p99_ms &&
      f.grown_bytes <= f.budget_bytes &&
      f.behind === 0 &&
      f.different_states === 1,
  },
  {
    number: 11,
    what: 'durable posts/s, votes/s over HTTP, 64 connections',
    needs: ['durable'],
    ours: ({ durable: f }) => `${short(f.posts_per_s)}, ${short(f.votes_per_s)}`,
    beside: ({ durable: f }) => `SQLite ${short(f.comments_by_100_per_s)}, ${short(f.votes_by_100_per_s)}`,
    target: '0.25 x, 0.15 x',
    reached: ({ durable: f }) =>
      f.posts_per_s >= 0.25 * f.comments_by_100_per_s && f.votes_per_s >= 0.15 * f.votes_by_100_per_s,
  },
  {
    number: 12,
    what: 'GET of a window of 1,000 comments, gzip, from memory, answers/s',
    needs: ['window'],
    ours: ({ window: f }) => short(f.answers_per_s),
    beside: ({ window: f }) => `nginx, same ${short(f.body_bytes)}B as a file: ${short(f.nginx_per_s)}`,
    target: '0.8 x nginx',
    reached: ({ window: f }) => f.answers_per_s >= 0.8 * f.nginx_per_s,
  },
  {
    number: 13,
    what: 'empty server: memory; start until ready',
    needs: ['empty'],
    ours: ({ empty: f }) => `${megabytes(f.bytes)}; ${ms(f.ready_ms)}`,
    beside: () => '',
    target: '15 MB; 100 ms',
    reached: ({ empty: f }) => f.bytes <= 15e6 && f.ready_ms <= 100,
  },
  {
    number: 14,
    what: 'durable posts/s, votes/s on PostgreSQL, 64 clients of the writer',
    needs: ['postgres'],
    ours: ({ postgres: f }) => `${short(f.posts_per_s)}, ${short(f.votes_per_s)}`,
    beside: ({ postgres: f }) => `pgbench -N, 64 clients: ${short(f.pgbench_tps)}`,
    target: '2 x pgbench',
    reached: ({ postgres: f }) => Math.min(f.posts_per_s, f.votes_per_s) >= 2 * f.pgbench_tps,
  },
  {
    number: 15,
    what: 'PostgreSQL: durable posts/s, votes/s over HTTP, 64 connections, on 1 instance; on 3',
    needs: ['durable_shared'],
    ours: ({ durable_shared: f }) =>
      `${short(f.posts_per_s_one)}, ${short(f.votes_per_s_one)}; ${short(f.posts_per_s_three)}, ${short(f.votes_per_s_three)}`,
    beside: ({ durable_shared: f }) => `pgbench -N, 64 clients ${short(f.pgbench_per_s)}`,
    target: '2 x pgbench',
    reached: ({ durable_shared: f }) =>
      f.posts_per_s_one >= 2 * f.pgbench_per_s && f.votes_per_s_one >= 2 * f.pgbench_per_s,
  },
  {
    number: 16,
    what: '50,000 deliveries/s through another instance: post to reader, p50, p99, p99.9',
    needs: ['through_another'],
    ours: ({ through_another: f }) =>
      `${ms(f.p50_ms)}, ${ms(f.p99_ms)}, ${ms(f.p999_ms)} (${fixed(2)(f.p99_ms / f.same_p99_ms)} x)`,
    beside: ({ through_another: f }) =>
      `on the same one ${ms(f.same_p50_ms)}, ${ms(f.same_p99_ms)}, ${ms(f.same_p999_ms)}`,
    target: 'told',
    reached: ({ through_another: f }) => f.lost === 0,
  },
];

/** One line for each of the peers: the same work, one core. */
export function peer_line(name, f) {
  return [
    name,
    short(f.single_per_core_s),
    `${ms(f.single_p50_ms)}, ${ms(f.single_p99_ms)}`,
    short(f.busy_per_core_s),
    `${Math.round(100 * f.busy_delivered_share)} %, ${ms(f.busy_p99_ms)}`,
    short(f.deliveries_per_s),
    short(f.connects_per_s),
    String(Math.round(f.bytes_each)),
  ];
}

/** Ours in the same words; our readers have subscribed and offered to compress. */
export const own_needs = ['unbatched', 'busy', 'saturation', 'connects', 'idle'];

export function own_line({ unbatched: u, busy: b, saturation: s, connects: c, idle: i }) {
  return peer_line('Parley', {
    connects_per_s: c.connects_per_s,
    bytes_each: i.bytes_each,
    single_per_core_s: u.per_core_s,
    single_p50_ms: u.p50_ms,
    single_p99_ms: u.p99_ms,
    busy_per_core_s: b.per_core_s,
    busy_delivered_share: b.delivered_share,
    busy_p99_ms: b.p99_ms,
    deliveries_per_s: s.deliveries_per_s,
  });
}
