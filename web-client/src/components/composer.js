import { html, LitElement, nothing } from "lit";
import { live } from "lit/directives/live.js";
import { intent } from "./intents.js";

/** @typedef {import("../writer.js").OpenDraft} OpenDraft */

const BYTES_MAX = 16 * 1024;
const COUNT_FROM_BYTES = BYTES_MAX - 1024;

const bytesOf = (/** @type {string} */ text) => new TextEncoder().encode(text).length;

/**
 * The box to write in. Every keystroke is a draft; Escape closes it and keeps the draft.
 * @fires close the box is to be closed; detail.discard: its draft is not wanted any more
 */
export class ParleyComposer extends LitElement {
  static properties = {
    place: {},
    label: {},
    action: {},
    draft: { attribute: false },
    initial: {},
    text: { state: true },
  };

  constructor() {
    super();
    /** "" (the discussion), a comment's id, or "edit:ID". */
    this.place = "";
    this.label = "Your comment";
    this.action = "Post";
    /** @type {OpenDraft | null} */
    this.draft = null;
    /** What to begin with where there is no draft. */
    this.initial = "";
    this.text = "";
  }

  createRenderRoot() {
    return this;
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (changed.has("draft") || changed.has("initial")) this.text = this.draft?.text ?? this.initial;
  }

  updated() {
    this.#fit();
  }

  get #area() {
    return /** @type {HTMLTextAreaElement} */ (this.querySelector("textarea"));
  }

  /** Puts the caret at the end of the text, without moving the page more than needed. */
  focusText() {
    const area = this.#area;
    area.focus({ preventScroll: true });
    area.setSelectionRange(area.value.length, area.value.length);
    area.scrollIntoView({ block: "nearest" });
  }

  /** As high as its text, where CSS cannot do it. */
  #fit() {
    if (CSS.supports("field-sizing", "content")) return;
    const area = this.#area;
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight + 2}px`;
  }

  render() {
    const { draft, text } = this;
    const bytes = bytesOf(text);
    const sending = draft?.sending ?? false;
    const problem = bytes > BYTES_MAX ? "This is longer than 16 KiB. Please shorten it." : draft?.problem;
    return html`
      <form class="composer" @submit=${this.#submit} @keydown=${this.#key}>
        ${draft?.quote ? this.#quote(draft.quote) : nothing}
        <textarea class="composer-text" aria-label=${this.label} placeholder=${this.label} rows="3"
          .value=${live(text)} ?readonly=${sending} @input=${this.#input}></textarea>
        ${problem ? html`<p class="composer-problem" role="alert">${problem}</p>` : nothing}
        <div class="composer-foot">
          <p class=${bytes > COUNT_FROM_BYTES ? "composer-hint" : "composer-hint markdown"}>${bytes > COUNT_FROM_BYTES
            ? html`<span class="composer-left">${BYTES_MAX - bytes} bytes left</span>`
            : html`<em>*emphasis*</em>, <strong>**strong**</strong>, &gt; quote, [link](https://…)`}</p>
          <button class="button plain composer-cancel" type="button" ?disabled=${sending}
            @click=${() => this.#close(true)}>${text.trim() === "" && !draft?.quote ? "Cancel" : "Discard"}</button>
          <button class="button primary composer-send" type="submit"
            ?disabled=${sending || text.trim() === "" || bytes > BYTES_MAX}>
            ${sending ? "Sending…" : draft?.problem ? "Retry" : this.action}</button>
        </div>
      </form>`;
  }

  /** @param {NonNullable<OpenDraft["quote"]>} quote */
  #quote({ author, text }) {
    return html`<blockquote class="comment-quote composer-quote">
      <span class="quote-source">${author}</span>
      <p>${text}</p>
      <button class="composer-unquote" type="button" aria-label="Remove the quote" @click=${this.#unquote}>×</button>
    </blockquote>`;
  }

  /** @param {Event} event */
  #input(event) {
    this.text = /** @type {HTMLTextAreaElement} */ (event.target).value;
    this.dispatchEvent(intent("draft", { place: this.place, text: this.text }));
  }

  #unquote() {
    this.dispatchEvent(intent("draft", { place: this.place, quote: null }));
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault();
    if (this.text.trim() === "" || bytesOf(this.text) > BYTES_MAX || this.draft?.sending) return;
    // An edit that changed nothing has no draft yet.
    if (this.text !== this.draft?.text) this.dispatchEvent(intent("draft", { place: this.place, text: this.text }));
    if (this.place.startsWith("edit:")) this.dispatchEvent(intent("save", { id: this.place.slice(5) }));
    else this.dispatchEvent(intent("send", { place: this.place }));
  }

  /** @param {boolean} discard */
  #close(discard) {
    this.dispatchEvent(new CustomEvent("close", { detail: { discard } }));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key === "Escape") {
      event.stopPropagation();
      this.#close(false);
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      this.#submit(event);
    }
  }
}
