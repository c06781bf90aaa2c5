import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** The minified builds, for browsers, of the packages that draw charts in a page; each after those it needs. */
export async function chartLibraries(names: readonly ("vega" | "vega-lite" | "vega-embed")[]): Promise<string[]> {
  const require = createRequire(import.meta.url);
  return Promise.all(names.map((name) => readFile(join(dirname(require.resolve(name)), `${name}.min.js`), "utf8")));
}
