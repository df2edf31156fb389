import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { all_constants, given_constants, measured_constants, other_constants, read_constants } from '../../deploy/scaling/constants.mjs';
import * as cost from '../../deploy/scaling/cost.mjs';
import { fill, render } from '../../deploy/scaling/model.mjs';

const repository = join(dirname(fileURLToPath(import.meta.url)), '../..');
const read = (path) => readFile(join(repository, path), 'utf8');

let kept;
let document;

before(async () => {
  kept = JSON.parse(await read('deploy/scaling/constants.json'));
  document = await read('deploy/SCALING.md');
});

test('the tables of SCALING.md are what the model computes', () => {
  assert.equal(fill(document, render(kept)), document, 'node deploy/scaling/model.mjs --write');
});

test('every constant of the model can be read from the tables of the benchmark', async () => {
  const { measured_on, values } = read_constants(await read('tests/bench/README.md'));
  assert.match(measured_on, /^\d{4}-\d\d-\d\d, [0-9a-f]{12}, \d+ cores/);
  for (const { name } of measured_constants) assert.ok(name in values, name);
  for (const [name, value] of Object.entries(values)) assert.ok(value > 0 && Number.isFinite(value), `${name}: ${value}`);
  for (const { name } of measured_constants) assert.ok(kept.values[name] > 0, name);
});

test('what is given is what the configuration says', async () => {
  const defaults = await read('config/parley.toml');
  const limits = await read('server/base/limits.hpp');
  for (const { what, value } of given_constants.filter(({ what: words }) => !words.includes(' '))) {
    const key = what.split('.').at(-1);
    const [, text] = defaults.match(new RegExp(`^${key} = (\\d+)$`, 'm')) ?? limits.match(new RegExp(`\\b${key}\\{([\\d']+)\\};`));
    assert.equal(Number(text.replaceAll("'", '')), value, what);
  }
});

// Round figures, to be followed by hand.
const simple = {
  send_us: 10, busy_events_per_core_s: 5e6, reader_bytes: 1_000, base_bytes: 10e6, idle_us_per_s: 1, connects_per_core_s: 10_000,
  comment_wire_bytes: 500, flush_window_max_ms: 250, sweep_interval_ms: 500, connections_max: 20_000, nic_gbit_per_s: 10,
  presence_tell_min_ms: 1_000, presence_tell_again_ms: 10_000,
  bus_changeset_bytes: null, redis_deliveries_per_s: null, postgres_posts_per_s: null, postgres_sweep_us: null, postgres_sweep_us_per_discussion: null,
};

test('a reader: idle, with a send for each change, and gathered', () => {
  // 1,000 changes/s cost 200 us/s, of which 4 sends are 40: 0.16 us for each event.
  assert.equal(cost.event_us(simple).toFixed(6), '0.160000');
  assert.equal(cost.reader_us_per_s(simple, 0), 1);
  assert.equal(cost.reader_us_per_s(simple, 2).toFixed(6), (1 + 2 * 10 + 2 * 0.16).toFixed(6));
  assert.equal(cost.reader_us_per_s(simple, 100).toFixed(6), (1 + 4 * 10 + 100 * 0.16).toFixed(6));
});

test('an instance ends by what allows the fewest readers', () => {
  // 0.6 of a core over 57 us; 0.6 of 1.25 GB/s over 50 kB/s.
  assert.deepEqual(cost.instance_limits(simple, 100), { 'event loop': 10_526, 'network card': 15_000, connections_max: 20_000 });
  assert.deepEqual(cost.least(cost.instance_limits(simple, 100)), { name: 'event loop', value: 10_526 });
  assert.equal(cost.least(cost.instance_limits(simple, 0.1)).name, 'connections_max');
});

test('ten million readers: instances, traffic, and what they share', () => {
  const r = cost.one_discussion(simple, { readers: 10e6, changes_per_s: 100 });
  assert.equal(r.instances, 951);
  assert.equal(r.readers_per_instance, 10_516);
  assert.equal(r.gbit_total, 10e6 * 100 * 500 * 8 / 1e9);
  assert.equal(r.bus_changes_per_s, 95_100);
  assert.equal(r.bus_presence_per_s, 951 * 951);
  assert.equal(r.sweeps_per_s, 1_902);
  assert.equal(r.swept_rows_per_s, 1_902);
  assert.equal(r.return_s_all, 1.0516);
  assert.equal(r.memory_bytes, 10e6 + 10_516_000);
});

test('a million discussions: an instance watches those that its readers hit', () => {
  const r = cost.many_discussions(simple, { discussions: 1e6, readers: 10e6, changes_per_s: 10_000 });
  assert.equal(r.instances, 500);
  assert.equal(r.bus_changes_per_s, 5e6);
  const watched = Math.round(1e6 * (1 - Math.exp(-0.02)));
  assert.equal(r.swept_rows_per_s, 1_000 * watched);
  assert.equal(Math.round(r.bus_presence_per_s), Math.round(500 * 500 * watched * 0.1));
  const slower = cost.many_discussions(simple, { discussions: 1e6, readers: 10e6, changes_per_s: 10_000, sweep_interval_ms: 2_000 });
  assert.equal(slower.swept_rows_per_s, r.swept_rows_per_s / 4);
});

test('what nobody has measured is said, not guessed; once it is there it is used', () => {
  const bare = render({ ...kept, values: Object.fromEntries(Object.entries(kept.values).filter(([name]) => !other_constants.some((one) => one.name === name))) });
  assert.match(bare.big, /share of what one passes on \| not measured/);
  assert.equal(bare.constants.match(/to be filled/g).length, other_constants.length);
  const full = { ...kept, values: { ...kept.values, redis_deliveries_per_s: 1e6, bus_changeset_bytes: 1_000, postgres_posts_per_s: 1e4, postgres_sweep_us: 100, postgres_sweep_us_per_discussion: 1, proxy_socket_bytes: 1 } };
  const tables = render(full);
  assert.ok(!Object.values(tables).join('').includes('not measured') && !tables.constants.includes('to be filled'));
  assert.equal(cost.shared_parts(all_constants(full), { instances: 10, changes_per_s: 100, watched_per_instance: 1, tells_per_s: 0 }).bus_share, 0.001);
  // 20 sweeps a second, each 100 us and 50 discussions.
  const swept = cost.shared_parts(all_constants(full), { instances: 10, changes_per_s: 1, watched_per_instance: 50, tells_per_s: 0 });
  assert.equal(swept.sweep_share.toFixed(6), '0.003000');
});
