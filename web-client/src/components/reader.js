import { plural } from "../time.js";
import { articlesOnScreen, measure, restore } from "./anchor.js";

/** @typedef {import("../model.js").Model} Model */
/** @typedef {import("./discussion.js").ParleyDiscussion} Host */

const SEEN_AFTER_MS = 1_200;
const SEEN_SHARE = 0.5;
const ANNOUNCE_EVERY_MS = 10_000;
const HIGHLIGHT_MS = 2_600;
const SCROLL_REST_MS = 150;

const idOf = (/** @type {Element} */ article) => article.id.slice("comment-".length);

/**
 * Where the reader is in the discussion, and what follows from it: what they look at stays where
 * it is, what is new counts as seen once it was looked at, links and keys lead to comments.
 */
export class Reader {
  #host;
  #model;
  /** @type {Promise<void> | null} */
  #patch = null;
  /** @type {IntersectionObserver | null} */
  #observer = null;
  /** @type {Map<string, ReturnType<typeof setTimeout>>} */
  #looking = new Map();
  /** @type {Set<Element>} */
  #watched = new Set();
  #unspoken = 0;
  #sentence = "";
  #isStale = false;
  #lastSpokenAt = -Infinity;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #speakTimer = undefined;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #scrollTimer = undefined;

  /** @param {Host} host @param {Model} model */
  constructor(host, model) {
    this.#host = host;
    this.#model = model;
  }

