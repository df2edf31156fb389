// What this browser remembers for its reader: drafts, collapsed threads, that somebody signed in.

/**
 * @typedef {object} Draft
 * @property {string} text
 * @property {{comment: string, author: string, text: string} | null} quote
 * @property {string | null} key of an attempt whose end is not known; used again for the same text
 */

/** @typedef {Pick<globalThis.Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">} Backing */

const COLLAPSED_MAX = 500;

/** Storage that may be refused (private windows, quotas): then things are remembered until the page goes. @returns {Backing} */
export function browserBacking() {
  try {
    const storage = globalThis.localStorage;
    storage.getItem("parley");
    return storage;
  } catch {
    return memoryBacking();
  }
}

/** @returns {Backing} */
export function memoryBacking() {
  /** @type {Map<string, string>} */
  const items = new Map();
  return {
    getItem: (name) => items.get(name) ?? null,
    setItem: (name, value) => void items.set(name, value),
    removeItem: (name) => void items.delete(name),
    key: (index) => [...items.keys()][index] ?? null,
    get length() {
      return items.size;
    },
  };
}

export class Memory {
  #backing;
  #prefix;
  #site;

  /** @param {Backing} backing @param {string} server @param {string} discussion */
  constructor(backing, server, discussion) {
    this.#backing = backing;
    this.#site = `parley:${server}`;
    this.#prefix = `${this.#site}:${discussion}`;
  }

  /** Drafts by what they answer: "" for the discussion itself, a comment's id, or "edit:ID". @returns {Map<string, Draft>} */
  drafts() {
    const prefix = `${this.#prefix}:draft:`;
    /** @type {Map<string, Draft>} */
    const drafts = new Map();
    for (let i = 0; i < this.#backing.length; ++i) {
      const name = this.#backing.key(i);
      if (!name?.startsWith(prefix)) continue;
      const draft = this.#read(name);
      if (typeof draft?.text !== "string") continue;
      drafts.set(name.slice(prefix.length), { text: draft.text, quote: draft.quote ?? null, key: draft.key ?? null });
    }
    return drafts;
  }

  /** @param {string} place @param {Draft | null} draft */
  setDraft(place, draft) {
    const name = `${this.#prefix}:draft:${place}`;
    if (draft === null) this.#backing.removeItem(name);
    else this.#write(name, draft);
  }

  /** @returns {Set<string>} */
  collapsed() {
    const ids = this.#read(`${this.#prefix}:collapsed`);
    return new Set(Array.isArray(ids) ? ids : []);
  }

  /** @param {ReadonlySet<string>} ids */
  setCollapsed(ids) {
    const name = `${this.#prefix}:collapsed`;
    if (ids.size === 0) this.#backing.removeItem(name);
    else this.#write(name, [...ids].slice(-COLLAPSED_MAX));
  }

  /** Somebody signed in here: worth asking the server who it is. @returns {boolean} */
  get signedIn() {
    return this.#read(`${this.#site}:signed-in`) === true;
  }

  set signedIn(value) {
    if (value) this.#write(`${this.#site}:signed-in`, true);
    else this.#backing.removeItem(`${this.#site}:signed-in`);
  }

  /** @param {string} name @returns {any} */
  #read(name) {
    try {
      return JSON.parse(this.#backing.getItem(name) ?? "null");
    } catch {
      return null;
    }
  }

  /** @param {string} name @param {unknown} value */
  #write(name, value) {
    try {
      this.#backing.setItem(name, JSON.stringify(value));
    } catch {
      // Full or refused: the page goes on without remembering.
    }
  }
}
