import { html, LitElement, nothing } from "lit";
import { ApiError } from "../api.js";

const NAME = { min: 2, max: 40 };
const PASSWORD = { min: 8, max: 128 };

const count = (/** @type {string} */ text) => [...text].length;

/** Codes that are about one field. @type {Record<string, "name" | "password">} */
const FIELD_OF = { name_taken: "name", bad_credentials: "password" };

/**
 * The dialog in which a person signs in or signs up.
 * @fires cancel closed without signing in
 */
export class ParleyAccount extends LitElement {
  static properties = {
    submit: { attribute: false },
    isNew: { state: true },
    busy: { state: true },
    problems: { state: true },
  };

  constructor() {
    super();
    /** Does it; throws an ApiError. @type {(name: string, password: string, isNew: boolean) => Promise<void>} */
    this.submit = () => Promise.resolve();
    this.isNew = false;
    this.busy = false;
    /** @type {{name?: string, password?: string, form?: string}} */
    this.problems = {};
  }

  createRenderRoot() {
    return this;
  }

  get #dialog() {
    return /** @type {HTMLDialogElement} */ (this.querySelector("dialog"));
  }

  get isOpen() {
    return this.#dialog?.open ?? false;
  }

  /** @param {boolean} [isNew] */
  async open(isNew = false) {
    this.problems = {};
    this.isNew = isNew;
    await this.updateComplete;
    if (this.#dialog.open) return;
    this.#dialog.showModal();
    this.#input("name").focus();
  }

  /** @param {"name" | "password"} name */
  #input(name) {
    return /** @type {HTMLInputElement} */ (this.querySelector(`input[name=${name}]`));
  }

  render() {
    const { isNew, busy, problems } = this;
    return html`
      <dialog class="account" aria-labelledby="account-title" @close=${this.#closed} @click=${this.#backdrop}>
        <form class="account-form" method="dialog" novalidate @submit=${this.#submit}>
          <h2 id="account-title">${isNew ? "Create an account" : "Sign in to comment"}</h2>
          ${this.#field("name", "Name", "text", "username", isNew ? "2 to 40 characters, shown beside what you write" : "")}
          ${this.#field("password", "Password", "password", isNew ? "new-password" : "current-password",
            isNew ? "8 characters or more" : "")}
          <p class="field-problem form-problem" role="alert" ?hidden=${!problems.form}>${problems.form ?? ""}</p>
          <div class="account-actions">
            <button class="button primary account-submit" type="submit" ?disabled=${busy}>
              ${busy ? "One moment…" : isNew ? "Create account" : "Sign in"}</button>
            <button class="button plain account-cancel" type="button" @click=${() => this.#dialog.close()}>Cancel</button>
          </div>
          <p class="account-switch">${isNew ? "You have an account?" : "New here?"}
            <button class="link account-toggle" type="button" @click=${this.#toggle}>
              ${isNew ? "Sign in" : "Create an account"}</button></p>
        </form>
      </dialog>`;
  }

  /**
   * @param {"name" | "password"} name
   * @param {string} label
   * @param {string} type
   * @param {string} autocomplete
   * @param {string} hint
   */
  #field(name, label, type, autocomplete, hint) {
    const problem = this.problems[name];
    const described = `account-${name}-note`;
    return html`<div class="field">
      <label for="account-${name}">${label}</label>
      <input id="account-${name}" name=${name} type=${type} autocomplete=${autocomplete} autocapitalize="none"
        spellcheck="false" required aria-describedby=${described} aria-invalid=${problem ? "true" : "false"}>
      <p id=${described} class=${problem ? "field-problem" : "field-hint"} role=${problem ? "alert" : nothing}>${problem ?? hint}</p>
    </div>`;
  }

  #toggle() {
    this.isNew = !this.isNew;
    this.problems = {};
    this.#input("name").focus();
  }

  /** @param {MouseEvent} event */
  #backdrop(event) {
    if (event.target === this.#dialog) this.#dialog.close();
  }

  #closed() {
    this.#input("password").value = "";
    this.dispatchEvent(new CustomEvent("cancel"));
  }

  /** @param {SubmitEvent} event */
  async #submit(event) {
    event.preventDefault();
    if (this.busy) return;
    const name = this.#input("name").value.trim();
    const password = this.#input("password").value;
    this.problems = this.#check(name, password);
    if (Object.keys(this.problems).length === 0) await this.#send(name, password);
    await this.updateComplete;
    const wrong = /** @type {HTMLElement | null} */ (this.querySelector("[aria-invalid=true]"));
    if (this.isOpen) wrong?.focus();
  }

  /** @param {string} name @param {string} password */
  async #send(name, password) {
    this.busy = true;
    try {
      await this.submit(name, password, this.isNew);
      this.#dialog.close();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const field = error.field ?? FIELD_OF[error.code];
      this.problems = field === "name" || field === "password" ? { [field]: error.message } : { form: error.message };
    } finally {
      this.busy = false;
    }
  }

  /** @param {string} name @param {string} password */
  #check(name, password) {
    /** @type {{name?: string, password?: string}} */
    const problems = {};
    if (count(name) < NAME.min || count(name) > NAME.max) problems.name = "A name has 2 to 40 characters.";
    if (count(password) < PASSWORD.min) problems.password = "A password has at least 8 characters.";
    if (count(password) > PASSWORD.max) problems.password = "A password has at most 128 characters.";
    return problems;
  }
}
