import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Session, valueAt } from "../../src/index.ts";
import { median, sameRows } from "../measure.ts";

/**
 * Scalar functions of the user's in filter and projection over 10 M rows: against the same expression built in, and against DuckDB with a vectorised
 * Python function over Arrow, one thread each.
 *
 *     node dist/bench/udf/run.js [--runs n] [--no-python] [case …]
 *
 * One JSON line a case and turn, medians; all answers are compared before the clock counts, and the sides take turns. `times_built_in` is the function's
 * time over the built-in's (the bar is 1.3), `times_duckdb` DuckDB's over the function's (the bar is 2). Each case runs again (`after`) once ten other
 * functions, of other types, and other calls of the same functions have run. WEIR_BENCH_PYTHON names a Python with duckdb and pyarrow.
 */

const ROWS = 10_000_000;

const MODULE = `
import type { Integer } from "weir-sql/udf";
export function celsius(f: number): number { return (f - 32) / 1.8; }
export function distance(a: number, b: number): number { return Math.sqrt(a * a + b * b); }
export function weighted(n: number, f: number): number { return n * 2 + f; }
export function warm(f: number): boolean { return f > 40; }
/** What is not seen through as arithmetic: a loop, and a table that it looks into. */
const STEPS = [0, 10, 20, 40, 80, 160];
export function step(f: number): number {
  let at = 0;
  while (at < STEPS.length && STEPS[at] <= f) at++;
  return at;
}
`;

interface Case {
  readonly name: string;
  /** The query, given how it writes each function. */
  readonly sql: (f: Functions) => string;
  /** Not for DuckDB. */
  readonly ownOnly?: boolean;
}

interface Functions {
  readonly celsius: (f: string) => string;
  readonly distance: (a: string, b: string) => string;
  readonly weighted: (n: string, f: string) => string;
  readonly warm: (f: string) => string;
  readonly step: (f: string) => string;
}

const call =
  (name: string) =>
  (...args: string[]) =>
    `${name}(${args.join(", ")})`;

const OWN: Functions = {
  celsius: call("celsius"),
  distance: call("distance"),
  weighted: call("weighted"),
  warm: call("warm"),
  step: call("step"),
};

const BUILT_IN: Functions = {
  celsius: (f) => `((${f} - 32) / 1.8)`,
  distance: (a, b) => `sqrt(${a} * ${a} + ${b} * ${b})`,
  weighted: (n, f) => `(${n} * 2 + ${f})`,
  warm: (f) => `(${f} > 40)`,
  step: (f) =>
    `CASE WHEN ${f} < 0 THEN 0 WHEN ${f} < 10 THEN 1 WHEN ${f} < 20 THEN 2 WHEN ${f} < 40 THEN 3 WHEN ${f} < 80 THEN 4 WHEN ${f} < 160 THEN 5 ELSE 6 END`,
};

const CASES: readonly Case[] = [
  { name: "projection", sql: (f) => `SELECT sum(${f.weighted("n", "f")}) FROM t` },
  { name: "filter", sql: (f) => `SELECT count(*), sum(n) FROM t WHERE ${f.warm("f")}` },
  { name: "filter-projection", sql: (f) => `SELECT sum(${f.celsius("f")}) FROM t WHERE ${f.celsius("f")} > 20` },
  { name: "two-functions", sql: (f) => `SELECT sum(${f.weighted("n", "f")}) FROM t WHERE ${f.warm("f")}` },
  {
    name: "three-functions",
    sql: (f) => `SELECT max(${f.celsius("f")}), min(${f.distance("f", "n")}) FROM t WHERE ${f.warm(f.celsius("f"))}`,
  },
  { name: "nulls", sql: (f) => `SELECT sum(${f.celsius("h")}), count(${f.celsius("h")}) FROM t WHERE ${f.warm("h")}` },
  { name: "loop", sql: (f) => `SELECT sum(${f.step("f")}) FROM t WHERE ${f.warm("f")}`, ownOnly: true },
];

const TABLE = `CREATE TABLE t AS SELECT (i * 7919 % 100003)::DOUBLE / 700 AS f, (i * 104729 % 1000)::DOUBLE AS n,
  CASE WHEN i % 50 = 0 THEN NULL ELSE (i * 1299709 % 100003)::DOUBLE / 700 END AS h FROM range(${ROWS}) r(i)`;

