import { html, LitElement, nothing, unsafeCSS } from "lit";
import { Api } from "../api.js";
import { browserWorld, makeTransport } from "../browser_transport.js";
import { Model } from "../model.js";
import { browserBacking, Memory } from "../storage.js";
import { plural } from "../time.js";
import comments from "../../styles/comments.css";
import component from "../../styles/component.css";
import controls from "../../styles/controls.css";
import floating from "../../styles/floating.css";
import tokens from "../../styles/tokens.css";
import writing from "../../styles/writing.css";
import { renderList } from "./comment.js";
import { renderConnection } from "./connection_line.js";
import { renderQueue } from "./queue.js";
import { Reader } from "./reader.js";

/** @typedef {import("./comment.js").CommentContext} CommentContext */
/** @typedef {import("./intents.js").Intents} Intents */

const NOTICE_MS = 8_000;
const LOCKED = "This discussion is locked: it can be read, but no longer added to.";
const PREMODERATED = "Comments appear here after a moderator has read them.";
const EMPTY = "Nobody has written here yet. The first word is yours.";

/** A discussion in a page: `<parley-discussion discussion="tram-line">`. */
export class ParleyDiscussion extends LitElement {
  static properties = {
    discussion: {},
    server: {},
    writing: { state: true },
    notice: { state: true },
  };

  static styles = [tokens, comments, component, writing, floating, controls].map((text) => unsafeCSS(text));

  constructor() {
    super();
    this.discussion = "";
    this.server = "";
    /** Null: the box is open where there is a draft. @type {boolean | null} */
    this.writing = null;
    this.notice = "";
    /** @type {Model | null} */
    this.model = null;
    /** @type {Reader | null} */
    this.reader = null;
    /** @type {CommentContext | null} */
    this.context = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.noticeTimer = undefined;
    this.hasStarted = false;
  }

  // --- for checkers outside -----------------------------------------------------------------

  /** The visible tree as canonical JSON. */
  get digest() {
    return this.model?.digest ?? "";
  }

  /** @returns {import("../protocol.js").Position | null} */
  get position() {
    return this.model?.state?.position ?? null;
  }

  get status() {
    return this.model?.live.status ?? "connecting";
  }

  // --- life ---------------------------------------------------------------------------------

