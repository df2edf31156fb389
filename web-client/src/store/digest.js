/** @typedef {import("./discussion_state.js").DiscussionState} DiscussionState */

/**
 * The visible tree as canonical JSON. Held tombstones are not in it, nor is anything about the
 * viewer.
 * @param {DiscussionState} state
 * @returns {string}
 */
export function digestOf(state) {
  const tree = (/** @type {string | null} */ parent) => {
    /** @type {object[]} */
    const nodes = [];
    for (const id of state.childrenOf(parent)) {
      const entry = state.entry(id);
      if (!entry) continue;
      const children = tree(id);
      if (entry.content.state !== "visible" && children.length === 0) continue;
      const { number, state: standing, body } = entry.content;
      const { score, replies } = entry.tally;
      nodes.push({ id, number, state: standing, body, score, replies, children });
    }
    return nodes;
  };
  return JSON.stringify({ comment_count: state.commentCount, comments: tree(null) });
}
