import { ApiError } from "./api.js";
import { LiveStatus } from "./live_status.js";
import { DiscussionState } from "./store/discussion_state.js";
import { Overlay } from "./store/overlay.js";
import { compareKeys } from "./store/ranges.js";
import { View } from "./store/view.js";
import { Writer } from "./writer.js";

/** @typedef {import("./protocol.js").WireWindow} WireWindow */
/** @typedef {import("./protocol.js").DiscussionInfo} DiscussionInfo */
/** @typedef {import("./protocol.js").WireUpdate} WireUpdate */
/** @typedef {import("./store/view.js").ViewNode} ViewNode */
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

const WINDOW_MAX = 1000;
const WINDOW_FIRST = 100;
const REREAD_WINDOWS_MAX = 10;
const SEARCH_WINDOWS_MAX = 5;
const RELOAD_RETRY_MS = 2_000;
const RELOAD_RETRY_MAX_MS = 30_000;

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
  /** Which of these new comments would move what is being read? Asked before they are shown. @type {(ids: string[]) => string[]} */
  mustWait = () => [];

  #view = new View();
  #options;
  /** @type {Transport} */
  #transport;
  #reloading = false;
  #started = false;
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
      reload: () => void this.#reload(),
      message: (frame, ageMs) => void (this.live.onMessage(frame, ageMs) && this.changed()),
      via: (name) => {
        this.live.transport = name;
        this.changed();
      },
    });
  }

  /**
   * Shows what the page carries, or reads it; then follows.
   * @param {{discussion: DiscussionInfo, window: WireWindow} | null} carried
   */
  async start(carried) {
    this.#started = true;
    if (this.state) return this.#follow();
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
    return this.state !== null && this.live.isUpToDate(this.state.position);
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
  async loadMore(parent, limit = WINDOW_FIRST) {
    const state = this.state;
    const request = parent === null ? state?.nextRequest : state?.moreRequest(parent);
    const place = parent ?? "";
    if (!state || !request || this.loadingMore.has(place)) return;
    this.loadingMore.add(place);
    this.changed();
    const reading = state.beginReading();
    try {
      const window = await this.#readWindow({ parent, cursor: request.cursor, limit, min_seq: state.seq, epoch: state.epoch });
      if (this.state !== state) return;
      if (window.epoch === state.epoch) state.mergeWindow(window, request, reading);
      else void this.#reload();
    } catch (error) {
      this.#complain(error);
    } finally {
      state.endReading(reading);
      this.loadingMore.delete(place);
      this.changed();
    }
  }

  /**
   * Makes sure that a comment is here, as far as it exists.
   * @param {string} id
   * @returns {Promise<boolean>}
   */
  async find(id) {
    const state = this.state;
    if (!state || !/^[0-9]+$/.test(id)) return false;
    if (this.node(id)) return true;
    const reading = state.beginReading();
    try {
      const { seq: min_seq, epoch } = state;
      const window = await this.#readWindow({ around: id, limit: WINDOW_FIRST, min_seq, epoch });
      if (this.state === state && window.epoch === epoch) state.mergeLoose(window, reading);
      this.changed();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    } finally {
      state.endReading(reading);
    }
    for (let i = 0; i < SEARCH_WINDOWS_MAX && !this.node(id) && this.state?.nextRequest; ++i) {
      await this.loadMore(null, WINDOW_MAX);
    }
    return this.node(id) !== undefined;
  }

  /** @param {Record<string, string | number | null>} query @returns {Promise<WireWindow>} */
  #readWindow(query) {
    return this.#options.api.window(this.#options.discussion, query);
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
    const { api, discussion, clock } = this.#options;
    try {
      const [info, window] = await Promise.all([api.discussion(discussion), this.#readWindow({ limit: WINDOW_FIRST })]);
      this.#show(info, window);
    } catch (error) {
      this.phase = "failed";
      this.problem = error instanceof Error ? error.message : String(error);
      const final = error instanceof ApiError && error.status >= 400 && error.status < 500;
      if (!final) clock.setTimer(() => this.#started && void this.start(null), RELOAD_RETRY_MS * 2);
      this.changed();
    }
  }

  /** Reads again what is shown, keeping it on the screen meanwhile; then follows from there. */
  async #reload() {
    if (this.#reloading) return;
    this.#reloading = true;
    for (let attempt = 0; this.#started; ++attempt) {
      try {
        await this.#readAgain();
        break;
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        const ms = Math.min(RELOAD_RETRY_MAX_MS, RELOAD_RETRY_MS * 2 ** attempt) * (0.5 + Math.random() / 2);
        await new Promise((resolve) => this.#options.clock.setTimer(() => resolve(null), ms));
      }
    }
    this.#reloading = false;
    if (this.#started) this.#transport.subscribe();
  }

  async #readAgain() {
    const old = this.state;
    const wanted = Math.max(WINDOW_FIRST, old?.loadedCount ?? 0);
    const limit = Math.min(WINDOW_MAX, wanted);
    const [info, window] = await Promise.all([
      this.#options.api.discussion(this.#options.discussion),
      this.#readWindow({ limit }),
    ]);
    const state = new DiscussionState(window);
    for (let i = 1; i < REREAD_WINDOWS_MAX && state.nextRequest && state.loadedCount < wanted; ++i) {
      const request = state.nextRequest;
      const { epoch, seq: min_seq } = state;
      const further = await this.#readWindow({ cursor: request.cursor, limit, epoch, min_seq });
      if (further.epoch !== epoch) throw new ApiError({ status: 0, code: "network", message: "The history changed." });
      state.mergeWindow(further, request);
    }
    const arrived = old ? window.comments.filter((c) => c.state === "visible" && !old.entry(c.id)).map((c) => c.id) : [];
    if (old && old.epoch !== state.epoch) this.overlay.dropAnswers();
    this.info = info;
    this.state = state;
    this.#arrive(arrived);
    this.changed();
  }

  /** @param {WireUpdate} update */
  #onUpdate(update) {
    const state = this.state;
    if (!state) return "reset";
    const effect = state.applyUpdate(update);
    if (effect.outcome !== "applied") return effect.outcome;
    if (update.discussion && this.info) this.info = { ...this.info, ...update.discussion };
    this.overlay.veil(state, effect.arrived, this.writer.viewer?.id ?? null, this.#options.clock.now());
    this.#arrive(effect.arrived);
    this.changed();
    if (effect.needsRead) void this.#reload();
    return effect.outcome;
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

  /** @param {unknown} error */
  #complain(error) {
    this.notice(error instanceof Error ? error.message : String(error));
  }

  /** @param {string} text */
  notice(text) {
    this.dispatchEvent(new CustomEvent("notice", { detail: text }));
  }
}