/** Functions of other types, and the measured ones called in other ways. */
const OTHERS = ["number", "string", "Integer", "boolean", "bigint"];
async function runOthers(session: Session): Promise<void> {
  for (let i = 0; i < 10; i++) {
    const type = OTHERS[i % OTHERS.length];
    await session.run(`CREATE OR REPLACE FUNCTIONS LANGUAGE typescript AS $$
      import type { Integer } from "weir-sql/udf";
      export function text_${i}(x: ${type}): string { return "x" + x; }
      export function times_${i}(x: number): number { return x * ${i}; }
    $$`);
    const argument = { number: "f", string: "f::VARCHAR", Integer: "n::INTEGER", boolean: "f > 3", bigint: "n::BIGINT" }[type] as string;
    await session.query(
      `SELECT max(text_${i}(${argument})), sum(times_${i}(f)), sum(celsius(times_${i}(n))), max(distance(n, n)), sum(weighted(f, n)) FROM (SELECT * FROM t LIMIT 50000) WHERE warm(n + ${i})`,
    );
  }
}

class Python {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor() {
    const script = fileURLToPath(new URL("../../../bench/udf/peer.py", import.meta.url));
    this.#process = spawn(process.env.WEIR_BENCH_PYTHON ?? "python3", [script], { stdio: ["pipe", "pipe", "inherit"] });
    if (this.#process.stdout === null) throw new Error("Python has no output");
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  async ask(sql: string, answer = false): Promise<{ ms: number; rows: unknown[][] }> {
    this.#process.stdin?.write(`${JSON.stringify({ sql, answer })}\n`);
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error("Python ended");
    return JSON.parse(value) as { ms: number; rows: unknown[][] };
  }

  close(): void {
    this.#process.kill();
  }
}

async function rows(session: Session, sql: string): Promise<unknown[][]> {
  const table = await session.query(sql);
  return table.batches.flatMap(({ columns, length }) =>
    Array.from({ length }, (_, row) =>
      columns.map((column) => {
        const value = valueAt(column, row);
        return typeof value === "bigint" ? Number(value) : value;
      }),
    ),
  );
}

async function time(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

const round = (value: number) => Math.round(value * 100) / 100;

async function measure(one: Case, session: Session, python: Python | undefined, runs: number, turn: string): Promise<void> {
  const [own, builtIn] = [one.sql(OWN), one.sql(BUILT_IN)];
  const peer = one.ownOnly === true ? undefined : python;
  const expected = await rows(session, builtIn);
  if (!sameRows(await rows(session, own), expected)) throw new Error(`${one.name}: the function gives something else than the expression`);
  if (peer !== undefined && !sameRows((await peer.ask(own, true)).rows, expected))
    throw new Error(`${one.name}: DuckDB gives something else`);
  const times: Record<"own" | "builtIn" | "duckdb", number[]> = { own: [], builtIn: [], duckdb: [] };
  for (let i = 0; i < runs + 2; i++) {
    const a = await time(() => session.query(own));
    const b = await time(() => session.query(builtIn));
    const c = peer === undefined ? Number.NaN : (await peer.ask(own)).ms;
    if (i < 2) continue;
    times.own.push(a);
    times.builtIn.push(b);
    times.duckdb.push(c);
  }
  const [ownMs, builtMs, duckdbMs] = [median(times.own), median(times.builtIn), median(times.duckdb)];
  console.log(
    JSON.stringify({
      case: one.name,
      turn,
      rows: ROWS,
      threads: 1,
      own_ms: round(ownMs),
      built_in_ms: round(builtMs),
      times_built_in: round(ownMs / builtMs),
      ...(peer === undefined ? {} : { duckdb_arrow_ms: round(duckdbMs), times_duckdb: round(duckdbMs / ownMs) }),
    }),
  );
}

const args = process.argv.slice(2);
const runsAt = args.indexOf("--runs");
const runs = runsAt === -1 ? 7 : Number(args.splice(runsAt, 2)[1]);
const wanted = args.filter((arg) => !arg.startsWith("--"));
const chosen = CASES.filter((one) => wanted.length === 0 || wanted.includes(one.name));
const session = new Session({ threads: 1, timeZone: "UTC" });
const python = args.includes("--no-python") ? undefined : new Python();
try {
  await session.run(TABLE);
  await session.run(`CREATE FUNCTIONS LANGUAGE typescript AS $$${MODULE}$$`);
  if (python !== undefined) await python.ask(TABLE);
  for (const one of chosen) await measure(one, session, python, runs, "first");
  await runOthers(session);
  for (const one of chosen) await measure(one, session, python, runs, "after");
} finally {
  python?.close();
  await session.close();
}
