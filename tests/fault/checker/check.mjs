// The judge: a history and nothing else, and what is wrong with it.

import { counts_of, enough, liveness, revocation, soundness } from './processes.mjs';
import { convergence, reading_back } from './readers.mjs';
import { model_of } from './model.mjs';
import { causes_come_first, nothing_leaks, one_content_for_one_stamp, positions_rise } from './streams.mjs';
import { acknowledged_writes, counts_are_recounts, exactly_once, nothing_from_nowhere, votes_add_up } from './writes.mjs';

/** What a run must at least have done, and what a fault may do. */
export const usual = {
  operations_min: 1,
  frames_min: 1,
  /** The fault must have taken effect: an `effect` in the history. */
  needs_effect: true,
  /** How long another instance may still give a text that was taken away. */
  away_grace_ms: 0,
  /** Windows and readers are there to be compared. */
  needs_finals: true,
  /** Exit codes that the fault asks for besides a stop and a kill. */
  exit_codes: [],
};

/**
 * @param {Record<string, any>[]} entries
 * @param {Partial<typeof usual>} [given]
 */
export function check(entries, given = {}) {
  const expects = { ...usual, ...given };
  const model = model_of(entries);
  for (const part of [
    enough, acknowledged_writes, exactly_once, nothing_from_nowhere, votes_add_up, counts_are_recounts, positions_rise,
    one_content_for_one_stamp, convergence, reading_back, causes_come_first, nothing_leaks, revocation, liveness, soundness,
  ]) {
    part(model, expects);
  }
  return { violations: model.findings.list, counts: counts_of(model) };
}
