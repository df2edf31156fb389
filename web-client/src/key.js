/**
 * A new idempotency key: 128 random bits. Not crypto.randomUUID(), which pages without TLS lack.
 * @returns {string}
 */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
