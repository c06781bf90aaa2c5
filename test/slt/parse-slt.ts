/** Reads sqllogictest files, DuckDB's dialect included, into records. Loops are unrolled when they run, since their bodies use `${i}`. */

export type SltRecord =
  | {
      readonly kind: "statement";
      readonly line: number;
      readonly expect: "ok" | "error" | "maybe";
      readonly sql: string;
      readonly error: string | undefined;
      readonly conditions: readonly Condition[];
    }
  | QueryRecord
  | {
      readonly kind: "loop";
      readonly line: number;
      readonly variable: string;
      readonly values: readonly string[];
      readonly body: readonly SltRecord[];
    }
  | { readonly kind: "require"; readonly line: number; readonly what: string }
  | { readonly kind: "mode"; readonly line: number; readonly skip: boolean }
  | { readonly kind: "hash-threshold"; readonly line: number; readonly count: number }
  | { readonly kind: "halt"; readonly line: number }
  | { readonly kind: "unsupported"; readonly line: number; readonly directive: string };

export interface QueryRecord {
  readonly kind: "query";
  readonly line: number;
  readonly types: string;
  readonly sort: "nosort" | "rowsort" | "valuesort";
  readonly label: string | undefined;
  readonly sql: string;
  readonly expected: readonly string[];
  /** Lines of the file that hold `expected`, half-open, from 0: what `--rewrite` replaces. */
  readonly expectedLines: readonly [number, number];
  readonly conditions: readonly Condition[];
}

export interface Condition {
  readonly only: boolean;
  readonly engine: string;
}

export function parseSlt(text: string): SltRecord[] {
  const parser = new SltParser(text.split(/\r?\n/));
  return parser.records(false);
}

class SltParser {
  readonly #lines: readonly string[];
  #at = 0;
  constructor(lines: readonly string[]) {
    this.#lines = lines;
  }

  records(inLoop: boolean): SltRecord[] {
    const records: SltRecord[] = [];
    let conditions: Condition[] = [];
    while (this.#at < this.#lines.length) {
      const line = this.#at + 1;
      const text = this.#lines[this.#at].trim();
      if (text === "" || text.startsWith("#")) {
        this.#at++;
        continue;
      }
      const [word, ...args] = text.split(/\s+/);
      this.#at++;
      switch (word) {
        case "skipif":
        case "onlyif":
          conditions.push({ only: word === "onlyif", engine: args[0] });
          continue;
        case "statement":
          records.push(this.#statement(line, args, conditions));
          break;
        case "query":
          records.push(this.#query(line, args, conditions));
          break;
        case "loop": {
          const [variable, from, to] = args;
          const values = Array.from({ length: Math.max(0, Number(to) - Number(from)) }, (_, i) => String(Number(from) + i));
          records.push({ kind: "loop", line, variable, values, body: this.records(true) });
          break;
        }
        case "foreach": {
          const [variable, ...values] = args;
          records.push({ kind: "loop", line, variable, values, body: this.records(true) });
          break;
        }
        case "endloop":
          if (inLoop) return records;
          break;
        case "require":
        case "require-env":
          records.push({ kind: "require", line, what: word === "require" ? args[0] : `env ${args[0]}` });
          break;
        case "mode":
          if (args[0] === "skip" || args[0] === "unskip") records.push({ kind: "mode", line, skip: args[0] === "skip" });
          break;
        case "hash-threshold":
          records.push({ kind: "hash-threshold", line, count: Number(args[0]) });
          break;
        case "halt":
          records.push({ kind: "halt", line });
          break;
        default:
          records.push({ kind: "unsupported", line, directive: word });
          this.#skipBlock();
      }
      conditions = [];
    }
    return records;
  }

  #statement(line: number, args: readonly string[], conditions: readonly Condition[]): SltRecord {
    const expect = args[0] === "error" || args[0] === "maybe" ? args[0] : "ok";
    const sql = this.#sql();
    const error = this.#results();
    return { kind: "statement", line, expect, sql, error: error === undefined ? undefined : error.lines.join("\n"), conditions };
  }

  #query(line: number, args: readonly string[], conditions: readonly Condition[]): QueryRecord {
    const [types = "", ...rest] = args;
    const sort = rest.find((word) => word === "rowsort" || word === "valuesort" || word === "nosort") as QueryRecord["sort"] | undefined;
    const label = rest.find((word) => word !== sort);
    const sql = this.#sql();
    const results = this.#results();
    const end = this.#at;
    return {
      kind: "query",
      line,
      types,
      sort: sort ?? "nosort",
      label,
      sql,
      expected: results?.lines ?? [],
      expectedLines: results?.range ?? [end, end],
      conditions,
    };
  }

  /** Lines up to `----` or a blank line. */
  #sql(): string {
    const lines: string[] = [];
    while (this.#at < this.#lines.length && this.#lines[this.#at] !== "" && this.#lines[this.#at].trimEnd() !== "----") {
      lines.push(this.#lines[this.#at++]);
    }
    return lines.join("\n");
  }

  #results(): { lines: string[]; range: [number, number] } | undefined {
    if (this.#lines[this.#at]?.trimEnd() !== "----") return undefined;
    const start = ++this.#at;
    const lines: string[] = [];
    while (this.#at < this.#lines.length && this.#lines[this.#at] !== "") lines.push(this.#lines[this.#at++]);
    return { lines, range: [start, this.#at] };
  }

  #skipBlock(): void {
    while (this.#at < this.#lines.length && this.#lines[this.#at].trim() !== "") this.#at++;
  }
}
