// The world outside of the connection and the model: time that a test moves, sockets that it plays.

/** Virtual time with timers. */
export class FakeClock {
  #now = 1_000_000;
  #next = 1;
  /** @type {Map<number, {at: number, callback: () => void}>} */
  #timers = new Map();

  now = () => this.#now;

  setTimer = (callback, ms) => {
    const id = this.#next++;
    this.#timers.set(id, { at: this.#now + ms, callback });
    return id;
  };

  clearTimer = (id) => this.#timers.delete(id);

  /** Milliseconds until the timers that run, in order. */
  get pending() {
    return [...this.#timers.values()].map(({ at }) => at - this.#now).sort((a, b) => a - b);
  }

  /** Moves time on, running each timer when it is due. */
  advance(ms) {
    const end = this.#now + ms;
    for (;;) {
      const due = [...this.#timers].filter(([, { at }]) => at <= end).sort((a, b) => a[1].at - b[1].at)[0];
      if (!due) break;
      this.#timers.delete(due[0]);
      this.#now = due[1].at;
      due[1].callback();
    }
    this.#now = end;
  }
}

/** A socket as the server's end sees it. */
export class FakeSocket {
  onopen = null;
  onmessage = null;
  onclose = null;
  onerror = null;
  /** @type {any[]} */
  sent = [];
  isClosed = false;

  constructor(url, protocol) {
    this.url = url;
    this.protocol = protocol;
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.isClosed = true;
  }

  open() {
    this.onopen?.({});
  }

  deliver(frame) {
    this.onmessage?.({ data: typeof frame === "string" ? frame : JSON.stringify(frame) });
  }

  drop(code = 1006, reason = "") {
    this.onclose?.({ code, reason });
  }
}

/** An event stream as the server's end sees it. */
export class FakeStream {
  onopen = null;
  onmessage = null;
  onerror = null;
  isClosed = false;

  constructor(url) {
    this.url = url;
  }

  close() {
    this.isClosed = true;
  }

  open() {
    this.onopen?.({});
  }

  deliver(frame) {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  drop() {
    this.onerror?.({});
  }
}

/** Answers of a server that a test plays: `on("POST /session", (request) => ({status, body}))`. */
export class FakeServer {
  /** @type {{method: string, path: string, headers: Record<string, string>, body: any}[]} */
  requests = [];
  /** Where the last window that was given out was read. @type {{epoch: string, seq: number} | null} */
  position = null;
  /** @type {Map<string, (request: any) => any>} */
  #handlers = new Map();

  on(route, handler) {
    this.#handlers.set(route, handler);
    return this;
  }

  fetch = async (url, { method, headers, body, credentials, cache }) => {
    const path = url.replace(/^.*\/api\/v1/, "");
    const request = { method, path, headers, credentials, cache, body: body === undefined ? undefined : JSON.parse(body) };
    this.requests.push(request);
    const handler = this.#handlers.get(`${method} ${path}`) ?? this.#handlers.get(`${method} ${path.split("?")[0]}`);
    if (!handler) return problem(404, "not_found");
    const answer = await handler(request);
    if (answer === "lost") throw new TypeError("fetch failed");
    if (answer instanceof Response) return answer;
    if (answer.next_cursor !== undefined) this.position = { epoch: answer.epoch, seq: answer.seq };
    return answer.status === undefined ? json(200, answer) : json(answer.status, answer.body);
  };
}

export function json(status, body) {
  return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });
}

export function problem(status, code, rest = {}) {
  const body = JSON.stringify({ type: "about:blank", title: code, status, detail: `About ${code}.`, code, ...rest });
  return new Response(body, { status, headers: { "content-type": "application/problem+json" } });
}

/** Lets everything that waits for a resolved promise run. */
export async function settle() {
  for (let i = 0; i < 20; ++i) await new Promise((resolve) => setImmediate(resolve));
}

/** A promise that a test resolves. */
export function gate() {
  let open;
  const promise = new Promise((resolve) => (open = resolve));
  return { promise, open };
}
