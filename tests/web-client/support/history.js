// A discussion as a server keeps it: what it was at each seq, and what changed since another.

import { comment } from "./wire.js";

const keyOf = (number) => number.split(".").map(Number);

/** In display order, oldest first. */
function compare(a, b) {
  for (let i = 0; i < Math.min(a.length, b.length); ++i) if (a[i] !== b[i]) return a[i] - b[i];
  return a.length - b.length;
}

export class History {
  epoch = "e1";
  /** What each seq has changed into what: by id. @type {Map<string, any>[]} */
  #versions = [new Map()];
  #next = 1;

  get seq() {
    return this.#versions.length - 1;
  }

  /** @param {number} [seq] */
  visible(seq = this.seq) {
    return [...this.#versions[seq].values()].filter((one) => one.state === "visible");
  }

  get gone() {
    return [...this.#versions[this.seq].values()].filter((one) => one.state !== "visible");
  }

  /** @param {string | null} parent */
  post(parent) {
    const id = String(this.#next++);
    const above = parent === null ? null : this.#versions[this.seq].get(parent);
    const siblings = [...this.#versions[this.seq].values()].filter((one) => one.parent === parent).length;
    const number = above ? `${above.number}.${siblings + 1}` : String(siblings + 1);
    const path = above ? [...above.path, parent] : [];
    this.#commit([{ id, number, parent, path, body: `text of ${id}`, state: "visible", score: 0, replies: 0 }]);
  }

  /** @param {string} id @param {Record<string, any>} change of its content */
  change(id, change) {
    this.#commit([{ ...this.#versions[this.seq].get(id), ...change }]);
  }

  /** @param {string} id @param {number} score */
  vote(id, score) {
    const next = new Map(this.#versions[this.seq]);
    next.set(id, { ...next.get(id), score, scoreSeq: this.seq + 1 });
    this.#versions.push(next);
  }

  #commit(rows) {
    const seq = this.seq + 1;
    const next = new Map(this.#versions[this.seq]);
    for (const row of rows) {
      next.set(row.id, { ...row, contentSeq: seq, scoreSeq: row.scoreSeq ?? seq });
      const above = next.get(row.parent);
      if (!above) continue;
      const replies = [...next.values()].filter((one) => one.parent === row.parent && one.state === "visible").length;
      if (replies !== above.replies) next.set(row.parent, { ...above, replies, scoreSeq: seq });
    }
    this.#versions.push(next);
  }

  #wire({ id, number, contentSeq, scoreSeq, ...rest }) {
    return comment(id, number, { ...rest, seq: Math.max(contentSeq, scoreSeq) });
  }

  /** What a fresh page shows, in order. */
  #shown(seq) {
    const rows = [...this.#versions[seq].values()];
    const above = new Set(rows.filter((row) => row.state === "visible").flatMap((row) => row.path));
    return rows.filter((row) => row.state === "visible" || above.has(row.id))
      .sort((a, b) => compare(keyOf(a.number), keyOf(b.number)));
  }

  /**
   * A window as it was at `seq`; its cursors are the number of the last comment before.
   * @param {number} seq
   * @param {{limit?: number, parent?: string | null, cursor?: string | null}} [query]
   */
  window(seq, { limit = Infinity, parent = null, cursor = null } = {}) {
    const rest = this.#shown(seq).filter((row) => (parent === null || row.path.includes(parent)) &&
      (cursor === null || compare(keyOf(row.number), keyOf(cursor)) > 0));
    const rows = rest.slice(0, limit);
    const last = rows.at(-1);
    const more = {};
    for (const id of rest.length > rows.length ? [...last.path, last.id] : []) {
      const replies = rest.slice(rows.length).filter((row) => row.parent === id).length;
      if (replies > 0) more[id] = { replies, cursor: last.number };
    }
    return {
      epoch: this.epoch, seq, comment_count: this.visible(seq).length, comments: rows.map((row) => this.#wire(row)),
      next_cursor: rest.length > rows.length ? last.number : null, more,
    };
  }

  /** @param {number} since @param {number} [seq] */
  changes(since, seq = this.seq) {
    const rows = [...this.#versions[seq].values()].sort((a, b) => a.path.length - b.path.length);
    const texts = rows.filter((row) => row.contentSeq > since);
    const scores = rows.filter((row) => row.contentSeq <= since && row.scoreSeq > since);
    return {
      type: "update", epoch: this.epoch, prev: since, seq, comment_count: this.visible(seq).length,
      comments: texts.map((row) => this.#wire(row)),
      scores: scores.map(({ id, score, replies, scoreSeq }) => ({ id, up: Math.max(score, 0), down: Math.max(-score, 0), score, replies, seq: scoreSeq })),
    };
  }
}
