import { describe, expect, test } from "vitest";
import type { PropertyValue } from "../../src/connectors/properties.ts";
import type { Value } from "../../src/core/value.ts";
import { VirtualClock } from "../../src/exec/clock.ts";
import { drain, hubs, openStream, rowsOf } from "../streams/stream-kit.ts";

const hub = hubs();
const START = Date.UTC(2024, 0, 1) * 1000;

const TRADES: Record<string, PropertyValue> = {
  connector: "generator",
  rows_per_second: "max",
  rows: 40_000,
  seed: 3,
  "symbol.values": "AAPL,MSFT,GOOG",
  "symbol.distribution": "zipf",
  "price.range": "[150, 400]",
  "price.distribution": "random_walk",
  "price.per": "symbol",
  "qty.type": "BIGINT",
  "qty.range": "[1, 6]",
  "note.cardinality": 1000,
  "note.nulls": 0.25,
};

async function generate(properties: Record<string, PropertyValue>, from?: unknown) {
  const { hub: streams } = hub(new VirtualClock(0));
  return openStream(streams, { name: "g", properties, watermark: { column: "ts", delay: 0 } }, "/", from);
}

describe("generator", () => {
  test("makes the same rows every time, and others with another seed", async () => {
    const first = drain((await generate(TRADES)).reader);
    expect(first.rows.length).toBe(40_000);
    expect(first.state).toBe("end");
    expect(drain((await generate(TRADES)).reader).rows).toEqual(first.rows);
    expect(drain((await generate({ ...TRADES, seed: 4 })).reader).rows[0]).not.toEqual(first.rows[0]);
  });

  test("goes on from a position as if it had never stopped, walks included", async () => {
    const { reader } = await generate(TRADES);
    const piece = reader.next(() => {});
    if (typeof piece === "string") throw new Error(piece);
    const before = rowsOf(piece.batch);
    const position = structuredClone(reader.position());
    const rest = drain(reader).rows;
    const resumed = drain((await generate(TRADES, position)).reader).rows;
    expect(resumed).toEqual(rest);
    expect(before.length + rest.length).toBe(40_000);
  });

  test("keeps to hints", async () => {
    const { rows } = drain((await generate(TRADES)).reader);
    const column = (i: number): Value[] => rows.map((row) => row[i]);
    expect(rows[5][0]).toBe(BigInt(START + 5_000));
    const symbols = column(1);
    const share = (symbol: string) => symbols.filter((value) => value === symbol).length / rows.length;
    // Zipf over three: 6/11, 3/11, 2/11
    expect(share("AAPL")).toBeCloseTo(6 / 11, 1);
    expect(share("GOOG")).toBeCloseTo(2 / 11, 1);
    const prices = column(2) as number[];
    expect(Math.min(...prices)).toBeGreaterThanOrEqual(150);
    expect(Math.max(...prices)).toBeLessThanOrEqual(400);
    // A walk of each symbol: steps are small against the range
    const apple = prices.filter((_, i) => symbols[i] === "AAPL");
    expect(Math.max(...apple.slice(1).map((price, i) => Math.abs(price - apple[i])))).toBeLessThan(10);
    expect(new Set(column(3))).toEqual(new Set([1n, 2n, 3n, 4n, 5n, 6n]));
    expect(column(4).filter((note) => note === null).length / rows.length).toBeCloseTo(0.25, 1);
    expect(new Set(column(4)).size).toBe(1001);
  });

  test("distributions have their mean and spread", async () => {
    const properties = {
      connector: "generator",
      rows_per_second: "max",
      rows: 50_000,
      "n.distribution": "normal",
      "n.mean": 10,
      "n.stddev": 2,
      "e.distribution": "exponential",
      "e.mean": 5,
      "e.range": "[0, 1000000]",
      "u.range": "[0, 1]",
      "s.distribution": "sequence",
      "s.start": 7,
      "s.step": 3,
    };
    const { rows } = drain((await generate(properties)).reader);
    const mean = (i: number) => rows.reduce((sum, row) => sum + (row[i] as number), 0) / rows.length;
    expect(mean(1)).toBeCloseTo(10, 1);
    const deviation = Math.sqrt(rows.reduce((sum, row) => sum + ((row[1] as number) - 10) ** 2, 0) / rows.length);
    expect(deviation).toBeCloseTo(2, 1);
    expect(mean(2)).toBeGreaterThan(4.8);
    expect(mean(2)).toBeLessThan(5.2);
    expect(mean(3)).toBeCloseTo(0.5, 1);
    expect(rows.slice(0, 3).map((row) => row[4])).toEqual([7, 10, 13]);
  });

  test("late and out-of-order rows have the share asked for, and the watermark shows them", async () => {
    const properties = {
      connector: "generator",
      rows_per_second: "max",
      rows: 20_000,
      late: 0.1,
      late_by: "10 minutes",
      "x.range": "[0,1]",
    };
    const { hub: streams } = hub(new VirtualClock(0));
    const { reader } = await openStream(streams, { name: "g", properties, watermark: { column: "ts", delay: 1_000_000 } }, "/");
    const { pieces } = drain(reader);
    const late = pieces.reduce((sum, { batch }) => {
      const { watermarks } = batch;
      if (watermarks === undefined) return sum;
      return sum + rowsOf(batch).filter((row, i) => Number(row[0]) < watermarks[i]).length;
    }, 0);
    expect(late / 20_000).toBeCloseTo(0.1, 1);
  });

  test("paced by a virtual clock, rows come when they are due", async () => {
    const clock = new VirtualClock(1_000_000);
    const { hub: streams } = hub(clock);
    const properties = { connector: "generator", rows_per_second: 100, rows: 250, "x.range": "[0,1]" };
    const { reader } = await openStream(streams, { name: "g", properties }, "/");
    const arrivals: number[] = [];
    for (;;) {
      const piece = reader.next(() => {});
      if (piece === "end") break;
      if (typeof piece === "string") expect(clock.advance()).toBe(true);
      else arrivals.push(...rowsOf(piece.batch).map(() => clock.now()));
    }
    expect(arrivals.length).toBe(250);
    arrivals.forEach((at, row) => {
      const due = 1_000_000 + row * 10_000;
      expect(at).toBeGreaterThanOrEqual(due);
      expect(at).toBeLessThanOrEqual(due + 100_000);
    });
  });

  test("a reader that comes later begins with the present, and meets the rows the first one has", async () => {
    const clock = new VirtualClock(0);
    const { hub: streams } = hub(clock);
    const properties = { connector: "generator", rows_per_second: 1000, "k.values": "a,b", "x.distribution": "random_walk", "x.per": "k" };
    const { definition, reader } = await openStream(streams, { name: "g", properties }, "/");
    for (let i = 0; i < 20; i++) if (drain(reader).state === "waiting") clock.advance();
    reader.close();
    const second = streams.open(definition.spec, { columns: [0, 2] });
    for (let i = 0; i < 5; i++) clock.advance();
    const late = drain(second).rows;
    const all = streams.open({ ...definition.spec, start: "earliest" }, { columns: [0, 2] });
    const { rows } = drain(all);
    expect(late.length).toBeGreaterThan(0);
    expect(late.length).toBeLessThan(rows.length);
    expect(rows.slice(-late.length)).toEqual(late);
  });

  test("hints that fit nothing are errors that say what is meant", async () => {
    const wrong = (properties: Record<string, PropertyValue>) => generate({ ...TRADES, ...properties });
    await expect(wrong({ "price.rnge": "[1,2]" })).rejects.toMatchObject({ hint: 'did you mean "price.range"?' });
    await expect(wrong({ "price.per": "symbl" })).rejects.toMatchObject({ hint: 'did you mean "symbol"?' });
    await expect(wrong({ "qty.values": "a,b" })).rejects.toThrow("is for text");
    await expect(wrong({ "price.distribution": "gaussian" })).rejects.toThrow("cannot be");
    await expect(wrong({ "price.range": "[4, 1]" })).rejects.toThrow("a range whose start is not above its end");
  });
});
