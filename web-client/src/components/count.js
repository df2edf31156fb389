import { browserWorld, liveUrl } from "../browser_transport.js";
import { Counts } from "../counts.js";

/** One for each server that the page shows numbers of. @type {Map<string, Counts>} */
const servers = new Map();

/** @param {string} server */
function countsOf(server) {
  let counts = servers.get(server);
  if (!counts) servers.set(server, (counts = new Counts({ url: liveUrl(server), surroundings: browserWorld() })));
  return counts;
}

/** @param {number} count */
export const countText = (count) => (count === 0 ? "No comments yet" : count === 1 ? "1 comment" : `${count} comments`);

/**
 * How many comments a discussion has, kept true: `<parley-count discussion="tram-line">20 comments</parley-count>`.
 * What stands in it is what readers see without script, and until the first number comes. `server`: the origin of
 * another server than that of the page.
 */
export class ParleyCount extends HTMLElement {
  /** @type {(() => void) | null} */
  #leave = null;

  connectedCallback() {
    const discussion = this.getAttribute("discussion");
    if (!discussion) return;
    const server = new URL(this.getAttribute("server") ?? location.origin, location.href).origin;
    this.#leave = countsOf(server).watch(discussion, (count) => {
      const text = countText(count);
      if (this.textContent !== text) this.textContent = text;
    });
  }

  disconnectedCallback() {
    this.#leave?.();
    this.#leave = null;
  }
}
