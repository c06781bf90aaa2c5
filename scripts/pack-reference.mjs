// Writes the tables of docs/packs.md from the manifests of the packs that ship. Run by `npm run docs`, after a build.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { knownPacks } from "../dist/src/udf/packs/folders.js";
import { packTables } from "../dist/src/udf/packs/tables.js";

const file = join(dirname(dirname(fileURLToPath(import.meta.url))), "docs", "packs.md");
const shipped = knownPacks().filter(({ where }) => where === "shipped");
const tables = packTables(shipped.map(({ manifest }) => manifest));
const text = readFileSync(file, "utf8");
writeFileSync(
  file,
  text.replace(/(<!-- tables: begin[^\n]*\n)[\s\S]*(<!-- tables: end -->)/, (_, begin, end) => `${begin}\n${tables}\n${end}`),
);
