import { ApiError } from "./api.js";
import { DiscussionState } from "./store/discussion_state.js";

/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./protocol.js").LiveFrame} LiveFrame */
/** @typedef {import("./protocol.js").WireUpdate} WireUpdate */
/** @typedef {import("./protocol.js").WireWindow} WireWindow */
/** @typedef {import("./store/discussion_state.js").Reading} Reading */
/** @typedef {import("./store/discussion_state.js").Changes} Changes */

/** @typedef {Record<string, string | number | null>} Query */
/** @typedef {(window: WireWindow, reading: Reading, changes: WireUpdate | null) => Changes | null} Merge */

export const WINDOW_FIRST = 100;
const WINDOW_MAX = 1000;
const REREAD_WINDOWS_MAX = 10;
const REREAD_LOOSE_MAX = 3;
const SEARCH_WINDOWS_MAX = 5;
const RETRY_MS = 2_000;
const RETRY_MAX_MS = 30_000;

/** Where nothing was shown before. */
const NEW = { isStepBack: false, needsRead: false };

/** What is known meanwhile is newer than what came: worth another try. */
function tooOld() {
  return new ApiError({ status: 0, code: "network", message: "The server's answer was out of date. Please try again." });
}

/** @param {unknown} error does the server ask for all to be read again? */
function isReload(error) {
  return error instanceof ApiError && error.code === "reload";
}

/** Reads the windows that a page shows: further ones, those around a comment, all of them again. */
export class Windows {
  #model;
  #api;
  #discussion;
  #clock;
  #isReadingAgain = false;

  /** @param {import("./model.js").ModelOptions & {model: Model}} options */
  constructor({ model, api, discussion, clock }) {
    this.#model = model;
    this.#api = api;
    this.#discussion = discussion;
    this.#clock = clock;
  }

