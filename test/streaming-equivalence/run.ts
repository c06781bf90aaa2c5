import { WeirError } from "../../src/core/errors.ts";
import type { Table } from "../../src/core/vector.ts";
import { Session } from "../../src/session.ts";
import { parseOne, type Query } from "../../src/sql/index.ts";
import { compareTables, DEFAULT_COMPARE } from "../../src/verify/compare.ts";
import { DuckDbReference } from "../../src/verify/reference.ts";
import { toDuckDb } from "../../src/verify/translate.ts";
import { columnsOf } from "../../src/verify/verify.ts";
import { Choices, randomStream } from "../differential/choices.ts";
import { countOperators } from "../differential/operators.ts";
import { batchOf } from "../exec/operator-harness.ts";
import { StreamEngine, type Variant } from "./engine.ts";
import { streamQuery } from "./queries.ts";
import { generateTables, type Rows, shuffled } from "./tables.ts";

export interface StreamReport {
  readonly seed: number;
  readonly queries: number;
  readonly agree: number;
  readonly notRun: number;
  readonly nonEmpty: number;
  readonly operatorsPerQuery: number;
  readonly differences: readonly string[];
  /** Why queries were not run, and of which kind those were that ran, by how many. */
  readonly reasons: ReadonlyMap<string, number>;
  readonly kinds: ReadonlyMap<string, number>;
  readonly elapsedMs: number;
}

export interface StreamRunOptions {
  readonly seed: number;
  readonly queries: number;
  readonly maxDifferences: number;
  /** Every query in every variant instead of a random one. */
  readonly cross: boolean;
  /** Another text of a query, of the same meaning, for the streams. */
  readonly rewrite?: (sql: string, engine: StreamEngine, query: number) => Promise<string>;
}

const QUERIES_PER_TABLES = 25;
const BATCH_ROWS = [1, 7, 1024];

/** Runs each query as a batch here and in DuckDB, and as a stream in one random variant: all must end in the same rows. */
export async function runStreaming(options: StreamRunOptions): Promise<StreamReport> {
  const started = performance.now();
  const random = randomStream(options.seed);
  const reference = new DuckDbReference();
  const reasons = new Map<string, number>();
  const kinds = new Map<string, number>();
  const differences: string[] = [];
  const count = (map: Map<string, number>, key: string) => map.set(key, (map.get(key) ?? 0) + 1);
  let [agree, notRun, nonEmpty, operators, done] = [0, 0, 0, 0, 0];
  try {
    while (done < options.queries && differences.length < options.maxDifferences) {
      const choices = new Choices([], random);
      const { a, b, d } = generateTables(choices);
      const session = new Session({ timeZone: "UTC", threads: 1, now: () => 1_700_000_000_000_000 });
      for (const [name, rows] of [
        ["ta", a],
        ["tb", b],
        ["td", d],
      ] as const) {
        addTable(session, name, rows);
        await reference.load(name, rows.schema, tableBatches(rows));
      }
      const last = Math.min(options.queries, done + QUERIES_PER_TABLES);
      for (; done < last && differences.length < options.maxDifferences; done++) {
        const asked = streamQuery(choices);
        const named = (from: "s" | "t") => asked.sql.replaceAll("{a}", `${from}a`).replaceAll("{b}", `${from}b`).replaceAll("{d}", "td");
        operators += countOperators(parseOne(named("t")) as Query);
        try {
          const expected = await session.query(named("t"));
          const theirs = await reference.query(toDuckDb(parseOne(named("t")) as Query, translation(session)).sql);
          const wrong = difference(expected, { rowCount: theirs.rowCount, columns: theirs.columns });
          if (wrong !== undefined) {
            differences.push(`${named("t")}\n  batch and DuckDB: ${wrong}`);
            continue;
          }
          let isFine = true;
          for (const variant of variants(choices, options.cross)) {
            const engine = new StreamEngine(d);
            engine.setStream("sa", a.schema, variant.shuffled ? shuffled(a.rows, choices) : a.rows, variant.batchRows);
            engine.setStream("sb", b.schema, variant.shuffled ? shuffled(b.rows, choices) : b.rows, variant.batchRows);
            const asStream = named("s") + asked.emit;
            const text = options.rewrite === undefined ? asStream : await options.rewrite(asStream, engine, done);
            const run = await engine.run(text, variant).catch((error: unknown) => {
              if (error instanceof WeirError && error.phase === "unsupported") throw error;
              return error as Error;
            });
            const about = `${text}\n  ${JSON.stringify(variant)}`;
            if (run instanceof Error) {
              differences.push(`${about}: ${run.message}\n${run.stack?.split("\n").slice(1, 6).join("\n")}`);
              isFine = false;
              break;
            }
            if (run.late > 0) differences.push(`${about}: ${run.late} rows were late`);
            const off = difference(expected, { rowCount: run.table.rowCount, columns: columnsOf(run.table) });
            if (off !== undefined) {
              differences.push(`${about}: ${off}`);
              isFine = false;
              break;
            }
          }
          if (!isFine) continue;
          agree++;
          if (expected.rowCount > 0) nonEmpty++;
          count(kinds, asked.kind);
        } catch (error) {
          if (!(error instanceof WeirError)) throw error;
          notRun++;
          count(reasons, `${asked.kind}: ${error.message.split("\n")[0].slice(0, 120)}`);
        }
      }
      await session.close();
    }
  } finally {
    await reference.close();
  }
  return {
    seed: options.seed,
    queries: done,
    agree,
    notRun,
    nonEmpty,
    operatorsPerQuery: operators / Math.max(1, done),
    differences,
    reasons,
    kinds,
    elapsedMs: performance.now() - started,
  };
}

