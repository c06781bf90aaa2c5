import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { WeirError } from "../../src/index.ts";
import { type SltEngine, type TextRows, weirEngine } from "./engine.ts";
import { type Condition, parseSlt, type QueryRecord, type SltRecord } from "./parse-slt.ts";

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
  /** Why records were unsupported, and why what failed did, by how many. */
  readonly reasons: Map<string, number>;
}

export const emptyReport = (): SltReport => ({ passed: 0, failed: 0, unsupported: 0, skipped: 0, failures: [], reasons: new Map() });

/** What `require` may ask for: parts that DuckDB loads as extensions and we always have, and settings of its builds that do not concern us. */
const PRESENT =
  /^(parquet|json|icu|core_functions|skip_reload|vector_size \d+|noforcestorage|no_extension_autoloading.*|64bit|allow_unsigned_extensions|notwindows|notmusl|notmingw|noalternativeverify|no_alternative_verify|no_vector_verification|no_latest_storage|longdouble|strinline|block_size \d+|ram \S+|disk_space \S+)$/;

export interface RunSltOptions {
  readonly engine?: () => SltEngine | Promise<SltEngine>;
  /** Errors must hold the text that stands behind their `----`: for files that are ours, since every engine words its own. */
  readonly messages?: boolean;
  /** Takes the actual rows as the expected ones; the caller writes them back. */
  readonly onActual?: (record: QueryRecord, rows: readonly string[]) => void;
}

/** The .slt and .test files of a folder and the folders in it, in alphabetical order; a file is itself. */
export function sltFiles(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) =>
      entry.isDirectory() ? sltFiles(join(path, entry.name)) : /\.(slt|test)$/.test(entry.name) ? [join(path, entry.name)] : [],
    );
}

export async function runSltFile(file: string, report: SltReport, options: RunSltOptions = {}): Promise<void> {
  const engine = await (options.engine ?? (() => weirEngine()))();
  try {
    await new FileRun(file, engine, report, options).run(parseSlt(readFileSync(file, "utf8")));
  } finally {
    await engine.close();
  }
}

class FileRun {
  readonly #file: string;
  readonly #engine: SltEngine;
  readonly #report: SltReport;
  readonly #options: RunSltOptions;
  readonly #variables = new Map<string, string>();
  readonly #labels = new Map<string, string>();
  #skipping = false;
  #halted = false;
  #missingPart: string | undefined;
  /** After something unsupported, missing tables are its consequence. */
  #lacks: string | undefined;

  constructor(file: string, engine: SltEngine, report: SltReport, options: RunSltOptions) {
    this.#file = file;
    this.#engine = engine;
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
      case "reset-label":
        this.#labels.delete(record.label);
        return;
      case "require":
        if (!PRESENT.test(record.what.toLowerCase())) this.#missingPart = record.what;
        return;
      case "unsupported":
        if (!this.#skipping && this.#missingPart === undefined) this.#unsupported(`directive ${record.directive}`);
        return;
      case "loop":
        return this.#loop(record);
      default: {
        const left = this.#skipping || this.#missingPart !== undefined || record.conditions.some((condition) => !this.#holds(condition));
        if (left) this.#report.skipped++;
        else if (record.kind === "statement") await this.#statement(record);
        else await this.#query(record);
      }
    }
  }

  async #loop(record: SltRecord & { kind: "loop" }): Promise<void> {
    const outer = new Map(this.#variables);
    for (const turn of this.#turns(record)) {
      for (const [i, name] of record.variables.entries()) this.#variables.set(name, turn[i] ?? "");
      await this.run(record.body);
    }
    this.#variables.clear();
    for (const [name, value] of outer) this.#variables.set(name, value);
  }