  /**
   * @param {string | null} parent
   * @param {number} [limit]
   */
  async more(parent, limit = WINDOW_FIRST) {
    const model = this.#model;
    const { state, loadingMore } = model;
    const request = parent === null ? state?.nextRequest : state?.moreRequest(parent);
    const place = parent ?? "";
    if (!state || !request || loadingMore.has(place)) return;
    loadingMore.add(place);
    model.changed();
    try {
      await this.#readInto({ parent, cursor: request.cursor, limit }, (window, reading, changes) =>
        state.mergeWindow(window, request, reading, changes));
    } catch (error) {
      if (isReload(error)) void model.reload();
      else model.notice(error instanceof Error ? error.message : String(error));
    } finally {
      loadingMore.delete(place);
      model.changed();
    }
  }

  /** @param {string} id @returns {Promise<boolean>} */
  async find(id) {
    const model = this.#model;
    const { state } = model;
    if (!state || !/^[0-9]+$/.test(id)) return false;
    if (model.node(id)) return true;
    await this.around(id);
    for (let i = 0; i < SEARCH_WINDOWS_MAX && !model.node(id) && model.state?.nextRequest; ++i) {
      await this.more(null, WINDOW_MAX);
    }
    return model.node(id) !== undefined;
  }

  /** @param {string} id */
  async around(id) {
    const { state } = this.#model;
    if (!state) return;
    try {
      await this.#readInto({ around: id, limit: WINDOW_FIRST }, (window, reading, changes) =>
        state.mergeLoose(window, reading, changes));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
  }

  /**
   * Reads one window into the state that is shown, if it is the same by then.
   * @param {Query} query
   * @param {Merge} merge
   */
  async #readInto(query, merge) {
    const model = this.#model;
    const state = /** @type {DiscussionState} */ (model.state);
    const { epoch, seq: min_seq } = state;
    const known = new Set(state.visibleIds);
    const reading = state.beginReading();
    try {
      const window = await this.#read({ ...query, min_seq, epoch });
      const isOutdated = window.epoch === epoch && state.isOutdated(window, reading);
      const changes = isOutdated ? await this.#changesSince(window) : null;
      if (model.state !== state) return;
      if (window.epoch !== epoch) return void model.reload();
      const effect = merge(window, reading, changes);
      if (effect === null) throw tooOld();
      model.veil(state.visibleIds.filter((id) => !known.has(id)));
      model.took(effect);
    } finally {
      state.endReading(reading);
    }
  }

  /**
   * Reads again all that is shown, until it works.
   * @param {LiveFrame | undefined} frame why
   * @param {() => boolean} isWanted
   * @returns {Promise<boolean>} whether the page may follow from where it is now
   */
  async again(frame, isWanted) {
    if (this.#isReadingAgain) return false;
    this.#isReadingAgain = true;
    // Where the server itself stands before the page's position, going back to that is all there is.
    const mayStepBack = frame?.reason === "ahead";
    let isBound = !mayStepBack;
    try {
      for (let attempt = 0; isWanted(); ++attempt) {
        try {
          await this.#readAll(isBound ? this.#atLeast(frame) : {}, mayStepBack);
          return isWanted();
        } catch (error) {
          if (!(error instanceof ApiError)) throw error;
          // The history is none of those that are known here.
          if (isReload(error)) isBound = false;
          await this.#pause(attempt);
        }
      }
      return false;
    } finally {
      this.#isReadingAgain = false;
    }
  }

  /** What the answer must be as new as, so that no cache on the way gives back what is gone. @param {LiveFrame | undefined} frame @returns {Query} */
  #atLeast(frame) {
    const { state } = this.#model;
    if (!state) return {};
    const { epoch, seq } = state;
    if (frame?.epoch !== undefined && frame.epoch !== epoch) return { epoch: frame.epoch, min_seq: 0 };
    return { epoch, min_seq: seq };
  }

  /** @param {number} attempt */
  #pause(attempt) {
    const ms = Math.min(RETRY_MAX_MS, RETRY_MS * 2 ** attempt) * (0.5 + Math.random() / 2);
    return new Promise((resolve) => this.#clock.setTimer(() => resolve(null), ms));
  }

  /**
   * Reads a window, and what is known of the discussion itself. That is never older: the page
   * follows from the window, and would not hear of what was changed before.
   * @param {Query} query
   */
  async first(query) {
    const window = await this.#read(query);
    const info = await this.#api.discussion(this.#discussion);
    if (info.epoch !== window.epoch) throw tooOld();
    if (info.seq >= window.seq) return { info, window };
    // A cache on the way had an older one.
    const changes = await this.#changesSince(info);
    return { info: { ...info, ...changes?.discussion, seq: Math.max(window.seq, changes?.seq ?? 0) }, window };
  }

  /** @param {Query} atLeast @param {boolean} mayStepBack */
  async #readAll(atLeast, mayStepBack) {
    const old = this.#model.state;
    const reading = old?.beginReading();
    try {
      const wanted = Math.max(WINDOW_FIRST, old?.loadedCount ?? 0);
      const limit = Math.min(WINDOW_MAX, wanted);
      const { info, window } = await this.first({ limit, ...atLeast });
      const state = new DiscussionState(window);
      await this.#readOn(state, wanted, limit);
      if (old) await this.#readLoose(state, old);
      const isOutdated = old?.epoch === state.epoch && old.isOutdated(window, reading);
      const changes = isOutdated && !mayStepBack ? await this.#changesSince(window) : null;
      const { isStepBack, needsRead } = old ? state.succeed(old, reading, changes) : NEW;
      if (!mayStepBack && (isStepBack || needsRead)) throw tooOld();
      this.#model.replace(info, state);
    } finally {
      if (reading) old?.endReading(reading);
    }
  }

  /** @param {DiscussionState} state @param {number} wanted @param {number} limit */
  async #readOn(state, wanted, limit) {
    for (let i = 1; i < REREAD_WINDOWS_MAX && state.nextRequest && state.loadedCount < wanted; ++i) {
      const request = state.nextRequest;
      const { epoch, seq: min_seq } = state;
      const further = await this.#read({ cursor: request.cursor, limit, epoch, min_seq });
      if (state.mergeWindow(further, request) === null) throw tooOld();
    }
  }

  /** What stood alone on the old page, because a link led there. @param {DiscussionState} state @param {DiscussionState} old */
  async #readLoose(state, old) {
    const isLost = (/** @type {string} */ id) => !state.entry(id) && !state.covers(old.entry(id)?.key ?? []);
    const lost = old.visibleIds.filter(isLost);
    for (let i = 0; i < REREAD_LOOSE_MAX; ++i) {
      const id = lost.filter(isLost).pop();
      if (id === undefined) return;
      lost.splice(lost.indexOf(id), 1);
      try {
        const { epoch, seq: min_seq } = state;
        state.mergeLoose(await this.#read({ around: id, limit: WINDOW_FIRST, epoch, min_seq }));
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
      }
    }
  }

  /** @param {Query} query @returns {Promise<WireWindow>} */
  #read(query) {
    return this.#api.window(this.#discussion, query);
  }

  /** @param {import("./protocol.js").Position} position */
  #changesSince({ epoch, seq }) {
    return this.#api.changes(this.#discussion, { epoch, since: seq });
  }
}
