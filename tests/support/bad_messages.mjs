// What a client may say on the live socket and must not: every bad class of JSON and of bytes, for every message.

import assert from 'node:assert/strict';

import { bad_json, wrong_fields } from './bad_requests.mjs';

const said = {
  subscribe: { type: 'subscribe', topic: 'discussion:nowhere', epoch: 'k3v9', since: 3 },
  'subscribe to several': { type: 'subscribe', topics: ['count:nowhere', 'count:elsewhere'] },
  unsubscribe: { type: 'unsubscribe', topic: 'discussion:nowhere' },
  authenticate: { type: 'authenticate', ticket: 'x'.repeat(43) },
};
const client_frame_bytes_max = 64 * 1024;

const is_utf8 = (bytes) => Buffer.compare(Buffer.from(bytes.toString('utf8')), bytes) === 0;

/** [what, bytes, the object that they are, if they are one]: of each message, in each bad form. */
function* bad_messages() {
  for (const [name, message] of Object.entries(said)) {
    for (const [what, raw] of Object.entries(bad_json(message))) yield [`${name}: ${what}`, Buffer.from(raw)];
    for (const body of wrong_fields(message)) {
      const text = JSON.stringify(body);
      yield [`${name}: ${text.slice(0, 200)}`, Buffer.from(text), body];
    }
  }
}

/** The code with which bytes that are no message at all end the socket. */
function ends_with(bytes) {
  if (bytes.length > client_frame_bytes_max) return 1009;
  return is_utf8(bytes) ? null : 1007;
}

/**
 * Says each on a socket of `open()`, a LiveReader. Each is answered by one error, or ends its socket with the right code,
 * and the socket goes on; whoever else is there hears nothing of it. `contract`: what the documents allow is left out.
 * Gives how many were tried.
 */
export async function say_bad_messages(open, contract) {
  const canary = await open();
  const reader = await open();
  let count = 0;
  for (const [what, bytes, body] of bad_messages()) {
    if (body && contract.may_say(body)) continue;
    ++count;
    const code = ends_with(bytes);
    if (code !== null) {
      const doomed = await open();
      doomed.socket.send(bytes, { binary: false });
      assert.equal((await doomed.closed).code, code, what);
      continue;
    }
    // What comes before the answer to this one is the answer to the bad one.
    const topic = `discussion:probe-${count}`;
    const before = reader.frames.length;
    reader.socket.send(bytes, { binary: false });
    reader.send({ type: 'subscribe', topic });
    const answer = await reader.frame((frame) => frame.topic === topic, `${what}: no answer to what came after it`);
    const frames = reader.frames.slice(before, reader.frames.indexOf(answer));
    assert.equal(frames.length, 1, `${what}: ${JSON.stringify(frames)}`);
    assert.equal(frames[0].type, 'error', `${what}: ${JSON.stringify(frames)}`);
    contract.message('tell', frames[0]);
    if (!body) assert.ok(['malformed', 'invalid_field'].includes(frames[0].code), `${what}: ${frames[0].code}`);
  }
  assert.deepEqual(canary.frames, []);
  canary.send({ type: 'subscribe', topic: 'discussion:canary' });
  await canary.frame(({ code, topic }) => code === 'unknown_discussion' && topic === 'discussion:canary');
  for (const one of [canary, reader]) await one.close();
  return count;
}
