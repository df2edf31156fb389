// HTTP: requests to the server, problem documents as typed errors, safe repetition.

import { newKey } from "./key.js";
import { isUpdate, SENTENCES } from "./protocol.js";

/** @typedef {import("./protocol.js").WireComment} WireComment */
/** @typedef {import("./protocol.js").WireWindow} WireWindow */

/** Why a request failed, in words that can be shown. */
export class ApiError extends Error {
  /**
   * @param {{status: number, code: string, message: string, field?: string, retryAfterMs?: number}} reason
   */
  constructor({ status, code, message, field, retryAfterMs }) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.field = field ?? null;
    this.retryAfterMs = retryAfterMs ?? null;
  }

  /** True where the server may or may not have done it: repeat only with the same key. */
  get isUnknown() {
    return this.status === 0;
  }
}

const ATTEMPTS_MAX = 4;
const BACKOFF_BASE_MS = 300;
const BACKOFF_MAX_MS = 4_000;
const TIMEOUT_MS = 15_000;
const WITHOUT_BODY = new Set([202, 204, 304]);

/**
 * @typedef {object} ApiOptions
 * @property {string} [server] origin of the server; empty: the page's own
 * @property {typeof fetch} [fetch]
 * @property {(ms: number) => Promise<void>} [sleep]
 * @property {() => number} [random]
 */

/** @typedef {{body?: unknown, key?: string, repeat?: boolean, cache?: RequestCache}} CallOptions */

export class Api {
  #base;
  #crossOrigin;
  #fetch;
  #sleep;
  #random;
  /** Of a sign-in on another origin, where no cookie of ours arrives. Kept in memory only. @type {string | null} */
  #token = null;

  /** @param {ApiOptions} [options] */
  constructor({ server = "", fetch, sleep, random } = {}) {
    this.#base = `${server.replace(/\/+$/, "")}/api/v1`;
    this.#crossOrigin = server !== "" && server !== globalThis.location?.origin;
    this.#fetch = fetch ?? globalThis.fetch.bind(globalThis);
    this.#sleep = sleep ?? ((ms) => new Promise((resolve) => setTimeout(resolve, ms)));
    this.#random = random ?? Math.random;
  }

  get isCrossOrigin() {
    return this.#crossOrigin;
  }

  /** @param {string} discussion @returns {Promise<import("./protocol.js").DiscussionInfo>} */
  discussion(discussion) {
    return this.#call("GET", `/discussions/${encodeURIComponent(discussion)}`);
  }

  /**
   * @param {string} discussion
   * @param {Record<string, string | number | null>} query null values are left out
   * @returns {Promise<WireWindow>}
   */
  window(discussion, query) {
    const given = Object.entries(query).filter(([, value]) => value !== null);
    const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
    const path = `/discussions/${encodeURIComponent(discussion)}/comments`;
    return this.#call("GET", search === "" ? path : `${path}?${search}`);
  }

  /**
   * The changes since a position, as one update; where there are none it begins where it ends.
   * @param {string} discussion
   * @param {{epoch: string, since: number}} position
   * @returns {Promise<import("./protocol.js").WireUpdate | null>} null: not modified
   */
  async changes(discussion, { epoch, since }) {
    const query = new URLSearchParams({ epoch, since: String(since) });
    const path = `/discussions/${encodeURIComponent(discussion)}/changes?${query}`;
    // Every cache on the way, the browser's too, must ask the server: the answer says what is newest.
    // Whoever asks has a schedule of their own, so it is not repeated here.
    const update = await this.#call("GET", path, { cache: "no-cache", repeat: false });
    if (update !== null && !isUpdate(update)) {
      throw new ApiError({ status: 0, code: "network", message: SENTENCES.network });
    }
    return update;
  }

  /**
   * @param {string} discussion
   * @param {{body: string, parent: string | null, quote: {comment: string, text: string} | null}} post
   * @param {string} key
   * @returns {Promise<WireComment>}
   */
  post(discussion, { body, parent, quote }, key) {
    const given = { body, ...(parent === null ? {} : { parent }), ...(quote ? { quote } : {}) };
    return this.#call("POST", `/discussions/${encodeURIComponent(discussion)}/comments`, { body: given, key });
  }

  /** @param {string} comment @param {string} body @param {string} key @returns {Promise<WireComment>} */
  edit(comment, body, key) {
    return this.#call("PATCH", `/comments/${comment}`, { body: { body }, key });
  }

  /** @param {string} comment @param {string} key @returns {Promise<WireComment | null>} */
  remove(comment, key) {
    return this.#call("DELETE", `/comments/${comment}`, { key });
  }

  /**
   * @param {string} comment
   * @param {-1 | 0 | 1} value
   * @param {string} key
   * @returns {Promise<import("./protocol.js").VoteAnswer>}
   */
  vote(comment, value, key) {
    return this.#call("PUT", `/comments/${comment}/vote`, { body: { value }, key });
  }