  /** What the variables of a loop take in each turn. */
  #turns({ over, variables }: SltRecord & { kind: "loop" }): readonly (readonly string[])[] {
    if ("words" in over) {
      return over.words.map((word) => (variables.length === 1 ? [this.#fill(word)] : this.#fill(word).split(",")));
    }
    const [from, to] = [Number(this.#fill(over.from)), Number(this.#fill(over.to))];
    return Array.from({ length: Math.max(0, to - from) }, (_, i) => [String(from + i)]);
  }

  /** `skipif duckdb`, and inside loops `onlyif i=3`. */
  #holds({ only, engine }: Condition): boolean {
    const [, name, operator, value] = /^(\w+)(=|<>|!=|<=|>=|<|>)(.*)$/.exec(engine) ?? [];
    if (name === undefined) return this.#engine.names.has(engine) === only;
    const actual = this.#variables.get(name) ?? "";
    const compared = { "=": actual === value, "<>": actual !== value, "!=": actual !== value }[operator];
    const [a, b] = [Number(actual), Number(value)];
    return (compared ?? { "<": a < b, ">": a > b, "<=": a <= b, ">=": a >= b }[operator]) === only;
  }

  async #statement(record: SltRecord & { kind: "statement" }): Promise<void> {
    const sql = this.#fill(record.sql);
    const result = await this.#try(sql);
    if (
      result instanceof WeirError &&
      this.#isLacking(result) &&
      !(record.expect === "error" && record.error !== undefined && this.#options.messages)
    ) {
      return this.#unsupported(reasonOf(result));
    }
    const failed = result instanceof Error;
    if (record.expect !== "maybe" && failed !== (record.expect === "error")) {
      this.#fail(record.line, sql, failed ? `unexpected error: ${result.message}` : "expected an error");
    } else if (
      failed &&
      record.error !== undefined &&
      this.#options.messages &&
      !sameMessage(this.#fill(record.error), messageOf(result))
    ) {
      this.#fail(record.line, sql, `expected the error "${record.error}", got "${messageOf(result)}"`);
    } else this.#report.passed++;
  }

  async #query(record: QueryRecord): Promise<void> {
    const sql = this.#fill(record.sql);
    const rows = await this.#try(sql);
    if (rows instanceof WeirError && this.#isLacking(rows)) return this.#unsupported(reasonOf(rows));
    if (rows instanceof Error) return this.#fail(record.line, sql, `unexpected error: ${rows.message}`);
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
    const reason =
      record.expected === undefined
        ? undefined
        : compare(
            rows,
            record.expected.map((line) => this.#fill(line)),
            record,
          );
    if (reason === undefined) this.#report.passed++;
    else if (reason.startsWith("directive")) this.#unsupported(reason);
    else this.#fail(record.line, sql, reason);
  }

  async #try(sql: string): Promise<TextRows | Error> {
    try {
      return await this.#engine.query(sql);
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
      .replaceAll("__TEST_DIR__", this.#engine.folder)
      .replaceAll("{TEST_DIR}", this.#engine.folder);
  }

  #unsupported(reason: string): void {
    this.#report.unsupported++;
    this.#count(`unsupported: ${reason}`);
  }

  #fail(line: number, sql: string, reason: string): void {
    this.#report.failed++;
    this.#report.failures.push({ file: this.#file, line, sql, reason });
    this.#count(`failed: ${anonymous(reason)}`);
  }

  #count(reason: string): void {
    this.#report.reasons.set(reason, (this.#report.reasons.get(reason) ?? 0) + 1);
  }
}

/** The reason without the names and numbers in it, so that like ones are counted together. */
const anonymous = (reason: string): string =>
  reason
    .split("\n")[0]
    .replace(/"[^"]*"/g, '"…"')
    .replace(/: expected .*$/, ": another value")
    .replace(/\d+/g, "…")
    .slice(0, 160);

const reasonOf = (error: WeirError): string => error.message.replace(/"[^"]*"/g, '"…"');

const messageOf = (error: Error): string =>
  [error.message, error instanceof WeirError ? error.hint : undefined].filter((part) => part !== undefined).join("; ");

function sameMessage(expected: string, actual: string): boolean {
  const pattern = /^<REGEX>:/.test(expected) ? new RegExp(expected.slice(8), "s") : undefined;
  return pattern === undefined ? actual.includes(expected.trim()) : pattern.test(actual);
}

function sortedRows(rows: TextRows, sort: QueryRecord["sort"]): TextRows {
  if (sort === "nosort") return rows;
  if (sort === "valuesort") {
    return rows
      .flat()
      .sort()
      .map((value) => [value]);
  }
  const key = (row: readonly string[]) => row.join("\u0001");
  return [...rows].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}

function hashOf(rows: TextRows): string {
  const hash = createHash("md5");
  for (const value of rows.flat()) hash.update(`${value}\n`);
  return hash.digest("hex");
}

/** Why the rows are not the expected ones; undefined where they are. */
function compare(rows: TextRows, expected: readonly string[], record: QueryRecord): string | undefined {
  const width = record.types.length;
  if (rows.length > 0 && rows[0].length !== width) return `expected ${width} columns, got ${rows[0].length}`;
  if (/^<FILE>:/.test(expected[0] ?? "")) return "directive <FILE> as a result";
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
  if (/^<!REGEX>:/.test(expected)) return !new RegExp(`^(?:${expected.slice(9)})$`, "s").test(actual);
  const bool = (text: string) => (/^(true|1)$/i.test(text) ? "true" : /^(false|0)$/i.test(text) ? "false" : text);
  if (/^(true|false)$/i.test(actual)) return bool(expected) === bool(actual);
  if (type === "I" || type === "R" || type === "T") {
    const [x, y] = [Number(expected), Number(actual)];
    if (expected.trim() === "" || actual.trim() === "" || Number.isNaN(x) || Number.isNaN(y))
      return /^-?nan$/i.test(expected) && /^nan$/i.test(actual);
    return x === y || Math.abs(x - y) <= 1e-9 * Math.max(Math.abs(x), Math.abs(y)) + (type === "R" ? 1e-12 : 0);
  }
  return false;
}

const preview = (rows: TextRows) =>
  rows
    .slice(0, 3)
    .map((row) => row.join(" | "))
    .join(" / ");
