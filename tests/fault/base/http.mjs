// Plain HTTP requests over kept connections. An answer, or an error: then it is unknown what became of it.

import { Agent, request as begin } from 'node:http';

const timeout_ms = 8_000;

export class HttpClient {
  #agent = new Agent({ keepAlive: true, maxSockets: 256 });

  /**
   * @param {string} origin
   * @param {string} method
   * @param {string} path
   * @param {{token?: string, key?: string, body?: unknown, timeout?: number}} [options]
   * @returns {Promise<{status: number, headers: Record<string, any>, text: string, json: any}>}
   */
  request(origin, method, path, { token, key, body, timeout = timeout_ms } = {}) {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      ...(text === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }),
      ...(token ? { Authorization: `Bearer ${token}` } : {}),
      ...(key ? { 'Idempotency-Key': key } : {}),
    };
    return new Promise((resolve, reject) => {
      const outgoing = begin(origin + path, { method, headers, agent: this.#agent }, (incoming) => {
        const chunks = [];
        incoming.on('data', (bytes) => chunks.push(bytes));
        incoming.on('error', reject);
        incoming.on('aborted', () => reject(new Error('cut off')));
        incoming.on('end', () => {
          const answer = Buffer.concat(chunks).toString();
          const is_json = (incoming.headers['content-type'] ?? '').includes('json');
          try {
            resolve({ status: incoming.statusCode, headers: incoming.headers, text: answer, json: is_json && answer ? JSON.parse(answer) : undefined });
          } catch (error) {
            reject(error);
          }
        });
      });
      // Of the whole exchange: a socket that trickles must not keep it.
      const timer = setTimeout(() => outgoing.destroy(new Error('no answer in time')), timeout);
      outgoing.on('close', () => clearTimeout(timer));
      outgoing.on('error', reject);
      outgoing.end(text);
    });
  }

  close() {
    this.#agent.destroy();
  }
}

/**
 * All comments of a discussion as a fresh page would read them, as one window.
 * @param {HttpClient} http
 * @param {string} origin
 * @param {string} discussion
 * @param {{epoch?: string, min_seq?: number}} [at_least]
 */
export async function read_whole(http, origin, discussion, at_least = {}) {
  const windows = [];
  let cursor = null;
  do {
    const query = new URLSearchParams({ limit: '1000', ...at_least, ...(cursor === null ? {} : { cursor }) });
    const { status, json, text, headers } = await http.request(origin, 'GET', `/api/v1/discussions/${discussion}/comments?${query}`);
    if (status !== 200) throw new Error(`reading ${discussion}: ${status} ${text}`);
    windows.push({ ...json, stale: headers['parley-stale'] !== undefined });
    cursor = json.next_cursor;
  } while (cursor !== null);
  return windows;
}
