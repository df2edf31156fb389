// A history as operations and what was seen of them.

/**
 * One operation: what was asked for, and what is known of its end.
 * @typedef {object} Operation
 * @property {number} op
 * @property {string} account
 * @property {'post' | 'edit' | 'delete' | 'vote' | 'title' | 'sign_out'} kind
 * @property {string} discussion
 * @property {string} [comment]
 * @property {string} [parent]
 * @property {string} [body]
 * @property {string} [title]
 * @property {number} [value]
 * @property {boolean} [changes] false: a vote that was given already
 * @property {number} invoked_at
 * @property {number | null} ended_at
 * @property {'ok' | 'fail' | 'unknown'} end
 * @property {number} unknowns attempts whose end was not heard
 * @property {string | null} id of the comment that a post has become
 * @property {number | null} seq that the answer told
 */

/** @param {Record<string, any>[]} entries @returns {Map<number, Operation>} */
export function operations_of(entries) {
  const operations = new Map();
  for (const entry of entries) {
    if (entry.t === 'invoke') {
      const { t: _, at, ...facts } = entry;
      operations.set(entry.op, { ...facts, invoked_at: at, ended_at: null, end: 'unknown', unknowns: 0, id: null, seq: null });
      continue;
    }
    const operation = operations.get(entry.op);
    if (!operation) continue;
    if (entry.t === 'unknown') ++operation.unknowns;
    if (entry.t !== 'ok' && entry.t !== 'fail') continue;
    operation.end = entry.t;
    operation.ended_at = entry.at;
    operation.id = entry.id ?? null;
    operation.seq = entry.seq ?? null;
    operation.code = entry.code;
  }
  return operations;
}

/** Which operation has written this text? @param {string} body @returns {number | null} */
export function op_of(body) {
  const found = /^op (\d+) of /.exec(body);
  return found ? Number(found[1]) : null;
}

/** @template T @param {Iterable<T>} list @param {(one: T) => any} name_of @returns {Map<any, T[]>} */
export function grouped(list, name_of) {
  const groups = new Map();
  for (const one of list) {
    const name = name_of(one);
    if (groups.has(name)) groups.get(name).push(one);
    else groups.set(name, [one]);
  }
  return groups;
}

export class Findings {
  list = [];

  /** @param {string} invariant @param {string} text */
  add(invariant, text) {
    this.list.push({ invariant, text });
  }
}

/**
 * The history as the checks want it.
 * @param {Record<string, any>[]} entries
 */
export function model_of(entries) {
  const of = grouped(entries, ({ t }) => t);
  const all = (t) => of.get(t) ?? [];
  const operations = operations_of(entries);
  return {
    entries, all, operations,
    ok: [...operations.values()].filter(({ end }) => end === 'ok'),
    initial: all('initial'),
    /** After the last of these what was acknowledged before it may be gone: an older copy was put in its place. */
    lost_at: all('loses').at(-1)?.at ?? -1,
    findings: new Findings(),
  };
}
