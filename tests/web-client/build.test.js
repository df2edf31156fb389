import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const JS_GZIP_BYTES_MAX = 40_000;
const CSS_GZIP_BYTES_MAX = 8_000;
const webClient = fileURLToPath(new URL("../../web-client/", import.meta.url));

/** Builds once for all tests of this file. */
function build() {
  const out = mkdtempSync(join(tmpdir(), "parley-web-"));
  execFileSync(process.execPath, [join(webClient, "build.mjs"), "--out", out]);
  const files = new Map(readdirSync(out).map((name) => [name, readFileSync(join(out, name))]));
  rmSync(out, { recursive: true });
  return files;
}

const files = build();
const textOf = (name) => files.get(name).toString("utf8");

test("build: everything that the server serves", () => {
  assert.deepEqual([...files.keys()].sort(), ["404.html", "discussion.html", "favicon.svg", "index.html", "parley.css", "parley.js"]);
});

test("build: small enough", () => {
  const js = gzipSync(files.get("parley.js"), { level: 9 }).length;
  const css = gzipSync(files.get("parley.css"), { level: 9 }).length;
  console.log(`parley.js ${js} bytes gzipped (of ${JS_GZIP_BYTES_MAX}), parley.css ${css} (of ${CSS_GZIP_BYTES_MAX})`);
  assert.ok(js <= JS_GZIP_BYTES_MAX);
  assert.ok(css <= CSS_GZIP_BYTES_MAX);
});

test("build: fit for a strict content security policy, and for no other site", () => {
  for (const page of ["index.html", "discussion.html", "404.html"]) {
    assert.doesNotMatch(textOf(page), /<style|\sstyle=|\son[a-z]+=|(?:src|href)="(?:https?:)?\/\//, page);
    for (const [, attributes] of textOf(page).matchAll(/<script([^>]*)>/g)) {
      assert.match(attributes, /type="module" src="\/|type="application\/json"/, page);
    }
  }
  assert.doesNotMatch(textOf("parley.css"), /url\(\s*["']?(?:https?:)?\/\/|@import/);
});

test("pages: the placeholders are those that are documented", () => {
  const documented = readFileSync(join(webClient, "MARKUP.md"), "utf8");
  for (const page of ["index.html", "discussion.html", "404.html"]) {
    const section = documented.slice(documented.indexOf(`\`${page}\``)).split(/\n`[a-z0-9]+\.html`/)[0];
    for (const [, name] of textOf(page).matchAll(/\{\{([a-z_]+)\}\}/g)) assert.match(section, new RegExp(`\\| \`${name}\` \\|`), `${page}: ${name}`);
  }
});
