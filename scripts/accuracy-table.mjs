// Writes the tolerance table of docs/accuracy.md from the reference values under test/timeseries/reference. Run by `npm run docs`.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, "test", "timeseries", "reference");
const rows = new Map();
for (const file of readdirSync(folder).filter((name) => name.endsWith(".json"))) {
  const { cases, versions } = JSON.parse(readFileSync(join(folder, file), "utf8"));
  for (const one of cases ?? []) {
    const row = { ...one, against: withVersion(one.against, versions ?? {}), why: one.why ?? "" };
    const key = [row.function, row.against, row.tolerance, row.why].join("\n");
    rows.set(key, { ...row, count: (rows.get(key)?.count ?? 0) + 1 });
  }
}

/** "statsmodels.tsa.stattools.acf" of the version that the file names. */
function withVersion(against, versions) {
  const [library] = against.split(/[. ]/);
  return versions[library] === undefined ? against : `${against} (${versions[library]})`;
}

const cell = (text) => String(text).replaceAll("|", "\\|").replaceAll("\n", " ");
const sorted = [...rows.values()].sort((a, b) => (a.function < b.function ? -1 : a.function > b.function ? 1 : 0));
const table = [
  "| function | checked against | values | tolerance, relative | why it is not 1e-6 |",
  "|---|---|---|---|---|",
  ...sorted.map(
    (row) =>
      `| \`${cell(row.function)}\` | ${cell(row.against)} | ${row.count} | ${row.tolerance === 0 ? "exact" : cell(row.tolerance)} | ${cell(row.why)} |`,
  ),
].join("\n");
const page = join(root, "docs", "accuracy.md");
const text = readFileSync(page, "utf8");
const [before, after] = ["<!-- tolerances -->", "<!-- end of tolerances -->"];
const start = text.indexOf(before) + before.length;
writeFileSync(page, `${text.slice(0, start)}\n\n${table}\n\n${text.slice(text.indexOf(after))}`);
