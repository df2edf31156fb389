// The constants of the model: where each stands in the tables of tests/bench/README.md, the command that measures it,
// and what it does not measure.

const number = (text) => {
  const [, digits, unit] = text.match(/^([\d.]+)(k|M)?$/);
  return Number(digits) * ({ k: 1e3, M: 1e6 }[unit] ?? 1);
};

const bench = (row, column, pattern, name, what, unit, scale = 1) => ({
  name, what, unit,
  row: String(row),
  command: `tests/bench/run.sh --quick --only ${row}`,
  read: (rows) => {
    const found = rows.get(String(row))?.[column]?.match(pattern);
    if (!found) throw new Error(`row ${row} of tests/bench/README.md has no ${name}`);
    return number(found[1]) * scale;
  },
});
const measured = 1;
const beside = 2;

export const measured_constants = [
  bench(1, measured, /([\d.]+) us/, 'send_us', 'CPU of an update sent alone to one reader', 'us'),
  bench(3, measured, /([\d.]+[kM]?) deflated/, 'busy_events_per_core_s', 'changes that reach readers for a core-second, gathered and deflated, 1,000 changes/s', '1/s'),
  bench(6, measured, /^\d+, (\d+),/, 'reader_bytes', 'memory of a reader who has received', 'B'),
  bench(6, beside, /base ([\d.]+) MB/, 'base_bytes', 'memory of an instance without readers', 'B', 1e6),
  bench(7, measured, /([\d.]+) us/, 'idle_us_per_s', 'CPU of a reader who waits, pings included', 'us/s'),
  bench(8, measured, /([\d.]+[kM]?)/, 'connects_per_core_s', 'readers that a core takes back, up to their subscription', '1/s'),
  bench(12, measured, /([\d.]+[kM]?)/, 'windows_per_core_s', 'first windows of 1,000 comments from memory', '1/s'),
  bench(11, measured, /([\d.]+[kM]?),/, 'sqlite_posts_per_s', 'durable posts by one instance on SQLite', '1/s'),
  {
    name: 'comment_wire_bytes', what: 'a comment of 204 characters in a frame, not deflated', unit: 'B',
    command: 'tests/bench/run.sh --quick --only 2',
    read: (rows) => {
      const [, deliveries, megabytes] = rows.get('2')[measured].match(/^([\d.]+[kM]?), ([\d.]+[kM]?) MB\/s/);
      return Math.round((number(megabytes) * 1e6) / number(deliveries));
    },
  },
];

/** Of the configuration (config/parley.toml), of server/base/limits.hpp, and one of a usual machine. */
export const given_constants = [
  { name: 'flush_window_max_ms', what: 'live.flush_window_max_ms', unit: 'ms', value: 250 },
  { name: 'sweep_interval_ms', what: 'live.sweep_interval_ms', unit: 'ms', value: 500 },
  { name: 'connections_max', what: 'limits.connections_max', unit: '', value: 20_000 },
  { name: 'presence_tell_min_ms', what: 'presence_tell_min_ms', unit: 'ms', value: 1_000 },
  { name: 'presence_tell_again_ms', what: 'presence_tell_again_ms', unit: 'ms', value: 10_000 },
  { name: 'nic_gbit_per_s', what: 'network card of a machine, assumed', unit: 'Gbit/s', value: 10 },
];

/** What the benchmark does not measure, or not in each run. Where constants.json has no value, the tables say so instead of guessing. */
export const other_constants = [
  { name: 'redis_deliveries_per_s', what: 'messages of 1 kB that one Redis passes to subscribers, for a second of its CPU', unit: '1/s', command: 'node deploy/scaling/measure.mjs --write' },
  { name: 'proxy_socket_bytes', what: 'memory of HAProxy for a live socket, without the kernel\'s', unit: 'B', command: 'node deploy/scaling/measure.mjs --write' },
  { name: 'bus_changeset_bytes', what: 'a changeset of one comment of 204 characters on the bus', unit: 'B', command: 'node deploy/scaling/measure_store.mjs --write' },
  { name: 'postgres_sweep_us', what: 'CPU of PostgreSQL for a sweep, whatever is watched', unit: 'us', command: 'node deploy/scaling/measure_store.mjs --write' },
  { name: 'postgres_sweep_us_per_discussion', what: 'CPU of PostgreSQL for a watched discussion in a sweep', unit: 'us', command: 'node deploy/scaling/measure_store.mjs --write' },
  bench(14, measured, /^([\d.]+[kM]?),/, 'postgres_posts_per_s', 'durable posts into one PostgreSQL, 64 at a time', '1/s'),
];

/** The rows of the table of targets, by number: [what, measured, beside, target, reached]. */
export function bench_rows(readme) {
  const rows = readme.split('\n').filter((line) => /^\| \d+ \|/.test(line));
  return new Map(rows.map((line) => line.split('|').map((cell) => cell.trim())).map((cells) => [cells[1], cells.slice(2, -1)]));
}

/** From which commit and machine the tables are. */
export const bench_origin = (readme) => readme.match(/<!-- table -->\n([^\n]*):\n/)[1];

export function read_constants(readme) {
  const rows = bench_rows(readme);
  const there = [...measured_constants, ...other_constants.filter(({ row }) => row && rows.has(row))];
  const values = Object.fromEntries(there.map(({ name, read }) => [name, read(rows)]));
  return { measured_on: bench_origin(readme), values };
}

/** All by name, as cost.mjs takes them; `kept` is constants.json. */
export function all_constants(kept) {
  return {
    ...Object.fromEntries(given_constants.map(({ name, value }) => [name, value])),
    ...Object.fromEntries(other_constants.map(({ name }) => [name, null])),
    ...kept.values,
  };
}
