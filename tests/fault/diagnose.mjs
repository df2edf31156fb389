// Names what went wrong, where and when, from the logs of instances and the table of events alone:
//
//     node tests/fault/diagnose.mjs LOGFILE...
//
// Each file has lines of JSON as the server writes them with log.format = "json", of one instance or of several.

import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/** An instance says something at least this often (ops.stats_interval_ms), or it cannot. */
const stats_every_ms = 1_000;
const silence_ms = 3 * stats_every_ms;
/** What happens to all instances, happens to them within this time. */
const together_ms = 4_000;
/** A hang of the bus is noticed by a probe that does not come back for this long (bus_probe_age_max_ms). */
const probe_age_ms = 3_000;
/** After a start, and while it stops, what cannot be reached is no finding of its own. */
const settling_ms = 1_500;

/** @typedef {{at: number, instance: string, event: string, level: string, [field: string]: any}} Line */
/** @typedef {{fault: string, instance: string, at: number, until?: number, why: string}} Finding */

/** @param {string} text @returns {Line[]} lines that are events, in the order of time */
export function read_log(text) {
  const lines = [];
  for (const line of text.split('\n')) {
    try {
      const event = JSON.parse(line);
      const at = Date.parse(event.time);
      if (Number.isFinite(at) && typeof event.event === 'string') lines.push({ ...event, at });
    } catch {
      // A report of a sanitizer, or half a line of a process that was killed.
    }
  }
  return lines.sort((a, b) => a.at - b.at);
}

/** What one line says by itself: the fault's name, and how long before it began. @type {{fault: string, is: (line: Line) => boolean, before_ms?: (line: Line) => number, shared?: string, heals?: string}[]} */
const signs = [
  { fault: 'disk full', is: ({ event, code }) => event === 'store.commit_failed' && code === 'storage_full' },
  { fault: 'disk failed', is: ({ event }) => event === 'store.fatal' },
  { fault: 'database file damaged', is: ({ event }) => event === 'store.damaged' },
  { fault: 'history replaced', is: ({ event }) => event === 'store.new_epoch', shared: 'all' },
  { fault: 'out of descriptors', is: ({ event }) => event === 'server.accept_failed' || event === 'server.connections_full' },
  {
    fault: 'bus lost', shared: 'redis', heals: 'bus.connected', is: ({ event }) => event === 'bus.lost',
    before_ms: ({ reason }) => (/probe|deadline|answer/.test(String(reason)) ? probe_age_ms - 500 : 0),
  },
  { fault: 'store lost', shared: 'database', is: ({ event }) => event === 'store.connection_lost' || event === 'store.connect_failed' },
];

/** Starts, ends and silences of one instance. @param {string} instance @param {Line[]} lines @returns {Finding[]} */
function life_of(instance, lines) {
  const findings = [];
  let is_stopping = false;
  lines.forEach((line, i) => {
    const last = lines[i - 1];
    if (line.event === 'server.signal') {
      is_stopping = true;
      findings.push({ fault: 'stopped', instance, at: line.at, why: 'server.signal' });
    }
    if (last === undefined) return;
    const begins = is_first_of_a_start(lines, i);
    if (begins && !is_stopping && last.event !== 'store.fatal') {
      findings.push({ fault: 'killed', instance, at: last.at, why: `nothing after ${last.event}, then a start` });
    } else if (!begins && line.at - last.at > silence_ms) {
      findings.push({ fault: 'paused', instance, at: last.at, until: line.at, why: `silent for ${Math.round((line.at - last.at) / 100) / 10} s` });
    }
    if (begins) is_stopping = false;
  });
  return findings;
}

/** Does another process begin here? The lines up to server.listening are its own. @param {Line[]} lines @param {number} i */
function is_first_of_a_start(lines, i) {
  const starts = new Set(['server.few_descriptors', 'store.migrated', 'server.listening', 'server.start_failed', 'store.new_epoch']);
  if (!starts.has(lines[i].event)) return false;
  for (let k = i; k < lines.length && starts.has(lines[k].event); ++k) if (lines[k].event === 'server.listening') return !starts.has(lines[i - 1]?.event);
  return false;
}

