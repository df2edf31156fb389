// All faults, in the order of their numbers, and those of the quick tier.

import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));

/** @typedef {import('../base/standard_run.mjs').Fault} Fault */

/** @type {Fault[]} */
export const faults = [];
for (const file of (await readdir(here)).filter((name) => /^[df]\d+.*\.mjs$/.test(name)).sort()) {
  faults.push((await import(join(here, file))).default);
}

/** What the quick tier plays: fault and seeds. */
export const quick = [
  ['F1', [1, 2]],
  ['F2', [1]],
  ['F3', [1]],
  ['F4', [1]],
  ['F11', [1]],
  ['F15', [1]],
  ['F17', [1]],
  ['F22', [1]],
  ['F23', [1]],
  ['F26', [1, 2]],
  ['F27', [1]],
  ['F30', [1]],
];

/** @param {string} number */
export const fault_of = (number) => faults.find((fault) => fault.number === number);