  start() {
    addEventListener("scroll", this.#onScroll, { passive: true, capture: true });
    addEventListener("hashchange", this.#onHash);
    document.addEventListener("keydown", this.#onKey);
    this.#observer = new IntersectionObserver((entries) => this.#onLook(entries), { threshold: [0, SEEN_SHARE] });
    if (isFirstVisit()) void this.#host.updateComplete.then(() => this.#onHash());
  }

  stop() {
    removeEventListener("scroll", this.#onScroll, { capture: true });
    removeEventListener("hashchange", this.#onHash);
    document.removeEventListener("keydown", this.#onKey);
    this.#observer?.disconnect();
    this.#watched.clear();
    for (const timer of this.#looking.values()) clearTimeout(timer);
    clearTimeout(this.#speakTimer);
    clearTimeout(this.#scrollTimer);
  }

  /** @param {string} id @returns {HTMLElement | null} */
  #article(id) {
    return this.#host.renderRoot.querySelector(`#comment-${CSS.escape(id)}`);
  }

  // --- keeping the place --------------------------------------------------------------------

  /** To be called before a change is drawn: afterwards the first comment on the screen is where it was. */
  keepPlace() {
    if (this.#patch || !this.#host.hasUpdated) return;
    const anchor = measure(this.#host.renderRoot, this.#host);
    const redrawn = async () => {
      // The request for the update follows this call, in the same task.
      await Promise.resolve();
      await this.#host.updateComplete;
      this.#patch = null;
      restore(this.#host.renderRoot, this.#host, anchor);
    };
    this.#patch = redrawn();
  }

  /**
   * New comments between the first and the last one on the screen would push what is being read.
   * @param {string[]} ids
   * @returns {string[]}
   */
  mustWait(ids) {
    if (ids.length === 0) return [];
    const model = this.#model;
    const shown = articlesOnScreen(this.#host.renderRoot).map(idOf).filter((id) => !id.startsWith("own-"));
    const [first, last] = [shown[0], shown.at(-1)];
    if (first === undefined || last === undefined) return [];
    const isHidden = (/** @type {string} */ id) =>
      model.state?.entry(id)?.content.path.some((ancestor) => model.collapsed.has(ancestor));
    return ids.filter((id) => !isHidden(id) && model.compare(first, id) < 0 && model.compare(id, last) < 0);
  }

  #onScroll = () => {
    clearTimeout(this.#scrollTimer);
    this.#scrollTimer = setTimeout(() => {
      this.#makeRoomOffScreen();
      this.#host.requestUpdate(); // The pill's arrow.
    }, SCROLL_REST_MS);
  };

  /** What waits for its room gets it when its place has left the screen. */
  #makeRoomOffScreen() {
    if (this.#model.waiting.size === 0) return;
    const ids = [...this.#model.waiting].filter((id) => {
      const item = this.#article(id)?.closest("li");
      if (!item) return false;
      const { top } = item.getBoundingClientRect();
      return top < 0 || top > innerHeight;
    });
    this.#model.reveal(ids);
  }

  // --- jumping ------------------------------------------------------------------------------

  #onHash = () => {
    const id = /^#comment-([0-9]+)$/.exec(location.hash)?.[1];
    if (id) void this.jump(id);
  };

  /** Shows a comment: reads and opens what is needed, scrolls, moves the focus. @param {string} id */
  async jump(id) {
    if (!(await this.#model.find(id))) {
      this.#model.notice("That comment is not here any more.");
      return;
    }
    this.#model.expandTo(id);
    await this.#patch;
    await this.#host.updateComplete;
    const article = this.#article(id);
    if (!article) return;
    article.scrollIntoView({ block: isOverHalfScreen(article) ? "start" : "center", behavior: "auto" });
    article.focus({ preventScroll: true });
    article.toggleAttribute("data-highlight", false);
    void article.offsetWidth; // Starts the fade anew.
    article.toggleAttribute("data-highlight", true);
    setTimeout(() => article.toggleAttribute("data-highlight", false), HIGHLIGHT_MS);
  }

  /** The viewer's own comment, only if they would not see it otherwise. @param {string} id */
  async showOwn(id) {
    await this.#patch;
    await this.#host.updateComplete;
    this.bringInView(id);
  }

  /** @param {string} id */
  bringInView(id) {
    const article = this.#article(id);
    if (!article) return;
    const { top, bottom } = article.getBoundingClientRect();
    if (top < 0 || bottom > innerHeight) article.scrollIntoView({ block: "nearest", behavior: "auto" });
  }

  /**
   * The next new comment from here on; from the top again where there is none below.
   * @param {1 | -1} [direction]
   * @returns {{id: string, isBelow: boolean} | null}
   */
  nextFresh(direction = 1) {
    const compare = (/** @type {string} */ a, /** @type {string} */ b) => this.#model.compare(a, b);
    const fresh = [...this.#model.fresh].sort(compare);
    if (fresh.length === 0) return null;
    const here = this.#here();
    if (here === null) return { id: fresh[0], isBelow: this.#host.getBoundingClientRect().top > 0 };
    const after = fresh.filter((id) => compare(here, id) < 0);
    const before = fresh.filter((id) => compare(id, here) < 0);
    if (direction > 0) return after.length > 0 ? { id: after[0], isBelow: true } : { id: fresh[0], isBelow: false };
    return before.length > 0 ? { id: before[before.length - 1], isBelow: false } : { id: fresh[fresh.length - 1], isBelow: true };
  }

  /** The comment that has the focus, else the first one on the screen. */
  #here() {
    const root = /** @type {ShadowRoot} */ (this.#host.renderRoot);
    const onScreen = articlesOnScreen(root);
    const focused = root.activeElement?.closest("article.comment");
    const article = onScreen.find((one) => one === focused) ?? onScreen[0];
    if (!article) return null;
    return idOf(article).startsWith("own-") ? null : idOf(article);
  }

  /** @param {1 | -1} direction */
  jumpToFresh(direction) {
    const next = this.nextFresh(direction);
    if (!next) return;
    void this.jump(next.id).then(() => this.#model.seen([next.id]));
  }

  /** `n` and `N` lead from new comment to new comment, never while somebody types. @param {KeyboardEvent} event */
  #onKey = (event) => {
    if (event.key.toLowerCase() !== "n" || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const target = event.composedPath()[0];
    const isTyping = target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
    if (isTyping || this.#host.renderRoot.querySelector("dialog[open]") || this.#model.fresh.size === 0) return;
    event.preventDefault();
    this.jumpToFresh(event.shiftKey ? -1 : 1);
  };

  // --- new and seen -------------------------------------------------------------------------

  /** To be called when something was drawn. */
  watch() {
    for (const article of this.#watched) {
      if (article.isConnected && article.classList.contains("fresh")) continue;
      this.#observer?.unobserve(article);
      this.#watched.delete(article);
    }
    for (const id of this.#model.fresh) {
      const article = this.#article(id);
      if (!article || this.#watched.has(article)) continue;
      this.#watched.add(article);
      this.#observer?.observe(article);
    }
  }

  /** @param {IntersectionObserverEntry[]} entries */
  #onLook(entries) {
    for (const { target, intersectionRatio, intersectionRect } of entries) {
      const id = idOf(target);
      clearTimeout(this.#looking.get(id));
      this.#looking.delete(id);
      const isLookedAt = intersectionRatio >= SEEN_SHARE || intersectionRect.height > innerHeight / 2;
      if (isLookedAt) this.#looking.set(id, setTimeout(() => this.#saw(id), SEEN_AFTER_MS));
    }
  }

  /** @param {string} id */
  #saw(id) {
    this.#looking.delete(id);
    if (document.visibilityState === "visible") this.#model.seen([id]);
    else this.#looking.set(id, setTimeout(() => this.#saw(id), SEEN_AFTER_MS));
  }

  // --- for who listens ----------------------------------------------------------------------

  /** A summary, at most every 10 s. @param {number} count */
  announce(count) {
    this.#unspoken += count;
    this.#speakSoon();
  }

  /** Only what lasts is said: a connection that comes back in time is nobody's concern. @param {boolean} isStale */
  tellConnection(isStale) {
    if (isStale === this.#isStale) return;
    this.#isStale = isStale;
    this.#sentence = isStale ? "The connection is lost. New comments appear when it is back." : "The connection is back.";
    this.#speakSoon();
  }

  #speakSoon() {
    clearTimeout(this.#speakTimer);
    const wait = Math.max(0, this.#lastSpokenAt + ANNOUNCE_EVERY_MS - performance.now());
    this.#speakTimer = setTimeout(() => this.#speak(), wait);
  }

  #speak() {
    const region = this.#host.renderRoot.querySelector(".announcer");
    const news = this.#unspoken > 0 ? plural(this.#unspoken, "new comment") : "";
    const text = [this.#sentence, news].filter((part) => part !== "").join(" ");
    if (!region || text === "") return;
    region.textContent = text;
    this.#unspoken = 0;
    this.#sentence = "";
    this.#lastSpokenAt = performance.now();
  }
}

/** A reload or a way back has the place where the reader was. */
function isFirstVisit() {
  const [navigation] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType("navigation"));
  return navigation === undefined || navigation.type === "navigate";
}

/** @param {Element} article */
function isOverHalfScreen(article) {
  return article.getBoundingClientRect().height > innerHeight / 2;
}
