import { describe, expect, it } from "vitest";
import { generate } from "../../bench/nexmark/generator.ts";
import { HOT_GROUP, START_MICROS } from "../../bench/nexmark/proportions.ts";
import { AUCTION, BID, PERSON } from "../../bench/nexmark/schema.ts";
import { valueAt } from "../../src/core/read.ts";
import type { Schema } from "../../src/core/types.ts";
import type { RecordBatch } from "../../src/core/vector.ts";

/** All values of a column. */
function column(batches: readonly RecordBatch[], schema: Schema, name: string): unknown[] {
  const at = schema.findIndex((field) => field.name === name);
  return batches.flatMap(({ columns, length }) => Array.from({ length }, (_, row) => valueAt(columns[at], row)));
}

const numbers = (batches: readonly RecordBatch[], schema: Schema, name: string) => column(batches, schema, name).map(Number);
const share = (values: readonly number[], holds: (value: number) => boolean) => values.filter(holds).length / values.length;
const STREAMS = [
  ["person", PERSON],
  ["auction", AUCTION],
  ["bid", BID],
] as const;

describe("Nexmark events", () => {
  const data = generate({ events: 50_000, batchEvents: 4096 });

  it("are persons, auctions and bids as 1 to 3 to 46", () => {
    const rows = STREAMS.map(([name]) => data[name].reduce((sum, { length }) => sum + length, 0));
    expect(rows).toEqual([1000, 3000, 46_000]);
  });

  it("are the same for the same seed, whatever the size of batches", () => {
    const again = generate({ events: 50_000, batchEvents: 1000 });
    const other = generate({ events: 50_000, seed: 2 });
    for (const [name, schema] of STREAMS) {
      for (const field of schema) {
        expect(column(again[name], schema, field.name)).toEqual(column(data[name], schema, field.name));
      }
    }
    expect(column(other.bid, BID, "price")).not.toEqual(column(data.bid, BID, "price"));
  });

  it("come at 100,000 a second, in whole milliseconds", () => {
    const times = numbers(data.bid, BID, "dateTime");
    expect(times[0]).toBe(START_MICROS);
    expect(times.at(-1)).toBe(START_MICROS + 499_000);
    expect(times.every((time, i) => time % 1000 === 0 && (i === 0 || time >= times[i - 1]))).toBe(true);
  });

  it("have ids in a row, and refer to those about them", () => {
    expect(numbers(data.person, PERSON, "id")).toEqual(Array.from({ length: 1000 }, (_, i) => 1000 + i));
    expect(numbers(data.auction, AUCTION, "id")).toEqual(Array.from({ length: 3000 }, (_, i) => 1000 + i));
    expect(Math.max(...numbers(data.bid, BID, "auction").slice(0, 1000))).toBeLessThan(1000 + 70 + 10);
  });

  it("have hot auctions, bidders and sellers", () => {
    // Of the others, one in about HOT_GROUP is of the hot ones by chance.
    expect(share(numbers(data.bid, BID, "auction"), (id) => (id - 1000) % HOT_GROUP === 0)).toBeCloseTo(1 / 2, 1);
    expect(share(numbers(data.bid, BID, "bidder"), (id) => (id - 1000) % HOT_GROUP === 1)).toBeCloseTo(3 / 4, 1);
    expect(share(numbers(data.auction, AUCTION, "seller"), (id) => (id - 1000) % HOT_GROUP === 0)).toBeCloseTo(3 / 4, 1);
  });

  it("change places within groups where disorder is asked for, and none gets lost", () => {
    const disordered = generate({ events: 50_000, disorder: 100 });
    const [ours, theirs] = [data, disordered].map(({ auction }) => numbers(auction, AUCTION, "id"));
    expect(theirs).not.toEqual(ours);
    expect([...theirs].sort((a, b) => a - b)).toEqual(ours);
  });
});
