import { describe, expect, it } from "vitest";
import type { Table } from "../../src/core/vector.ts";
import { Choices, randomStream } from "../differential/choices.ts";
import { randomNumbers, rowsOf } from "../exec/operator-harness.ts";
import { Sql, textsOf } from "../exec/sql-harness.ts";
import { StreamEngine } from "../streaming-equivalence/engine.ts";
import { generateTables, type Rows, shuffled } from "../streaming-equivalence/tables.ts";
import { columnFunction, defineAll, delayed, doubled, noCalls } from "./column-functions.ts";

/** Queries over streams `{a}`, `{b}` and a table `{d}`: the same rows in the end as over tables, however calls take their time. */
const QUERIES = [
  "SELECT ts, k, later(x), later(x) + any_order(n) FROM {a} WHERE score(x) > -6 AND n IS NOT NULL",
  "SELECT window_start, window_end, k, sum(later(x)), count(*) FROM TUMBLE(TABLE {a}, DESCRIPTOR(ts), INTERVAL '5' SECOND) GROUP BY window_start, window_end, k",
  "SELECT window_end, sum(any_order(x)) FROM HOP(TABLE {a}, DESCRIPTOR(ts), INTERVAL '2' SECOND, INTERVAL '6' SECOND) GROUP BY window_end",
  "SELECT window_end, later(n) AS g, sum(score(x)) FROM HOP(TABLE {a}, DESCRIPTOR(ts), INTERVAL '2' SECOND, INTERVAL '6' SECOND) GROUP BY window_end, later(n)",
  "SELECT window_end, later(total) FROM (SELECT window_end, sum(x) AS total FROM TUMBLE(TABLE {a}, DESCRIPTOR(ts), INTERVAL '5' SECOND) GROUP BY window_end)",
  "SELECT later(n), count(*), sum(any_order(x)) FROM {a} GROUP BY later(n)",
  "SELECT later(total), k FROM (SELECT k, sum(x) AS total FROM {a} GROUP BY k) WHERE score(total) > -60",
  "SELECT k, count(*) FROM (SELECT k, later(sum(x)) AS s FROM {a} GROUP BY k, n) WHERE any_order(s) > 0 GROUP BY k",
  "SELECT {a}.ts, n, m, later(x), any_order(m) FROM {a} JOIN {b} ON later(n) = score(m) AND {b}.ts BETWEEN {a}.ts - INTERVAL '5' SECOND AND {a}.ts + INTERVAL '5' SECOND",
  "SELECT l.ts, r.ts, l.s, r.s FROM (SELECT ts, k, later(x) AS s FROM {a}) l JOIN (SELECT ts, k, any_order(m) AS s FROM {b}) r ON l.k = r.k AND r.ts BETWEEN l.ts - INTERVAL '3' SECOND AND l.ts",
  "SELECT ts, label, later(w) FROM {a} JOIN {d} ON {a}.k = {d}.k WHERE later(x) > score(w)",
  "SELECT ts, k, sum(later(x)) OVER (PARTITION BY k ORDER BY ts ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) FROM {a}",
  "SELECT DISTINCT later(n) FROM {a}",
  "SELECT ts, k, s FROM (SELECT ts, k, later(x) AS s, row_number() OVER (PARTITION BY k ORDER BY later(x) DESC, ts) AS rn FROM {a} WHERE x IS NOT NULL) WHERE rn <= 2",
  "SELECT k, later(x) FROM {a} UNION ALL SELECT k, any_order(m) FROM {b}",
  "SELECT ts, CASE WHEN n > 0 THEN later(x) ELSE later(n) END FROM {a}",
  "SELECT ts, later(3), later(later(x)) FROM {a}",
];

const random = randomNumbers(7);
/** Latencies of the calls: some at once, some after others that came later. */
const latency = () => (random() < 0.4 ? 0 : random() * 3);

