// I12, I13, I15, and whether a run did enough to prove anything.

/** @typedef {ReturnType<import('./model.mjs').model_of>} Model */

const revocation_within_ms = 1_000;
const graceful = new Set([0]);

/** @param {Model} model */
export function counts_of({ operations, ok, all }) {
  const attempts = all('unknown').length;
  const ended = (end) => [...operations.values()].filter((one) => one.end === end).length;
  const slowest = ok.reduce((most, { ended_at, invoked_at }) => Math.max(most, ended_at - invoked_at), 0);
  return {
    operations: operations.size,
    acknowledged: ok.length,
    refused: ended('fail'),
    unresolved: ended('unknown'),
    unknown_attempts: attempts,
    updates: all('update').length,
    applied: all('update').filter(({ outcome }) => outcome === 'applied').length,
    gaps: all('update').filter(({ outcome }) => outcome === 'gap').length,
    reloads: all('reload').length,
    probes: all('probe').length,
    effects: all('effect').reduce((sum, { count }) => sum + count, 0),
    worst_write_ms: Math.round(slowest),
    convergence_ms: all('converged').at(-1)?.ms ?? null,
    ready_ms: Math.max(0, ...all('start').slice(1).map(({ ready_ms }) => ready_ms)),
  };
}

/** @param {Model} model @param {Record<string, any>} expects */
export function enough(model, { operations_min, frames_min, needs_effect }) {
  const { acknowledged, applied, effects } = counts_of(model);
  if (acknowledged < operations_min) model.findings.add('run', `only ${acknowledged} operations were acknowledged; ${operations_min} are needed to prove something`);
  if (applied < frames_min) model.findings.add('run', `only ${applied} updates reached readers; ${frames_min} are needed to prove something`);
  if (needs_effect && effects === 0) model.findings.add('run', 'the fault never took effect');
  for (const { why } of model.all('broken')) model.findings.add('run', `the run broke off: ${why}`);
}

/** @param {Model} model */
export function revocation({ ok, findings, lost_at }) {
  for (const { account, ended_at } of ok.filter((one) => one.kind === 'sign_out' && one.ended_at > lost_at)) {
    for (const later of ok) {
      if (later.kind === 'sign_out' || later.account !== account || later.invoked_at <= ended_at + revocation_within_ms) continue;
      findings.add('I12', `op ${later.op} was taken ${Math.round(later.invoked_at - ended_at)} ms after its session had ended`);
    }
  }
}

/** @param {Model} model @param {{exit_codes: number[]}} expects */
export function liveness(model, { exit_codes }) {
  for (const { instance, line } of model.all('report')) model.findings.add('I13', `${instance}: ${line}`);
  for (const { instance, code, signal, expected } of model.all('exit')) {
    if (!expected && !exit_codes.includes(code)) model.findings.add('I13', `${instance} ended by itself: ${code ?? signal}`);
  }
  for (const { instance, code, signal } of model.all('stopped')) {
    if (!graceful.has(code)) model.findings.add('I13', `${instance} was asked to stop and ended with ${code ?? signal}`);
  }
  const fault_ended = model.all('fault').find(({ phase }) => phase === 'end');
  if (fault_ended && !model.ok.some(({ ended_at }) => ended_at > fault_ended.at)) model.findings.add('I13', 'nothing was written after the fault');
  for (const after of model.all('resources').filter(({ phase }) => phase === 'after')) {
    const before = model.all('resources').find(({ phase, instance }) => phase === 'before' && instance === after.instance);
    if (before && after.fds > before.fds + 16) model.findings.add('I13', `${after.instance} keeps ${after.fds} descriptors, before there were ${before.fds}`);
    if (before && after.threads > before.threads + 2) model.findings.add('I13', `${after.instance} keeps ${after.threads} threads, before there were ${before.threads}`);
  }
  const unresolved = [...model.operations.values()].filter(({ end }) => end === 'unknown');
  if (unresolved.length > 0) model.findings.add('I13', `${unresolved.length} operations never came to an end, such as op ${unresolved[0].op}`);
}

/** @param {Model} model */
export function soundness(model) {
  for (const { code, output } of model.all('checked')) if (code !== 0) model.findings.add('I15', `parley check ends with ${code}: ${output}`);
  for (const { integrity, references } of model.all('stored')) {
    for (const { finding } of integrity) if (finding !== 'ok') model.findings.add('I15', `integrity: ${finding}`);
    for (const { finding } of references) model.findings.add('I15', `a row of ${finding} refers to one that is not there`);
  }
}
