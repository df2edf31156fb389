import { digestOf } from "./digest.js";
import { judgeUpdate } from "./position.js";
import { compareKeys, end, keyOf, Ranges } from "./ranges.js";

/** @typedef {import("../protocol.js").WireComment} WireComment */
/** @typedef {import("../protocol.js").WireUpdate} WireUpdate */
/** @typedef {import("../protocol.js").WireWindow} WireWindow */
/** @typedef {import("../protocol.js").Sort} Sort */
/** @typedef {import("./ranges.js").Key} Key */

/**
 * A comment as this page knows it. Replaced by a new object on every change, never altered.
 * @typedef {object} Entry
 * @property {string} id
 * @property {string | null} parent
 * @property {Key} key
 * @property {WireComment} content the content part; its numbers are not to be used
 * @property {number} contentSeq
 * @property {{up: number, down: number, score: number, replies: number}} tally
 * @property {number} scoreSeq
 * @property {boolean} held a tombstone that was seen with its text: it keeps its place until the next full read
 */

/**
 * What a change did, for those who show it.
 * @typedef {object} Effect
 * @property {"ignored" | "applied" | "gap" | "reset"} outcome
 * @property {string[]} arrived comments that are new here and visible
 * @property {number} counted visible comments outside of what is loaded
 * @property {boolean} needsRead something inside of what is loaded has no parent here: read again
 */

/**
 * What a window was asked for: the descendants of `parent` (or all), behind `cursor`, which
 * continues the stretch that ends at `after`.
 * @typedef {{parent: string | null, cursor: string | null, after: Key | null}} WindowRequest
 */

/** What was applied while a window is being read, since the position `since`. @typedef {{since: number, updates: WireUpdate[]}} Reading */

/** @typedef {Omit<Effect, "outcome">} Changes */

/** @returns {Changes} */
function noChanges() {
  return { arrived: [], counted: 0, needsRead: false };
}

/** @param {WireComment} comment */
function tallyOf({ up, down, score, replies }) {
  return { up, down, score, replies };
}

/**
 * The state of one discussion: pure data and rules, no DOM, clock or network. Only applyUpdate()
 * moves the position.
 */
export class DiscussionState {
  /** @type {Map<string, Entry>} */
  #entries = new Map();
  /** @type {Map<string | null, string[]>} ids in display order */
  #children = new Map();
  /** @type {Map<string, {cursor: string, after: Key}>} parent -> where its replies go on */
  #more = new Map();
  /** @type {{cursor: string, after: Key} | null} where the whole goes on */
  #next = null;
  /** @type {Set<Reading>} */
  #readings = new Set();
  #ranges;
  /**
   * What updates have told of the discussion itself, as of the last one's seq.
   * @type {{seq: number, info: NonNullable<WireUpdate["discussion"]>} | null}
   */
  told = null;

  /**
   * @param {WireWindow} window the first one, read from the beginning
   * @param {Sort} [sort]
   */
  constructor(window, sort = "oldest") {
    this.sort = sort;
    this.#ranges = new Ranges(sort);
    this.epoch = window.epoch;
    this.seq = window.seq;
    this.commentCount = window.comment_count;
    this.mergeWindow(window, { parent: null, cursor: null, after: null });
  }

  /** @returns {import("../protocol.js").Position} */
  get position() {
    return { epoch: this.epoch, seq: this.seq };
  }

  /** @param {string} id */
  entry(id) {
    return this.#entries.get(id);
  }

  /** @param {string | null} parent @returns {readonly string[]} */
  childrenOf(parent) {
    return this.#children.get(parent) ?? [];
  }

  /** What to ask for to go on with the whole; null at its end. @returns {WindowRequest | null} */
  get nextRequest() {
    return this.#next && { parent: null, ...this.#next };
  }

