// A TCP proxy that keeps its port while what stands behind it comes and goes, and that can do to connections what
// networks do: delay, cut, reset, swallow. Filters may look at the bytes and decide.

import { connect, createServer } from 'node:net';

/**
 * What a filter gets to see of one connection. Each method is given the bytes of one direction and passes on what it
 * wants by calling `pass`; it may end the link.
 * @typedef {object} Filter
 * @property {(bytes: Buffer, pass: (bytes: Buffer) => void, link: Link) => void} [to_server]
 * @property {(bytes: Buffer, pass: (bytes: Buffer) => void, link: Link) => void} [to_client]
 */

/** One connection with its other half. */
class Link {
  #proxy;
  /** Nothing gets through any more, and nobody is told. */
  is_swallowed = false;

  constructor(proxy, client, target, filter) {
    this.#proxy = proxy;
    this.client = client;
    this.server = connect({ ...target, noDelay: true, allowHalfOpen: true });
    client.setNoDelay(true);
    this.#pipe(client, this.server, filter?.to_server);
    this.#pipe(this.server, client, filter?.to_client);
  }

  #pipe(from, to, filter) {
    const pass = (bytes) => this.#pass(from, to, bytes);
    from.on('data', (bytes) => {
      if (this.is_swallowed) return;
      if (filter) filter(bytes, pass, this);
      else pass(bytes);
    });
    from.on('error', () => this.reset());
    // A half-open connection stays so for the other end, until that finds out by itself.
    from.on('end', () => (this.is_swallowed ? from.destroy() : this.#later(() => to.end())));
    from.on('close', () => {
      if (this.server.destroyed && this.client.destroyed) this.#proxy.forget(this);
    });
  }

  #later(action) {
    if (this.#proxy.delay_ms > 0) setTimeout(action, this.#proxy.delay_ms);
    else action();
  }

  #pass(from, to, bytes) {
    this.#later(() => {
      if (this.is_swallowed || to.destroyed || to.writableEnded) return;
      if (to.write(bytes) || from.isPaused()) return;
      // Who does not read is felt at the other end, as without a proxy.
      from.pause();
      to.once('drain', () => this.is_swallowed || from.resume());
    });
  }

  /** Both ends see a reset. */
  reset() {
    for (const socket of [this.client, this.server]) {
      if (!socket.destroyed) socket.resetAndDestroy();
    }
  }

  /** Half-open from now on: each end believes that the other is still there. With `reads`, bytes vanish; without, they pile up. */
  swallow({ reads = true } = {}) {
    this.is_swallowed = true;
    for (const socket of [this.client, this.server]) {
      if (!reads) socket.pause();
      else socket.resume();
    }
  }
}

export class TcpProxy {
  delay_ms = 0;
  /** New connections are taken and never answered. */
  swallows_new = false;
  /** New connections are reset. */
  refuses_new = false;
  /** @type {Set<Link>} */
  links = new Set();
  cut_count = 0;

  /**
   * @param {() => {host?: string, port: number} | null} target where new connections lead; null: nobody is there
   * @param {(link: Link) => Filter} [filter_of] a filter for each new connection
   */
  static async start(target, filter_of) {
    const proxy = new TcpProxy();
    proxy.server = createServer({ allowHalfOpen: true }, (client) => {
      client.on('error', () => {});
      const to = target();
      if (to === null || proxy.refuses_new) return void client.resetAndDestroy();
      const link = new Link(proxy, client, { host: '127.0.0.1', ...to }, filter_of?.(proxy));
      proxy.links.add(link);
      if (proxy.swallows_new) link.swallow();
    });
    await new Promise((resolve) => proxy.server.listen({ host: '127.0.0.1', port: 0, backlog: 1024 }, resolve));
    proxy.port = proxy.server.address().port;
    proxy.origin = `http://127.0.0.1:${proxy.port}`;
    return proxy;
  }

  /** @param {Link} link */
  forget(link) {
    this.links.delete(link);
  }

  /** Resets those of the present connections that are chosen; says how many. @param {(link: Link) => boolean} [is_chosen] */
  cut(is_chosen = () => true) {
    const chosen = [...this.links].filter(is_chosen);
    for (const link of chosen) link.reset();
    this.cut_count += chosen.length;
    return chosen.length;
  }

  /** @param {(link: Link) => boolean} is_chosen @param {{reads?: boolean}} [how] */
  swallow(is_chosen, how) {
    const chosen = [...this.links].filter(is_chosen);
    for (const link of chosen) link.swallow(how);
    return chosen.length;
  }

  async stop() {
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const link of this.links) {
      link.client.destroy();
      link.server.destroy();
    }
    await closed;
  }
}
