import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatValue } from "../../src/functions/cast/index.ts";
import { Session, type Table, valueAt, WeirError } from "../../src/index.ts";
import { parseSlt, type QueryRecord, type SltRecord } from "./parse-slt.ts";

export interface SltFailure {
  readonly file: string;
  readonly line: number;
  readonly sql: string;
  readonly reason: string;
}

export interface SltReport {
  passed: number;
  failed: number;
  /** Records that need what is not there yet, and those that build on them. */
  unsupported: number;
  /** Left out by the file itself: skipif, mode skip, require. */
  skipped: number;
  readonly failures: SltFailure[];
  /** Why records were unsupported, by how many. */
  readonly reasons: Map<string, number>;
}

export const emptyReport = (): SltReport => ({ passed: 0, failed: 0, unsupported: 0, skipped: 0, failures: [], reasons: new Map() });

/** Names under which a file's skipif and onlyif mean us: we speak DuckDB's dialect. */
const OUR_NAMES = new Set(["weir", "duckdb"]);
/** What `require` may ask for: parts that DuckDB loads as extensions and we always have, and settings of its builds that do not concern us. */
const PRESENT = new Set([
  "parquet",
  "json",
  "icu",
  "core_functions",
  "skip_reload",
  "vector_size",
  "noforcestorage",
  "no_extension_autoloading",
  "64bit",
  "allow_unsigned_extensions",
]);

export interface RunSltOptions {
  /** Takes the actual rows as the expected ones; the caller writes them back. */
  readonly onActual?: (record: QueryRecord, rows: readonly string[]) => void;
}

