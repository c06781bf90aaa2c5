/**
 * Reads sqllogictest files, DuckDB's dialect included, into records. Loops are unrolled when they run, since their bodies use `${i}`.
 * `concurrentloop` and `concurrentforeach` run one turn after the other; connections (`statement ok con1`) are one session.
 */

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
      /** Several in `foreach a,b 1,2 3,4`. */
      readonly variables: readonly string[];
      /** What the variables take, or the bounds of a `loop`; either may use variables of loops around. */
      readonly over: { readonly words: readonly string[] } | { readonly from: string; readonly to: string };
      readonly body: readonly SltRecord[];
    }
  | { readonly kind: "require"; readonly line: number; readonly what: string }
  | { readonly kind: "mode"; readonly line: number; readonly skip: boolean }
  | { readonly kind: "hash-threshold"; readonly line: number; readonly count: number }
  | { readonly kind: "reset-label"; readonly line: number; readonly label: string }
  | { readonly kind: "halt"; readonly line: number }
  | { readonly kind: "unsupported"; readonly line: number; readonly directive: string };

export interface QueryRecord {
  readonly kind: "query";
  readonly line: number;
  readonly types: string;
  readonly sort: "nosort" | "rowsort" | "valuesort";
  readonly label: string | undefined;
  readonly sql: string;
  /** Undefined where no `----` stands: the query must run, whatever it gives. */
  readonly expected: readonly string[] | undefined;
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
        case "loop":
        case "concurrentloop": {
          const [variable, from = "0", to = "0"] = args;
          records.push({ kind: "loop", line, variables: [variable], over: { from, to }, body: this.records(true) });
          break;
        }
        case "foreach":
        case "concurrentforeach": {
          const [variables, ...words] = args;
          records.push({ kind: "loop", line, variables: variables.split(","), over: { words: wordsOf(words) }, body: this.records(true) });
          break;
        }
        case "endloop":
          if (inLoop) return records;
          break;
        case "require":
        case "require-env":
          records.push({ kind: "require", line, what: word === "require" ? args.join(" ") : `env ${args[0]}` });
          break;
        case "mode":
          // output_hash, output_result, no_output and debug say what the runner prints of itself.
          if (args[0] === "skip" || args[0] === "unskip") records.push({ kind: "mode", line, skip: args[0] === "skip" });
          break;
        case "reset":
          if (args[0] === "label") records.push({ kind: "reset-label", line, label: args[1] });
          else records.push({ kind: "unsupported", line, directive: `reset ${args[0]}` });
          break;
        case "sleep":
        case "tags":
        case "set":
          // Waiting for other connections, names for selecting tests, and the seed of another engine's random().
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
    const sort = rest.find(isSort);
    // What else stands there is a label, or the name of a connection before the sort mode.
    const label = rest.slice(sort === undefined ? 0 : rest.indexOf(sort) + 1).find((word) => !/^con\d*$/.test(word));
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
      expected: results?.lines,
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

const isSort = (word: string): word is QueryRecord["sort"] => word === "rowsort" || word === "valuesort" || word === "nosort";

const SIGNED = ["tinyint", "smallint", "integer", "bigint", "hugeint"];
const UNSIGNED = ["utinyint", "usmallint", "uinteger", "ubigint", "uhugeint"];
const NUMERIC = [...SIGNED, ...UNSIGNED, "float", "double"];
/** Lists that DuckDB's runner knows by name. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  "<signed>": SIGNED,
  "<unsigned>": UNSIGNED,
  "<integral>": [...SIGNED, ...UNSIGNED],
  "<numeric>": NUMERIC,
  "<alltypes>": [...NUMERIC, "bool", "interval", "varchar"],
  "<compression>": ["none", "uncompressed", "rle", "bitpacking", "dictionary", "fsst", "alp", "alprd"],
};

/** The values of a foreach: groups by name, and without those that a `!` goes before. */
function wordsOf(words: readonly string[]): string[] {
  const left = new Set(words.filter((word) => word.startsWith("!")).map((word) => word.slice(1)));
  return words
    .filter((word) => !word.startsWith("!"))
    .flatMap((word) => GROUPS[word] ?? [word])
    .filter((word) => !left.has(word));
}
