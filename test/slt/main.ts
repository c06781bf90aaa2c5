import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { QueryRecord } from "./parse-slt.ts";
import { emptyReport, runSltFile } from "./run-slt.ts";

/** `npm run slt -- <file or folder> … [--report json] [--rewrite]`: runs sqllogictest files and counts what passed. */
const USAGE = "usage: npm run slt -- <file or folder> … [--report json] [--rewrite]";
const args = process.argv.slice(2);
const paths: string[] = [];
let json = false;
let rewrite = false;
for (let i = 0; i < args.length; i++) {
  if (args[i] === "--report") {
    if (args[++i] !== "json") fail(`--report takes json\n${USAGE}`);
    json = true;
  } else if (args[i] === "--rewrite") rewrite = true;
  else if (args[i].startsWith("-")) fail(`unknown option ${args[i]}\n${USAGE}`);
  else paths.push(args[i]);
}
if (paths.length === 0) fail(USAGE);

const files = paths.flatMap(sltFiles);
if (files.length === 0) fail(`no .slt or .test file under ${paths.join(", ")}`);
const total = emptyReport();
for (const file of files) {
  const actual: { record: QueryRecord; rows: readonly string[] }[] = [];
  await runSltFile(file, total, rewrite ? { onActual: (record, rows) => actual.push({ record, rows }) } : {});
  if (rewrite) rewriteFile(file, actual);
}
const reasons = [...total.reasons].sort((a, b) => b[1] - a[1]).map(([reason, count]) => ({ reason, count }));
if (json) {
  const { passed, failed, unsupported, skipped, failures } = total;
  console.log(JSON.stringify({ files: files.length, passed, failed, unsupported, skipped, reasons, failures }, null, 2));
} else {
  for (const { file, line, sql, reason } of total.failures) console.log(`${file}:${line}: ${reason}\n  ${sql.split("\n").join("\n  ")}`);
  for (const { reason, count } of reasons) console.log(`${String(count).padStart(6)} unsupported: ${reason}`);
  console.log(
    `${total.passed} passed, ${total.failed} failed, ${total.unsupported} unsupported, ${total.skipped} skipped in ${files.length} files`,
  );
}
process.exitCode = total.failed > 0 ? 1 : 0;

function sltFiles(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) =>
      entry.isDirectory() ? sltFiles(join(path, entry.name)) : /\.(slt|test)$/.test(entry.name) ? [join(path, entry.name)] : [],
    );
}

/** Puts the actual rows in the place of the expected ones, from the end so that line numbers stay right. Loop bodies, which run several times, are left. */
function rewriteFile(file: string, actual: readonly { record: QueryRecord; rows: readonly string[] }[]): void {
  const lines = readFileSync(file, "utf8").split("\n");
  const once = actual.filter(({ record }) => actual.filter((other) => other.record === record).length === 1);
  for (const { record, rows } of [...once].reverse()) {
    const [start, end] = record.expectedLines;
    const hasRule = lines[start - 1]?.trimEnd() === "----";
    lines.splice(start, end - start, ...(hasRule ? rows : ["----", ...rows]));
  }
  writeFileSync(file, lines.join("\n"));
}

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}
