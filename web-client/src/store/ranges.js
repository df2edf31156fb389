// Where a comment stands, and which stretches of the tree are loaded.
//
// A comment's key is its number as ordinals ("1.2" is [1, 2]). In display order a parent comes
// before its replies, and siblings follow each other by ordinal. A window is a stretch of that
// order, so for each parent at once it says which of its children are loaded.

/** @typedef {readonly number[]} Key */
/** @typedef {{from: Key, to: Key}} Range both ends belong to it; `to` may be an end() */

/** @param {string} number @returns {Key} */
export function keyOf(number) {
  return number.split(".").map(Number);
}

/** Behind everything below `key`; behind everything at all for the empty key. @param {Key} key @returns {Key} */
export function end(key) {
  return [...key, Infinity];
}

/**
 * @param {Key} a
 * @param {Key} b
 * @param {import("../protocol.js").Sort} sort
 * @returns {number} negative where a is shown before b
 */
export function compareKeys(a, b, sort) {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; ++i) {
    if (a[i] === b[i]) continue;
    // The end of a stretch is behind all siblings in either order.
    if (a[i] === Infinity) return 1;
    if (b[i] === Infinity) return -1;
    return sort === "newest" ? b[i] - a[i] : a[i] - b[i];
  }
  return a.length - b.length;
}

/** A set of stretches of the display order, disjoint and in order. */
export class Ranges {
  /** @type {Range[]} */
  #ranges = [];
  /** @type {import("../protocol.js").Sort} */
  #sort;

  /** @param {import("../protocol.js").Sort} sort */
  constructor(sort) {
    this.#sort = sort;
  }

  /** @param {Key} from @param {Key} to */
  add(from, to) {
    const before = (/** @type {Key} */ a, /** @type {Key} */ b) => compareKeys(a, b, this.#sort) < 0;
    const apart = this.#ranges.filter((range) => before(range.to, from) || before(to, range.from));
    for (const range of this.#ranges) {
      if (apart.includes(range)) continue;
      if (before(range.from, from)) from = range.from;
      if (before(to, range.to)) to = range.to;
    }
    this.#ranges = [...apart, { from, to }].sort((a, b) => compareKeys(a.from, b.from, this.#sort));
  }

  /** @param {Key} key @returns {boolean} */
  has(key) {
    return this.#ranges.some(
      ({ from, to }) => compareKeys(from, key, this.#sort) <= 0 && compareKeys(key, to, this.#sort) <= 0,
    );
  }

  /** @returns {readonly Range[]} */
  get list() {
    return this.#ranges;
  }
}
