/**
 * The one rule for whoever holds a position: what to do with an update. The server has the same
 * function; tests/data/position_vectors.json is checked by both.
 *
 * - `ignored`: it says nothing new.
 * - `applied`: it begins at or before my position and ends after it.
 * - `gap`: something before it is missing: ask for the changes since my position.
 * - `reset`: another history, or nothing is held yet: drop all and read again.
 *
 * @param {import("../protocol.js").Position | null} mine
 * @param {{epoch: string, prev: number, seq: number}} update
 * @returns {"ignored" | "applied" | "gap" | "reset"}
 */
export function judgeUpdate(mine, update) {
  if (mine === null || mine.epoch !== update.epoch) return "reset";
  if (update.seq <= mine.seq) return "ignored";
  return update.prev <= mine.seq ? "applied" : "gap";
}