function functionsOf(isAsync: boolean) {
  const calls = noCalls();
  return [
    columnFunction("score", doubled(noCalls())),
    columnFunction("later", isAsync ? delayed(calls, latency, { batchRows: 5, concurrency: 3 }) : doubled(calls)),
    columnFunction("any_order", isAsync ? delayed(calls, latency, { batchRows: 3, concurrency: 4, ordered: false }) : doubled(calls)),
  ];
}

const named = (query: string, from: "s" | "t") => query.replaceAll("{a}", `${from}a`).replaceAll("{b}", `${from}b`).replaceAll("{d}", "td");
const rounded = ({ batches }: Pick<Table, "batches">): string[] => textsOf(rowsOf(batches)).sort();

const choices = new Choices([], randomStream(3));
const { a, b, d } = generateTables(choices);

async function expected(query: string): Promise<string[]> {
  const sql = new Sql();
  defineAll(sql.functions, functionsOf(false));
  for (const [name, rows] of [
    ["ta", a],
    ["tb", b],
    ["td", d],
  ] as const) {
    sql.addRows(name, rows.schema, rows.rows, 1024);
  }
  return textsOf(await sql.rows(named(query, "t"))).sort();
}

function engine(batchRows: number, order: (rows: Rows["rows"]) => Rows["rows"]): StreamEngine {
  const streams = new StreamEngine(d);
  defineAll(streams.functions, functionsOf(true));
  streams.setStream("sa", a.schema, order(a.rows), batchRows);
  streams.setStream("sb", b.schema, order(b.rows), batchRows);
  return streams;
}

describe("queries with asynchronous functions over streams end in the rows they give over tables", () => {
  it.each(QUERIES)("%s", async (query) => {
    const rows = await expected(query);
    expect(rows.length).toBeGreaterThan(0);
    for (const batchRows of [1, 7, 1024]) {
      for (const isShuffled of [false, true]) {
        const streams = engine(batchRows, (given) => (isShuffled ? shuffled(given, choices) : given));
        for (const restoreAfter of [undefined, choices.between(1, 20)]) {
          const { table, late } = await streams.run(named(query, "s"), { restoreAfter });
          const variant = `batches of ${batchRows}${isShuffled ? ", shuffled" : ""}, restored after ${restoreAfter}`;
          expect({ variant, late, rows: rounded(table) }).toEqual({ variant, late: 0, rows });
        }
      }
    }
  });
});

describe("functions that answer differently each time", () => {
  it("are refused over rows that change, and run over those that only come", () => {
    const streams = engine(7, (given) => given);
    defineAll(streams.functions, [columnFunction("dice", doubled(noCalls()), { volatility: "volatile" })]);
    expect(() => streams.plan("SELECT k, dice(s) FROM (SELECT k, sum(x) AS s FROM sa GROUP BY k)")).toThrow(
      expect.objectContaining({
        phase: "unsupported",
        message: expect.stringContaining("dice"),
        hint: expect.stringContaining("EMIT FINAL"),
      }),
    );
    const plan = streams.plan("SELECT k, sum(dice(x)) FROM sa GROUP BY k");
    expect(plan.stream.properties.changelog).toBe("retract");
    expect(streams.plan("SELECT k, dice(s) FROM (SELECT k, sum(x) AS s FROM sa GROUP BY k) EMIT FINAL").stream.properties.changelog).toBe(
      "append",
    );
  });
});

describe("what is known of a stream", () => {
  it("passes functions of whole columns: its event time, its windows and its keys", () => {
    const streams = engine(7, (given) => given);
    const properties = (query: string) => streams.plan(query).stream.properties;
    expect(properties("SELECT ts, later(x) FROM sa").times).toEqual([0]);
    const grouped = properties("SELECT k, later(s) FROM (SELECT k, sum(x) AS s FROM sa GROUP BY k)");
    expect(grouped).toMatchObject({ key: [0], changelog: "retract" });
  });
});
