import { ApiError } from "./api.js";
import { newKey } from "./key.js";

/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./storage.js").Draft} Draft */
/** @typedef {import("./protocol.js").Account} Account */
/** @typedef {import("./protocol.js").WireComment} WireComment */
/** @typedef {-1 | 0 | 1} VoteValue */

/**
 * A draft with what is going on with it.
 * @typedef {Draft & {sending: boolean, problem: string}} OpenDraft
 */

/**
 * @typedef {object} WriterOptions
 * @property {Model} model
 * @property {string} discussion
 * @property {import("./api.js").Api} api
 * @property {import("./storage.js").Memory} memory
 * @property {import("./model.js").Clock} clock
 */

const EDIT_WINDOW_MS = 5 * 60_000;

/** What the viewer does: who they are, their drafts, posts, votes, edits. */
export class Writer {
  /** @type {Account | null} */
  viewer = null;
  /** By place: "" (the discussion), a comment's id (a reply to it), "edit:ID". @type {Map<string, OpenDraft>} */
  drafts = new Map();

  #model;
  #api;
  #memory;
  #clock;
  #discussion;
  /** @type {Map<string, VoteValue>} comment -> the value that is wanted, while a request runs */
  #voting = new Map();
  /** Comments that were voted on since the viewer's votes were last asked for. @type {Set<string>} */
  #votedMeanwhile = new Set();
  /** @type {(() => void) | null} */
  #afterSignIn = null;
  /** How far the server's clock is ahead of this one, as far as seen. */
  #skewMs = 0;

  /** @param {WriterOptions} options */
  constructor({ model, discussion, api, memory, clock }) {
    this.#model = model;
    this.#discussion = discussion;
    this.#api = api;
    this.#memory = memory;
    this.#clock = clock;
    for (const [place, draft] of memory.drafts()) this.drafts.set(place, { ...draft, sending: false, problem: "" });
  }

  /** Is it a comment by the viewer? @param {string} id */
  isOwn(id) {
    const author = this.#model.state?.entry(id)?.content.author;
    return this.viewer !== null && author?.id === this.viewer.id;
  }

  get isModerator() {
    return this.viewer?.role === "moderator" || this.viewer?.role === "admin";
  }

  /**
   * How long the viewer may still edit a comment of theirs. What a moderator has read does not change.
   * @param {WireComment} comment
   * @returns {number} ms
   */
  editMsLeft(comment) {
    if (this.#model.info?.state === "premoderated" && !this.isModerator) return 0;
    const age = this.#clock.now() + this.#skewMs - Date.parse(comment.created_at);
    return Math.max(0, EDIT_WINDOW_MS - age);
  }

  // --- drafts -------------------------------------------------------------------------------

  /**
   * @param {string} place
   * @param {{text?: string, quote?: Draft["quote"]}} change
   */
  setDraft(place, change) {
    const old = this.drafts.get(place) ?? { text: "", quote: null, key: null, sending: false, problem: "" };
    // Another text is another request, so it needs another key.
    const draft = { ...old, ...change, key: null };
    this.drafts.set(place, draft);
    this.#keep(place, draft);
  }

  /** @param {string} place */
  dropDraft(place) {
    this.drafts.delete(place);
    this.#memory.setDraft(place, null);
  }

  /** @param {string} place @param {OpenDraft} draft */
  #keep(place, { text, quote, key }) {
    this.#memory.setDraft(place, text === "" && quote === null ? null : { text, quote, key });
  }

  // --- posts --------------------------------------------------------------------------------