/**
 * A warning that repeats within ten seconds is only counted, so that the lines of figures alone tell of a bus that is lost
 * again: it was up in one and is down in the next. @param {Line[]} lines of one instance
 */
function with_untold_losses(lines) {
  const all = [];
  let up = null;
  for (const line of lines) {
    if (line.event === 'bus.lost') up = null;
    if (line.event === 'stats' && line.bus !== undefined) {
      if (line.bus === 'down' && up) all.push({ ...up, event: 'bus.lost', reason: 'figures' });
      up = line.bus === 'up' ? line : null;
    }
    all.push(line);
  }
  return all.sort((a, b) => a.at - b.at);
}

/** @param {Map<string, Line[]>} by_instance @returns {Finding[]} */
function single_signs(by_instance, life) {
  const findings = [];
  for (const [instance, told] of by_instance) {
    const lines = with_untold_losses(told);
    const quiet = life.filter((one) => one.instance === instance).map(({ at, until = at }) => [at, until]);
    const starts = lines.filter(({ event }) => event === 'server.listening').map(({ at }) => [at, at]);
    const is_settling = (at) => [...quiet, ...starts].some(([from, until]) => at >= from - 100 && at < until + settling_ms);
    const healed = (sign, at) => lines.findLast(({ event, at: when }) => event === sign.heals && when <= at)?.at ?? -Infinity;
    for (const line of lines) {
      const sign = signs.find(({ is }) => is(line));
      if (!sign || is_settling(line.at)) continue;
      findings.push({ fault: sign.fault, instance, at: line.at - (sign.before_ms?.(line) ?? 0), why: line.event, shared: sign.shared, seen_at: line.at, healed_at: healed(sign, line.at) });
    }
  }
  return findings;
}

/** The first of each run of the same, until it has healed; and what all instances say at once is said of what they share. */
function gathered(findings, instances_count) {
  const result = [];
  for (const finding of findings.sort((a, b) => a.at - b.at)) {
    const known = result.find((one) => one.fault === finding.fault && (one.instances.has(finding.instance) ? finding.seen_at - one.last <= 30_000 && finding.healed_at <= one.last : finding.at - one.at <= together_ms));
    if (known) {
      known.instances.add(finding.instance);
      known.last = Math.max(known.last, finding.seen_at);
    } else {
      result.push({ ...finding, instances: new Set([finding.instance]), last: finding.seen_at });
    }
  }
  return result.map(({ fault, at, why, shared, instances }) => {
    const is_shared = shared !== undefined && instances.size === instances_count;
    return { fault, instance: is_shared ? shared : [...instances].join(' '), at, why };
  });
}

/**
 * @param {Line[]} lines of all instances
 * @returns {Finding[]} in the order of time
 */
export function diagnose(lines) {
  const by_instance = new Map();
  for (const line of lines) by_instance.set(line.instance, [...(by_instance.get(line.instance) ?? []), line]);
  const life = [...by_instance].flatMap(([instance, own]) => life_of(instance, own));
  const signs_found = gathered(single_signs(by_instance, life), by_instance.size);
  return [...life, ...signs_found].sort((a, b) => a.at - b.at);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const files = process.argv.slice(2);
  if (files.length === 0) {
    console.error('node tests/fault/diagnose.mjs LOGFILE...');
    process.exit(64);
  }
  const findings = diagnose(files.flatMap((file) => read_log(readFileSync(file, 'utf8'))).sort((a, b) => a.at - b.at));
  for (const { at, fault, instance, why } of findings) console.log(`${new Date(at).toISOString()}  ${fault}  ${instance}  (${why})`);
  if (findings.length === 0) console.log('Nothing went wrong, as far as the logs tell.');
}