export async function runSltFile(file: string, report: SltReport, options: RunSltOptions = {}): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "weir-slt-"));
  const session = new Session({ timeZone: "UTC", threads: 2 });
  try {
    await new FileRun(file, folder, session, report, options).run(parseSlt(readFileSync(file, "utf8")));
  } finally {
    await session.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

class FileRun {
  readonly #file: string;
  readonly #folder: string;
  readonly #session: Session;
  readonly #report: SltReport;
  readonly #options: RunSltOptions;
  readonly #variables = new Map<string, string>();
  readonly #labels = new Map<string, string>();
  #skipping = false;
  #halted = false;
  #missingPart: string | undefined;
  /** After something unsupported, missing tables are its consequence. */
  #lacks: string | undefined;

  constructor(file: string, folder: string, session: Session, report: SltReport, options: RunSltOptions) {
    this.#file = file;
    this.#folder = folder;
    this.#session = session;
    this.#report = report;
    this.#options = options;
  }

  async run(records: readonly SltRecord[]): Promise<void> {
    for (const record of records) {
      if (this.#halted) return;
      await this.#one(record);
    }
  }

  async #one(record: SltRecord): Promise<void> {
    switch (record.kind) {
      case "mode":
        this.#skipping = record.skip;
        return;
      case "halt":
        this.#halted = true;
        return;
      case "hash-threshold":
        return;
      case "require":
        if (!PRESENT.has(record.what.toLowerCase())) this.#missingPart = record.what;
        return;
      case "unsupported":
        this.#unsupported(`directive ${record.directive}`);
        return;
      case "loop": {
        const outer = this.#variables.get(record.variable);
        for (const value of record.values) {
          this.#variables.set(record.variable, value);
          await this.run(record.body);
        }
        if (outer === undefined) this.#variables.delete(record.variable);
        else this.#variables.set(record.variable, outer);
        return;
      }
      default: {
        const left =
          this.#skipping || this.#missingPart !== undefined || record.conditions.some(({ only, engine }) => OUR_NAMES.has(engine) !== only);
        if (left) this.#report.skipped++;
        else if (record.kind === "statement") await this.#statement(record);
        else await this.#query(record);
      }
    }
  }

  async #statement(record: SltRecord & { kind: "statement" }): Promise<void> {
    const sql = this.#fill(record.sql);
    const error = await this.#try(() => this.#session.query(sql));
    if (error instanceof WeirError && this.#isLacking(error)) return this.#unsupported(reasonOf(error));
    const failed = error instanceof Error;
    if (record.expect === "maybe" || failed === (record.expect === "error")) {
      this.#report.passed++;
    } else this.#fail(record.line, sql, failed ? `unexpected error: ${error.message}` : "expected an error");
  }

  async #query(record: QueryRecord): Promise<void> {
    const sql = this.#fill(record.sql);
    const table = await this.#try(() => this.#session.query(sql));
    if (table instanceof WeirError && this.#isLacking(table)) return this.#unsupported(reasonOf(table));
    if (table instanceof Error) return this.#fail(record.line, sql, `unexpected error: ${table.message}`);
    const rows = rowsOf(table);
    this.#options.onActual?.(
      record,
      sortedRows(rows, record.sort).map((row) => row.join("\t")),
    );
    if (record.label !== undefined) {
      const hash = hashOf(sortedRows(rows, record.sort));
      const earlier = this.#labels.get(record.label);
      if (earlier !== undefined && earlier !== hash)
        return this.#fail(record.line, sql, `differs from the earlier query labelled ${record.label}`);
      this.#labels.set(record.label, hash);
    }
    const expected = record.expected.map((line) => this.#fill(line));
    const reason = compare(rows, expected, record);
    if (reason === undefined) this.#report.passed++;
    else this.#fail(record.line, sql, reason);
  }

  async #try(run: () => Promise<Table>): Promise<Table | Error> {
    try {
      return await run();
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  #isLacking(error: WeirError): boolean {
    if (error.phase === "unsupported") {
      this.#lacks ??= error.message;
      return true;
    }
    return this.#lacks !== undefined && /does not exist/.test(error.message);
  }

  #fill(text: string): string {
    return text
      .replace(/\$\{(\w+)\}/g, (whole, name: string) => this.#variables.get(name) ?? whole)
      .replaceAll("__TEST_DIR__", this.#folder)
      .replaceAll("{TEST_DIR}", this.#folder);
  }

  #unsupported(reason: string): void {
    this.#report.unsupported++;
    this.#report.reasons.set(reason, (this.#report.reasons.get(reason) ?? 0) + 1);
  }

  #fail(line: number, sql: string, reason: string): void {
    this.#report.failed++;
    this.#report.failures.push({ file: this.#file, line, sql, reason });
  }
}

/** The error without the names in it, so that like ones are counted together. */
const reasonOf = (error: WeirError): string => error.message.replace(/"[^"]*"/g, '"…"');

function rowsOf(table: Table): string[][] {
  return table.batches.flatMap((batch) =>
    Array.from({ length: batch.length }, (_, row) =>
      batch.columns.map((column, c) => {
        const value = valueAt(column, row);
        if (value === null) return "NULL";
        const text = formatValue(table.schema[c].type, value);
        return text === "" ? "(empty)" : text;
      }),
    ),
  );
}

function sortedRows(rows: readonly (readonly string[])[], sort: QueryRecord["sort"]): (readonly string[])[] {
  if (sort === "nosort") return [...rows];
  if (sort === "valuesort") {
    return rows
      .flat()
      .sort()
      .map((value) => [value]);
  }
  const key = (row: readonly string[]) => row.join("\u0001");
  return [...rows].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}

function hashOf(rows: readonly (readonly string[])[]): string {
  const hash = createHash("md5");
  for (const value of rows.flat()) hash.update(`${value}\n`);
  return hash.digest("hex");
}

function compare(rows: readonly (readonly string[])[], expected: readonly string[], record: QueryRecord): string | undefined {
  const width = record.types.length;
  if (rows.length > 0 && rows[0].length !== width) return `expected ${width} columns, got ${rows[0].length}`;
  const hashed = /^(\d+) values hashing to ([0-9a-f]{32})$/.exec(expected[0] ?? "");
  const actual = sortedRows(rows, record.sort);
  if (expected.length === 1 && hashed !== null) {
    const count = actual.flat().length;
    if (count !== Number(hashed[1])) return `expected ${hashed[1]} values, got ${count}`;
    return hashOf(actual) === hashed[2] ? undefined : `expected hash ${hashed[2]}, got ${hashOf(actual)}`;
  }
  const wanted = sortedRows(expectedRows(expected, width, actual.length, record.sort), record.sort);
  if (wanted.length !== actual.length) return `expected ${wanted.length} rows, got ${actual.length}: ${preview(actual)}`;
  for (const [i, row] of wanted.entries()) {
    for (const [c, value] of row.entries()) {
      const type = record.types[record.sort === "valuesort" ? 0 : c];
      if (!sameCell(value, actual[i][c] ?? "", type)) return `row ${i + 1}, column ${c + 1}: expected ${value}, got ${actual[i][c]}`;
    }
  }
  return undefined;
}

/** Rows are lines with tabs, or (in the original format) one value a line. */
function expectedRows(lines: readonly string[], width: number, rowCount: number, sort: QueryRecord["sort"]): string[][] {
  if (sort === "valuesort") return lines.flatMap((line) => line.split("\t")).map((value) => [value]);
  if (width > 1 && lines.length === rowCount * width && !lines.some((line) => line.includes("\t"))) {
    return Array.from({ length: rowCount }, (_, row) => lines.slice(row * width, (row + 1) * width));
  }
  return lines.map((line) => (width === 1 ? [line] : line.split("\t")));
}

function sameCell(expected: string, actual: string, type: string): boolean {
  if (expected === actual) return true;
  if (/^<REGEX>:/.test(expected)) return new RegExp(`^(?:${expected.slice(8)})$`, "s").test(actual);
  const bool = (text: string) => (/^(true|1)$/i.test(text) ? "true" : /^(false|0)$/i.test(text) ? "false" : text);
  if (/^(true|false)$/i.test(actual)) return bool(expected) === bool(actual);
  if (type === "I" || type === "R" || type === "T") {
    const [x, y] = [Number(expected), Number(actual)];
    if (expected.trim() === "" || actual.trim() === "" || Number.isNaN(x) || Number.isNaN(y))
      return /^nan$/i.test(expected) && /^nan$/i.test(actual);
    return x === y || Math.abs(x - y) <= 1e-9 * Math.max(Math.abs(x), Math.abs(y)) + (type === "R" ? 1e-12 : 0);
  }
  return false;
}

const preview = (rows: readonly (readonly string[])[]) =>
  rows
    .slice(0, 3)
    .map((row) => row.join(" | "))
    .join(" / ");