  /** Posts the draft of a place; what comes of it is shown in its place. @param {string} place */
  async post(place) {
    const draft = this.drafts.get(place);
    if (!draft || draft.sending || draft.text.trim() === "") return;
    if (!this.viewer) return this.#askToSignIn(() => void this.post(place));
    const key = draft.key ?? newKey();
    const sending = { ...draft, key, sending: true, problem: "" };
    this.drafts.set(place, sending);
    this.#keep(place, sending);
    const parent = place === "" ? null : place;
    const { text: body, quote } = draft;
    const { overlay, state } = this.#model;
    const since = state?.seq ?? 0;
    overlay.addPost({ key, parent, body, quote, startedAt: this.#clock.now(), since, phase: "sending" });
    this.#model.changed();
    this.#model.dispatchEvent(new CustomEvent("posted", { detail: `own-${key}` }));
    try {
      const wireQuote = quote && { comment: quote.comment, text: quote.text };
      const comment = await this.#api.post(this.#discussion, { body, parent, quote: wireQuote }, key);
      this.#skewMs = Date.parse(comment.created_at) - this.#clock.now();
      if (comment.state === "pending") overlay.holdForModeration(key, comment.id);
      else overlay.endPost(key, comment.id);
      this.#take(comment, state?.epoch);
      this.dropDraft(place);
    } catch (error) {
      overlay.endPost(key);
      this.#takeBack(place, sending, error, () => void this.post(place));
    }
    this.#model.changed();
  }

  /**
   * Merges the answer to a write. A page that meanwhile reads another history cannot compare its
   * stamp, and learns of it like everybody else.
   * @param {WireComment} comment
   * @param {string | undefined} epoch when it was asked for
   */
  #take(comment, epoch) {
    const { state } = this.#model;
    if (state && state.epoch === epoch && !state.mergeOwn(comment)) void this.#model.readAround(comment.id);
    this.#model.hurry();
  }

  /**
   * @param {string} place
   * @param {OpenDraft} draft
   * @param {unknown} error
   * @param {() => void} again
   */
  #takeBack(place, draft, error, again) {
    this.drafts.set(place, { ...draft, sending: false, problem: sentence(error) });
    this.#model.changed();
    this.#model.dispatchEvent(new CustomEvent("returned", { detail: place }));
    this.#onError(error, again);
  }

  /** @param {string} id */
  async edit(id) {
    const place = `edit:${id}`;
    const draft = this.drafts.get(place);
    if (!draft || draft.sending || draft.text.trim() === "") return false;
    const key = draft.key ?? newKey();
    const sending = { ...draft, key, sending: true, problem: "" };
    this.drafts.set(place, sending);
    this.#model.changed();
    const epoch = this.#model.state?.epoch;
    try {
      this.#take(await this.#api.edit(id, draft.text, key), epoch);
      this.dropDraft(place);
    } catch (error) {
      this.#takeBack(place, sending, error, () => void this.edit(id));
    }
    this.#model.changed();
    return !this.drafts.has(place);
  }

  /** @param {string} id */
  async remove(id) {
    const epoch = this.#model.state?.epoch;
    try {
      const tombstone = await this.#api.remove(id, newKey());
      if (tombstone) this.#take(tombstone, epoch);
      this.#model.changed();
    } catch (error) {
      this.#model.notice(sentence(error));
      this.#onError(error, () => void this.remove(id));
    }
  }

  // --- votes --------------------------------------------------------------------------------

  /** Shown at once; of many clicks the last one counts. @param {string} id @param {VoteValue} value */
  async vote(id, value) {
    const { overlay, state } = this.#model;
    if (!state) return;
    if (!this.viewer) return this.#askToSignIn(() => void this.vote(id, value));
    overlay.beginVote(state, id, value);
    this.#model.changed();
    const running = this.#voting.has(id);
    this.#voting.set(id, value);
    if (running) return;
    await this.#sendVotes(id);
    this.#voting.delete(id);
    this.#model.changed();
  }

  /** @param {string} id */
  async #sendVotes(id) {
    const { overlay } = this.#model;
    for (;;) {
      const value = /** @type {VoteValue} */ (this.#voting.get(id));
      const epoch = this.#model.state?.epoch;
      try {
        const answer = await this.#api.vote(id, value, newKey());
        const { state } = this.#model;
        this.#votedMeanwhile.add(id);
        if (state && state.epoch === epoch) overlay.answerVote(state, answer, value);
        else overlay.settleVote(id, value);
        this.#model.hurry();
      } catch (error) {
        overlay.rejectVote(id);
        this.#model.notice(`Your vote was not counted. ${sentence(error)}`);
        return this.#onError(error, () => void this.vote(id, value));
      }
      if (this.#voting.get(id) === value) return;
      this.#model.changed();
    }
  }

  // --- session ------------------------------------------------------------------------------

  /** Asks who the viewer is, where they signed in here before. */
  async resumeSession() {
    if (this.viewer || !this.#memory.signedIn || this.#api.isCrossOrigin) return;
    try {
      this.#setViewer(await this.#api.me());
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) this.#memory.signedIn = false;
    }
  }

  /** @param {string} name @param {string} password @param {boolean} isNew */
  async signIn(name, password, isNew) {
    if (isNew) await this.#api.signUp(name, password);
    const account = await this.#api.signIn(name, password);
    if (!this.#api.isCrossOrigin) this.#memory.signedIn = true;
    this.#setViewer(account);
    const wanted = this.#afterSignIn;
    this.#afterSignIn = null;
    wanted?.();
  }

  /** The viewer closed the dialog: what they wanted is not done, its draft stays. */
  cancelSignIn() {
    this.#afterSignIn = null;
  }

  async signOut() {
    try {
      await this.#api.signOut();
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 401)) {
        this.#model.notice(`You are still signed in. ${sentence(error)}`);
        return;
      }
    }
    this.#memory.signedIn = false;
    this.#setViewer(null);
  }