  /**
   * What to ask for to see more replies of a comment; null where all that there are, are here.
   * @param {string} parent
   * @returns {WindowRequest | null}
   */
  moreRequest(parent) {
    const more = this.#more.get(parent);
    if (more) return { parent, ...more };
    const entry = this.#entries.get(parent);
    if (!entry || this.missingReplies(parent) === 0 || this.#ranges.has(end(entry.key))) return null;
    return { parent, cursor: null, after: null };
  }

  /** How many visible direct replies of a comment are not loaded. @param {string} parent */
  missingReplies(parent) {
    const isVisible = (/** @type {string} */ id) => this.#entries.get(id)?.content.state === "visible";
    const here = this.childrenOf(parent).filter(isVisible).length;
    return Math.max(0, (this.#entries.get(parent)?.tally.replies ?? 0) - here);
  }

  /** How many visible comments are here; the rest of commentCount is not loaded. */
  get loadedCount() {
    return this.visibleIds.length;
  }

  /** In no order. */
  get visibleIds() {
    return [...this.#entries.values()].filter(({ content }) => content.state === "visible").map(({ id }) => id);
  }

  /** Is all that stands at this place loaded? @param {Key} key */
  covers(key) {
    return this.#ranges.has(key);
  }

  /** @param {WireUpdate} update @returns {Effect} */
  applyUpdate(update) {
    const outcome = judgeUpdate(this.position, update);
    if (outcome !== "applied") return { outcome, ...noChanges() };
    this.seq = update.seq;
    if (update.comment_count !== undefined) this.commentCount = update.comment_count;
    if (update.discussion) this.told = { seq: update.seq, info: { ...this.told?.info, ...update.discussion } };
    for (const reading of this.#readings) reading.updates.push(update);
    return { outcome, ...this.#mergeChanges(update) };
  }

  /** To be called before a window is asked for: what changes meanwhile is applied to it, too. @returns {Reading} */
  beginReading() {
    const reading = { since: this.seq, updates: [] };
    this.#readings.add(reading);
    return reading;
  }

  /** @param {Reading} reading */
  endReading(reading) {
    this.#readings.delete(reading);
  }

  /**
   * Is a window older than what is known to hold for it? Then it may show what was taken away
   * since, and is of use only with the changes since its own seq.
   * @param {WireWindow} window
   * @param {Reading} [reading] begun before it was asked for
   */
  isOutdated(window, reading) {
    return window.seq < (reading?.since ?? this.seq);
  }

  /**
   * Adds a further window of this epoch. The position stays where it is, unless `changes` move it.
   * @param {WireWindow} window
   * @param {WindowRequest} request
   * @param {Reading} [reading]
   * @param {WireUpdate | null} [changes] those since the window's seq, where it is outdated
   * @returns {Changes | null} null: it is outdated and these changes do not mend that
   */
  mergeWindow(window, request, reading, changes = null) {
    if (!this.#canTake(window, reading, changes)) return null;
    const { parent } = request;
    const scope = parent === null ? [] : (this.#entries.get(parent)?.key ?? []);
    const from = request.after ?? scope;
    const added = this.#addAll(window.comments);
    const last = window.comments.at(-1)?.number;
    const after = last ? keyOf(last) : from;
    this.#ranges.add(from, window.next_cursor === null ? end(scope) : after);

    const next = window.next_cursor === null ? null : { cursor: window.next_cursor, after };
    if (parent === null) this.#next = next;
    else if (next) this.#more.set(parent, next);
    for (const [id, { key }] of this.#entries) {
      if (this.#more.has(id) && this.#ranges.has(end(key))) this.#more.delete(id);
    }
    for (const [id, { cursor }] of Object.entries(window.more ?? {})) this.#more.set(id, { cursor, after });
    return this.#catchUp(added, reading, changes);
  }

  /**
   * Adds comments that stand alone: a target that a link names, with its ancestors. What lies
   * between them is not loaded by it.
   * @param {WireWindow} window
   * @param {Reading} [reading]
   * @param {WireUpdate | null} [changes]
   * @returns {Changes | null}
   */
  mergeLoose(window, reading, changes = null) {
    if (!this.#canTake(window, reading, changes)) return null;
    const added = this.#addAll(window.comments);
    return this.#catchUp(added, reading, changes);
  }

  /** @param {WireWindow} window @param {Reading | undefined} reading @param {WireUpdate | null} changes */
  #canTake(window, reading, changes) {
    if (window.epoch !== this.epoch) return false;
    if (!this.isOutdated(window, reading)) return true;
    return changes !== null && changes.epoch === this.epoch && changes.prev <= window.seq &&
      changes.seq >= (reading?.since ?? this.seq);
  }

  /** @param {WireComment[]} comments @returns {string[]} those that were not here */
  #addAll(comments) {
    const added = comments.filter(({ id }) => !this.#entries.has(id)).map(({ id }) => id);
    for (const comment of comments) this.#merge(comment);
    return added;
  }

  /** What was taken away before it was shown has no place to keep. @param {Iterable<string>} ids */
  #forgetHeld(ids) {
    for (const id of ids) {
      const entry = this.#entries.get(id);
      if (entry?.held) this.#entries.set(id, { ...entry, held: false });
    }
  }

  /**
   * What a window does not know yet.
   * @param {string[]} added by the window
   * @param {Reading | undefined} reading
   * @param {WireUpdate | null} changes
   * @returns {Changes}
   */
  #catchUp(added, reading, changes) {
    const effect = noChanges();
    const note = (/** @type {Changes} */ { arrived, counted, needsRead }) => {
      effect.arrived.push(...arrived);
      effect.counted += counted;
      effect.needsRead ||= needsRead;
    };
    if (reading) this.endReading(reading);
    // First the changes: what came meanwhile may be about comments that only they bring.
    if (changes) {
      const { outcome, ...done } = this.applyUpdate(changes);
      // By the position they may be old; for the window they are new all the same.
      note(outcome === "applied" ? done : { ...this.#mergeChanges(changes), arrived: [], counted: 0 });
    }
    // No news: what belongs to this window was asked for, the rest is here already.
    for (const update of reading?.updates ?? []) note({ ...this.#mergeChanges(update), arrived: [], counted: 0 });
    this.#forgetHeld(added);
    return effect;
  }

  /**
   * Takes over from the state that was shown until now, once all windows have been read again.
   * @param {DiscussionState} old
   * @param {Reading} [reading] of the old state, begun before the first window was asked for
   * @param {WireUpdate | null} [changes] those since this state's position, where it is behind the old one
   * @returns {{isStepBack: boolean, needsRead: boolean}} a step back could show removed text again
   */
  succeed(old, reading, changes = null) {
    const isSameHistory = old.epoch === this.epoch;
    const updates = [...(changes ? [changes] : []), ...((isSameHistory && reading?.updates) || [])];
    const needsRead = updates.map((update) => this.applyUpdate(update)).some((effect) => effect.needsRead);
    const isStepBack = isSameHistory && this.seq < old.seq;
    if (isSameHistory && !isStepBack) this.#keepNewer(old);
    this.#forgetHeld(this.#entries.keys());
    return { isStepBack, needsRead };
  }

  /** What windows that were newer than the position have told is not lost with the old state. @param {DiscussionState} old */
  #keepNewer(old) {
    for (const [id, entry] of old.#entries) {
      const { parent, content, contentSeq, tally, scoreSeq } = entry;
      const mine = this.#entries.get(id);
      if (mine) {
        const newer = { ...mine };
        if (contentSeq > mine.contentSeq) Object.assign(newer, { content, contentSeq });
        if (scoreSeq > mine.scoreSeq) Object.assign(newer, { tally, scoreSeq });
        this.#entries.set(id, newer);
      } else if (content.state !== "visible" && contentSeq > this.seq && this.#hasPlaceFor(content) &&
        (parent === null || this.#entries.has(parent))) {
        // An update that brings its text is yet to come. A text is not kept so: a window may be newer.
        this.#entries.set(id, entry);
        this.#insertChild(parent, id);
      }
    }
  }

  /**
   * The answer to a write of the viewer: merged by its own stamp. What only its author may read
   * stays out of the state.
   * @param {WireComment} comment
   * @returns {boolean} false: it is not here and must be read. What became of it since was not kept,
   *   so an answer that comes after the updates about it may tell of a text that was taken away.
   */
  mergeOwn(comment) {
    if (comment.number === null || comment.state === "pending") return true;
    if (!this.#entries.has(comment.id) && comment.seq <= this.seq) return false;
    this.#merge(comment);
    return true;
  }

  /** @param {WireUpdate} update @returns {Changes} */
  #mergeChanges(update) {
    const effect = noChanges();
    for (const comment of update.comments ?? []) {
      const known = this.#entries.has(comment.id);
      if (!known && !this.#hasPlaceFor(comment)) {
        if (comment.state === "visible") ++effect.counted;
        continue;
      }
      if (!known && comment.parent !== null && !this.#entries.has(comment.parent)) {
        // A reply under a tombstone that a fresh view had no reason to show.
        if (comment.state === "visible") effect.needsRead = true;
        continue;
      }
      this.#merge(comment);
      if (!known && comment.state === "visible") effect.arrived.push(comment.id);
    }
    for (const score of update.scores ?? []) {
      const entry = this.#entries.get(score.id);
      if (entry && score.seq >= entry.scoreSeq) {
        const { up, down, score: sum, replies } = score;
        this.#entries.set(score.id, { ...entry, tally: { up, down, score: sum, replies }, scoreSeq: score.seq });
      }
    }
    return effect;
  }

  /** @param {WireComment} comment */
  #hasPlaceFor(comment) {
    return comment.number !== null && this.#ranges.has(keyOf(comment.number));
  }

  /** Per part the newer stamp wins. @param {WireComment} comment */
  #merge(comment) {
    const old = this.#entries.get(comment.id);
    if (!old) {
      const { id, parent } = comment;
      const key = keyOf(comment.number ?? "");
      const entry = { id, parent, key, content: comment, contentSeq: comment.seq, held: false };
      this.#entries.set(id, { ...entry, tally: tallyOf(comment), scoreSeq: comment.seq });
      this.#insertChild(parent, id);
      return;
    }
    const merged = { ...old };
    if (comment.seq >= old.contentSeq) {
      merged.held = comment.state !== "visible" && (old.held || old.content.state === "visible");
      merged.content = comment;
      merged.contentSeq = comment.seq;
    }
    if (comment.seq >= old.scoreSeq) {
      merged.tally = tallyOf(comment);
      merged.scoreSeq = comment.seq;
    }
    this.#entries.set(comment.id, merged);
  }

  /** @param {string | null} parent @param {string} id */
  #insertChild(parent, id) {
    const siblings = [...(this.#children.get(parent) ?? [])];
    const key = /** @type {Entry} */ (this.#entries.get(id)).key;
    let place = siblings.length;
    while (place > 0) {
      const before = /** @type {Entry} */ (this.#entries.get(siblings[place - 1]));
      if (compareKeys(before.key, key, this.sort) <= 0) break;
      --place;
    }
    siblings.splice(place, 0, id);
    this.#children.set(parent, siblings);
  }

  /** What two pages that know the same must agree on. @returns {string} */
  digest() {
    return digestOf(this);
  }
}
