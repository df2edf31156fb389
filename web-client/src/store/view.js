// What to show, as a tree of plain nodes. A node that did not change is the same object as
// before, so a component redraws only where something changed.

/** @typedef {import("./discussion_state.js").DiscussionState} DiscussionState */
/** @typedef {import("./discussion_state.js").Entry} Entry */
/** @typedef {import("./overlay.js").Overlay} Overlay */
/** @typedef {import("./overlay.js").OwnPost} OwnPost */

/**
 * @typedef {object} ViewNode
 * @property {string} id the comment's id, or `own-KEY` of a post on its way
 * @property {import("../protocol.js").WireComment | null} content null for a post on its way
 * @property {OwnPost | null} post
 * @property {number} score
 * @property {-1 | 0 | 1} vote
 * @property {boolean} mine
 * @property {boolean} collapsed
 * @property {boolean} fresh arrived live and not seen yet
 * @property {boolean} waiting arrived where it would move what is being read: takes no room yet
 * @property {number} below visible comments below it that are loaded
 * @property {number} freshBelow
 * @property {number | null} more replies that are not loaded; 0 where their number is not known
 * @property {boolean} loadingMore
 * @property {import("../writer.js").OpenDraft | null} draft of a reply
 * @property {import("../writer.js").OpenDraft | null} editDraft of another text of it
 * @property {readonly ViewNode[]} children
 */

/**
 * What besides the state decides what is shown.
 * @typedef {object} Lens
 * @property {Overlay} overlay
 * @property {string | null} viewer account id
 * @property {ReadonlySet<string>} collapsed
 * @property {ReadonlySet<string>} fresh
 * @property {ReadonlySet<string>} waiting
 * @property {ReadonlySet<string>} loadingMore
 * @property {ReadonlyMap<string, import("../writer.js").OpenDraft>} drafts
 * @property {number} now ms
 */

/** @param {readonly unknown[]} a @param {readonly unknown[]} b */
function sameItems(a, b) {
  return a.length === b.length && a.every((item, i) => item === b[i]);
}

/** @param {ViewNode} a @param {ViewNode} b */
function sameNode(a, b) {
  const fields = /** @type {(keyof ViewNode)[]} */ (Object.keys(a));
  return fields.every((field) => a[field] === b[field]);
}

/** Builds views of one discussion, remembering the last one. */
export class View {
  /** @type {Map<string, ViewNode>} */
  #last = new Map();
  /** @type {readonly ViewNode[]} */
  #roots = [];

  /**
   * @param {DiscussionState} state
   * @param {Lens} lens
   * @returns {readonly ViewNode[]}
   */
  build(state, lens) {
    /** @type {Map<string, ViewNode>} */
    const next = new Map();
    const roots = this.#children(state, lens, null, next);
    this.#last = next;
    this.#roots = sameItems(roots, this.#roots) ? this.#roots : roots;
    return this.#roots;
  }

  /** @param {string} id */
  node(id) {
    return this.#last.get(id);
  }

  /**
   * @param {DiscussionState} state
   * @param {Lens} lens
   * @param {string | null} parent
   * @param {Map<string, ViewNode>} next
   * @returns {readonly ViewNode[]}
   */
  #children(state, lens, parent, next) {
    /** @type {ViewNode[]} */
    const nodes = [];
    for (const id of state.childrenOf(parent)) {
      if (lens.overlay.isVeiled(id, lens.now)) continue;
      const node = this.#comment(state, lens, /** @type {Entry} */ (state.entry(id)), next);
      if (node) nodes.push(node);
    }
    for (const post of lens.overlay.posts.values()) {
      if (post.parent === parent) nodes.push(this.#remember(ownNode(post), next));
    }
    return nodes;
  }

  /**
   * @param {DiscussionState} state
   * @param {Lens} lens
   * @param {Entry} entry
   * @param {Map<string, ViewNode>} next
   * @returns {ViewNode | null}
   */
  #comment(state, lens, entry, next) {
    const { id, content } = entry;
    const children = this.#children(state, lens, id, next);
    const visible = content.state === "visible";
    if (!visible && !entry.held && children.length === 0) return null;
    const old = this.#last.get(id);
    /** @type {ViewNode} */
    const node = {
      id,
      content,
      post: null,
      score: lens.overlay.scoreOf(state, id),
      vote: lens.overlay.voteOn(id),
      mine: visible && lens.viewer !== null && content.author?.id === lens.viewer,
      collapsed: lens.collapsed.has(id),
      fresh: visible && lens.fresh.has(id),
      waiting: lens.waiting.has(id),
      below: sum(children, (child) => child.below + (child.content?.state === "visible" ? 1 : 0)),
      freshBelow: sum(children, (child) => child.freshBelow + (child.fresh ? 1 : 0)),
      more: state.moreRequest(id) ? state.missingReplies(id) : null,
      loadingMore: lens.loadingMore.has(id),
      draft: lens.drafts.get(id) ?? null,
      editDraft: lens.drafts.get(`edit:${id}`) ?? null,
      children: old && sameItems(old.children, children) ? old.children : children,
    };
    return this.#remember(node, next);
  }

  /** @param {ViewNode} node @param {Map<string, ViewNode>} next */
  #remember(node, next) {
    const old = this.#last.get(node.id);
    const kept = old && sameNode(old, node) ? old : node;
    next.set(kept.id, kept);
    return kept;
  }
}

/** @param {readonly ViewNode[]} nodes @param {(node: ViewNode) => number} count */
function sum(nodes, count) {
  return nodes.reduce((total, node) => total + count(node), 0);
}

/** @param {OwnPost} post @returns {ViewNode} */
function ownNode(post) {
  return {
    id: `own-${post.key}`, content: null, post, score: 0, vote: 0, mine: true, collapsed: false,
    fresh: false, waiting: false, below: 0, freshBelow: 0, more: null,
    loadingMore: false, draft: null, editDraft: null, children: NO_NODES,
  };
}

/** @type {readonly ViewNode[]} */
const NO_NODES = [];
