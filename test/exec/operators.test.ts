import { describe, expect, it } from "vitest";
import { BIGINT, DOUBLE, INTEGER, list, TIMESTAMP, VARCHAR } from "../../src/core/types.ts";
import { VirtualClock } from "../../src/exec/clock.ts";
import { Driver } from "../../src/exec/driver.ts";
import { Limit } from "../../src/exec/limit.ts";
import { MemoryPool } from "../../src/exec/memory-budget.ts";
import { Series } from "../../src/exec/series.ts";
import { Sort } from "../../src/exec/sort/sort-operator.ts";
import { TopN } from "../../src/exec/top-n.ts";
import { UnionAll } from "../../src/exec/union-all.ts";
import { Unnest } from "../../src/exec/unnest.ts";
import { column, expectRows, type Row, RowSource, randomNumbers, runTree, source } from "./operator-harness.ts";

const SIZES = [1, 7, 1024];
const span = { start: 0, end: 0 };

const compareKeys = (a: Row, b: Row) => {
  // c0 ascending with NULLs last, then c1 descending with NULLs first.
  const [x, y] = [a[0] as number | null, b[0] as number | null];
  if (x !== y) return x === null ? 1 : y === null ? -1 : x - y;
  const [s, t] = [a[1] as string | null, b[1] as string | null];
  if (s === t) return 0;
  return s === null ? -1 : t === null ? 1 : s < t ? 1 : -1;
};

function randomRows(length: number, seed: number): Row[] {
  const next = randomNumbers(seed);
  return Array.from({ length }, (_, i) => [
    next() < 0.1 ? null : Math.floor(next() * 30),
    next() < 0.1 ? null : "abcdefgh".slice(0, Math.floor(next() * 8)),
    i,
  ]);
}

const types = [INTEGER, VARCHAR, INTEGER];
const keys = [
  { value: column(0), type: INTEGER, descending: false, nullsFirst: false },
  { value: column(1), type: VARCHAR, descending: true, nullsFirst: true },
];

describe.each(SIZES)("operators on batches of %i rows", (size) => {
  const rows = randomRows(size === 1 ? 300 : 40_000, size);

  it("sorts by two keys, stably", () => {
    const sorted = runTree({ operator: new Sort(types, keys), inputs: [source(types, rows, size)], planNodes: [0] });
    expectRows(sorted, [...rows].sort(compareKeys));
  });

  it.each([
    [0, 5],
    [1, 0],
    [100, 3],
    [1_000_000, 10],
  ])("keeps the first %i rows after %i", (limit, offset) => {
    const operator = new TopN(types, keys, limit, offset, () => {});
    const top = runTree({ operator, inputs: [source(types, rows, size)], planNodes: [0] });
    expectRows(top, [...rows].sort(compareKeys).slice(offset, offset + limit));
  });

  it("limits, skips, and then reads no further", () => {
    const from = new RowSource(types, rows, size);
    const result = runTree({
      operator: new Limit(10, 25),
      inputs: [{ source: from, planNodes: [1] }],
      planNodes: [0],
    });
    expect(result).toEqual(rows.slice(25, 35));
    expect(from.pulls).toBe(Math.ceil(35 / size));
    expect(from.closed).toBe(true);
  });

  it("appends one input to another", () => {
    const more = randomRows(50, 99);
    const inputs = [source(types, rows, size), source(types, more, 3)];
    expectRows(runTree({ operator: new UnionAll(), inputs, planNodes: [0] }), [...rows, ...more]);
  });

  it("unnests lists side by side", () => {
    const next = randomNumbers(size);
    const listOf = () =>
      next() < 0.1 ? null : Array.from({ length: Math.floor(next() * 5) }, () => (next() < 0.1 ? null : Math.floor(next() * 9)));
    const lists: Row[] = Array.from({ length: 500 }, (_, i) => [i, listOf(), listOf()]);
    const listTypes = [INTEGER, list(INTEGER), list(INTEGER)];
    for (const outer of [false, true]) {
      const operator = new Unnest([column(1), column(2)], [INTEGER, INTEGER], outer);
      const result = runTree({ operator, inputs: [source(listTypes, lists, size)], planNodes: [0] });
      const expected = lists.flatMap((row) => {
        const [a, b] = [row[1] as Row | null, row[2] as Row | null];
        const length = Math.max(a?.length ?? 0, b?.length ?? 0, outer ? 1 : 0);
        return Array.from({ length }, (_, i) => [...row, a?.[i] ?? null, b?.[i] ?? null]);
      });
      expectRows(result, expected);
    }
  });
});

it("gives one very long list out in pieces", () => {
  const operator = new Unnest([column(0)], [DOUBLE], false, [false]);
  const values = Array.from({ length: 100_000 }, (_, i) => i);
  const result = runTree({ operator, inputs: [source([list(DOUBLE)], [[values], [[-1]]], 2)], planNodes: [0] });
  expectRows(
    result.map((row) => [row[1]]),
    [...values, -1].map((value) => [value]),
  );
});

describe("series", () => {
  const series = (start: bigint | null, stop: bigint, step: bigint, inclusive = true) =>
    runTree({ source: new Series({ type: BIGINT, start, stop, step, inclusive, span }, "UTC"), planNodes: [0] }).map(([value]) => value);

  it("counts up and down, with and without the end", () => {
    expect(series(1n, 7n, 3n)).toEqual([1n, 4n, 7n]);
    expect(series(1n, 7n, 3n, false)).toEqual([1n, 4n]);
    expect(series(5n, -5n, -5n)).toEqual([5n, 0n, -5n]);
    expect(series(1n, 0n, 1n)).toEqual([]);
    expect(series(null, 0n, 1n)).toEqual([]);
    expect(series(0n, 40_000n, 1n).length).toBe(40_001);
  });

  it("is exact beyond 2^53 and up to the ends of BIGINT", () => {
    const max = 9223372036854775807n;
    expect(series(max - 2n, max, 1n)).toEqual([max - 2n, max - 1n, max]);
    expect(series(-max - 1n, max, max)).toEqual([-max - 1n, -1n, max - 1n]);
  });

  it("refuses a step of 0", () => {
    expect(() => series(1n, 2n, 0n)).toThrow("a series cannot have a step of 0");
  });

  it("walks months", () => {
    const day = 86_400_000_000n;
    const bounds = {
      type: TIMESTAMP,
      start: 0n,
      stop: 100n * day,
      step: { months: 1, days: 0, micros: 0 },
      inclusive: true,
      span,
    };
    const result = runTree({ source: new Series(bounds, "UTC"), planNodes: [0] });
    expect(result).toEqual([[0n], [31n * day], [59n * day], [90n * day]]);
  });
});

describe("memory limit", () => {
  it("fails the query that goes over it, naming what held the memory, and leaves nothing behind", () => {
    const pool = new MemoryPool(200_000);
    const run = () => {
      const memory = pool.open();
      const tree = { operator: new Sort(types, keys), inputs: [source(types, randomRows(40_000, 1), 1000)], planNodes: [0] };
      const driver = new Driver(tree, () => {}, { memory, checkInterrupt: () => {}, wake: () => {}, clock: new VirtualClock(0) });
      try {
        while (driver.run(0) !== "done");
      } finally {
        driver.close();
        memory.release();
      }
    };
    expect(run).toThrow(/out of memory: radix-sort went over memory_limit \(200\.0 kB\); held by radix-sort 2\d\d\.\d kB/);
    expect(pool.used).toBe(0);
    pool.limit = 1e9;
    run();
    expect(pool.used).toBe(0);
  });
});
