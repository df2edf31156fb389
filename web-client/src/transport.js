// What all ways by which updates reach a page have in common, as types.

/** @typedef {import("./protocol.js").Position} Position */
/** @typedef {import("./protocol.js").LiveFrame} LiveFrame */

/**
 * What the page sees of the connection. `connecting`: for the first time; `live`: what happens
 * arrives as it happens; `polling`: it is asked for every few seconds; `reconnecting`: worked, or
 * is trying again; `offline`: several tries failed, or the browser has no network; `closed`: given
 * up, since the server said not to come back.
 * @typedef {"connecting" | "live" | "polling" | "reconnecting" | "offline" | "closed"} Status
 */

/** @typedef {"websocket" | "stream" | "polling"} TransportName */

/**
 * One way by which updates reach a page: a WebSocket, an event stream, polling, or the choice
 * among them.
 * @typedef {object} Transport
 * @property {() => void} start
 * @property {() => void} stop for good, or until start(): no handler is called afterwards
 * @property {() => void} subscribe asks for what happened since the position that is held now
 * @property {() => void} hurry tries again now rather than later
 * @property {() => void} [authenticate] the viewer is signed in now: hears what is for them alone
 */

/**
 * @typedef {object} Handlers
 * @property {() => Position | null} position what the page holds now
 * @property {(status: Status) => void} status
 * @property {(frame: LiveFrame) => "ignored" | "applied" | "gap" | "reset"} update
 * @property {(frame: LiveFrame) => void} reload the windows must be read again, then subscribe() is
 *   to be called; a `reload`, or the update that showed that it is time
 * @property {(frame: LiveFrame, ageMs?: number) => void} message `current`, `presence` and what
 *   else there is; with how long ago it was true
 * @property {() => Promise<{ticket: string, topics: string[]} | null>} [ticket] makes a socket the viewer's;
 *   null where nobody is signed in
 * @property {(what: string[]) => void} [changed] what the viewer reads by HTTP is another now
 * @property {() => void} [ended] the session that the socket was the viewer's by is over
 * @property {(name: TransportName) => void} [via] by which way it goes from now on
 * @property {() => void} [failed] an attempt ended without one word from the server
 */

/**
 * The world outside, injected.
 * @typedef {object} Surroundings
 * @property {(callback: () => void, ms: number) => unknown} setTimer
 * @property {(timer: any) => void} clearTimer
 * @property {() => number} random in [0, 1)
 * @property {() => number} now ms
 * @property {() => boolean} [isOnline]
 * @property {() => boolean} [isHidden] nobody looks at the page
 */

/** What to do once an attempt has ended. @typedef {import("./protocol.js").NextAttempt} NextAttempt */

export {};
