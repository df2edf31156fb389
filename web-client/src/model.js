import { ApiError } from "./api.js";
import { LiveStatus } from "./live_status.js";
import { DiscussionState } from "./store/discussion_state.js";
import { Overlay } from "./store/overlay.js";
import { compareKeys } from "./store/ranges.js";
import { View } from "./store/view.js";
import { WINDOW_FIRST, Windows } from "./windows.js";
import { Writer } from "./writer.js";

/** @typedef {import("./protocol.js").WireWindow} WireWindow */
/** @typedef {import("./protocol.js").DiscussionInfo} DiscussionInfo */
/** @typedef {import("./protocol.js").WireUpdate} WireUpdate */
/** @typedef {import("./store/view.js").ViewNode} ViewNode */
/** @typedef {import("./store/discussion_state.js").Entry} Entry */
/** @typedef {import("./protocol.js").LiveFrame} LiveFrame */
/** @typedef {import("./transport.js").Transport} Transport */

/**
 * Timers and time, injected.
 * @typedef {object} Clock
 * @property {() => number} now ms since 1970
 * @property {(callback: () => void, ms: number) => unknown} setTimer
 * @property {(timer: any) => void} clearTimer
 */

/**
 * @typedef {object} ModelOptions
 * @property {string} discussion
 * @property {import("./api.js").Api} api
 * @property {(handlers: import("./transport.js").Handlers) => Transport} makeTransport
 * @property {import("./storage.js").Memory} memory
 * @property {Clock} clock
 */

const FIRST_READ_RETRY_MS = 4_000;

/** Is it the same comment, perhaps in two histories? @param {Entry | undefined} a @param {Entry | undefined} b */
function isSame(a, b) {
  return a !== undefined && b !== undefined && a.parent === b.parent && a.content.created_at === b.content.created_at;
}

/**
 * All that happens to one discussion on one page: reads it, follows it, writes to it. The root
 * component is its only caller.
 *
 * @fires change something that is shown has changed
 * @fires signin the viewer must sign in for what they want to do; it is done afterwards
 * @fires posted detail: the id of the viewer's new comment
 * @fires returned detail: the place of a draft that could not be sent
 * @fires notice detail: a sentence for the viewer
 * @fires arrived detail: how many comments of others
 */
export class Model extends EventTarget {
  /** @type {"loading" | "ready" | "failed"} */
  phase = "loading";
  /** Why there is nothing to show. */
  problem = "";
  /** @type {DiscussionInfo | null} */
  info = null;
  /** @type {DiscussionState | null} */
  state = null;
  /** @type {readonly ViewNode[]} */
  tree = [];
  /** @type {Set<string>} */
  fresh = new Set();
  /** @type {Set<string>} */
  waiting = new Set();
  /** @type {Set<string>} parents ("" for the whole) whose further comments are being read */
  loadingMore = new Set();
  overlay = new Overlay();
  /** What waits for the viewer as a moderator. @type {readonly import("./protocol.js").WireComment[]} */
  queue = [];
  /** Which of these new comments would move what is being read? Asked before they are shown. @type {(ids: string[]) => string[]} */
  mustWait = () => [];

  #view = new View();
  #options;
  /** @type {Transport} */
  #transport;
  #windows;
  #started = false;
  /** Something is missing in what is shown: all is to be read again. */
  #isIncomplete = false;
  /** @type {unknown} */
  #unveilTimer = null;

