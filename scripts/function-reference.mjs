// Writes docs/functions.md from the documentation that functions carry. Run by `npm run docs`, after a build.
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { functionRegistry } from "../dist/src/index.js";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const families = Map.groupBy?.(functionRegistry().definitions(), (fn) => fn.family) ?? group(functionRegistry().definitions());

function group(definitions) {
  const map = new Map();
  for (const fn of definitions) map.set(fn.family, [...(map.get(fn.family) ?? []), fn]);
  return map;
}

const cell = (text) => text.replaceAll("|", "\\|").replaceAll("\n", "<br>");
const lines = ["# Functions", "", "Generated from the code by `npm run docs`. NULL in gives NULL out unless said otherwise.", ""];
for (const [family, functions] of [...families].sort(([a], [b]) => (a < b ? -1 : 1))) {
  lines.push(`## ${family}`, "", "| function | what it gives | example | result |", "|---|---|---|---|");
  for (const { name, aliases, doc } of functions) {
    const others = aliases?.length ? ` (also ${aliases.map((alias) => `\`${cell(alias)}\``).join(", ")})` : "";
    const source = doc.source ? ` Source: ${cell(doc.source)}.` : "";
    const example = doc.example === "" ? "" : `\`${cell(doc.example)}\``;
    const result = doc.result === "" ? "" : `\`${cell(doc.result)}\``;
    lines.push(`| \`${cell(`${name}(${doc.params.join(", ")})`)}\`${others} | ${cell(doc.summary)}${source} | ${example} | ${result} |`);
  }
  lines.push("");
}
writeFileSync(join(root, "docs", "functions.md"), `${lines.join("\n")}`);
