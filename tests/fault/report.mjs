// Writes what a full run found to REPORT.md.

import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));

const count_of = (results, invariant, pattern = /./) =>
  results.reduce((sum, { violations }) => sum + violations.filter((one) => one.invariant === invariant && pattern.test(one.text)).length, 0);
const sum_of = (results, name) => results.reduce((sum, { counts }) => sum + (counts[name] ?? 0), 0);
const worst_of = (results, name) => results.reduce((most, { counts }) => Math.max(most, counts[name] ?? 0), 0);

/** Figures of several runs: the largest of each, where they are numbers. */
function notes_of(results) {
  const all = new Map();
  for (const { notes } of results) {
    for (const [name, value] of Object.entries(notes)) {
      const known = all.get(name);
      all.set(name, typeof value === 'number' && typeof known === 'number' ? Math.max(known, value) : value);
    }
  }
  return [...all].map(([name, value]) => `${name}: ${value}`).join('; ');
}

function fault_row(number, results) {
  const [{ title, not_run }] = results;
  if (not_run) return `| ${number} | ${title} | not run: ${not_run} | | | | | | | |`;
  const failed = results.filter(({ violations }) => violations.length > 0).length;
  const cells = [
    number, title, failed === 0 ? 'passed' : `**${failed} failed**`, results.map(({ seed }) => seed).join(' '), sum_of(results, 'effects'),
    sum_of(results, 'acknowledged'), sum_of(results, 'unknown_attempts'),
    `${count_of(results, 'I1')} / ${count_of(results, 'I2')} / ${count_of(results, 'I3')}`, worst_of(results, 'convergence_ms'), notes_of(results),
  ];
  return `| ${cells.join(' | ')} |`;
}

const mutant_row = ({ name, what, fault, harmless, used, invariants, is_right }) =>
  `| ${name} | ${what} | ${fault} | ${harmless ? 'nothing (it is harmless)' : 'to be caught'} | ${invariants.length > 0 ? `run ${used}, by ${invariants.join(', ')}` : `nothing in ${used} runs`} | ${is_right ? 'right' : '**wrong**'} |`;

/** @param {{results: any[], hunted: any[], first_seed: number, runs: number}} found */
export async function write_report({ results, hunted, first_seed, runs }) {
  const commit = execFileSync('git', ['-C', here, 'rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  const numbers = [...new Set(results.map(({ fault }) => fault))];
  const not_run = results.filter((result) => result.not_run);
  const text = `# What the fault tests found

Written by \`tests/fault/run.sh --full --seed ${first_seed} --runs ${runs}\` on commit ${commit}, ${new Date().toISOString().slice(0, 10)}.
Two cores, the server with sanitizers. Times are of this machine and decide nothing.

${numbers.length - new Set(not_run.map(({ fault }) => fault)).size} faults, ${results.length - not_run.length} runs, ${sum_of(results, 'operations')} operations, ${sum_of(results, 'acknowledged')} acknowledged,
${sum_of(results, 'applied')} updates applied by readers, ${sum_of(results, 'effects')} effects. Lost ${count_of(results, 'I1')}, duplicated ${count_of(results, 'I2')}, phantom ${count_of(results, 'I3')}.
Not run: ${not_run.length === 0 ? 'none' : not_run.map(({ fault, not_run: why }) => `${fault} (${why})`).join(', ')}.

| # | fault | result | seeds | effects | acknowledged | without an answer | lost / twice / phantom | worst time until all agree, ms | figures |
|---|---|---|---|---|---|---|---|---|---|
${numbers.map((number) => fault_row(number, results.filter(({ fault }) => fault === number))).join('\n')}

## Mutants

Mistakes built in on purpose, each played against the checker in at most 3 runs.

| mutant | mistake | fault | expected | found | |
|---|---|---|---|---|---|
${hunted.map(mutant_row).join('\n')}
`;
  await writeFile(join(here, 'REPORT.md'), text);
}
