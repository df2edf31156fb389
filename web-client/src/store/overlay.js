// What the viewer did that the state does not show yet. Lies over the state; pure, its clock is
// an argument.

/** @typedef {import("./discussion_state.js").DiscussionState} DiscussionState */
/** @typedef {import("../protocol.js").VoteAnswer} VoteAnswer */
/** @typedef {-1 | 0 | 1} VoteValue */

/**
 * A post on its way. `waiting` once a moderator has to read it first.
 * @typedef {object} OwnPost
 * @property {string} key its idempotency key
 * @property {string | null} parent
 * @property {string} body
 * @property {{comment: string, author: string, text: string} | null} quote
 * @property {number} startedAt ms
 * @property {number} since the page's seq at that time: what becomes of it has a higher stamp
 * @property {"sending" | "waiting"} phase
 * @property {string} [id] of the comment that waits
 */

/** A vote on its way, with the score to show meanwhile. @typedef {{value: VoteValue, score: number}} OwnVote */

/** How long comments by the viewer wait for the answer to a post. */
export const ECHO_WAIT_MS = 5_000;

export class Overlay {
  /** @type {Map<string, OwnPost>} */
  posts = new Map();
  /** The viewer's votes as far as known. @type {Map<string, VoteValue>} */
  votes = new Map();
  /** @type {Map<string, OwnVote>} */
  #moving = new Map();
  /** The numbers of the last answer, until the state has caught up. @type {Map<string, VoteAnswer>} */
  #answers = new Map();
  /** Comments by the viewer that came before an answer did. @type {Map<string, number>} id -> until ms */
  #veiled = new Map();

  /** @param {OwnPost} post */
  addPost(post) {
    this.posts.set(post.key, post);
  }

  /**
   * The post was answered, or given up.
   * @param {string} key
   * @param {string} [id] of the comment that it has become
   */
  endPost(key, id) {
    this.posts.delete(key);
    // The answers to other posts are still awaited, but this comment is none of them.
    if (id !== undefined) this.#veiled.delete(id);
    if (!this.hasUnanswered) this.#veiled.clear();
  }

  /** @param {string} key @param {string} id */
  holdForModeration(key, id) {
    const post = this.posts.get(key);
    if (post) this.posts.set(key, { ...post, id, phase: "waiting" });
    this.posts.delete(`waits-${id}`); // where it was read before it was answered
    if (!this.hasUnanswered) this.#veiled.clear();
  }

  /** The posts that wait for a moderator. @returns {ReadonlySet<string>} their keys */
  get held() {
    return new Set([...this.posts.values()].filter((post) => post.phase === "waiting").map(({ key }) => key));
  }

  /**
   * All of the viewer's that wait, as the server has them: what does not wait any more has become a
   * comment, or nothing.
   * @param {readonly import("../protocol.js").WireComment[]} comments
   * @param {ReadonlySet<string>} [asked] what waited when the server was asked; younger ones are not in its answer
   */
  setWaiting(comments, asked = this.held) {
    const waiting = new Map(comments.map((comment) => [comment.id, comment]));
    for (const [key, post] of this.posts) {
      if (post.phase === "sending") {
        // One like it is most likely it, before its answer.
        const twin = [...waiting.values()].find(({ body, parent }) => parent === post.parent && body === post.body.trim());
        if (twin) waiting.delete(twin.id);
        continue;
      }
      const comment = waiting.get(post.id ?? "");
      waiting.delete(post.id ?? "");
      if (!comment && !asked.has(key)) continue;
      if (!comment) this.posts.delete(key);
      else if (comment.body !== post.body) this.posts.set(key, { ...post, body: comment.body });
    }
    for (const { id, parent, body, quote } of waiting.values()) {
      const key = `waits-${id}`;
      const quoted = quote?.comment ? { comment: quote.comment, author: quote.author, text: quote.text } : null;
      this.posts.set(key, { key, id, parent, body, quote: quoted, startedAt: 0, since: 0, phase: "waiting" });
    }
  }

  get hasUnanswered() {
    return this.#unanswered.length > 0;
  }

  get #unanswered() {
    return [...this.posts.values()].filter((post) => post.phase === "sending");
  }

  /**
   * While a post is unanswered, new comments by the viewer are not shown: one of them may be it.
   * @param {DiscussionState} state
   * @param {readonly string[]} arrived
   * @param {string | null} viewer
   * @param {number} now
   */
  veil(state, arrived, viewer, now) {
    const since = Math.min(...this.#unanswered.map((post) => post.since));
    for (const id of arrived) {
      const entry = state.entry(id);
      if (viewer === null || entry?.content.author?.id !== viewer || entry.contentSeq <= since) continue;
      this.#veiled.set(id, now + ECHO_WAIT_MS);
    }
  }

  /** @param {string} id @param {number} now */
  isVeiled(id, now) {
    const until = this.#veiled.get(id);
    return until !== undefined && now < until;
  }

  /** When the next veil falls by itself; null where there is none. @param {number} now @returns {number | null} */
  nextUnveil(now) {
    const times = [...this.#veiled.values()].filter((until) => until > now);
    return times.length === 0 ? null : Math.min(...times);
  }

  /** @param {string} id @returns {VoteValue} */
  voteOn(id) {
    return this.#moving.get(id)?.value ?? this.votes.get(id) ?? 0;
  }

  /**
   * The numbers to show: those that the viewer's click leads to, until the state has caught up.
   * @param {DiscussionState} state
   * @param {string} id
   * @returns {{up: number, down: number, score: number}}
   */
  tallyOf(state, id) {
    const entry = state.entry(id);
    if (!entry) return { up: 0, down: 0, score: 0 };
    const { up, down, score } = this.#answers.get(id) ?? entry.tally;
    return { up, down, score: this.#moving.get(id)?.score ?? score };
  }

  /** @param {DiscussionState} state @param {string} id @returns {number} */
  scoreOf(state, id) {
    return this.tallyOf(state, id).score;
  }

  /** @param {DiscussionState} state @param {string} id @param {VoteValue} value */
  beginVote(state, id, value) {
    const score = this.scoreOf(state, id) + value - this.voteOn(id);
    this.#moving.set(id, { value, score });
  }

  /** @param {DiscussionState} state @param {VoteAnswer} answer @param {VoteValue} value */
  answerVote(state, answer, value) {
    this.votes.set(answer.id, value);
    this.#answers.set(answer.id, answer);
    // A newer click is on its way: its score stays.
    if (this.#moving.get(answer.id)?.value === value) this.#moving.delete(answer.id);
    this.settle(state);
  }

  /** The vote counts, but its numbers cannot be compared with the state's. @param {string} id @param {VoteValue} value */
  settleVote(id, value) {
    this.votes.set(id, value);
    if (this.#moving.get(id)?.value === value) this.#moving.delete(id);
  }

  /** The vote was refused: back to what it was, or to what the answer to an earlier one says. @param {string} id */
  rejectVote(id) {
    this.#moving.delete(id);
  }

  /** Drops numbers that the state has caught up with. @param {DiscussionState} state */
  settle(state) {
    for (const [id, { seq }] of this.#answers) {
      if (state.seq >= seq || (state.entry(id)?.scoreSeq ?? 0) >= seq) this.#answers.delete(id);
    }
  }

  /** Another viewer: the numbers of answers mean nothing any more. */
  dropAnswers() {
    this.#answers.clear();
  }

  /** Another history: no stamp of the old one can be compared with one of it. */
  forgetStamps() {
    this.dropAnswers();
    for (const [key, post] of this.posts) this.posts.set(key, { ...post, since: 0 });
  }
}
