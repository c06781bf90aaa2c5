import { beforeAll, expect, test } from "vitest";
import { isRetraction } from "../../src/core/changes.ts";
import { BIGINT, type Schema, TIMESTAMP, VARCHAR } from "../../src/core/types.ts";
import { type Row, randomNumbers } from "../exec/operator-harness.ts";
import { Reference, textsOf } from "../exec/sql-harness.ts";
import { changesOf, Streams } from "../windows/stream-harness.ts";

const SCHEMA: Schema = [
  { name: "ts", type: TIMESTAMP },
  { name: "k", type: VARCHAR },
  { name: "g", type: BIGINT },
  { name: "n", type: BIGINT },
];
const sql = new Streams();
const duckdb = new Reference();
beforeAll(async () => {
  const random = randomNumbers(8);
  const rows = Array.from({ length: 400 }, (_, i): { row: Row; at: number } => {
    const time = 1_700_000_000_000_000 + i * 1_000_000;
    const row: Row = [BigInt(time), random() < 0.1 ? null : `k${Math.floor(random() * 5)}`, BigInt(Math.floor(random() * 3)), BigInt(i)];
    return { row, at: time + random() * 8_000_000 };
  })
    .sort((a, b) => a.at - b.at)
    .map(({ row }) => row);
  sql.addStream("s", SCHEMA, rows, 9, 0, 9_000_000);
  await duckdb.addRows("s", SCHEMA, rows);
});

const sorted = (texts: readonly string[]) => [...texts].sort();

test.each(["k", "k, g", "g % 2"])(
  "LATEST ON ts PARTITION BY %s: the latest row of each key, on tables, and on streams when all changes are in",
  async (keys) => {
    const expected = sorted(
      await duckdb.texts(`SELECT * FROM s WHERE g < 2 QUALIFY row_number() OVER (PARTITION BY ${keys} ORDER BY ts DESC) = 1`),
    );
    const query = (table: string) => `SELECT * FROM ${table} WHERE g < 2 LATEST ON ts PARTITION BY ${keys}`;
    expect(sorted(textsOf(await sql.rows(query("s_table"))))).toEqual(expected);
    const left = new Map<string, number>();
    for (const { kind, row } of changesOf((await sql.run(query("s"))).batches)) {
      const [text] = textsOf([row]);
      left.set(text, (left.get(text) ?? 0) + (isRetraction(kind) ? -1 : 1));
    }
    expect(sorted([...left].flatMap(([text, count]) => Array<string>(count).fill(text)))).toEqual(expected);
  },
);
