import { html, nothing } from "lit";

/** @typedef {import("../protocol.js").ContentNode} ContentNode */

const SAFE_SCHEMES = new Set(["http:", "https:", "mailto:"]);

/** @param {string} href @returns {string | null} null where the link must not be one */
export function safeHref(href) {
  try {
    return SAFE_SCHEMES.has(new URL(href).protocol) ? href : null;
  } catch {
    return null;
  }
}

/** @type {Record<string, (children: unknown) => unknown>} */
const ELEMENTS = {
  p: (children) => html`<p>${children}</p>`,
  br: () => html`<br>`,
  em: (children) => html`<em>${children}</em>`,
  strong: (children) => html`<strong>${children}</strong>`,
  del: (children) => html`<del>${children}</del>`,
  code: (children) => html`<code>${children}</code>`,
  pre: (children) => html`<pre><code>${children}</code></pre>`,
  quote: (children) => html`<blockquote>${children}</blockquote>`,
  ul: (children) => html`<ul>${children}</ul>`,
  ol: (children) => html`<ol>${children}</ol>`,
  li: (children) => html`<li>${children}</li>`,
  spoiler: (children) => html`<span class="spoiler" tabindex="0">${children}</span>`,
};

/**
 * A content tree as elements. Tags that this page does not know show what is in them.
 * @param {readonly ContentNode[]} nodes
 * @returns {unknown}
 */
export function renderContent(nodes) {
  return nodes.map((node) => {
    if (typeof node === "string") return node;
    const [tag, ...rest] = node;
    if (tag === "a") return renderLink(String(rest[0]), rest.slice(1));
    const children = rest.length > 0 ? renderContent(rest) : nothing;
    return Object.hasOwn(ELEMENTS, tag) ? ELEMENTS[tag](children) : children;
  });
}

/** @param {string} href @param {ContentNode[]} children */
function renderLink(href, children) {
  const safe = safeHref(href);
  const inside = renderContent(children);
  return safe === null ? inside : html`<a href=${safe} rel="ugc nofollow noopener">${inside}</a>`;
}

const BLOCKS = new Set(["p", "pre", "quote", "ul", "ol", "li"]);

/** The text alone, blocks divided by line feeds. @param {readonly ContentNode[]} nodes @returns {string} */
export function contentText(nodes) {
  /** @type {string[]} */
  const lines = [""];
  collectText(nodes, lines);
  return lines.filter((line) => line !== "").join("\n");
}

/** @param {readonly ContentNode[]} nodes @param {string[]} lines the last one is being written */
function collectText(nodes, lines) {
  for (const node of nodes) {
    if (typeof node === "string") {
      lines[lines.length - 1] += node;
      continue;
    }
    const [tag, ...rest] = node;
    const isBlock = BLOCKS.has(tag);
    if (isBlock || tag === "br") lines.push("");
    collectText(tag === "a" ? rest.slice(1) : rest, lines);
    if (isBlock) lines.push("");
  }
}