  /** @param {ModelOptions} options */
  constructor(options) {
    super();
    this.#options = options;
    this.collapsed = options.memory.collapsed();
    this.live = new LiveStatus(options.clock, () => this.changed());
    this.writer = new Writer({ model: this, ...options });
    this.#transport = options.makeTransport({
      position: () => this.state?.position ?? null,
      status: (status) => {
        this.live.onStatus(status);
        this.changed();
      },
      update: (frame) => this.#onUpdate(/** @type {WireUpdate} */ (/** @type {unknown} */ (frame))),
      reload: (frame) => void this.reload(frame),
      message: (frame, ageMs) => void (this.live.onMessage(frame, ageMs) && this.changed()),
      ticket: () => this.writer.ticket(),
      changed: (what) => void this.writer.onChanged(what),
      ended: () => void this.writer.checkSession(),
      via: (name) => {
        this.live.transport = name;
        this.changed();
      },
    });
    this.#windows = new Windows({ model: this, ...options });
  }

  /**
   * Shows what the page carries, or reads it; then follows.
   * @param {{discussion: DiscussionInfo, window: WireWindow} | null} carried
   */
  async start(carried) {
    this.#started = true;
    if (this.state) {
      this.#follow();
      if (this.#isIncomplete) void this.reload();
      return;
    }
    if (carried) this.#show(carried.discussion, carried.window);
    else await this.#firstRead();
    if (this.state) this.#follow();
  }

  /** The page goes, perhaps to come back: start() goes on. */
  stop() {
    this.#started = false;
    this.#transport.stop();
    this.live.stop();
    this.#options.clock.clearTimer(this.#unveilTimer);
  }

  hurry() {
    this.#transport.hurry();
  }

  /** The viewer is signed in now. */
  authenticate() {
    this.#transport.authenticate?.();
  }

  get digest() {
    return this.state?.digest() ?? "";
  }

  /** How many visible comments are not loaded. */
  get remaining() {
    return this.state ? Math.max(0, this.state.commentCount - this.state.loadedCount) : 0;
  }

  get isLocked() {
    return this.info?.state === "locked";
  }

  get isUpToDate() {
    return this.state !== null && !this.#isIncomplete && this.live.isUpToDate(this.state.position);
  }

  /** @param {string} id */
  node(id) {
    return this.#view.node(id);
  }

  /** Display order of two comments. @param {string} a @param {string} b */
  compare(a, b) {
    const keys = [a, b].map((id) => this.state?.entry(id)?.key ?? []);
    return compareKeys(keys[0], keys[1], this.state?.sort ?? "oldest");
  }

  /** Rebuilds what is shown and says so. */
  changed() {
    if (this.state) {
      const { overlay, collapsed, fresh, waiting, loadingMore } = this;
      const now = this.#options.clock.now();
      overlay.settle(this.state);
      const viewer = this.writer.viewer?.id ?? null;
      const { drafts } = this.writer;
      const lens = { overlay, viewer, collapsed, fresh, waiting, loadingMore, drafts, now };
      this.tree = this.#view.build(this.state, lens);
      this.#armUnveil(now);
    }
    this.dispatchEvent(new CustomEvent("change"));
  }

  /** @param {string} id */
  toggleCollapsed(id) {
    if (!this.collapsed.delete(id)) this.collapsed.add(id);
    this.#options.memory.setCollapsed(this.collapsed);
    this.changed();
  }

  /** Opens all that hides a comment. @param {string} id */
  expandTo(id) {
    const path = this.state?.entry(id)?.content.path ?? [];
    const hidden = path.filter((ancestor) => this.collapsed.delete(ancestor));
    const waited = [id, ...path].filter((one) => this.waiting.delete(one));
    if (hidden.length > 0) this.#options.memory.setCollapsed(this.collapsed);
    if (hidden.length + waited.length > 0) this.changed();
  }

  /** New comments that were on the screen long enough. @param {string[]} ids */
  seen(ids) {
    const known = ids.filter((id) => this.fresh.delete(id));
    if (known.length > 0) this.changed();
  }

  /** Gives new comments their room. @param {string[]} ids */
  reveal(ids) {
    const waited = ids.filter((id) => this.waiting.delete(id));
    if (waited.length > 0) this.changed();
  }

  /**
   * Reads on: the whole (null), or the replies of one comment.
   * @param {string | null} parent
   * @param {number} [limit]
   */
  loadMore(parent, limit) {
    return this.#windows.more(parent, limit);
  }

  /**
   * Makes sure that a comment is here, as far as it exists.
   * @param {string} id
   * @returns {Promise<boolean>}
   */
  find(id) {
    return this.#windows.find(id);
  }

  /** Reads a comment with what surrounds it. @param {string} id */
  readAround(id) {
    return this.#windows.around(id);
  }

  /** @param {DiscussionInfo} info @param {WireWindow} window */
  #show(info, window) {
    this.info = info;
    this.state = new DiscussionState(window);
    this.phase = "ready";
    this.changed();
  }

  #follow() {
    this.#transport.start();
    void this.writer.resumeSession();
  }

  async #firstRead() {
    try {
      const { info, window } = await this.#windows.first({ limit: WINDOW_FIRST });
      this.#show(info, window);
    } catch (error) {
      this.phase = "failed";
      this.problem = error instanceof Error ? error.message : String(error);
      const final = error instanceof ApiError && error.status >= 400 && error.status < 500;
      if (!final) this.#options.clock.setTimer(() => this.#started && void this.start(null), FIRST_READ_RETRY_MS);
      this.changed();
    }
  }

  /** Reads again what is shown, keeping it on the screen meanwhile; then follows from there. @param {LiveFrame} [frame] the reason */
  async reload(frame) {
    this.#isIncomplete = true;
    this.changed();
    if (await this.#windows.again(frame, () => this.#started)) this.#transport.subscribe();
  }

  /**
   * All windows have been read again.
   * @param {DiscussionInfo} info
   * @param {DiscussionState} state
   */
  replace(info, state) {
    const old = this.state;
    const arrived = old ? state.visibleIds.filter((id) => !isSame(old.entry(id), state.entry(id))) : [];
    if (old && old.epoch !== state.epoch) this.#forgetIds(arrived);
    this.#isIncomplete = false;
    this.info = info;
    this.state = state;
    this.took({ arrived, counted: 0, needsRead: false });
  }

  /** Another history: the same id may be another comment. @param {string[]} others that are so */
  #forgetIds(others) {
    this.overlay.forgetStamps();
    for (const id of others) {
      this.overlay.votes.delete(id);
      for (const ids of [this.fresh, this.waiting, this.collapsed]) ids.delete(id);
    }
  }

  /** @param {WireUpdate} update */
  #onUpdate(update) {
    const state = this.state;
    if (!state) return "reset";
    const effect = state.applyUpdate(update);
    if (effect.outcome !== "applied") return effect.outcome;
    this.took(effect);
    return effect.outcome;
  }

  /** Shows what a change did to the state. @param {import("./store/discussion_state.js").Changes} effect */
  took({ arrived, needsRead }) {
    const told = this.state?.told;
    if (this.info && told && told.seq > this.info.seq) this.info = { ...this.info, ...told.info, seq: told.seq };
    this.veil(arrived);
    this.#arrive(arrived);
    if (needsRead) void this.reload();
    else this.changed();
  }

  /** New comments by the viewer may be what a post of theirs has become. @param {string[]} arrived */
  veil(arrived) {
    if (this.state) this.overlay.veil(this.state, arrived, this.writer.viewer?.id ?? null, this.#options.clock.now());
  }

  /** @param {string[]} ids */
  #arrive(ids) {
    const others = ids.filter((id) => !this.writer.isOwn(id));
    for (const id of others) this.fresh.add(id);
    for (const id of this.mustWait(others)) this.waiting.add(id);
    if (others.length > 0) this.dispatchEvent(new CustomEvent("arrived", { detail: others.length }));
  }

  /** @param {number} now */
  #armUnveil(now) {
    const { clock } = this.#options;
    clock.clearTimer(this.#unveilTimer);
    const next = this.overlay.nextUnveil(now);
    if (next !== null) this.#unveilTimer = clock.setTimer(() => this.changed(), next - now + 1);
  }

  /** @param {string} text */
  notice(text) {
    this.dispatchEvent(new CustomEvent("notice", { detail: text }));
  }
}