  /** The server ended what a socket knew of the viewer: another window signed out, or the account is another now. */
  async checkSession() {
    if (!this.viewer) return;
    try {
      const account = await this.#api.me();
      if (this.viewer) this.#setViewer(account);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status !== 401) return;
      this.#memory.signedIn = false;
      this.#setViewer(null);
      this.#model.notice("You are signed out.");
    }
  }

  /** With which a socket becomes the viewer's, and what is then to be heard. */
  async ticket() {
    if (!this.viewer) return null;
    try {
      const { ticket } = await this.#api.ticket();
      return { ticket, topics: this.isModerator ? ["account", "moderation"] : ["account"] };
    } catch (error) {
      // The page works without: what the viewer does elsewhere shows when it is loaded again.
      if (!(error instanceof ApiError)) throw error;
      return null;
    }
  }

  /** @param {string[]} what */
  async onChanged(what) {
    if (!this.viewer) return;
    if (what.includes("votes")) await this.#readVotes();
    if (what.includes("pending")) await this.#readWaiting();
    if (what.includes("queue")) await this.#readQueue();
  }

  /** @param {Account | null} account */
  #setViewer(account) {
    const { overlay } = this.#model;
    this.viewer = account;
    this.#model.queue = [];
    overlay.votes.clear();
    overlay.dropAnswers();
    overlay.setWaiting([]);
    this.#model.changed();
    if (!account) return;
    void this.#readVotes();
    void this.#readWaiting();
    if (this.isModerator) void this.#readQueue();
    this.#model.authenticate();
  }

  /** What was voted here after the question is newer than the answer. */
  #readVotes() {
    this.#votedMeanwhile.clear();
    return this.#readOwn(() => this.#api.votes(this.#discussion), (votes) => {
      const { overlay } = this.#model;
      const newer = [...overlay.votes].filter(([comment]) => this.#votedMeanwhile.has(comment));
      overlay.votes = new Map([...votes.map(({ comment, value }) => /** @type {const} */ ([comment, value])), ...newer]);
    });
  }

  #readWaiting() {
    const { overlay } = this.#model;
    const asked = overlay.held;
    return this.#readOwn(() => this.#api.waiting(this.#discussion), (comments) => overlay.setWaiting(comments, asked));
  }

  #readQueue() {
    return this.#readOwn(() => this.#api.queue(this.#discussion), (comments) => (this.#model.queue = comments));
  }

  /**
   * Reads what is the viewer's alone, unless they are another one by then. The page works without.
   * @template T
   * @param {() => Promise<T>} read
   * @param {(answer: T) => void} take
   */
  async #readOwn(read, take) {
    const { viewer } = this;
    try {
      const answer = await read();
      if (viewer !== this.viewer) return;
      take(answer);
      this.#model.changed();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
  }

  // --- moderation ---------------------------------------------------------------------------

  /** Lets a comment that waits appear, or not. @param {string} id @param {"visible" | "removed"} state */
  async decide(id, state) {
    try {
      await this.#api.setState(id, state, newKey());
      this.#model.queue = this.#model.queue.filter((comment) => comment.id !== id);
      this.#model.hurry();
      this.#model.changed();
    } catch (error) {
      this.#model.notice(sentence(error));
      this.#onError(error, () => void this.decide(id, state));
    }
    await this.#readQueue();
  }

  /** @param {() => void} wanted */
  #askToSignIn(wanted) {
    this.#afterSignIn = wanted;
    this.#model.dispatchEvent(new CustomEvent("signin"));
  }

  /** @param {unknown} error @param {() => void} again */
  #onError(error, again) {
    if (!(error instanceof ApiError)) throw error;
    if (error.code !== "unauthenticated") return;
    this.#memory.signedIn = false;
    this.#setViewer(null);
    this.#askToSignIn(again);
  }
}

/** @param {unknown} error */
function sentence(error) {
  return error instanceof Error ? error.message : String(error);
}
