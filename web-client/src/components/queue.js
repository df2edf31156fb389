import { html, nothing } from "lit";
import { plural } from "../time.js";
import { renderContent } from "./content.js";

/** @typedef {import("../protocol.js").WireComment} WireComment */

/**
 * What waits for a moderator, above the discussion that it waits for.
 * @param {readonly WireComment[]} queue
 * @param {(id: string, state: "visible" | "removed") => void} decide
 */
export function renderQueue(queue, decide) {
  if (queue.length === 0) return nothing;
  return html`<section class="queue" aria-label="Waiting for a moderator">
    <h3 class="queue-head">${plural(queue.length, "comment waits", "comments wait")} for a moderator</h3>
    <ol class="queue-list">${queue.map((comment) => renderWaiting(comment, decide))}</ol>
  </section>`;
}

/** @param {WireComment} comment @param {(id: string, state: "visible" | "removed") => void} decide */
function renderWaiting({ id, author, parent, content, quote }, decide) {
  const name = author?.name ?? "";
  return html`<li class="queue-item">
    <p class="queue-who"><span class="comment-author">${name}</span>
      ${parent ? html`answers <a href="#comment-${parent}">this comment</a>` : nothing}</p>
    ${quote ? html`<blockquote class="quote"><p>${quote.text}</p></blockquote>` : nothing}
    <div class="comment-body">${renderContent(content)}</div>
    <p class="queue-actions">
      <button class="button queue-approve" type="button" aria-label="Approve the comment of ${name}" @click=${() => decide(id, "visible")}>Approve</button>
      <button class="button plain queue-reject" type="button" aria-label="Reject the comment of ${name}" @click=${() => decide(id, "removed")}>Reject</button>
    </p>
  </li>`;
}
