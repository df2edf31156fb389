// Nothing that a reader looks at moves because something else changed: scroll anchoring by hand,
// since not every browser has it and none has it for shadow roots that redraw.

/** @typedef {{element: Element, id: string, top: number}} Mark */
/** @typedef {{marks: Mark[], bottom: number, isAbove: boolean}} Anchor */

const MARKS_MAX = 8;

/** The box that scrolls the element. @param {Element} element @returns {Element} */
export function scrollerOf(element) {
  for (let box = parentOf(element); box; box = parentOf(box)) {
    const { overflowY } = getComputedStyle(box);
    if ((overflowY === "auto" || overflowY === "scroll") && box.scrollHeight > box.clientHeight && box !== document.body) return box;
  }
  return document.scrollingElement ?? document.documentElement;
}

/** @param {Element} element @returns {Element | null} */
function parentOf(element) {
  if (element.parentElement) return element.parentElement;
  const root = element.getRootNode();
  return root instanceof ShadowRoot ? root.host : null;
}

/** @param {Element} article */
function isOnScreen(article) {
  const { top, bottom } = article.getBoundingClientRect();
  return bottom > 0 && top < innerHeight && bottom > top && !article.closest(".waiting");
}

/** Comments that are on the screen now, in order. @param {ParentNode} root @returns {HTMLElement[]} */
export function articlesOnScreen(root) {
  /** @type {HTMLElement[]} */
  const found = [];
  for (const article of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("article.comment"))) {
    if (isOnScreen(article)) found.push(article);
    else if (article.getBoundingClientRect().top >= innerHeight) break;
  }
  return found;
}

/** Where things are, before a change. @param {ParentNode} root @param {Element} host @returns {Anchor} */
export function measure(root, host) {
  const marks = articlesOnScreen(root)
    .slice(0, MARKS_MAX)
    .map((element) => ({ element, id: element.id, top: element.getBoundingClientRect().top }));
  const { bottom } = host.getBoundingClientRect();
  return { marks, bottom, isAbove: bottom <= 0 };
}

/** Puts them back, after it and before it is painted. @param {ParentNode} root @param {Element} host @param {Anchor} anchor */
export function restore(root, host, { marks, bottom, isAbove }) {
  const scroller = scrollerOf(host);
  if (isAbove) {
    scroller.scrollTop += host.getBoundingClientRect().bottom - bottom;
    return;
  }
  for (const mark of marks) {
    // A comment that became a tombstone is another element in the same place.
    const element = mark.element.isConnected ? mark.element : root.querySelector(`#${CSS.escape(mark.id)}`);
    if (!element) continue;
    const moved = element.getBoundingClientRect().top - mark.top;
    if (moved !== 0) scroller.scrollTop += moved;
    return;
  }
}
