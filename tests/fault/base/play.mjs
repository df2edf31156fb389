// One fault, one seed, one result.

import { standard_run } from './standard_run.mjs';
import { binary_of } from './world.mjs';

/**
 * @param {import('./standard_run.mjs').Fault & {play?: Function}} fault
 * @param {{seed: number, mutant?: string}} options
 * @returns {Promise<{fault: string, title: string, seed: number, violations: any[], counts: any, notes: any, kept?: string | null, not_run?: string, took_s: number}>}
 */
export async function play(fault, { seed, mutant }) {
  const began = performance.now();
  const base = { fault: fault.number, title: fault.title, seed, violations: [], counts: {}, notes: {} };
  const not_run = (await fault.impossible?.()) ?? '';
  if (not_run) return { ...base, not_run, took_s: 0 };
  const binary = binary_of(mutant ? 'mutants' : (fault.preset ?? 'dev'));
  const options = { seed, binary, env: mutant ? { FAULT_MUTANT: mutant } : {} };
  const result = fault.play ? await fault.play(options) : await standard_run(fault, options);
  return { ...base, ...result, took_s: Math.round((performance.now() - began) / 100) / 10 };
}

/** @param {Awaited<ReturnType<typeof play>>} result a line for people */
export function line_of({ fault, seed, violations, counts, notes, kept, not_run, took_s }) {
  if (not_run) return `${fault} seed ${seed}: not run: ${not_run}`;
  const figures = Object.entries(notes).map(([name, value]) => `${name}: ${value}`).join('; ');
  const { acknowledged = 0, unknown_attempts = 0, applied = 0, effects = 0, convergence_ms = null, ready_ms = 0 } = counts;
  const head = `${fault} seed ${seed}: ${violations.length === 0 ? 'passed' : 'FAILED'} in ${took_s} s; ${acknowledged} acknowledged, ` +
    `${unknown_attempts} without an answer, ${applied} updates applied, ${effects} effects, equal after ${convergence_ms ?? '-'} ms, ready after ${ready_ms} ms`;
  const problems = violations.slice(0, 12).map(({ invariant, text }) => `    ${invariant}: ${text}`);
  if (violations.length > 12) problems.push(`    and ${violations.length - 12} more`);
  return [figures ? `${head}; ${figures}` : head, ...problems, ...(kept ? [`    kept: ${kept}`] : [])].join('\n');
}
