// How long to wait before what died is started again: doubling from a quarter of a second, with a bound, and from
// the beginning once it has lived for a while. Pure: the caller has the clock.

export const backoff_min_ms = 250;
export const backoff_max_ms = 10_000;
export const lived_well_ms = 30_000;

export class Backoff {
  #failures = 0;

  /** `lived_ms`: how long the process lived that has just ended. Gives the wait before the next, in ms. */
  after(lived_ms) {
    if (lived_ms >= lived_well_ms) this.#failures = 0;
    const wait = Math.min(backoff_min_ms * 2 ** this.#failures, backoff_max_ms);
    ++this.#failures;
    return wait;
  }
}
