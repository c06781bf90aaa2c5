import { expect, it, describe as suite } from "vitest";
import { Choices, randomStream } from "../differential/choices.ts";
import { StreamEngine } from "./engine.ts";
import { generateTables, type Rows } from "./tables.ts";

/** Rows that operators are given must grow as the stream does: what came long ago is not gone through again. */
const QUERIES: Readonly<Record<string, string>> = {
  tumble:
    "SELECT window_start, k, sum(n) AS s FROM TUMBLE(TABLE sa, DESCRIPTOR(ts), INTERVAL '10' SECOND) GROUP BY window_start, window_end, k",
  hop: "SELECT window_start, max(n) AS s FROM HOP(TABLE sa, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '20' SECOND) GROUP BY window_start, window_end",
  session:
    "SELECT window_start, k, count(*) AS c FROM SESSION(TABLE sa PARTITION BY k, DESCRIPTOR(ts), INTERVAL '3' SECOND) GROUP BY window_start, window_end, k",
  changes: "SELECT k, sum(n) AS s, count(*) AS c FROM sa GROUP BY k EMIT CHANGES",
  "groups of groups": "SELECT c, count(*) AS k FROM (SELECT k, count(*) AS c FROM sa GROUP BY k) GROUP BY c",
  "interval join": "SELECT l.ts, r.m FROM sa l JOIN sb r ON l.k = r.k AND l.ts BETWEEN r.ts AND r.ts + INTERVAL '5' SECOND",
  "asof join": "SELECT l.ts, r.m FROM sa l ASOF LEFT JOIN sb r ON l.k = r.k AND l.ts >= r.ts",
  "join with a table": "SELECT s.n, t.w FROM sa s JOIN td t ON s.k = t.k",
  over: "SELECT ts, avg(n) OVER (PARTITION BY k ORDER BY ts ROWS BETWEEN 10 PRECEDING AND CURRENT ROW) AS a FROM sa",
  "top per key": "SELECT k, n FROM (SELECT k, n, row_number() OVER (PARTITION BY k ORDER BY n DESC, ts) AS rn FROM sa) WHERE rn <= 3",
  distinct: "SELECT DISTINCT k, n FROM sa",
  union: "SELECT k, n FROM sa UNION ALL SELECT k, m::BIGINT FROM sb",
};

/** `times` copies of the rows one after the other in time. */
function repeated({ schema, rows }: Rows, times: number): Rows {
  const first = rows[0][0] as bigint;
  const length = (rows[rows.length - 1][0] as bigint) - first + 1_000_000n;
  return {
    schema,
    rows: Array.from({ length: times }, (_, i) => rows.map((row) => [(row[0] as bigint) + BigInt(i) * length, ...row.slice(1)])).flat(),
  };
}

suite("work per row", () => {
  const { a, b, d } = generateTables(new Choices([], randomStream(5)));
  for (const [name, sql] of Object.entries(QUERIES)) {
    it(`does not depend on history: ${name}`, async () => {
      const work = async (times: number): Promise<number> => {
        const engine = new StreamEngine(d);
        for (const [stream, rows] of [
          ["sa", a],
          ["sb", b],
        ] as const) {
          const all = repeated(rows, times);
          engine.setStream(stream, all.schema, all.rows, 16);
        }
        return (await engine.run(sql, { restoreAfter: undefined })).operatorRows;
      };
      const [short, long] = [await work(4), await work(16)];
      expect(short).toBeGreaterThan(0);
      expect(long).toBeLessThanOrEqual(short * 4 * 1.15);
    });
  }
});
