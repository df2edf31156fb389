// The wire: types of what the server sends, and the reading of live frames. No I/O.

/** @typedef {string | [string, ...any[]]} ContentNode A text, or [tag, child...]; a link is ["a", href, child...]. */
/** @typedef {{id: string, name: string, badges: string[]}} Author */
/** @typedef {{comment: string | null, author: string, text: string, verified: boolean}} Quote */
/** @typedef {"visible" | "pending" | "removed" | "deleted"} CommentState */
/** @typedef {"open" | "premoderated" | "locked"} DiscussionPhase */
/** @typedef {"oldest" | "newest"} Sort */
/**
 * @typedef {object} WireComment
 * @property {string} id
 * @property {string | null} parent
 * @property {string[]} path ids of its ancestors, root first
 * @property {string | null} number "1.2.1"; null while it was never public
 * @property {string | null} in_reply_to
 * @property {Author | null} author null in a tombstone
 * @property {string} created_at
 * @property {string | null} edited_at
 * @property {CommentState} state
 * @property {string} body
 * @property {ContentNode[]} content
 * @property {Quote | null} quote
 * @property {number} up
 * @property {number} down
 * @property {number} score
 * @property {number} replies visible direct children
 * @property {number} seq the comment's stamp, of both its parts
 */
/** @typedef {{id: string, up: number, down: number, score: number, replies: number, seq: number}} WireScore */
/** @typedef {{epoch: string, seq: number}} Position */
/**
 * @typedef {object} WireWindow
 * @property {string} epoch
 * @property {number} seq
 * @property {number} comment_count
 * @property {WireComment[]} comments depth first in display order
 * @property {string | null} next_cursor
 * @property {Record<string, {replies: number, cursor: string}>} more
 */
/**
 * @typedef {object} WireUpdate
 * @property {string} epoch
 * @property {number} prev
 * @property {number} seq
 * @property {number} [comment_count]
 * @property {WireComment[]} [comments]
 * @property {WireScore[]} [scores]
 * @property {Partial<DiscussionInfo>} [discussion]
 */
/**
 * @typedef {object} DiscussionInfo
 * @property {string} id
 * @property {string} title
 * @property {string} url
 * @property {DiscussionPhase} state
 * @property {number} seq
 * @property {string} epoch
 * @property {number} comment_count
 */
/** @typedef {{id: string, name: string, role: string, badges: string[]}} Account */
/** @typedef {{discussion: string, comment: WireComment}} PendingComment one that waits for a moderator */
/** @typedef {{comment: string, value: -1 | 0 | 1}} VoteOnRecord */
/** @typedef {{id: string, up: number, down: number, score: number, seq: number}} VoteAnswer */

/**
 * @typedef {{type: string, topic?: string, epoch?: string, prev?: number, seq?: number, code?: string,
 *   message?: string, reason?: string, every_ms?: number, degraded?: boolean, reading?: number}} LiveFrame
 */

export const SUBPROTOCOL = "parley.v1";

const isCount = (/** @type {unknown} */ value) => Number.isSafeInteger(value) && Number(value) >= 0;
const isText = (/** @type {unknown} */ value) => typeof value === "string" && value !== "";

/** What each frame must carry to be used; a frame of another type is passed on unread. */
const REQUIRED = /** @type {Record<string, (frame: any) => boolean>} */ ({
  subscribed: (f) => isText(f.epoch) && isCount(f.seq),
  update: (f) => isUpdate(f) && f.prev < f.seq,
  reload: (f) => isText(f.reason),
  current: (f) => isText(f.epoch) && isCount(f.seq),
  presence: (f) => isCount(f.reading),
  count: (f) => isText(f.id) && isText(f.epoch) && isCount(f.seq) && isCount(f.comment_count),
  authenticated: (f) => isText(f.account),
  changed: (f) => isText(f.topic) && Array.isArray(f.what) && f.what.every(isText),
  error: (f) => isText(f.code),
});

/**
 * Is it complete? One that begins where it ends says that there is nothing new.
 * @param {any} u
 * @returns {boolean}
 */
export function isUpdate(u) {
  return isText(u?.epoch) && isCount(u.prev) && isCount(u.seq) && u.prev <= u.seq &&
    (u.comments ?? []).every(isComment) && (u.scores ?? []).every(isScore);
}

/** @param {any} c @returns {boolean} */
function isComment(c) {
  return isText(c?.id) && isText(c.number) && Array.isArray(c.path) && Array.isArray(c.content) && isCount(c.seq);
}

/** @param {any} s @returns {boolean} */
function isScore(s) {
  return isText(s?.id) && Number.isSafeInteger(s.score) && isCount(s.replies) && isCount(s.seq);
}

/**
 * Reads one text frame. Null for what is no frame of ours: the caller drops it, since a newer
 * server may say things that this page does not know.
 * @param {unknown} data
 * @returns {LiveFrame | null}
 */
export function parseFrame(data) {
  if (typeof data !== "string") return null;
  /** @type {any} */
  let frame;
  try {
    frame = JSON.parse(data);
  } catch {
    return null;
  }
  if (frame === null || typeof frame !== "object" || !isText(frame.type)) return null;
  const complete = REQUIRED[frame.type];
  return complete && !complete(frame) ? null : frame;
}

/** @param {string} discussion */
export function topicOf(discussion) {
  return `discussion:${discussion}`;
}

/** Closes a socket whose session is over: come back as nobody. */
export const SESSION_ENDED = 4001;

/**
 * What to do once an attempt to hear from the server has ended.
 * @typedef {{action: "retry"} | {action: "after", delayMs: number} | {action: "spread", withinMs: number} | {action: "later", afterMs?: number} | {action: "stop"}} NextAttempt
 */

/**
 * What a close of the socket asks for.
 * @param {number} code
 * @param {string} reason
 * @returns {NextAttempt}
 */
export function closeAction(code, reason) {
  if (code === 1012) return restartAction(reason);
  if (code === 1013) return { action: "later" };
  if (code >= 4000 && code < 5000 && code !== SESSION_ENDED) return { action: "stop" };
  return { action: "retry" };
}

const SPREAD_DEFAULT_MS = 5_000;
const SPREAD_MAX_MS = 60_000;

/**
 * A server that stops gives every page a moment of its own; one that gives only how far apart they
 * are to be leaves the moment to the page.
 * @param {string} reason {"retry_after_ms": N, "spread_ms": N}
 * @returns {NextAttempt}
 */
function restartAction(reason) {
  /** @type {any} */
  let given = {};
  try {
    given = JSON.parse(reason) ?? {};
  } catch {
    // None of ours: as if nothing were given.
  }
  const { retry_after_ms: delay, spread_ms: spread } = given;
  if (isCount(delay)) return { action: "after", delayMs: Math.min(delay, SPREAD_MAX_MS) };
  return { action: "spread", withinMs: isCount(spread) ? Math.min(spread, SPREAD_MAX_MS) : SPREAD_DEFAULT_MS };
}

/** Codes after which a subscription is hopeless. @type {ReadonlySet<string>} */
export const FINAL_CODES = new Set(["unknown_discussion", "not_found", "forbidden", "malformed", "invalid_field"]);

/** Sentences for codes whose text from the server can be bettered by what this page knows. @type {Record<string, string>} */
export const SENTENCES = {
  network: "The server cannot be reached. Your text is kept here.",
  timeout: "The server did not answer in time. Your text is kept here.",
  unauthenticated: "You are not signed in any more.",
};
