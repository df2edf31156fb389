// Chance with a seed, so that what a run chose can be chosen again.

export class Random {
  #state;

  /** @param {number} seed @param {string} [purpose] another purpose gets other numbers from the same seed */
  constructor(seed, purpose = '') {
    this.#state = (seed * 0x9e3779b1 + 1) >>> 0 || 1;
    for (const character of purpose) this.#state = (Math.imul(this.#state ^ character.codePointAt(0), 0x01000193) >>> 0) || 1;
    for (let i = 0; i < 8; ++i) this.below(2);
  }

  /** A whole number from 0 to `bound` - 1 (xorshift32). @param {number} bound */
  below(bound) {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % bound;
  }

  /** @param {number} from @param {number} to both may come */
  between(from, to) {
    return from + this.below(to - from + 1);
  }

  /** @param {number} percent */
  chance(percent) {
    return this.below(10_000) < percent * 100;
  }

  /** @template T @param {readonly T[]} list @returns {T} */
  pick(list) {
    return list[this.below(list.length)];
  }

  /** In [0, 1), for code that wants it so. */
  unit() {
    return this.below(0x7fffffff) / 0x7fffffff;
  }
}
