import { deserialize, serialize } from "node:v8";
import { beforeAll, describe, expect, test } from "vitest";
import { BIGINT, DOUBLE, type Schema, TIMESTAMP, VARCHAR } from "../../src/core/types.ts";
import type { RecordBatch } from "../../src/core/vector.ts";
import { GapFill } from "../../src/exec/gap-fill.ts";
import { batchOf, type Row, randomNumbers, rowsOf } from "../exec/operator-harness.ts";
import { Reference, textsOf } from "../exec/sql-harness.ts";
import { Streams } from "../windows/stream-harness.ts";

const SCHEMA: Schema = [
  { name: "ts", type: TIMESTAMP },
  { name: "k", type: VARCHAR },
  { name: "v", type: DOUBLE },
  { name: "n", type: BIGINT },
];
const MINUTE = 60_000_000;
const START = Date.UTC(2023, 10, 1, 9) * 1000;

/** Rows of irregular times, some on whole minutes, some values NULL; values are eighths, so that lines of them are exact. */
function rows(count: number, seed: number, disorder: number): Row[] {
  const random = randomNumbers(seed);
  let at = START;
  return Array.from({ length: count }, (_, i) => {
    at += Math.ceil(random() * (random() < 0.1 ? 12 : 2)) * (MINUTE / 4);
    const row: Row = [
      BigInt(at),
      random() < 0.05 ? null : `k${Math.floor(random() * 3)}`,
      random() < 0.15 ? null : Math.floor(random() * 800) / 8,
      random() < 0.15 ? null : BigInt(i),
    ];
    return { row, at: at + random() * disorder };
  })
    .sort((a, b) => a.at - b.at)
    .map(({ row }) => row);
}

const sorted = (texts: readonly string[]) => [...texts].sort();

const sql = new Streams();
const duckdb = new Reference();
beforeAll(async () => {
  const all = rows(500, 5, 3 * MINUTE);
  sql.addStream("s", SCHEMA, all, 11, 0, 4 * MINUTE);
  await duckdb.addRows("s", SCHEMA, all);
});

/** The bounds of each key, and beside each what the rows before and after it have; `known` says which rows count. */
function reference(width: string, keyed: boolean, ignoreNulls: boolean, maxGap = "1000000 DAY"): string {
  const key = keyed ? "k" : "0";
  const known = (column: string) => (ignoreNulls ? `AND r.${column} IS NOT NULL` : "");
  const near = (column: string, side: "before" | "after", what: string) =>
    `(SELECT ${side === "before" ? "arg_max" : "arg_min"}(${what}, r.ts) FROM src AS r WHERE r.key IS NOT DISTINCT FROM b.key AND r.ts ${side === "before" ? "<=" : ">"} b.t ${known(column)})`;
  return `
    WITH src AS (SELECT *, ${key} AS key FROM s),
         e AS (SELECT key, min(ts) AS first, max(ts) AS last FROM src GROUP BY key),
         b AS (SELECT key, unnest(generate_series(time_bucket(INTERVAL ${width}, first), last, INTERVAL ${width})) AS t, first FROM e),
         f AS (SELECT b.key, b.t, ${near("v", "before", "struct_pack(ts := r.ts, x := r.v)")} AS v0, ${near("v", "after", "struct_pack(ts := r.ts, x := r.v)")} AS v1,
                      ${near("n", "before", "struct_pack(ts := r.ts, x := r.n)")} AS n0 FROM b WHERE t >= first)
    SELECT t, ${keyed ? "key, " : ""}CASE WHEN v0.ts = t THEN v0.x WHEN v1.ts - v0.ts <= INTERVAL ${maxGap} THEN v0.x + (v1.x - v0.x) * (epoch_us(t) - epoch_us(v0.ts)) / (epoch_us(v1.ts) - epoch_us(v0.ts)) END,
           CASE WHEN t - n0.ts <= INTERVAL ${maxGap} THEN n0.x END FROM f`;
}

const round = (texts: readonly string[]) =>
  sorted(
    texts.map((text) =>
      text
        .split(" | ")
        .map((part) => (/^-?\d+\.\d+$/.test(part) ? Number(part).toFixed(9) : part))
        .join(" | "),
    ),
  );

