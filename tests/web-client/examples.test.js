// What the documents of the API show is what this page reads.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { parseFrame } from "../../web-client/src/protocol.js";

const { frames } = JSON.parse(await readFile(new URL("../data/protocol/examples.json", import.meta.url), "utf8"));

test("each example of a live message is read as it stands", () => {
  assert.ok(frames.length > 5);
  for (const frame of frames) assert.deepEqual(parseFrame(JSON.stringify(frame)), frame);
});

test("one without a field that the documents require is not", () => {
  const update = frames.find((/** @type {any} */ { type }) => type === "update");
  for (const field of ["epoch", "prev", "seq"]) {
    assert.equal(parseFrame(JSON.stringify({ ...update, [field]: undefined })), null, field);
  }
});