function* variants(choices: Choices, cross: boolean): Generator<Variant> {
  if (!cross) {
    yield {
      batchRows: choices.pick(BATCH_ROWS),
      shuffled: choices.chance(60),
      restoreAfter: choices.chance(40) ? choices.between(1, 30) : undefined,
    };
    return;
  }
  for (const batchRows of BATCH_ROWS) {
    for (const isShuffled of [false, true]) {
      for (const restoreAfter of [undefined, 1, choices.between(2, 40)]) yield { batchRows, shuffled: isShuffled, restoreAfter };
    }
  }
}

const tableBatches = ({ schema, rows }: Rows) => [
  batchOf(
    schema.map((field) => field.type),
    rows,
  ),
];

function addTable(session: Session, name: string, rows: Rows): void {
  const { schema } = rows;
  const source = { kind: "memory", schema, batches: tableBatches(rows), rowCount: rows.rows.length } as const;
  session.catalog.create({ kind: "table", name, schema, source, notNull: schema.map(() => false), defaults: schema.map(() => undefined) });
}

const translation = (session: Session) => ({
  catalog: session.catalog,
  cwd: ".",
  timeZone: "UTC",
  nowMicros: 0,
  parameters: {},
  typeOfParameter: () => {
    throw new Error("no parameters here");
  },
  skipBadRows: false,
});

function difference(expected: Table, got: { rowCount: number; columns: readonly (readonly unknown[])[] }): string | undefined {
  const types = expected.schema.map((field) => field.type);
  const mine = { columns: columnsOf(expected), rowCount: expected.rowCount };
  const comparison = compareTables(types, mine, got as typeof mine, DEFAULT_COMPARE);
  if (comparison.agrees) return undefined;
  const show = (columns: readonly (readonly unknown[])[], row: number) =>
    row < 0 ? "no such row" : columns.map((column) => String(column[row])).join(" | ");
  const rows = comparison.differing
    .slice(0, 4)
    .map(({ ours, theirs }) => `\n    batch  ${show(mine.columns, ours)}\n    other  ${show(got.columns, theirs)}`);
  return `${mine.rowCount} rows and ${got.rowCount}, ${comparison.differingCount} differ${rows.join("")}`;
}

export function describeStreaming(report: StreamReport): string {
  const percent = (part: number, whole: number) => `${((100 * part) / Math.max(1, whole)).toFixed(1)} %`;
  const lines = (map: ReadonlyMap<string, number>) =>
    [...map].sort((x, y) => y[1] - x[1]).map(([key, n]) => `  ${String(n).padStart(5)} ${key}`);
  return [
    `seed ${report.seed}: ${report.queries} streaming queries in ${(report.elapsedMs / 1000).toFixed(1)} s; ${report.operatorsPerQuery.toFixed(1)} operators per query`,
    `  ${report.agree} agree (${percent(report.nonEmpty, report.agree)} with rows), ${report.differences.length} differ, ${report.notRun} not run (${percent(report.notRun, report.queries)})`,
    ...lines(report.kinds),
    ...(report.reasons.size === 0 ? [] : ["  not run:", ...lines(report.reasons)]),
  ].join("\n");
}