describe("GAP_FILL", () => {
  test.each([
    ["1 MINUTE", true, true, undefined],
    ["1 MINUTE", true, false, undefined],
    ["5 MINUTE", true, true, undefined],
    ["15 SECOND", false, true, undefined],
    ["1 MINUTE", true, true, "3 MINUTE"],
    ["1 MINUTE", false, false, "90 SECOND"],
  ] as const)(
    "every %s, keyed %s, ignoring NULLs %s, gap of at most %s: as DuckDB's subqueries find it, on tables and on streams",
    async (width, keyed, ignore, gap) => {
      const query = (table: string) =>
        `SELECT * FROM GAP_FILL(TABLE ${table}, ts_column => 'ts', bucket_width => INTERVAL ${width}, ${keyed ? "partitioning_columns => ['k'], " : ""}value_columns => [('v', 'linear'), ('n', 'locf')]${ignore ? "" : ", ignore_null_values => false"}${gap === undefined ? "" : `, max_gap => INTERVAL ${gap}`})`;
      const expected = round(await duckdb.texts(reference(width, keyed, ignore, gap)));
      expect(expected.length).toBeGreaterThan(40);
      expect(round(textsOf(await sql.rows(query("s_table"))))).toEqual(expected);
      const { batches, late } = await sql.run(query("s"));
      expect(late).toEqual([]);
      expect(round(textsOf(rowsOf(batches)))).toEqual(expected);
    },
  );

  test("the example of BigQuery's manual", async () => {
    const own = new Streams();
    const at = (time: string) => BigInt(Date.parse(`2023-11-01T${time}Z`)) * 1000n;
    const device: Schema = [SCHEMA[0], { name: "signal", type: BIGINT }];
    own.addRows(
      "device_data",
      device,
      [
        [at("09:34:01"), 74n],
        [at("09:36:00"), 77n],
        [at("09:37:00"), 78n],
        [at("09:38:01"), 80n],
      ],
      4,
    );
    const signals = async (mode: string, more = "") =>
      (
        await own.rows(
          `SELECT strftime(ts, '%H:%M:%S'), signal FROM GAP_FILL(TABLE device_data, ts_column => 'ts', bucket_width => INTERVAL 1 MINUTE, value_columns => [('signal', '${mode}')]${more})`,
        )
      ).map(([time, signal]) => `${time} ${signal}`);
    expect(await signals("locf")).toEqual(["09:35:00 74", "09:36:00 77", "09:37:00 78", "09:38:00 78"]);
    expect(await signals("linear")).toEqual(["09:35:00 75", "09:36:00 77", "09:37:00 78", "09:38:00 80"]);
    expect(await signals("null")).toEqual(["09:35:00 null", "09:36:00 77", "09:37:00 78", "09:38:00 null"]);
    expect((await signals("null", ", origin => TIMESTAMP '2023-11-01 09:30:01'"))[0]).toBe("09:34:01 74");
  });

  test("without value columns all others are there, and NULL between rows", async () => {
    const found = await sql.rows("SELECT * FROM GAP_FILL(TABLE s_table, 'ts', INTERVAL 1 HOUR, ['k'])");
    expect(found[0].length).toBe(4);
  });

  test.each([
    ["GAP_FILL(TABLE s_table, ts_column => 'tss', bucket_width => INTERVAL 1 HOUR)", 'did you mean "ts"?'],
    ["GAP_FILL(TABLE s_table, ts_column => 'ts')", 'needs its argument "bucket_width"'],
    ["GAP_FILL(TABLE s_table, ts_column => 'ts', bucket_widht => INTERVAL 1 HOUR)", 'did you mean "bucket_width"?'],
    ["GAP_FILL(TABLE s_table, ts_column => 'ts', bucket_width => INTERVAL 0 HOUR)", "above zero"],
    ["GAP_FILL(TABLE s_table, ts_column => 'v', bucket_width => INTERVAL 1 HOUR)", '"v" is DOUBLE'],
    [
      "GAP_FILL(TABLE s_table, ts_column => 'ts', bucket_width => INTERVAL 1 HOUR, value_columns => [('v', 'linaer')])",
      'did you mean "linear"?',
    ],
    ["GAP_FILL(TABLE s_table, ts_column => 'ts', bucket_width => INTERVAL 1 HOUR, value_columns => [('k', 'linear')])", "needs numbers"],
    ["gap_fil(TABLE s_table, ts_column => 'ts')", 'did you mean "gap_fill"?'],
  ])("%s: %s", async (call, message) => {
    await expect(sql.rows(`SELECT * FROM ${call}`)).rejects.toSatisfy((error: Error & { hint?: string }) =>
      `${error.message} ${error.hint}`.includes(message),
    );
  });

  test("goes on from a snapshot, and gives a bound out when the watermark is past it", () => {
    const types = SCHEMA.map((field) => field.type);
    const make = () =>
      new GapFill({
        types,
        grid: { months: 0, days: 0, micros: MINUTE, origin: 0 },
        keys: 1,
        modes: ["linear", "locf"],
        ignoreNulls: true,
      });
    const input = rows(200, 9, 0);
    const run = (operator: GapFill, parts: readonly (readonly Row[] | number)[]): Row[] => {
      const batches: RecordBatch[] = [];
      const out = { push: (batch: RecordBatch) => void batches.push(batch), watermark: () => {}, idle: () => {} };
      for (const part of parts) {
        let busy =
          typeof part !== "number"
            ? operator.process(0, batchOf(types, part), out)
            : part < 0
              ? operator.onEnd(0, out)
              : operator.onWatermark(part, out);
        while (busy) busy = operator.resume(out);
      }
      return rowsOf(batches);
    };
    const whole = run(make(), [input, -1]);
    for (const cut of [1, 40, 111]) {
      const before = make();
      const first = run(before, [input.slice(0, cut), Number(input[cut][0])]);
      const parts = new Map(before.snapshot().map((part) => [part.id, deserialize(serialize(part.data())) as unknown]));
      const after = make();
      after.restore(parts);
      expect(sorted(textsOf([...first, ...run(after, [input.slice(cut), -1])]))).toEqual(sorted(textsOf(whole)));
    }
    const exact: Row[] = [[BigInt(START), "k", 1, 2n]];
    expect(run(make(), [exact, START]).length).toBe(0);
    expect(run(make(), [exact, START + 1]).length).toBe(1);
  });
});
