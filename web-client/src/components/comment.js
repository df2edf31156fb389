import { html, LitElement, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { countdown, exactTime, plural, shortTime, signClass, signed } from "../time.js";
import { contentText, renderContent } from "./content.js";
import { intent } from "./intents.js";

/** @typedef {import("../store/view.js").ViewNode} ViewNode */
/** @typedef {import("../protocol.js").WireComment} WireComment */

/**
 * What all comments of a page have in common. Another object whenever something in it changed.
 * @typedef {object} CommentContext
 * @property {string | null} viewer account id
 * @property {boolean} isModerator
 * @property {boolean} isLocked
 * @property {(comment: WireComment) => number} editMsLeft
 */

const QUOTE_CHARS_MAX = 2000;

/** @param {string} state */
const goneText = (state) => (state === "deleted" ? "Comment deleted by its author" : "Comment removed");

/**
 * The list of what answers a comment, or of all.
 * @param {readonly ViewNode[]} nodes
 * @param {number} level
 * @param {CommentContext} context
 */
export function renderList(nodes, level, context) {
  if (nodes.length === 0) return nothing;
  return html`<ol class="comments">${repeat(nodes, (node) => node.id, (node) => html`
    <li class=${node.waiting ? "comment-item waiting" : "comment-item"}>
      <parley-comment .node=${node} .level=${level} .context=${context}></parley-comment>
    </li>`)}</ol>`;
}

/** One comment with its replies. */
export class ParleyComment extends LitElement {
  static properties = {
    node: { attribute: false },
    level: { attribute: false },
    context: { attribute: false },
    replyOpen: { state: true },
    editing: { state: true },
    confirming: { state: true },
    tick: { state: true },
  };

  constructor() {
    super();
    /** @type {ViewNode} */
    this.node = /** @type {any} */ (null);
    this.level = 1;
    /** @type {CommentContext} */
    this.context = /** @type {any} */ (null);
    /** Null: open where there is a draft. @type {boolean | null} */
    this.replyOpen = null;
    /** @type {boolean | null} */
    this.editing = null;
    this.confirming = false;
    this.tick = 0;
    /** Of the text that was here, px. */
    this.keptHeight = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.ticking = undefined;
  }

  createRenderRoot() {
    return this;
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.ticking);
  }

  get #article() {
    return /** @type {HTMLElement | null} */ (this.querySelector(":scope > article"));
  }

  get #isReplying() {
    const { draft } = this.node;
    if (draft?.sending) return false;
    return this.replyOpen ?? (draft !== null && (draft.text !== "" || draft.quote !== null));
  }

  get #isEditing() {
    const { editDraft, mine, content } = this.node;
    return this.editing ?? (editDraft !== null && mine && content !== null && this.context.editMsLeft(content) > 0);
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    const old = /** @type {ViewNode | undefined} */ (changed.get("node"));
    if (!old) return;
    // Posted, or saved: the box closes.
    if (old.draft?.sending && !this.node.draft) this.replyOpen = null;
    if (old.editDraft?.sending && !this.node.editDraft) this.editing = null;
    if (old.content?.state === "visible" && this.node.content?.state !== "visible") this.#keepHeight();
  }

  /** What goes away leaves its room, so that nothing moves under the reader. */
  #keepHeight() {
    this.keptHeight = this.#article?.getBoundingClientRect().height ?? 0;
    this.confirming = false;
    this.editing = null;
  }

  updated() {
    const article = this.#article;
    const isGone = this.node.content !== null && this.node.content.state !== "visible";
    if (article && this.keptHeight > 0) article.style.minHeight = isGone ? `${this.keptHeight}px` : "";
    clearTimeout(this.ticking);
    const { content, mine } = this.node;
    const left = mine && content ? this.context.editMsLeft(content) : 0;
    if (left > 0) this.ticking = setTimeout(() => ++this.tick, left % 1000 || 1000);
  }

  render() {
    const { node, level, context } = this;
    if (node.post) return this.#onItsWay(node.post);
    const content = /** @type {WireComment} */ (node.content);
    const name = content.author?.name ?? "this comment";
    return html`
      ${content.state === "visible" ? this.#visible(content) : this.#tombstone(content)}
      ${node.collapsed ? nothing : html`
        ${this.#isReplying ? this.#composer(node.id, `Reply to ${name}`, "Reply") : nothing}
        ${node.children.length > 0 ? html`<div class="thread">
          <button class="thread-bar" type="button" tabindex="-1" aria-hidden="true" title="Collapse this thread" @click=${this.#toggle}></button>
          ${renderList(node.children, level + 1, context)}</div>` : nothing}
        ${node.more === null ? nothing : this.#moreReplies(node.more)}`}`;
  }

  // --- parts --------------------------------------------------------------------------------

  /** @param {WireComment} content */
  #visible(content) {
    const { node } = this;
    const classes = ["comment", node.fresh ? "fresh" : "", node.mine ? "mine" : "", node.collapsed ? "collapsed" : ""];
    return html`
      <article class=${classes.filter(Boolean).join(" ")} id="comment-${node.id}" tabindex="-1" aria-label=${this.#label(content)}>
        ${this.#head(content)}
        ${node.collapsed ? nothing : html`
          ${content.quote ? this.#quote(content.quote) : nothing}
          ${this.#isEditing
            ? this.#composer(`edit:${node.id}`, "Edit your comment", "Save", content.body)
            : html`<div class="comment-body">${renderContent(content.content)}</div>`}
          ${this.#foot(content)}`}
      </article>`;
  }

  /** @param {WireComment} content */
  #tombstone(content) {
    return html`
      <article class=${this.node.collapsed ? "comment tombstone collapsed" : "comment tombstone"} id="comment-${this.node.id}"
        tabindex="-1" aria-label="Comment removed, level ${this.level}">
        ${this.#head(content)}
        ${this.node.collapsed ? nothing : html`<div class="comment-body"><p>${goneText(content.state)}</p></div>`}
      </article>`;
  }

  /** @param {WireComment} content */
  #label(content) {
    const parts = [content.author?.name ?? "", shortTime(content.created_at), `level ${this.level}`];
    return [...parts, `score ${signed(this.node.score)}`].join(", ");
  }

  /** @param {WireComment} content */
  #head({ id, number, author, created_at, edited_at }) {
    const { node } = this;
    const link = `#comment-${id}`;
    const below = plural(node.below, "reply", "replies");
    return html`
      <header class="comment-head">
        <a class="comment-number" href=${link} aria-label="Comment ${number}, link to it">${number}</a>
        ${author ? html`<span class="comment-author">${author.name}</span>` : nothing}
        ${(author?.badges ?? []).map((badge) => html`<span class="badge">${badge}</span>`)}
        <a class="comment-time" href=${link}><time datetime=${created_at} title=${exactTime(created_at)}>${shortTime(created_at)}</time></a>
        ${edited_at && author ? html`<span class="comment-edited" title=${exactTime(edited_at)}>edited</span>` : nothing}
        ${node.collapsed && node.freshBelow > 0 ? html`<span class="new-below">${node.freshBelow} new</span>` : nothing}
        ${node.children.length > 0 || node.collapsed ? html`
          <button class="thread-toggle" type="button" aria-expanded=${node.collapsed ? "false" : "true"} @click=${this.#toggle}
            aria-label=${node.collapsed ? `Show the thread, ${below}` : `Hide the thread, ${below}`}>
            <span aria-hidden="true">${node.collapsed ? `+ ${below}` : "−"}</span></button>` : nothing}
      </header>`;
  }

  /** @param {import("../protocol.js").Quote} quote */
  #quote({ comment, author, text, verified }) {
    const name = author || "a comment";
    const lines = text.split("\n").map((line, i) => (i === 0 ? line : html`<br>${line}`));
    return html`<blockquote class=${verified ? "comment-quote" : "comment-quote unverified"}>
      ${comment === null
        ? html`<span class="quote-source">${name}</span>`
        : html`<a class="quote-source" href="#comment-${comment}">${name}</a>`}
      ${text === "" ? html`<p class="quote-gone">The quoted comment was removed.</p>` : html`<p>${lines}</p>`}
    </blockquote>`;
  }

  /** @param {WireComment} content */
  #foot(content) {
    const { node, context } = this;
    const waiting = node.children.filter((child) => child.waiting).length;
    const editLeft = node.mine ? context.editMsLeft(content) : 0;
    const mayRemove = node.mine || context.isModerator;
    return html`
      <footer class="comment-foot">
        ${this.#score()}
        ${this.confirming ? this.#confirm() : html`
          ${context.isLocked ? nothing : html`
            <button class="action reply" type="button" @click=${this.#reply}>Reply</button>
            <button class="action quote" type="button" @mousedown=${keepSelection} @click=${this.#quoteThis}>Quote</button>`}
          ${editLeft > 0 && !this.#isEditing ? html`
            <button class="action edit" type="button" @click=${this.#edit}>Edit
              <span class="countdown" role="timer" aria-label="time left to edit">${countdown(editLeft)}</span></button>` : nothing}
          ${mayRemove ? html`<button class="action delete" type="button" @click=${() => (this.confirming = true)}>${node.mine ? "Delete" : "Remove"}</button>` : nothing}`}
        ${waiting > 0 ? html`<button class="new-replies" type="button" @click=${this.#reveal}>${plural(waiting, "new reply", "new replies")}</button>` : nothing}
      </footer>`;
  }

  #score() {
    const { node, context } = this;
    const closed = context.isLocked || node.mine;
    const why = node.mine ? "This is your own comment" : context.isLocked ? "The discussion is locked" : "";
    const button = (/** @type {-1 | 1} */ value, /** @type {string} */ label, /** @type {string} */ kind) => html`
      <button class="vote vote-${kind}" type="button" aria-label=${label} title=${why || label} ?disabled=${closed}
        aria-pressed=${node.vote === value ? "true" : "false"} @click=${() => this.#vote(value)}>
        <svg viewBox="0 0 16 16" aria-hidden="true"><path d=${value > 0 ? "M3 10.5 8 5l5 5.5" : "M3 5.5 8 11l5-5.5"}></path></svg></button>`;
    return html`<span class="score-group" role="group" aria-label="Score ${signed(node.score)}">
      ${button(1, "Vote up", "up")}<span class="score ${signClass(node.score)}">${signed(node.score)}</span>${button(-1, "Vote down", "down")}
    </span>`;
  }

  #confirm() {
    const { mine } = this.node;
    return html`<span class="confirm" role="group" aria-label="Delete this comment?">
      <span>${mine ? "Delete it for good?" : "Remove this comment?"}</span>
      <button class="action danger confirm-yes" type="button" @click=${this.#remove}>${mine ? "Delete" : "Remove"}</button>
      <button class="action confirm-no" type="button" @click=${() => (this.confirming = false)}>Keep</button>
    </span>`;
  }

  /** @param {number} more */
  #moreReplies(more) {
    const text = more > 0 ? plural(more, "more reply", "more replies") : "More replies";
    return html`<p class="more-replies"><button class="link" type="button" ?disabled=${this.node.loadingMore}
      @click=${() => this.dispatchEvent(intent("more", { parent: this.node.id }))}>${this.node.loadingMore ? "Loading…" : text}</button></p>`;
  }

  /** @param {string} place @param {string} label @param {string} action @param {string} [initial] */
  #composer(place, label, action, initial = "") {
    const { node } = this;
    const isEdit = place.startsWith("edit:");
    return html`<parley-composer .place=${place} .label=${label} .action=${action} .initial=${initial}
      .draft=${isEdit ? node.editDraft : node.draft}
      @close=${(/** @type {CustomEvent} */ event) => this.#close(isEdit, event.detail.discard)}></parley-composer>`;
  }

  /** @param {import("../store/overlay.js").OwnPost} post */
  #onItsWay({ body, quote, phase }) {
    return html`
      <article class="comment mine pending ${phase}" id="comment-${this.node.id}" tabindex="-1" aria-label="Your comment, ${phase}">
        <header class="comment-head"><span class="comment-author">You</span>
          <span class="pending-note">${phase === "waiting" ? "A moderator reads it before it appears" : "Sending…"}</span></header>
        ${quote ? this.#quote({ ...quote, verified: true }) : nothing}
        <div class="comment-body"><p class="plain">${body}</p></div>
        <footer class="comment-foot"></footer>
      </article>`;
  }

  // --- what a person does -------------------------------------------------------------------

  #toggle() {
    this.dispatchEvent(intent("toggle", { id: this.node.id }));
  }

  #reveal() {
    const ids = this.node.children.filter((child) => child.waiting).map((child) => child.id);
    this.dispatchEvent(intent("reveal", { ids }));
  }

  /** @param {-1 | 1} value */
  #vote(value) {
    this.dispatchEvent(intent("vote", { id: this.node.id, value: this.node.vote === value ? 0 : value }));
  }

  #remove() {
    this.confirming = false;
    this.dispatchEvent(intent("remove", { id: this.node.id }));
  }

  async #reply() {
    this.replyOpen = !this.#isReplying;
    await this.#focusComposer();
  }

  async #edit() {
    this.editing = true;
    await this.#focusComposer();
  }

  async #quoteThis() {
    const { node } = this;
    const content = /** @type {WireComment} */ (node.content);
    const text = [...(this.#selectedText() || contentText(content.content))].slice(0, QUOTE_CHARS_MAX).join("");
    const quote = { comment: node.id, author: content.author?.name ?? "", text };
    this.dispatchEvent(intent("draft", { place: node.id, quote }));
    this.replyOpen = true;
    await this.#focusComposer();
  }

  /** The selected text where it lies in this comment's body. */
  #selectedText() {
    const root = /** @type {ShadowRoot & {getSelection?: () => Selection | null}} */ (this.getRootNode());
    const selection = root.getSelection?.() ?? document.getSelection();
    const body = this.#article?.querySelector(".comment-body");
    const isInside = selection && body?.contains(selection.anchorNode) && body.contains(selection.focusNode);
    return isInside ? selection.toString().trim() : "";
  }

  async #focusComposer() {
    await this.updateComplete;
    const composer = /** @type {import("./composer.js").ParleyComposer | null} */ (
      this.querySelector(":scope > parley-composer, :scope > article parley-composer"));
    await composer?.updateComplete;
    composer?.focusText();
  }

  /** @param {boolean} isEdit @param {boolean} discard */
  async #close(isEdit, discard) {
    const place = isEdit ? `edit:${this.node.id}` : this.node.id;
    if (isEdit) this.editing = false;
    else this.replyOpen = false;
    if (discard) this.dispatchEvent(intent("discard", { place }));
    await this.updateComplete;
    const opener = isEdit ? ".action.edit" : ".action.reply";
    /** @type {HTMLElement | null | undefined} */ (this.#article?.querySelector(opener))?.focus({ preventScroll: true });
  }
}

/** A press on a button would drop the selection that it is about. @param {Event} event */
function keepSelection(event) {
  event.preventDefault();
}
