// Writes the tables of docs/packs.md from the manifests of the packs that ship. Run by `npm run docs`, after a build.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { knownPacks } from "../dist/src/udf/pack-folders.js";
import { packTables } from "../dist/src/udf/pack-tables.js";

const file = join(dirname(dirname(fileURLToPath(import.meta.url))), "docs", "packs.md");
const shipped = knownPacks().filter(({ where }) => where === "shipped");
const text = readFileSync(file, "utf8");
const [before, , after] = text.split(/^(?=<!-- tables: begin|<!-- tables: end)/m);
const begin = before.length + text.slice(before.length).indexOf("\n") + 1;
writeFileSync(file, `${text.slice(0, begin)}\n${packTables(shipped.map(({ manifest }) => manifest))}\n${after}`);
