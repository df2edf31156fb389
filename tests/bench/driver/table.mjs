// From runs to medians, from medians to tables.

import { own_line, own_needs, peer_line, peer_names, targets } from './targets.mjs';

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Runs of one measurement to {figure: {median, min, max}}. */
export function summarize(runs) {
  const summary = {};
  for (const name of Object.keys(runs[0])) {
    const numbers = runs.map((run) => run[name]);
    if (numbers.some((number) => typeof number !== 'number')) continue;
    summary[name] = { median: median(numbers), min: Math.min(...numbers), max: Math.max(...numbers) };
  }
  return summary;
}

function medians(results) {
  const only = (summary) =>
    Object.fromEntries(Object.entries(summary).map(([name, { median: value }]) => [name, value]));
  return Object.fromEntries(Object.entries(results).map(([name, summary]) => [name, only(summary)]));
}

/** The targets of which everything needed was measured. */
export function judge(results) {
  const figures = medians(results);
  return targets
    .filter(({ needs }) => needs.every((name) => figures[name]))
    .map(({ number, what, ours, beside, target, reached }) => ({
      number,
      what,
      ours: ours(figures),
      beside: beside(figures),
      target,
      verdict: reached(figures) ? 'reached' : 'not reached',
    }));
}

function markdown(heads, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(heads), `|${' --- |'.repeat(heads.length)}`, ...rows.map(line)].join('\n');
}

export function target_table(rows) {
  return markdown(
    ['#', 'what', 'measured', 'beside it, same run', 'target', ''],
    rows.map(({ number, what, ours, beside, target, verdict }) => [number, what, ours, beside, target, verdict]),
  );
}

/** Nothing where no peer was measured. */
export function peer_table(results) {
  const figures = medians(results);
  const rows = peer_names.filter((name) => figures[name]).map((name) => peer_line(name, figures[name]));
  if (rows.length === 0) return '';
  if (own_needs.every((name) => figures[name])) rows.unshift(own_line(figures));
  return markdown(
    ['one core, 1,000 readers', '50/s: events/core-s', 'p50, p99', '1,000/s: events/core-s', 'delivered, p99', 'most deliveries/s', 'connects/s', 'bytes idle'],
    rows,
  );
}
