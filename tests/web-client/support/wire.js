// Values as the server sends them, with what a test does not care about filled in.

const AUTHORS = { anna: { id: "1", name: "Anna", badges: [] }, ben: { id: "2", name: "Ben", badges: [] } };

/**
 * A comment. `number` gives its place; ids of the path are found by `parent`.
 * @param {string} id
 * @param {string} number
 * @param {Record<string, any>} [rest]
 */
export function comment(id, number, rest = {}) {
  const parent = rest.parent ?? null;
  const body = rest.body ?? `text of ${id}`;
  const isGone = rest.state !== undefined && rest.state !== "visible";
  return {
    id, number, parent, path: rest.path ?? (parent === null ? [] : [parent]), in_reply_to: null,
    author: isGone ? null : AUTHORS[rest.by ?? "anna"], created_at: rest.created_at ?? "2026-01-22T09:44:00.000Z", edited_at: null,
    state: rest.state ?? "visible", body: isGone ? "" : body, content: isGone ? [] : [["p", body]], quote: null,
    up: rest.up ?? 0, down: rest.down ?? 0, score: rest.score ?? 0, replies: rest.replies ?? 0, seq: rest.seq ?? 1,
  };
}

/** @param {string} id @param {string} number @param {Record<string, any>} [rest] */
export function tombstone(id, number, rest = {}) {
  return comment(id, number, { state: "removed", ...rest });
}

/** @param {string} id @param {number} sum @param {number} seq @param {number} [replies] */
export function score(id, sum, seq, replies = 0) {
  return { id, up: Math.max(sum, 0), down: Math.max(-sum, 0), score: sum, replies, seq };
}

/** @param {object[]} comments @param {Record<string, any>} [rest] */
export function windowOf(comments, rest = {}) {
  const visible = comments.filter((c) => c.state === "visible").length;
  return { epoch: "e1", seq: 10, comment_count: visible, comments, next_cursor: null, more: {}, ...rest };
}

/** @param {number} prev @param {number} seq @param {Record<string, any>} [rest] */
export function update(prev, seq, rest = {}) {
  return { type: "update", topic: "discussion:d", epoch: "e1", prev, seq, comment_count: 0, ...rest };
}

/** The ids of a view, nested as [id, children]. @param {readonly any[]} nodes @returns {any[]} */
export function idsOf(nodes) {
  return nodes.map((node) => (node.children.length > 0 ? [node.id, idsOf(node.children)] : node.id));
}
