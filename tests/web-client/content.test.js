import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { existsSync } from "node:fs";
import test from "node:test";
import { contentText, safeHref } from "../../web-client/src/components/content.js";
import { parseFrame } from "../../web-client/src/protocol.js";
import { countdown, plural, signClass, signed } from "../../web-client/src/time.js";

test("links: http, https and mailto, nothing else", () => {
  for (const href of ["http://a.example/", "https://a.example/?q=1#x", "mailto:a@b.example"]) assert.equal(safeHref(href), href);
  for (const href of ["javascript:alert(1)", " javascript:alert(1)", "JaVaScRiPt:x", "java\nscript:x", "data:text/html,x", "vbscript:x",
    "//a.example", "/path", "blob:https://a/1", "file:///etc/passwd", ""]) assert.equal(safeHref(href), null, href);
});

test("the text of a content tree, for quotes", () => {
  const tree = [["p", "one ", ["em", "two"], ["br"], ["a", "https://x/", "three"]], ["quote", ["p", "four"]], ["ul", ["li", "five"], ["li", "six"]]];
  assert.equal(contentText(tree), "one two\nthree\nfour\nfive\nsix");
});

test("frames: unknown types pass, incomplete ones do not", () => {
  assert.deepEqual(parseFrame('{"type":"novelty"}'), { type: "novelty" });
  assert.equal(parseFrame('{"type":"update","epoch":"e","prev":3,"seq":3}'), null);
  assert.equal(parseFrame('{"type":"update","epoch":"e","prev":3,"seq":4,"comments":[{"id":"1"}]}'), null);
  assert.equal(parseFrame('{"type":"update","epoch":"e","prev":3,"seq":4,"scores":[{"id":"1","score":"9"}]}'), null);
  assert.equal(parseFrame(new ArrayBuffer(4)), null);
});

test("words and numbers", () => {
  assert.deepEqual([7, -12, 0].map(signed), ["+7", "-12", "0"]);
  assert.deepEqual([7, -12, 0].map(signClass), ["positive", "negative", "zero"]);
  assert.deepEqual([plural(1, "comment"), plural(0, "comment"), plural(2, "reply", "replies")], ["1 comment", "0 comments", "2 replies"]);
  assert.deepEqual([300_000, 299_500, 61_000, 900, 0].map(countdown), ["5:00", "5:00", "1:01", "0:01", "0:00"]);
});

test("the packages are those of the lock file", () => {
  const require = createRequire(new URL("../../web-client/package.json", import.meta.url));
  const { dependencies, devDependencies } = require("./package.json");
  const lock = require("./package-lock.json");
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
    assert.match(version, /^\d+\.\d+\.\d+$/, `${name} is pinned`);
    assert.equal(lock.packages[`node_modules/${name}`].version, version);
  }
  assert.ok(existsSync(new URL("../../web-client/pages/discussion.html", import.meta.url)));
});
