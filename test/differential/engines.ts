import { WeirError } from "../../src/core/errors.ts";
import type { Value } from "../../src/core/value.ts";
import type { Table } from "../../src/core/vector.ts";
import { Session } from "../../src/session.ts";
import { parseOne, type Query, walk } from "../../src/sql/index.ts";
import { storedSource } from "../../src/statements/stored-rows.ts";
import { type Comparison, compareTables, DEFAULT_COMPARE } from "../../src/verify/compare.ts";
import { resultOrder } from "../../src/verify/order.ts";
import { DuckDbReference, type DuckDbRows } from "../../src/verify/reference.ts";
import { columnsOf, compareSchemas } from "../../src/verify/verify.ts";
import { batchesOf, type TableSpec } from "./tables.ts";

export type Verdict =
  | { readonly kind: "agrees"; readonly rows: number }
  | { readonly kind: "both fail"; readonly ours: string; readonly theirs: string }
  /** Weir does not have it, and says so. */
  | { readonly kind: "not run"; readonly reason: string }
  | { readonly kind: "differs"; readonly summary: string; readonly detail: string };

/** Weir and DuckDB over the same tables. */
export class Engines {
  readonly session = new Session({ timeZone: "UTC", threads: 2, now: () => 1_700_000_000_123_456 });
  reference = new DuckDbReference();
  /** Another text for Weir, of the same meaning; DuckDB gets the query as it is. */
  rewrite: ((sql: string) => Promise<string>) | undefined;
  #zone = "UTC";
  #loaded: readonly TableSpec[] = [];

  async start(): Promise<void> {
    await this.reference.run(`SET TimeZone = '${this.#zone}'; SET threads = 1`);
  }

  async load(tables: readonly TableSpec[]): Promise<void> {
    this.#loaded = [...this.#loaded.filter(({ name }) => !tables.some((table) => table.name === name)), ...tables];
    for (const table of tables) {
      const batches = batchesOf(table);
      this.session.catalog.create(
        {
          kind: "table",
          name: table.name,
          schema: table.schema,
          // Large tables as CREATE TABLE stores them; the batches of small ones stay as they are, down to one row each.
          source:
            table.rows.length > 1000
              ? storedSource(table.schema, batches)
              : { kind: "memory", schema: table.schema, batches, rowCount: table.rows.length },
          notNull: table.schema.map(() => false),
          defaults: table.schema.map(() => undefined),
        },
        { replace: true },
      );
      await this.reference.load(table.name, table.schema, batches);
    }
  }

  /** The session's zone in both. */
  async setTimeZone(zone: string): Promise<void> {
    await this.run(`SET TimeZone = '${zone}'`);
    this.#zone = zone;
  }

  /** Runs statements that make tables in both. */
  async run(script: string): Promise<void> {
    await this.session.query(script);
    await this.reference.run(script);
  }

