// model.mjs [--measured] [--write]
//
// Prints the tables of deploy/SCALING.md. --measured takes the constants anew from tests/bench/README.md into
// constants.json, where figures of missing constants may also be entered by hand; --write puts the tables into
// SCALING.md.

import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';

import { all_constants, given_constants, measured_constants, other_constants, read_constants } from './constants.mjs';
import { event_us, many_discussions, one_discussion, planned_share, reader_us_per_s } from './cost.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const constants_file = join(here, 'constants.json');
const document_file = join(here, '../SCALING.md');
const bench_file = join(here, '../../tests/bench/README.md');

const round = (value, digits) => Number(value.toPrecision(digits));
const count = (value) => round(value, 3).toLocaleString('en-US', { maximumSignificantDigits: 3 });
const or_missing = (value, show) => (value === null ? 'not measured' : show(value));
const percent = (value) => `${round(value * 100, 2)} %`;
const bytes = (value) => (value >= 1e9 ? `${round(value / 1e9, 2)} GB` : value >= 1e6 ? `${round(value / 1e6, 3)} MB` : `${count(value)} B`);

const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** A table with one column for each of some cases. */
function compare(cases, lines) {
  return table(
    ['', ...cases.map(({ title }) => title)],
    lines.map(([what, show]) => [what, ...cases.map(({ result }) => show(result))]),
  );
}

const shared_lines = [
  ['Redis: changes to instances a second', (r) => count(r.bus_changes_per_s)],
  ['Redis: counts of readers to instances a second', (r) => count(r.bus_presence_per_s)],
  ['Redis: Gbit/s of changes', (r) => or_missing(r.bus_gbit_per_s, count)],
  ['Redis: share of what one passes on', (r) => or_missing(r.bus_share, percent)],
  ['PostgreSQL: sweeps a second', (r) => count(r.sweeps_per_s)],
  ['PostgreSQL: discussions swept a second', (r) => count(r.swept_rows_per_s)],
  ['PostgreSQL: cores for sweeps', (r) => or_missing(r.sweep_share, count)],
  ['PostgreSQL: share of its commits', (r) => or_missing(r.write_share, percent)],
];

export function render(kept) {
  const c = all_constants(kept);
  const origin = `Measured on ${kept.measured_on}:`;
  const constants = table(
    ['constant', 'value', 'measured by'],
    [
      ...measured_constants.map(({ name, what, unit, command }) => [what, `${count(c[name])} ${unit}`.trim(), `row ${command.split(' ').at(-1)}: \`${command}\``]),
      ...given_constants.map(({ what, unit, value }) => [what, `${count(value)} ${unit}`.trim(), 'given']),
      ...other_constants.map(({ name, what, unit, command }) => [
        what,
        c[name] === null ? '**to be filled**' : `${count(c[name])} ${unit}`,
        `\`${command}\``,
      ]),
    ],
  );
  const cost = table(
    ['computed', 'value', 'how'],
    [
      ['an event beside its send', `${round(event_us(c), 2)} us`, 'what the sends of the busy measurement do not explain'],
      ...[0, 0.1, 1, 10, 100, 1_000].map((rate) => [
        `a reader of a discussion with ${rate} changes/s`,
        `${round(reader_us_per_s(c, rate), 3)} us/s; ${count((planned_share * 1e6) / reader_us_per_s(c, rate))} on a core`,
        rate === 0 ? 'pings alone' : `${Math.min(rate, 1000 / c.flush_window_max_ms)} sends/s`,
      ]),
      ['memory of 1,000,000 readers', bytes(1e6 * c.reader_bytes), 'on however many instances'],
    ],
  );
  const one = [0.1, 1, 10, 100].map((changes_per_s) => ({
    title: `${changes_per_s} changes/s`, result: one_discussion(c, { readers: 10e6, changes_per_s }),
  }));
  const reader_lines = [
    ['what ends an instance first', (r) => r.limit],
    ['readers of an instance', (r) => count(r.readers_per_instance)],
    ['instances, one event loop each', (r) => count(r.instances)],
    ['event loop busy', (r) => percent(r.loop_share)],
    ['memory of an instance', (r) => bytes(r.memory_bytes)],
  ];
  const big = compare(one, [
    ...reader_lines,
    ['memory of all proxies', (r) => or_missing(r.proxy_bytes, bytes)],
    ['Gbit/s of an instance (of all)', (r) => `${count(r.gbit_per_instance)} (${count(r.gbit_total)})`],
    ...shared_lines,
    ['an instance ends: until its readers are back', (r) => `${round(r.return_s_one, 2)} s of CPU`],
    ['all end: until all are back', (r) => `${round(r.return_s_all, 2)} s of CPU`],
  ]);
  const load = { discussions: 1e6, readers: 10e6, changes_per_s: 10_000 };
  const wide = { ...c, connections_max: 200_000 };
  const many = [
    { title: 'as configured', result: many_discussions(c, load) },
    { title: 'connections_max = 200,000', result: many_discussions(wide, load) },
    { title: 'and a sweep each 2 s', result: many_discussions(wide, { ...load, sweep_interval_ms: 2_000 }) },
  ];
  const broad = compare(many, [...reader_lines, ...shared_lines]);
  return { constants: `${origin}\n\n${constants}`, cost, big, broad };
}

/** The document with its tables replaced, each between <!-- NAME --> and <!-- end of NAME -->. */
export function fill(document, tables) {
  return Object.entries(tables).reduce((text, [name, body]) => {
    const parts = text.split(new RegExp(`(?<=<!-- ${name} -->\\n)[^]*?(?=<!-- end of ${name} -->)`));
    if (parts.length !== 2) throw new Error(`no place for the table ${name}`);
    return `${parts[0]}${body}\n${parts[1]}`;
  }, document);
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const known = JSON.parse(readFileSync(constants_file, 'utf8'));
  if (argv.includes('--measured')) {
    const { measured_on, values } = read_constants(readFileSync(bench_file, 'utf8'));
    writeFileSync(constants_file, `${JSON.stringify({ measured_on, values: { ...known.values, ...values } }, null, 2)}\n`);
  }
  const tables = render(JSON.parse(readFileSync(constants_file, 'utf8')));
  if (argv.includes('--write')) writeFileSync(document_file, fill(readFileSync(document_file, 'utf8'), tables));
  else console.log(Object.values(tables).join('\n\n'));
}
