// Reads what Redis pushes to a subscriber, and may leave out messages, as Redis itself does when it must.

const newline = Buffer.from('\r\n');

/**
 * The length of the first complete RESP value in `bytes`, or 0 where it is not complete.
 * @param {Buffer} bytes @param {number} [from]
 */
export function value_length(bytes, from = 0) {
  const end = bytes.indexOf(newline, from);
  if (end < 0) return 0;
  const kind = String.fromCharCode(bytes[from]);
  const size = Number(bytes.subarray(from + 1, end).toString());
  let at = end + 2;
  if (kind === '$' || kind === '=' || kind === '!') {
    if (size >= 0) at += size + 2;
    return at <= bytes.length ? at - from : 0;
  }
  if (kind === '*' || kind === '>' || kind === '~' || kind === '%') {
    const parts = kind === '%' ? size * 2 : size;
    for (let i = 0; i < parts; ++i) {
      const length = at < bytes.length ? value_length(bytes, at) : 0;
      if (length === 0) return 0;
      at += length;
    }
  }
  return at - from;
}

const message_starts = ['*3\r\n$7\r\nmessage\r\n', '>3\r\n$7\r\nmessage\r\n', '*3\r\n$8\r\nsmessage\r\n'].map((text) => Buffer.from(text));

/** @param {Buffer} value */
export const is_message = (value) => message_starts.some((start) => value.subarray(0, start.length).equals(start));

/**
 * For TcpProxy.start(): asks `drops` for each message that is pushed to a subscriber.
 * @param {(message: Buffer) => boolean} drops
 */
export const drop_messages = (drops) => () => {
  let rest = Buffer.alloc(0);
  return {
    to_client(bytes, pass) {
      rest = rest.length > 0 ? Buffer.concat([rest, bytes]) : bytes;
      let at = 0;
      for (let length = value_length(rest, at); length > 0; length = at < rest.length ? value_length(rest, at) : 0) {
        const value = rest.subarray(at, at + length);
        if (!is_message(value) || !drops(value)) pass(value);
        at += length;
      }
      rest = rest.subarray(at);
    },
  };
};
