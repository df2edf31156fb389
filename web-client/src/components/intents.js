// What a person wants, as events that rise to the root component. It alone calls the model.

/** @typedef {{place: string, text?: string, quote?: import("../storage.js").Draft["quote"]}} DraftChange */
/**
 * @typedef {object} Intents
 * @property {{id: string, value: -1 | 0 | 1}} vote
 * @property {DraftChange} draft a keystroke, or a quote taken or dropped
 * @property {{place: string}} discard the draft is thrown away
 * @property {{place: string}} send the draft of a place is to be posted
 * @property {{id: string}} save the edit of a comment is to be saved
 * @property {{id: string}} remove
 * @property {{id: string}} toggle a thread is collapsed or opened
 * @property {{parent: string | null}} more
 * @property {{ids: string[]}} reveal
 */

/**
 * @template {keyof Intents} Name
 * @param {Name} name
 * @param {Intents[Name]} detail
 * @returns {CustomEvent<Intents[Name]>}
 */
export function intent(name, detail) {
  return new CustomEvent(`parley-${name}`, { detail, bubbles: true, cancelable: true });
}
