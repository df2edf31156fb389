import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { run_program } from '../base/sqlite_store.mjs';

const proven_min = 40;

/**
 * Reads a trace of the kernel's calls: for each text that left in an answer or an update, was there an fsync of the
 * log that began after the text was written and ended before it was sent?
 * @param {string} trace by strace -f -y
 * @param {number} seed
 */
export function read_trace(trace, seed) {
  const text = new RegExp(`op (\\d+) of ${seed}:`, 'g');
  const written = new Map(); // op -> line at which its first write to the log had ended
  const syncs = []; // [began, ended]
  const open = new Map(); // thread -> what it has begun
  const proven = new Set();
  const problems = [];
  const end = (what, at) => {
    if (what.kind === 'sync') syncs.push([what.began, at]);
    if (what.kind === 'write') for (const op of what.ops) if (!written.has(op)) written.set(op, at);
  };
  trace.split('\n').forEach((line, at) => {
    const [, thread, call] = /^(\d+)\s+(.*)$/s.exec(line) ?? [];
    if (!thread) return;
    if (call.startsWith('<...')) {
      const what = open.get(thread);
      open.delete(thread);
      if (what && /= \d+/.test(call)) end(what, at);
      return;
    }
    const is_log = /parley\.db-wal>/.test(call.slice(0, 300));
    const name = /^\w+/.exec(call)?.[0] ?? '';
    const ops = [...call.matchAll(text)].map(([, op]) => Number(op));
    const what = { began: at, ops, kind: is_log && /^pwrite/.test(name) ? 'write' : is_log && /sync$/.test(name) ? 'sync' : null };
    if (what.kind === null && /^send|^write/.test(name) && /HTTP\/1\.1 20[01]|\\?"type\\?":\\?"update/.test(call)) {
      for (const op of ops) {
        const from = written.get(op);
        if (from !== undefined && syncs.some(([began, ended]) => began > from && ended < at)) proven.add(op);
        else problems.push(`op ${op} was sent before the log was synced (line ${at + 1})`);
      }
      return;
    }
    if (call.includes('<unfinished ...>')) open.set(thread, what);
    else if (/= \d+/.test(call)) end(what, at);
  });
  return { proven: proven.size, syncs: syncs.length, problems };
}

export default {
  number: 'F3',
  title: 'the order of writing, syncing and answering, as the kernel sees it',
  promise: 'no byte of an answer or an update leaves before the fsync that covers it has returned',
  stores: ['sqlite'],
  readers: 10,
  per_second: 20,
  warm_up: 40,
  afterwards: 20,
  expects: { operations_min: 80, frames_min: 50 },
  async impossible() {
    const done = await run_program('strace', ['-qq', '-e', 'trace=none', 'true']).catch((error) => ({ code: 1, stderr: error.message }));
    return done.code === 0 ? '' : `strace cannot trace here: ${done.stderr.trim()}`;
  },
  async surroundings(run) {
    run.trace_folder = await mkdtemp(join(tmpdir(), 'parley-fault-trace-'));
    run.trace = join(run.trace_folder, 'trace');
    const calls = 'trace=pwrite64,write,writev,fsync,fdatasync,sendto,sendmsg';
    return { wrapper: ['strace', '-f', '-y', '-qq', '--seccomp-bpf', '-s', '9000', '-e', calls, '-e', 'signal=none', '-o', run.trace], env: { ASAN_OPTIONS: 'detect_leaks=0' } };
  },
  async inject({ acknowledged, took_effect }) {
    await acknowledged(60);
    took_effect('traced');
  },
  async finish({ trace, seed, history, notes }) {
    const { proven, syncs, problems } = read_trace(await readFile(trace, 'latin1'), seed);
    notes['texts proven to be synced before they were sent'] = proven;
    notes['syncs of the log'] = syncs;
    for (const problem of problems.slice(0, 5)) history.add('broken', { why: problem });
    if (proven < proven_min) history.add('broken', { why: `only ${proven} texts were found in the trace` });
  },
  async clean({ trace_folder }) {
    if (trace_folder) await rm(trace_folder, { recursive: true, force: true });
  },
};