  /** @param {string} name @param {string} password @returns {Promise<import("./protocol.js").Account>} */
  signUp(name, password) {
    return this.#call("POST", "/accounts", { body: { name, password }, repeat: false });
  }

  /** @param {string} name @param {string} password @returns {Promise<import("./protocol.js").Account>} */
  async signIn(name, password) {
    const { token, account } = await this.#call("POST", "/session", { body: { name, password }, repeat: false });
    if (this.#crossOrigin) this.#token = token;
    return account;
  }

  async signOut() {
    await this.#call("DELETE", "/session", { key: newKey() });
    this.#token = null;
  }

  /** @returns {Promise<import("./protocol.js").Account>} */
  me() {
    return this.#call("GET", "/me");
  }

  /** @param {string} discussion @returns {Promise<import("./protocol.js").VoteOnRecord[]>} */
  async votes(discussion) {
    const { votes } = await this.#call("GET", `/me/votes?discussion=${encodeURIComponent(discussion)}`);
    return votes;
  }

  /** @returns {Promise<{ticket: string}>} */
  ticket() {
    return this.#call("POST", "/session/ticket", { repeat: false });
  }

  /** The viewer's own that wait for a moderator. @param {string} discussion @returns {Promise<WireComment[]>} */
  async waiting(discussion) {
    const { pending } = await this.#call("GET", `/me/pending?discussion=${encodeURIComponent(discussion)}`);
    return pending.map((/** @type {import("./protocol.js").PendingComment} */ { comment }) => comment);
  }

  /** What waits for moderators there, the oldest first. @param {string} discussion @returns {Promise<WireComment[]>} */
  async queue(discussion) {
    const { pending } = await this.#call("GET", `/moderation/queue?limit=100&discussion=${encodeURIComponent(discussion)}`);
    return pending.map((/** @type {import("./protocol.js").PendingComment} */ { comment }) => comment);
  }

  /** @param {string} comment @param {"visible" | "removed"} state @param {string} key @returns {Promise<WireComment>} */
  setState(comment, state, key) {
    return this.#call("PATCH", `/comments/${comment}`, { body: { state }, key });
  }

  /**
   * One request with its repetitions. Repeated only where that is safe: reads, and writes that
   * carry a key.
   * @param {string} method
   * @param {string} path
   * @param {CallOptions} [options]
   * @returns {Promise<any>}
   */
  async #call(method, path, options = {}) {
    for (let attempt = 1; ; ++attempt) {
      try {
        return await this.#once(method, path, options);
      } catch (error) {
        if (!(error instanceof ApiError) || options.repeat === false) throw error;
        const delayMs = this.#delayBefore(attempt, error);
        if (delayMs === null) throw error;
        await this.#sleep(delayMs);
      }
    }
  }

  /** @param {number} attempt @param {ApiError} error @returns {number | null} null: give up */
  #delayBefore(attempt, error) {
    if (attempt >= ATTEMPTS_MAX || !(error.status === 0 || error.status === 503)) return null;
    const backoffMs = this.#random() * Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** attempt);
    if (error.retryAfterMs === null) return backoffMs;
    // Longer than a person waits for: say so instead.
    return error.retryAfterMs > BACKOFF_MAX_MS ? null : error.retryAfterMs + backoffMs / 4;
  }

  /** @param {string} method @param {string} path @param {CallOptions} options @returns {Promise<any>} */
  async #once(method, path, { body, key, cache }) {
    /** @type {Record<string, string>} */
    const headers = { accept: "application/json" };
    if (body !== undefined) headers["content-type"] = "application/json";
    if (key !== undefined) headers["idempotency-key"] = key;
    if (this.#token !== null) headers.authorization = `Bearer ${this.#token}`;
    /** @type {Response} */
    let response;
    try {
      response = await this.#fetch(this.#base + path, {
        method,
        headers,
        credentials: this.#crossOrigin ? "omit" : "same-origin",
        body: body === undefined ? undefined : JSON.stringify(body),
        cache,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (response.ok || response.status === 304) return WITHOUT_BODY.has(response.status) ? null : await response.json();
    } catch (error) {
      const code = error instanceof DOMException && error.name === "TimeoutError" ? "timeout" : "network";
      throw new ApiError({ status: 0, code, message: SENTENCES[code] });
    }
    throw await problemOf(response);
  }
}

/** @param {Response} response @returns {Promise<ApiError>} */
async function problemOf(response) {
  /** @type {any} */
  const problem = await response.json().catch(() => ({}));
  const code = typeof problem.code === "string" ? problem.code : `http_${response.status}`;
  return new ApiError({
    status: response.status,
    code,
    message: SENTENCES[code] ?? problem.detail ?? problem.title ?? `The server answered ${response.status}.`,
    field: typeof problem.field === "string" ? problem.field : undefined,
    retryAfterMs: Number.isFinite(problem.retry_after_ms) ? problem.retry_after_ms : undefined,
  });
}
