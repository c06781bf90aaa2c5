import { expect } from "vitest";
import { BIGINT, DOUBLE, type Schema, TIMESTAMP, VARCHAR } from "../../src/core/types.ts";
import type { RecordBatch } from "../../src/core/vector.ts";
import type { DriverSnapshot } from "../../src/exec/driver.ts";
import { type Row, randomNumbers, rowsOf } from "../exec/operator-harness.ts";
import { restoreOf, Streams } from "../windows/stream-harness.ts";

/** Columns of the streams that running functions are tried on: v has NULLs, w has none, id is unique. */
export const SCHEMA: Schema = [
  { name: "ts", type: TIMESTAMP },
  { name: "k", type: VARCHAR },
  { name: "v", type: DOUBLE },
  { name: "w", type: DOUBLE },
  { name: "id", type: BIGINT },
];

export const SECOND = 1_000_000;
export const START = 1_700_000_000_000_000;
export const DELAY = 20 * SECOND;

/** Rows of irregular times, all different, `disorder` microseconds out of their order at most. Some steps, spikes and seasons, so that detectors have work. */
export function randomRows(count: number, seed: number, disorder: number, keys = 5): Row[] {
  const random = randomNumbers(seed);
  const rows = Array.from({ length: count }, (_, i) => {
    const time = START + i * 2 * SECOND + Math.floor(random() * SECOND);
    const key = Math.floor(random() ** 2 * keys);
    const level = i > count / 2 ? 6 : 0;
    const spike = random() < 0.01 ? 40 : 0;
    const value = level + spike + 3 * Math.sin(i / 12) + random() * 2 + key;
    const row: Row = [BigInt(time), key === keys - 1 ? null : `key ${key}`, random() < 0.1 ? null : value, random() * 10, BigInt(i)];
    return { row, at: time + random() * disorder };
  });
  return rows.sort((a, b) => a.at - b.at).map(({ row }) => row);
}

const byId = (rows: readonly Row[]): Row[] => [...rows].sort((a, b) => Number(a[0]) - Number(b[0]));

/**
 * Expects expressions OVER the stream to give exactly what they give on a table of the same rows: in batches of several sizes, in and out of order,
 * and going on from checkpoints. @param over what stands in `OVER (…)`.
 */
export async function expectStreamEqualsTable(
  expressions: readonly string[],
  { rows = 600, over = "PARTITION BY k ORDER BY ts" }: { rows?: number; over?: string } = {},
): Promise<void> {
  const columns = expressions.map((expression, i) => `${expression} OVER (${over}) AS c${i}`).join(", ");
  const query = (table: string) => `SELECT id, ${columns} FROM ${table}`;
  for (const [size, disorder] of [
    [1, 0],
    [7, 15 * SECOND],
    [64, 15 * SECOND],
    [1024, 15 * SECOND],
  ]) {
    const sql = new Streams();
    sql.addStream("s", SCHEMA, randomRows(size === 1 ? rows / 4 : rows, size, disorder), size, 0, DELAY);
    const table = byId(await sql.rows(query("s_table")));
    const { batches, late } = await sql.run(query("s"));
    expect(late).toEqual([]);
    expect(byId(rowsOf(batches))).toEqual(table);
    if (size !== 7) continue;
    const plan = sql.planned(query("s"));
    for (const cut of [1, 5, 20]) expect(byId(rowsOf(await batchesFromSnapshot(sql, plan, cut)))).toEqual(table);
  }
}

/** What a run gives that is cut at its `cut`-th batch and goes on from there in another one. */
export async function batchesFromSnapshot(sql: Streams, plan: ReturnType<Streams["planned"]>, cut: number): Promise<RecordBatch[]> {
  const given: RecordBatch[] = [];
  let seen = 0;
  let snapshot: Promise<DriverSnapshot> | undefined;
  const first = sql.startStream(plan, {
    sink: (batch) => {
      given.push(batch);
      if (given.length !== cut) return;
      snapshot = first.snapshot(() => {
        seen = given.length;
      });
    },
  });
  await first.promise;
  if (snapshot === undefined) throw new Error(`there are no ${cut} batches`);
  // Read only now: what the query did since then must not be in it.
  const restore = restoreOf(await snapshot);
  const rest = await sql.startStream(plan, { restore }).promise;
  return [...given.slice(0, seen), ...rest.batches];
}
