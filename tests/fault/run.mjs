// The full tier: every fault by many seeds, and the mutants; writes REPORT.md.

import { rm } from 'node:fs/promises';
import { parseArgs } from 'node:util';

import { line_of, play } from './base/play.mjs';
import { forget_prepared_postgres } from './base/cluster.mjs';
import { forget_prepared } from './base/world.mjs';
import { fault_of, faults } from './faults/index.mjs';
import { mutants } from './mutants.mjs';
import { write_report } from './report.mjs';

const { values } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    runs: { type: 'string', default: '3' },
    fault: { type: 'string', multiple: true, default: [] },
    mutants: { type: 'boolean', default: false },
    mutant: { type: 'string', multiple: true, default: [] },
    verbose: { type: 'boolean', default: false },
    report: { type: 'boolean', default: false },
  },
});

const first_seed = Number(values.seed);
const runs = Number(values.runs);
const mutant_runs_max = 3;

/** @param {any} fault */
async function play_all(fault) {
  const results = [];
  for (let i = 0; i < runs; ++i) {
    const result = await play(fault, { seed: first_seed + i });
    console.log(line_of(result));
    results.push(result);
    if (result.not_run) break;
  }
  return results;
}

/** Until it is caught. @param {(typeof mutants)[number]} mutant */
async function hunt(mutant) {
  let caught = null;
  let used = 0;
  while (used < mutant_runs_max && !caught) {
    const result = await play(fault_of(mutant.fault), { seed: first_seed + used++, mutant: mutant.name });
    // A run that broke off, or proved too little, has caught nothing by that.
    const broke_off = result.violations.some(({ invariant, text }) => invariant === 'run' && text.startsWith('the run broke off'));
    const found = result.violations.filter(({ invariant }) => invariant !== 'run' && !(broke_off && invariant === 'I13'));
    if (found.length > 0) caught = found;
    if (values.verbose) console.log(line_of(result));
    if (result.kept) await rm(result.kept, { recursive: true, force: true });
  }
  const invariants = [...new Set((caught ?? []).map(({ invariant }) => invariant))].sort();
  const is_right = mutant.harmless ? !caught : caught !== null;
  console.log(`mutant ${mutant.name}: ${caught ? `caught in run ${used} by ${invariants.join(', ')}` : `not caught in ${used} runs`}${is_right ? '' : ' WRONG'}`);
  if (caught) console.log(`    ${caught[0].invariant}: ${caught[0].text}`);
  return { ...mutant, used, invariants, example: caught?.[0]?.text ?? '', is_right };
}

const chosen = values.fault.length > 0 ? values.fault.map((number) => fault_of(number)) : faults;
if (chosen.includes(undefined)) throw new Error(`--fault is one of ${faults.map(({ number }) => number).join(', ')}`);
const results = [];
const hunted = [];
try {
  if (values.mutant.length === 0 && (values.full || !values.mutants)) for (const fault of chosen) results.push(...(await play_all(fault)));
  const wanted = values.mutant.length > 0 ? mutants.filter(({ name }) => values.mutant.includes(name)) : values.full || values.mutants ? mutants : [];
  for (const mutant of wanted) hunted.push(await hunt(mutant));
} finally {
  await forget_prepared();
  await forget_prepared_postgres();
}
if (values.report) await write_report({ results, hunted, first_seed, runs });
const failed = results.filter(({ violations }) => violations.length > 0).length + hunted.filter(({ is_right }) => !is_right).length;
const not_run = results.filter((result) => result.not_run).length;
console.log(`${results.length + hunted.length - failed - not_run} passed, ${failed} failed, ${not_run} not run`);
process.exit(failed > 0 ? 1 : 0);
