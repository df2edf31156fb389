// npm run build -- --out DIR: writes all that the server serves of this folder.

import { build } from "esbuild";
import { copyFile, mkdir, readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { parseArgs } from "node:util";

const here = fileURLToPath(new URL(".", import.meta.url));
const { values } = parseArgs({ options: { out: { type: "string" } } });
if (!values.out) {
  console.error("Usage: npm run build -- --out DIR");
  process.exit(64);
}
const out = values.out;
const targets = ["chrome111", "firefox113", "safari16.4"];

/** The shadow root adopts the style sheets as text, so they are minified before they are imported. */
const cssText = {
  name: "css-text",
  /** @param {import("esbuild").PluginBuild} plugin */
  setup(plugin) {
    plugin.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const result = await build({ entryPoints: [path], write: false, minify: true, target: targets });
      return { contents: result.outputFiles[0].text, loader: "text" };
    });
  },
};

/** Templates keep their white space in the source for people; readers need not load it. */
const tightTemplates = {
  name: "tight-templates",
  /** @param {import("esbuild").PluginBuild} plugin */
  setup(plugin) {
    plugin.onLoad({ filter: /src\/components\/.*\.js$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      return { contents: source.replace(/\n[ ]{2,}/g, "\n "), loader: "js" };
    });
  },
};

await mkdir(out, { recursive: true });
await build({
  entryPoints: [join(here, "src/main.js")],
  outfile: join(out, "parley.js"),
  bundle: true,
  format: "esm",
  minify: true,
  target: targets,
  legalComments: "none",
  conditions: ["production"],
  plugins: [cssText, tightTemplates],
});
await build({
  entryPoints: [join(here, "styles/parley.css")],
  outfile: join(out, "parley.css"),
  bundle: true,
  minify: true,
  target: targets,
});
for (const name of await readdir(join(here, "pages"))) await copyFile(join(here, "pages", name), join(out, name));
