// Those who write: each repeats what it does not know the end of, with the same key, until it knows.

import { randomUUID } from 'node:crypto';

import { read_whole } from '../base/http.mjs';
import { canary, discussions, words_of } from '../base/prepare.mjs';
import { Random } from '../base/random.mjs';
import { after } from '../base/waiting.mjs';

const retry_within_ms = 300;
const give_up_after_ms = 120_000;
const depth_max = 12;

/** A status that tells that it did not happen and never will. */
const is_final = (status) => status >= 400 && status < 500 && status !== 429 && status !== 408;

export class Writers {
  acknowledged = 0;
  refused = 0;
  unknown = 0;
  /** Milliseconds of the slowest acknowledged attempt since the last look. */
  slowest_ms = 0;
  #stopping = false;
  #aborted = false;
  #next_at = performance.now();
  #last_op = 0;
  /** Public comments by discussion: {id, author, body, depth, gone}. @type {Map<string, any[]>} */
  #known = new Map(discussions.map((id) => [id, []]));
  /** What an account has voted last: "account comment" -> value. */
  #votes = new Map();

  /**
   * @param {{world: import('../base/world.mjs').World, history: import('../base/history.mjs').History, seed: number,
   *   per_second?: number}} options
   */
  constructor({ world, history, seed, per_second = 50 }) {
    Object.assign(this, { world, history, seed, per_second, random: new Random(seed, 'writers') });
  }

  /** @param {string} discussion @param {any[]} comments that were there before */
  know(discussion, comments) {
    const list = this.#known.get(discussion);
    for (const { id, author, body, path, state } of comments) list.push({ id, author: author?.id, body, depth: path.length, gone: state !== 'visible' });
  }

  /** The store is an older one now: what is known of it is read again. */
  async look_again() {
    const { http, origin, people } = this.world;
    for (const [discussion, list] of this.#known) {
      list.length = 0;
      this.know(discussion, (await read_whole(http, origin, discussion)).flatMap(({ comments }) => comments));
    }
    this.#votes.clear();
    for (const { id, token } of people) {
      for (const discussion of discussions) {
        const { json } = await http.request(origin, 'GET', `/api/v1/me/votes?discussion=${discussion}`, { token });
        for (const { comment, value } of json?.votes ?? []) this.#votes.set(`${id} ${comment}`, value);
      }
    }
  }

  start() {
    const [admin, , ...writers] = this.world.people;
    const revoked = writers.pop();
    this.#next_at = performance.now();
    this.running = [
      ...writers.map((person) => this.#write(person, () => this.#choose(person))),
      this.#write(admin, () => this.#choose_title(admin), 40),
      this.#write_and_leave(revoked),
    ];
  }

  /** Resolves when the last operation is known. */
  async stop() {
    this.#stopping = true;
    await Promise.all(this.running);
  }

  /** The run has failed: nobody waits for what is unknown. */
  abort() {
    this.#stopping = this.#aborted = true;
  }

  /** One turn of all writers together, so that the load is as asked for. @param {number} turns */
  async #pace(turns = 1) {
    const now = performance.now();
    this.#next_at = Math.max(this.#next_at, now - 1_000) + (1_000 / this.per_second) * (turns === 1 ? 1 : 0);
    await after(turns === 1 ? Math.max(0, this.#next_at - now) : (1_000 / this.per_second) * turns);
  }

  async #write(person, choose, turns = 1) {
    while (!this.#stopping) {
      await this.#pace(turns);
      if (this.#stopping) return;
      await this.carry_out(person, choose());
    }
  }

  /** Somebody who signs out and goes on trying with the old session. */
  async #write_and_leave(person) {
    for (let i = 0; !this.#stopping; ++i) {
      await this.#pace(20);
      if (this.#stopping) return;
      if (i === 5) await this.carry_out(person, { kind: 'sign_out', method: 'DELETE', path: '/session' });
      else await this.carry_out(person, this.#post(discussions[i % 2], null));
    }
  }

  // --- what to do ---------------------------------------------------------------------------------

  #choose(person) {
    const { random } = this;
    const discussion = random.chance(70) ? discussions[0] : random.pick(discussions);
    const comments = this.#known.get(discussion).filter(({ gone }) => !gone);
    const dice = random.below(100);
    if (dice < 30) {
      const others = comments.filter(({ author }) => author !== person.id);
      // People change their minds, and click twice.
      const again = random.chance(40) ? others.filter(({ id }) => this.#votes.has(`${person.id} ${id}`)) : [];
      if (others.length > 0) return this.#vote(discussion, person, random.pick(again.length > 0 ? again : others));
    } else if (dice < 40) {
      const own = comments.filter(({ author }) => author === person.id);
      if (own.length > 0) return random.chance(60) ? this.#edit(discussion, random.pick(own)) : this.#remove(discussion, random.pick(own));
    }
    const parents = comments.filter(({ depth }) => depth < depth_max);
    return this.#post(discussion, parents.length > 0 && random.chance(50) ? random.pick(parents) : null);
  }

  #text() {
    return `op ${this.#last_op + 1} of ${this.seed}: ${words_of(this.random, this.random.between(3, 25))}`;
  }

  #post(discussion, parent) {
    const body = this.#text();
    const words = parent?.body?.split(' ') ?? [];
    const quote = words.length > 5 && this.random.chance(20) ? { comment: parent.id, text: words.slice(0, 4).join(' ') } : null;
    return {
      kind: 'post', discussion, parent: parent?.id ?? null, depth: parent ? parent.depth + 1 : 0, body,
      method: 'POST', path: `/discussions/${discussion}/comments`,
      request: { body, ...(parent ? { parent: parent.id } : {}), ...(quote ? { quote } : {}) },
    };
  }

  #edit(discussion, comment) {
    const body = this.#text();
    return { kind: 'edit', discussion, comment: comment.id, body, method: 'PATCH', path: `/comments/${comment.id}`, request: { body } };
  }