  connectedCallback() {
    super.connectedCallback();
    if (!this.model) this.#begin();
    this.#start();
    addEventListener("pagehide", this.#pause);
    addEventListener("pageshow", this.#resume);
    addEventListener("online", this.#hurry);
    document.addEventListener("visibilitychange", this.#hurry);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    removeEventListener("pagehide", this.#pause);
    removeEventListener("pageshow", this.#resume);
    removeEventListener("online", this.#hurry);
    document.removeEventListener("visibilitychange", this.#hurry);
    // A move within the page is no end.
    queueMicrotask(() => !this.isConnected && this.#pause());
  }

  #begin() {
    const { discussion, server } = this;
    const api = new Api({ server });
    const model = new Model({
      discussion,
      api,
      makeTransport: (handlers) =>
        makeTransport({ server: server || location.href, discussion, api, handlers, surroundings: browserWorld() }),
      memory: new Memory(browserBacking(), server, discussion),
      clock: { now: () => Date.now(), setTimer: (callback, ms) => setTimeout(callback, ms), clearTimer: (timer) => clearTimeout(timer) },
    });
    this.model = model;
    this.reader = new Reader(this, model);
    model.mustWait = (ids) => this.reader?.mustWait(ids) ?? [];
    model.addEventListener("change", () => this.#changed());
    model.addEventListener("signin", () => this.#account?.open());
    model.addEventListener("posted", (event) => this.reader?.showOwn(/** @type {CustomEvent} */ (event).detail));
    model.addEventListener("returned", (event) => this.#showComposer(/** @type {CustomEvent} */ (event).detail));
    model.addEventListener("arrived", (event) => this.reader?.announce(/** @type {CustomEvent} */ (event).detail));
    model.addEventListener("notice", (event) => this.#say(/** @type {CustomEvent} */ (event).detail));
  }

  #start() {
    if (this.hasStarted) return;
    this.hasStarted = true;
    const carried = this.#carried();
    void this.model?.start(carried);
    // What the server rendered is what is shown from now on, by this component.
    this.replaceChildren();
    this.reader?.start();
  }

  #pause = () => {
    this.hasStarted = false;
    this.model?.stop();
    this.reader?.stop();
  };

  #resume = () => this.isConnected && this.#start();

  #hurry = () => document.visibilityState === "visible" && this.model?.hurry();

  /** What the page carries, where that is the beginning of the discussion. @returns {any} */
  #carried() {
    // A later part, for readers without script: a link that somebody passed on. Begin at the beginning.
    if (/[?&](?:cursor|parent)=/.test(location.search)) return null;
    const script = this.querySelector("script.parley-window");
    try {
      const carried = JSON.parse(script?.textContent ?? "null");
      return carried?.discussion && carried.window ? carried : null;
    } catch {
      return null;
    }
  }

  #changed() {
    this.#updateContext();
    this.reader?.keepPlace();
    if (this.model) this.reader?.tellConnection(this.model.live.isStale);
    this.requestUpdate();
  }

  /** Keeps the same object while nothing in it changes: comments redraw when it does. */
  #updateContext() {
    const { writer, isLocked } = /** @type {Model} */ (this.model);
    const viewer = writer.viewer?.id ?? null;
    const { isModerator } = writer;
    const old = this.context;
    if (old && old.viewer === viewer && old.isModerator === isModerator && old.isLocked === isLocked) return;
    this.context = { viewer, isModerator, isLocked, editMsLeft: (comment) => writer.editMsLeft(comment) };
  }

  /** The root's update is done when all comments are drawn. @returns {Promise<boolean>} */
  async getUpdateComplete() {
    const done = await super.getUpdateComplete();
    const pending = () =>
      [.../** @type {NodeListOf<LitElement>} */ (this.renderRoot.querySelectorAll("parley-comment, parley-composer"))].filter((one) => one.isUpdatePending);
    for (let some = pending(); some.length > 0; some = pending()) await Promise.all(some.map((one) => one.updateComplete));
    return done;
  }

  updated() {
    this.reader?.watch();
  }

  // --- what is shown ------------------------------------------------------------------------

  render() {
    const { model } = this;
    if (!model || model.phase === "loading") return skeleton();
    if (model.phase === "failed") return failure(model.problem, () => model.start(null));
    const { state, tree, isLocked } = model;
    const count = state?.commentCount ?? 0;
    return html`
      <section class=${model.live.isStale ? "discussion stale" : "discussion"} aria-label="Comments"
        @click=${this.#click} @focusin=${this.#focusin}
        @parley-vote=${this.#vote} @parley-draft=${this.#draft} @parley-discard=${this.#discard} @parley-send=${this.#send}
        @parley-save=${this.#save} @parley-remove=${this.#remove} @parley-toggle=${this.#toggle} @parley-more=${this.#more}
        @parley-reveal=${this.#reveal}>
        <header class="discussion-head">
          <h2 class="discussion-count">${count === 0 ? "No comments yet" : plural(count, "comment")}</h2>
          ${renderConnection(model.live, model.isUpToDate)}
        </header>
        ${isLocked ? html`<p class="state-note">${LOCKED}</p>` : nothing}
        ${isLocked && !this.#isWriting ? nothing : this.#startRow()}
        ${model.info?.state === "premoderated" ? html`<p class="state-note">${PREMODERATED}</p>` : nothing}
        ${renderQueue(model.queue, (id, to) => void model.writer.decide(id, to))}
        ${tree.length === 0
          ? html`<p class="empty">${isLocked ? "Nobody wrote here." : EMPTY}</p>`
          : renderList(tree, 1, /** @type {CommentContext} */ (this.context))}
        ${state?.nextRequest ? this.#moreButton() : nothing}
        ${this.#dock()}
        <p class="announcer visually-hidden" role="status"></p>
        <parley-account .submit=${this.#signIn} @cancel=${() => model.writer.cancelSignIn()}></parley-account>
      </section>`;
  }

  get #isWriting() {
    const draft = this.model?.writer.drafts.get("");
    if (draft?.sending) return false;
    return this.writing ?? (draft !== undefined && draft.text !== "");
  }

  #startRow() {
    const { writer } = /** @type {Model} */ (this.model);
    const { viewer } = writer;
    return html`<div class="start">
      ${this.#isWriting
        ? html`<parley-composer .place=${""} .label=${"Write a comment"} .action=${"Post"} .draft=${writer.drafts.get("") ?? null}
            @close=${this.#closeComposer}></parley-composer>`
        : html`<button class="write" type="button" @click=${this.#write}>${viewer ? "Write a comment…" : "What do you think?"}</button>`}
      <p class="who">${viewer
        ? html`<span class="who-name" title=${viewer.name}>${viewer.name}</span> <button class="link sign-out" type="button" @click=${() => writer.signOut()}>Sign out</button>`
        : html`<button class="link sign-in" type="button" @click=${() => this.#account?.open()}>Sign in to comment</button>`}</p>
    </div>`;
  }

  #moreButton() {
    const { remaining, loadingMore } = /** @type {Model} */ (this.model);
    const busy = loadingMore.has("");
    const text = remaining > 0 ? `Show more comments (${remaining})` : "Show more comments";
    return html`<p class="more"><button class="button load-more" type="button" ?disabled=${busy}
      @click=${() => this.model?.loadMore(null)}>${busy ? "Loading…" : text}</button></p>`;
  }

  #dock() {
    const fresh = this.model?.fresh.size ?? 0;
    const arrow = fresh > 0 && this.reader?.nextFresh()?.isBelow === false ? "↑" : "↓";
    return html`<div class="dock">
      ${this.notice ? html`<p class="notice" role="alert">${this.notice}</p>` : nothing}
      ${fresh > 0 ? html`<button class="pill" type="button" @click=${() => this.reader?.jumpToFresh(1)}>
        ${plural(fresh, "new comment")} <span aria-hidden="true">${arrow}</span></button>` : nothing}
    </div>`;
  }

  // --- what a person does -------------------------------------------------------------------

  get #account() {
    return /** @type {import("./account.js").ParleyAccount | null} */ (this.renderRoot.querySelector("parley-account"));
  }

  /** @param {string} name @param {string} password @param {boolean} isNew */
  #signIn = async (name, password, isNew) => {
    await /** @type {Model} */ (this.model).writer.signIn(name, password, isNew);
  };

  async #write() {
    this.writing = true;
    await this.#showComposer("");
  }

  /** Leads the viewer to the box of a draft, unless they write somewhere else. @param {string} place */
  async #showComposer(place) {
    await this.updateComplete;
    const root = /** @type {ShadowRoot} */ (this.renderRoot);
    if (root.activeElement?.matches("textarea, input")) return;
    const composers = /** @type {NodeListOf<import("./composer.js").ParleyComposer>} */ (root.querySelectorAll("parley-composer"));
    [...composers].find((one) => one.place === place)?.focusText();
  }

  /** @param {CustomEvent} event */
  async #closeComposer(event) {
    this.writing = false;
    if (event.detail.discard) this.model?.writer.dropDraft("");
    await this.updateComplete;
    /** @type {HTMLElement | null} */ (this.renderRoot.querySelector(".write"))?.focus({ preventScroll: true });
  }

  /** @param {string} text */
  #say(text) {
    this.notice = text;
    clearTimeout(this.noticeTimer);
    this.noticeTimer = setTimeout(() => (this.notice = ""), NOTICE_MS);
  }

  /** Links to comments are jumps in this page. @param {MouseEvent} event */
  #click(event) {
    const link = /** @type {Element} */ (event.target).closest("a[href^='#comment-']");
    if (!link || event.defaultPrevented || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    const hash = /** @type {string} */ (link.getAttribute("href"));
    if (location.hash !== hash) history.pushState(history.state, "", hash);
    void this.reader?.jump(hash.slice("#comment-".length));
  }

  /** Who comes by keyboard to a comment that takes no room yet, gets it its room. @param {FocusEvent} event */
  #focusin(event) {
    const article = /** @type {Element} */ (event.target).closest("article.comment");
    if (article?.closest(".waiting")) this.model?.expandTo(article.id.slice("comment-".length));
  }

  /** @param {CustomEvent<Intents["vote"]>} event */
  #vote({ detail }) {
    void this.model?.writer.vote(detail.id, detail.value);
  }

  /** @param {CustomEvent<Intents["draft"]>} event */
  #draft({ detail }) {
    const { place, ...change } = detail;
    this.model?.writer.setDraft(place, change);
    if ("quote" in change) this.model?.changed();
  }

  /** @param {CustomEvent<Intents["discard"]>} event */
  #discard({ detail }) {
    this.model?.writer.dropDraft(detail.place);
    this.model?.changed();
  }

  /** @param {CustomEvent<Intents["send"]>} event */
  #send({ detail }) {
    if (detail.place === "") this.writing = null;
    void this.model?.writer.post(detail.place);
  }

  /** @param {CustomEvent<Intents["save"]>} event */
  #save({ detail }) {
    void this.model?.writer.edit(detail.id);
  }

  /** @param {CustomEvent<Intents["remove"]>} event */
  #remove({ detail }) {
    void this.model?.writer.remove(detail.id);
  }

  /** @param {CustomEvent<Intents["toggle"]>} event */
  async #toggle({ detail }) {
    this.model?.toggleCollapsed(detail.id);
    await this.updateComplete;
    this.reader?.bringInView(detail.id);
  }

  /** @param {CustomEvent<Intents["more"]>} event */
  #more({ detail }) {
    void this.model?.loadMore(detail.parent);
  }

  /** @param {CustomEvent<Intents["reveal"]>} event */
  #reveal({ detail }) {
    this.model?.reveal(detail.ids);
    void this.reader?.jump(detail.ids[0]);
  }
}

/** As high as a few comments, so that the page moves little when they come. */
function skeleton() {
  const one = html`<div class="skeleton-comment"><span></span><span></span><span></span></div>`;
  return html`<section class="discussion skeleton" aria-label="Comments" aria-busy="true">
    <header class="discussion-head"><h2 class="discussion-count">Comments</h2></header>
    ${one}${one}${one}${one}</section>`;
}

/** @param {string} problem @param {() => void} again */
function failure(problem, again) {
  return html`<section class="discussion failed" aria-label="Comments">
    <header class="discussion-head"><h2 class="discussion-count">Comments</h2></header>
    <p class="load-problem" role="alert">The comments cannot be shown. ${problem}</p>
    <p><button class="button load-retry" type="button" @click=${again}>Try again</button></p></section>`;
}
