// Sees when PostgreSQL says that a transaction is committed, and may cut the connection at that very moment: the
// commit stands, but who asked for it does not hear so.

/** Splits the bytes of a backend into messages: a letter, a length, a body. SSL is not spoken here. */
export class BackendMessages {
  #rest = Buffer.alloc(0);
  #is_first = true;

  /** @param {Buffer} bytes @returns {{type: string, body: Buffer, bytes: Buffer}[]} those that are complete */
  take(bytes) {
    this.#rest = this.#rest.length > 0 ? Buffer.concat([this.#rest, bytes]) : bytes;
    const messages = [];
    for (;;) {
      // The answer to the question for SSL or GSS is one letter without a length.
      if (this.#is_first && this.#rest.length === 1 && this.#rest[0] === 0x4e) return [this.#cut(1)];
      if (this.#rest.length < 5) return messages;
      const size = 1 + this.#rest.readUInt32BE(1);
      if (this.#rest.length < size) return messages;
      this.#is_first = false;
      messages.push(this.#cut(size));
    }
  }

  #cut(size) {
    const bytes = this.#rest.subarray(0, size);
    this.#rest = this.#rest.subarray(size);
    return { type: String.fromCharCode(bytes[0]), body: bytes.subarray(5), bytes };
  }
}

/** @param {{type: string, body: Buffer}} message */
export const is_commit = ({ type, body }) => type === 'C' && body.subarray(0, -1).toString() === 'COMMIT';

/**
 * For TcpProxy.start(): asks `decides` at each commit whether to cut there.
 * @param {() => boolean} decides
 * @param {(link: any) => void} [on_cut]
 */
export const cut_at_commit = (decides, on_cut) => () => {
  const messages = new BackendMessages();
  return {
    to_client(bytes, pass, link) {
      for (const message of messages.take(bytes)) {
        if (is_commit(message) && decides()) {
          on_cut?.(link);
          return void link.reset();
        }
        pass(message.bytes);
      }
    },
  };
};