  #remove(discussion, comment) {
    comment.gone = true; // nobody else is to choose it now
    return { kind: 'delete', discussion, comment: comment.id, method: 'DELETE', path: `/comments/${comment.id}` };
  }

  #vote(discussion, person, comment) {
    const name = `${person.id} ${comment.id}`;
    const last = this.#votes.get(name) ?? 0;
    // Now and then the same again, which must change nothing.
    const value = this.random.chance(25) ? last : this.random.pick([-1, 0, 1].filter((one) => one !== last));
    return {
      kind: 'vote', discussion, comment: comment.id, value, changes: value !== last,
      method: 'PUT', path: `/comments/${comment.id}/vote`, request: { value },
    };
  }

  #choose_title() {
    const discussion = this.random.pick(discussions);
    const title = `About ${discussion}, op ${this.#last_op + 1}`;
    return { kind: 'title', discussion, title, method: 'PUT', path: `/discussions/${discussion}`, request: { title } };
  }

  // --- doing it -----------------------------------------------------------------------------------

  /**
   * One operation to its end.
   * @param {import('../base/prepare.mjs').Person} person
   * @param {Record<string, any>} operation
   */
  async carry_out(person, { method, path, request, ...facts }) {
    const op = ++this.#last_op;
    const key = `${canary}-key-${randomUUID()}`.slice(0, 64);
    this.history.add('invoke', { op, account: person.id, ...facts });
    const give_up_at = performance.now() + give_up_after_ms;
    for (let attempt = 1; ; ++attempt) {
      const began = performance.now();
      let why;
      try {
        const answer = await this.world.http.request(this.world.origin, method, `/api/v1${path}`, { token: person.token, key, body: request });
        if (answer.status < 300) return this.#ok(op, person, facts, attempt, answer, performance.now() - began);
        if (is_final(answer.status)) return this.#fail(op, attempt, answer);
        why = `${answer.status} ${answer.json?.code ?? ''}`;
      } catch (error) {
        why = error.code ?? error.message;
      }
      this.history.add('unknown', { op, attempt, why, took_ms: Math.round(performance.now() - began) });
      ++this.unknown;
      if (this.#aborted || performance.now() > give_up_at) return null;
      await after(this.random.below(retry_within_ms));
    }
  }

  #ok(op, person, facts, attempt, { status, json }, took_ms) {
    ++this.acknowledged;
    this.slowest_ms = Math.max(this.slowest_ms, took_ms);
    this.history.add('ok', { op, status, attempt, id: json?.id ?? null, seq: json?.seq ?? null, took_ms: Math.round(took_ms), score: json?.score });
    const list = this.#known.get(facts.discussion);
    if (facts.kind === 'post') list.push({ id: json.id, author: person.id, body: facts.body, depth: facts.depth, gone: json.state !== 'visible' });
    if (facts.kind === 'edit') for (const one of list) if (one.id === facts.comment) one.body = facts.body;
    if (facts.kind === 'vote') this.#votes.set(`${person.id} ${facts.comment}`, facts.value);
    return json;
  }

  #fail(op, attempt, { status, json }) {
    ++this.refused;
    this.history.add('fail', { op, status, attempt, code: json?.code });
    return null;
  }
}
