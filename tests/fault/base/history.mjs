// What happened, in the order in which this process saw it: one line for each thing. The checker reads nothing else.

import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';

/** A short name of a value's canonical form. @param {unknown} value */
export const hash_of = (value) => createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);

export class History {
  /** @type {Record<string, any>[]} */
  entries = [];
  #counts = new Map();

  /** @param {string} t what kind of thing @param {Record<string, any>} facts */
  add(t, facts = {}) {
    const entry = { at: Math.round(performance.now() * 100) / 100, t, ...facts };
    this.entries.push(entry);
    this.#counts.set(t, this.count(t) + 1);
    return entry;
  }

  /** @param {string} t */
  count(t) {
    return this.#counts.get(t) ?? 0;
  }

  /** @param {string} path */
  write(path) {
    writeFileSync(path, this.entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
  }
}

// --- what a comment says, for comparing ----------------------------------------------------------

/** The part that is written. @param {Record<string, any>} c a comment of the wire */
export const content_hash = (c) =>
  hash_of([c.id, c.parent, c.number, c.in_reply_to ?? null, c.state, c.author, c.created_at, c.edited_at, c.body, c.content, c.quote]);

/** The part that is counted. @param {Record<string, any>} c a comment or a score of the wire */
export const tally_hash = (c) => hash_of([c.id, c.up, c.down, c.score, c.replies]);

/**
 * What a frame or a window says about each comment: [id, stamp, content or null, tally, state, parent].
 * @param {{comments?: any[], scores?: any[]}} said
 */
export function items_of({ comments = [], scores = [] }) {
  return [
    ...comments.map((c) => [c.id, c.seq, content_hash(c), tally_hash(c), c.state, c.parent]),
    ...scores.map((s) => [s.id, s.seq, null, tally_hash(s), null, null]),
  ];
}
