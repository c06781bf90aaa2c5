import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TIMESTAMP } from "../../src/core/types.ts";
import type { RecordBatch } from "../../src/core/vector.ts";
import { vectorFromValues } from "../../src/core/vector-builder.ts";
import { WatermarkGenerator, type WatermarkRules } from "../../src/streams/watermarks.ts";

const RULES: WatermarkRules = { delay: 5_000, idleTimeout: undefined, wallClockClose: undefined, maxFutureSkew: undefined };
const OPEN = { ended: false };
const ENDED = { ended: true };

const batchOf = (times: readonly (number | null)[]): RecordBatch => ({
  columns: [vectorFromValues(TIMESTAMP, times)],
  length: times.length,
});

function mark(generator: WatermarkGenerator, partition: number, times: readonly (number | null)[], now = 0, partitions = [OPEN]) {
  const batch = batchOf(times);
  const marked = generator.mark(partition, batch, batch.columns[0], now);
  generator.advance(partitions, now);
  return marked;
}

/** The definition, row by row. */
function naive(times: readonly number[], delay: number): number[] {
  let max = Number.NEGATIVE_INFINITY;
  return times.map((time) => {
    const watermark = Math.floor((max - delay) / 1000) * 1000;
    max = Math.max(max, time);
    return watermark;
  });
}

describe("watermark of a row", () => {
  test("is the latest earlier time less the delay, floored, however rows fall into batches", () => {
    const times = fc.array(fc.integer({ min: 0, max: 40_000 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(times, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (all, sizes) => {
        const expected = naive(all, RULES.delay);
        const generator = new WatermarkGenerator(RULES);
        for (let at = 0, piece = 0; at < all.length; piece++) {
          const part = all.slice(at, at + sizes[piece % sizes.length]);
          const { watermarks } = mark(generator, 0, part).batch;
          const met = expected.slice(at, at + part.length);
          // Without the sidecar no row may be behind; with it, it is exact
          if (watermarks === undefined) expect(part.every((time, i) => time >= met[i])).toBe(true);
          else expect([...watermarks]).toEqual(met);
          at += part.length;
        }
        expect(generator.current).toBe(Math.floor((Math.max(...all) - RULES.delay) / 1000) * 1000);
      }),
    );
  });

  test("is there only in batches that have a row behind it", () => {
    const generator = new WatermarkGenerator(RULES);
    expect(mark(generator, 0, [10_000, 20_000, 16_000]).batch.watermarks).toBeUndefined();
    expect([...(mark(generator, 0, [14_999, 30_000]).batch.watermarks ?? [])]).toEqual([15_000, 15_000]);
  });

  test("does not move for NULL and infinite times", () => {
    const generator = new WatermarkGenerator(RULES);
    const infinity = Number(9223372036854775807n);
    mark(generator, 0, [10_000, null]);
    const batch: RecordBatch = { columns: [vectorFromValues(TIMESTAMP, [9223372036854775807n, 12_000n])], length: 2 };
    generator.mark(0, batch, batch.columns[0], 0);
    generator.advance([OPEN], 0);
    expect(infinity).toBeGreaterThan(9e18);
    expect(generator.current).toBe(7_000);
  });
});

describe("watermark of a stream", () => {
  test("is the least of its partitions, and those that have given nothing count", () => {
    const generator = new WatermarkGenerator(RULES);
    mark(generator, 0, [50_000], 0, [OPEN, OPEN]);
    expect(generator.current).toBeUndefined();
    mark(generator, 1, [20_000], 0, [OPEN, OPEN]);
    expect(generator.current).toBe(15_000);
    generator.advance([OPEN, ENDED], 0);
    expect(generator.current).toBe(45_000);
  });

  test("a partition that joins late meets what holds for all", () => {
    const generator = new WatermarkGenerator(RULES);
    mark(generator, 0, [50_000]);
    expect([...(mark(generator, 1, [10_000, 60_000], 0, [OPEN, OPEN]).batch.watermarks ?? [])]).toEqual([45_000, 45_000]);
    expect(generator.current).toBe(45_000);
  });

  test("leaves out partitions that are idle, until they give a row again", () => {
    const generator = new WatermarkGenerator({ ...RULES, idleTimeout: 1_000_000 });
    const both = [OPEN, OPEN];
    mark(generator, 0, [20_000], 0, both);
    mark(generator, 1, [90_000], 900_000, both);
    expect(generator.current).toBe(15_000);
    expect(generator.nextChange(both, 900_000)).toBe(1_000_000);
    generator.advance(both, 1_000_000);
    expect(generator.current).toBe(85_000);
    expect(generator.isIdle(both, 1_000_000)).toBe(false);
    expect(generator.isIdle(both, 1_900_000)).toBe(true);
    mark(generator, 0, [30_000, 200_000], 2_000_000, both);
    expect(generator.current).toBe(195_000);
  });

  test("follows the clock where that is asked for", () => {
    const generator = new WatermarkGenerator({ ...RULES, wallClockClose: 2_000_000 });
    mark(generator, 0, [1_000_000], 1_500_000);
    expect(generator.current).toBe(995_000);
    generator.advance([OPEN], 10_000_500);
    expect(generator.current).toBe(8_000_000);
    expect([...(mark(generator, 0, [7_000_000], 10_000_500).batch.watermarks ?? [])]).toEqual([8_000_000]);
  });

  test("goes on from a snapshot", () => {
    const generator = new WatermarkGenerator(RULES);
    mark(generator, 0, [50_000]);
    const other = new WatermarkGenerator(RULES);
    other.restore(generator.snapshot(), 0);
    expect(other.current).toBe(45_000);
    expect([...(mark(other, 0, [40_000]).batch.watermarks ?? [])]).toEqual([45_000]);
  });
});

test("rows too far in the future are taken out and move nothing", () => {
  const generator = new WatermarkGenerator({ ...RULES, maxFutureSkew: 100_000 });
  const { batch, future } = mark(generator, 0, [10_000, 10_000_000, 12_000, 1_000], 0);
  expect(batch.length).toBe(3);
  expect([...(batch.watermarks ?? [])]).toEqual([Number.NEGATIVE_INFINITY, 5_000, 7_000]);
  expect(future?.batch.length).toBe(1);
  expect([...(future?.watermarks ?? [])]).toEqual([5_000]);
  expect(generator.current).toBe(7_000);
});
