// Times as the server writes them, in the reader's own zone; numbers as they are shown.

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const two = (/** @type {number} */ n) => String(n).padStart(2, "0");

/** "22 Jan 2026, 10:44": as wide as what the server rendered in UTC. @param {string} iso */
export function shortTime(iso) {
  const t = new Date(iso);
  return `${t.getDate()} ${MONTHS[t.getMonth()]} ${t.getFullYear()}, ${two(t.getHours())}:${two(t.getMinutes())}`;
}

/** "22 Jan 2026, 10:44:05 (UTC+01:00)". @param {string} iso */
export function exactTime(iso) {
  const t = new Date(iso);
  const offset = -t.getTimezoneOffset();
  const ahead = Math.abs(offset);
  const zone = offset === 0 ? "UTC" : `UTC${offset < 0 ? "-" : "+"}${two(Math.floor(ahead / 60))}:${two(ahead % 60)}`;
  return `${shortTime(iso)}:${two(t.getSeconds())} (${zone})`;
}

/** "4:07". @param {number} ms */
export function countdown(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return `${Math.floor(seconds / 60)}:${two(seconds % 60)}`;
}

/** @param {number} n @param {string} one @param {string} [many] */
export function plural(n, one, many = `${one}s`) {
  return `${n} ${n === 1 ? one : many}`;
}

/** "+7", "-12", "0". @param {number} score */
export function signed(score) {
  return score > 0 ? `+${score}` : String(score);
}

/** @param {number} score */
export function signClass(score) {
  return score > 0 ? "positive" : score < 0 ? "negative" : "zero";
}
