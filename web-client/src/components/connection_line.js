import { html, nothing } from "lit";
import { POLL_EVERY_MS } from "../polling.js";

/** @typedef {import("../live_status.js").LiveStatus} LiveStatus */
/** @typedef {import("../transport.js").Status} Status */

const everySeconds = (/** @type {number} */ ms) => `every ${Math.round(ms / 1000)} s`;

// "Live" is said only of what arrives as it happens.
const TEXT = /** @type {Record<Status, string>} */ ({
  connecting: "Connecting…",
  live: "Live",
  polling: `Updates ${everySeconds(POLL_EVERY_MS)}`,
  reconnecting: "Reconnecting…",
  offline: "Offline",
  closed: "Not live",
});

/** @param {Status} status @param {boolean} isUpToDate */
function explanation(status, isUpToDate) {
  if (status === "polling") {
    return isUpToDate ? "Nothing was newer when the server was last asked" : "The server is asked for new comments now and then";
  }
  if (isUpToDate) return "Up to date";
  return status === "live" ? "Connected; new comments appear by themselves" : "What you see may be out of date";
}

/**
 * How it stands with the connection, in a few plain words.
 * @param {LiveStatus} live
 * @param {boolean} isUpToDate
 */
export function renderConnection({ status, transport, isStale, everyMs, reading }, isUpToDate) {
  return html`<p class="connection" data-status=${status} data-transport=${transport ?? "none"}
    data-up-to-date=${isUpToDate ? "true" : "false"} title=${explanation(status, isUpToDate)}>
    ${reading !== null && reading > 1 ? html`<span class="reading">${reading.toLocaleString("en")} reading now</span>` : nothing}
    ${everyMs >= 1000 && status === "live" ? html`<span class="slow">updates ${everySeconds(everyMs)}</span>` : nothing}
    ${isStale ? html`<span class="old">may be out of date</span>` : nothing}
    <span class="connection-dot" aria-hidden="true"></span><span class="connection-text">${TEXT[status]}</span></p>`;
}