  async ask(sql: string): Promise<Verdict> {
    const text = this.rewrite === undefined ? sql : await settle(this.rewrite(sql));
    const [ours, theirs] = await Promise.all([
      text instanceof Error ? text : settle(this.session.query(text)),
      settle(this.reference.query(sql)),
    ]);
    if (ours instanceof Error) {
      if (theirs instanceof Error) return { kind: "both fail", ours: ours.message, theirs: theirs.message };
      if (isLacking(ours)) return { kind: "not run", reason: ours.message.replace(/"[^"]*" at .*/, "") };
      return {
        kind: "differs",
        summary: `error here only: ${anonymous(ours.message)}`,
        detail: `Weir: ${ours.name}: ${ours.message}\nDuckDB: ${theirs.rowCount} rows`,
      };
    }
    if (theirs instanceof Error && /INTERNAL Error|has been invalidated/.test(theirs.message)) {
      await this.#restart();
      return { kind: "not run", reason: "an internal error of DuckDB" };
    }
    if (theirs instanceof Error) {
      return {
        kind: "differs",
        summary: `error in DuckDB only: ${anonymous(theirs.message)}`,
        detail: `Weir: ${ours.rowCount} rows\n${theirs.message}`,
      };
    }
    // docs/differences.md, types-of-null: where DuckDB folds a constant NULL, a decimal column of NULLs has another type there.
    const onlyNull = (c: number) => theirs.columns[c]?.every((value) => value === null) ?? true;
    const schema = compareSchemas(
      ours.schema,
      theirs,
      theirs.types.flatMap((_, c) => (ours.schema[c]?.type.kind === "decimal" && onlyNull(c) ? [c] : [])),
    );
    if (schema.length > 0) {
      return {
        kind: "differs",
        summary: `types: ${schema.map((line) => line.replace(/^\w+: /, "")).join("; ")}`,
        detail: schema.join("\n"),
      };
    }
    const query = parseOne(sql) as Query;
    const types = ours.schema.map((field) => field.type);
    const columns = columnsOf(ours);
    const comparison = compareTables(types, { columns, rowCount: ours.rowCount }, theirs, {
      ...DEFAULT_COMPARE,
      ...(addsFloats(query) ? { tolerance: 1e-6, absoluteTolerance: 1e-7 } : {}),
      sortKeys: resultOrder(query, theirs.names).keys,
    });
    if (comparison.agrees) return { kind: "agrees", rows: ours.rowCount };
    return { kind: "differs", ...explain(ours, columns, theirs, comparison) };
  }

  /** After an internal error DuckDB refuses everything. */
  async #restart(): Promise<void> {
    await this.reference.close();
    this.reference = new DuckDbReference();
    await this.start();
    for (const table of this.#loaded) await this.reference.load(table.name, table.schema, batchesOf(table));
  }

  async close(): Promise<void> {
    await this.session.close();
    await this.reference.close();
  }
}

const settle = <T>(promise: Promise<T>): Promise<T | Error> =>
  promise.catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));

const isLacking = (error: Error): boolean =>
  error instanceof WeirError && (error.phase === "unsupported" || /^(table )?function "[^"]*" does not exist/.test(error.message));

const anonymous = (message: string): string => message.split("\n")[0].replace(/[\d.]+|"[^"]*"|'[^']*'/g, "…");

const ADDING = /^(sum|avg|mean|stddev|var|corr|covar|regr|median|quantile_cont|list_avg|list_sum|product)/;

/** Sums of floats whose terms cancel have an error that is not relative to their result. */
function addsFloats(query: Query): boolean {
  let found = false;
  walk(query, (node) => {
    if (node.kind === "call" && ADDING.test(node.name[node.name.length - 1].name.toLowerCase())) found = true;
  });
  return found;
}

function explain(ours: Table, columns: readonly (readonly Value[])[], theirs: DuckDbRows, comparison: Comparison) {
  const row = (side: readonly (readonly Value[])[], at: number) =>
    at === -1 ? "no such row" : side.map((column) => show(column[at])).join(" | ");
  const lines = comparison.differing.slice(0, 5).map(({ ours: a, theirs: b, columns: wrong }) => {
    const where = wrong.length > 0 ? ` (column ${wrong.map((c) => ours.schema[c].name).join(", ")})` : "";
    return `  Weir   ${row(columns, a)}\n  DuckDB ${row(theirs.columns, b)}${where}`;
  });
  const summary =
    comparison.misorderedFrom !== undefined
      ? "order of rows"
      : ours.rowCount !== theirs.rowCount
        ? `${ours.rowCount === 0 ? "no rows" : "rows"}: number`
        : "values";
  const counts = `Weir ${ours.rowCount} rows, DuckDB ${theirs.rowCount} rows, ${comparison.differingCount} differ`;
  return {
    summary,
    detail: [summary === "order of rows" ? `${counts}, order differs from row ${comparison.misorderedFrom}` : counts, ...lines].join("\n"),
  };
}

function show(value: Value | undefined): string {
  if (value === undefined) return "?";
  return (
    JSON.stringify(value, (_, inner) =>
      typeof inner === "bigint" ? `${inner}n` : typeof inner === "number" && !Number.isFinite(inner) ? String(inner) : inner,
    ) ?? String(value)
  );
}
