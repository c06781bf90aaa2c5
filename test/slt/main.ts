import { readFileSync, writeFileSync } from "node:fs";
import { weirEngine } from "../../cli/slt/engine.ts";
import type { QueryRecord } from "../../cli/slt/parse-slt.ts";
import { emptyReport, runSltFile, sltFiles } from "../../cli/slt/run-slt.ts";
import { duckDbEngine } from "./engine.ts";

/**
 * Runs sqllogictest files and counts what passed. `--oracle duckdb` runs them on DuckDB and writes its answers into the files as the
 * expected ones; `--rewrite` writes ours. `--messages` holds errors to the text behind their `----`, which engines word differently.
 */
const USAGE = "usage: npm run slt -- <file or folder> … [--report json] [--messages] [--oracle duckdb | --rewrite]";
const args = process.argv.slice(2);
const paths: string[] = [];
const given = { json: false, rewrite: false, oracle: false, messages: false };
for (let i = 0; i < args.length; i++) {
  if (args[i] === "--report") {
    if (args[++i] !== "json") fail(`--report takes json\n${USAGE}`);
    given.json = true;
  } else if (args[i] === "--oracle") {
    if (args[++i] !== "duckdb") fail(`--oracle takes duckdb\n${USAGE}`);
    given.oracle = true;
  } else if (args[i] === "--rewrite") given.rewrite = true;
  else if (args[i] === "--messages") given.messages = true;
  else if (args[i].startsWith("-")) fail(`unknown option ${args[i]}\n${USAGE}`);
  else paths.push(args[i]);
}
if (paths.length === 0) fail(USAGE);
if (given.oracle && given.messages) fail(`the messages are ours, not DuckDB's\n${USAGE}`);

const files = paths.flatMap(sltFiles);
if (files.length === 0) fail(`no .slt or .test file under ${paths.join(", ")}`);
const total = emptyReport();
for (const file of files) {
  const actual: { record: QueryRecord; rows: readonly string[] }[] = [];
  await runSltFile(file, total, {
    messages: given.messages,
    engine: given.oracle ? duckDbEngine : weirEngine,
    ...(given.rewrite || given.oracle ? { onActual: (record: QueryRecord, rows: readonly string[]) => actual.push({ record, rows }) } : {}),
  });
  if (actual.length > 0) rewriteFile(file, actual);
}
const reasons = [...total.reasons].sort((a, b) => b[1] - a[1]).map(([reason, count]) => ({ reason, count }));
if (given.json) {
  const { passed, failed, unsupported, skipped, failures } = total;
  console.log(JSON.stringify({ files: files.length, passed, failed, unsupported, skipped, reasons, failures }, null, 2));
} else {
  for (const { file, line, sql, reason } of total.failures) console.log(`${file}:${line}: ${reason}\n  ${sql.split("\n").join("\n  ")}`);
  for (const { reason, count } of reasons) console.log(`${String(count).padStart(6)} ${reason}`);
  console.log(
    `${total.passed} passed, ${total.failed} failed, ${total.unsupported} unsupported, ${total.skipped} skipped in ${files.length} files`,
  );
}
process.exitCode = total.failed > 0 && !given.oracle ? 1 : 0;

/** Puts the actual rows in the place of the expected ones, from the end so that line numbers stay right. Loop bodies, which run several times, are left. */
function rewriteFile(file: string, actual: readonly { record: QueryRecord; rows: readonly string[] }[]): void {
  const lines = readFileSync(file, "utf8").split("\n");
  const once = actual.filter(({ record }) => actual.filter((other) => other.record === record).length === 1);
  for (const { record, rows } of [...once].reverse()) {
    if (record.expected === undefined) continue;
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
