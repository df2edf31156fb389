// A reader of the event stream, by the public protocol alone.

const wait_timeout_ms = 20_000;

export class EventReader {
  /** Opens the stream; `query` as in `?epoch=…&since=…`. */
  static async open(server, discussion, { query = '', headers = {} } = {}) {
    const reader = new EventReader();
    reader.abort = new AbortController();
    reader.response = await fetch(`${server.origin}/api/v1/discussions/${discussion}/events${query}`, {
      headers,
      signal: reader.abort.signal,
    });
    reader.frames = [];
    reader.ids = [];
    reader.waiters = [];
    reader.ended = reader.response.status === 200 ? reader.#read() : Promise.resolve();
    return reader;
  }

  async #read() {
    let text = '';
    const decoder = new TextDecoder();
    try {
      for await (const bytes of this.response.body) {
        text += decoder.decode(bytes, { stream: true });
        const events = text.split('\n\n');
        text = events.pop();
        for (const event of events) this.#take(event);
      }
    } catch (error) {
      if (error.name !== 'AbortError') throw error;
    }
  }

  #take(event) {
    let data;
    let id;
    for (const line of event.split('\n')) {
      if (line.startsWith('data: ')) data = JSON.parse(line.slice(6));
      else if (line.startsWith('id: ')) id = line.slice(4);
      else if (line.startsWith('retry: ')) this.retry_ms = Number(line.slice(7));
      else if (!line.startsWith(':')) throw new Error(`not a line of an event: ${line}`);
    }
    if (data === undefined) return;
    this.frames.push(data);
    if (id !== undefined) this.ids.push(id);
    this.#check();
  }

  #check() {
    this.waiters = this.waiters.filter(({ condition, resolve }) => {
      const found = this.frames.find(condition);
      if (found) resolve(found);
      return !found;
    });
  }

  /** The first frame, past or to come, for which the condition holds. */
  async frame(condition, what = condition.toString()) {
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no event: ${what}\n${JSON.stringify(this.frames, null, 1)}`)), wait_timeout_ms);
    });
    const found = new Promise((resolve) => {
      this.waiters.push({ condition, resolve });
      this.#check();
    });
    try {
      return await Promise.race([found, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  async close() {
    this.abort.abort();
    await this.ended;
  }
}
