import { describe, expect, it } from "vitest";
import { BIGINT, type DataType, DOUBLE, INTEGER, VARCHAR } from "../../src/core/types.ts";
import { ResultTable } from "../../src/exec/stream/result-table.ts";
import { type Row, randomNumbers, rowsOf } from "../exec/operator-harness.ts";
import { changesBatch, endState, randomChanges, randomPieces, rowKey, saved, upsertState } from "./harness.ts";

const TYPES: DataType[] = [VARCHAR, INTEGER, DOUBLE, BIGINT];
const texts = (table: ResultTable, limit?: number): string[] => rowsOf(table.snapshot(limit).batches).map(rowKey);

const randomRow = (next: () => number) => (): Row => [
  next() < 0.1 ? null : `key ${Math.floor(next() * 20)}`,
  next() < 0.1 ? null : Math.floor(next() * 5),
  next() < 0.1 ? Number.NaN : Math.floor(next() * 3),
  BigInt(Math.floor(next() * 3)),
];

describe("result table", () => {
  it.each([1, 7, 1024])("holds what a changelog with whole rows comes to, in batches of up to %i", (most) => {
    const next = randomNumbers(most);
    const changes = randomChanges(6000, next, randomRow(next));
    const table = new ResultTable({ types: TYPES, mode: "retract" });
    let done = 0;
    for (const piece of randomPieces(changes, next, most)) {
      table.apply(changesBatch(TYPES, piece));
      done += piece.length;
      if (next() < 0.02 || done === changes.length) {
        const expected = endState(changes.slice(0, done));
        expect(texts(table).sort()).toEqual(expected);
        expect(table.rowCount).toBe(expected.length);
      }
    }
  });

  it.each([1, 7, 1024])("holds the latest row of each key, in batches of up to %i", (most) => {
    const next = randomNumbers(most + 1);
    const changes = Array.from({ length: 5000 }, () => ({ kind: next() < 0.2 ? 3 : 2, row: randomRow(next)() }));
    const table = new ResultTable({ types: TYPES, mode: "upsert", key: [1, 0] });
    for (const piece of randomPieces(changes, next, most)) table.apply(changesBatch(TYPES, piece));
    expect(texts(table).sort()).toEqual(upsertState(changes, [1, 0]));
  });

  it("keeps the order of coming, and an updated row at its place", () => {
    const types = [VARCHAR, INTEGER];
    const table = new ResultTable({ types, mode: "retract" });
    table.apply(
      changesBatch(
        types,
        [
          ["a", 1],
          ["b", 1],
          ["c", 1],
        ].map((row) => ({ kind: 0, row: row as Row })),
      ),
    );
    table.apply(
      changesBatch(types, [
        { kind: 1, row: ["b", 1] },
        { kind: 2, row: ["b", 2] },
        { kind: 3, row: ["a", 1] },
        { kind: 0, row: ["d", 1] },
      ]),
    );
    expect(texts(table)).toEqual(['["b",2]', '["c",1]', '["d",1]']);
    expect(texts(table, 2)).toEqual(['["b",2]', '["c",1]']);
    const upsert = new ResultTable({ types, mode: "upsert", key: [0] });
    upsert.apply(
      changesBatch(
        types,
        [
          ["a", 1],
          ["b", 1],
          ["a", 2],
          ["c", 1],
        ].map((row) => ({ kind: 2, row: row as Row })),
      ),
    );
    expect(texts(upsert)).toEqual(['["a",2]', '["b",1]', '["c",1]']);
  });

  it("refuses to take away what is not there", () => {
    const table = new ResultTable({ types: [INTEGER], mode: "retract" });
    table.apply(changesBatch([INTEGER], [{ kind: 0, row: [1] }]));
    expect(() => table.apply(changesBatch([INTEGER], [{ kind: 3, row: [2] }]))).toThrow("not there");
  });

  it("keeps the last rows of what only comes, and counts all", () => {
    const table = new ResultTable({ types: [INTEGER], mode: "append", keepLast: 100 });
    const next = randomNumbers(3);
    const rows = Array.from({ length: 5000 }, (_, i) => ({ kind: 0, row: [i] }));
    for (const piece of randomPieces(rows, next, 60)) table.apply(changesBatch([INTEGER], piece));
    expect(texts(table)).toEqual(rows.slice(-100).map(({ row }) => rowKey(row)));
    expect([table.rowCount, table.total]).toEqual([100, 5000]);
    expect(table.snapshot().batches.length).toBeLessThan(10);
  });

  it("shows rows in an order", () => {
    const next = randomNumbers(9);
    for (const mode of ["append", "retract"] as const) {
      const table = new ResultTable({ types: [INTEGER, INTEGER], mode, order: [{ column: 1, descending: true, nullsFirst: false }] });
      const rows = Array.from({ length: 300 }, (_, i) => [i, Math.floor(next() * 1e6)]);
      for (const row of rows) table.apply(changesBatch([INTEGER, INTEGER], [{ kind: 0, row }]));
      const expected = rows.sort((a, b) => b[1] - a[1]).map(rowKey);
      expect(texts(table)).toEqual(expected);
      expect(texts(table, 10)).toEqual(expected.slice(0, 10));
    }
  });

  it("goes on from a checkpoint, whose parts are as of its time, and writes only what changed", () => {
    const next = randomNumbers(5);
    for (const mode of ["append", "retract", "upsert"] as const) {
      const options = { types: TYPES, mode, key: [0] };
      const table = new ResultTable(options);
      let i = 0;
      const wide = randomRow(next);
      const many = (): Row => [`${i++ % 9000}`, ...wide().slice(1)];
      const changes =
        mode === "append" ? Array.from({ length: 40_000 }, () => ({ kind: 0, row: many() })) : randomChanges(60_000, next, many);
      const pieces = randomPieces(changes, next, 4000);
      const half = pieces.length >> 1;
      for (const piece of pieces.slice(0, half)) table.apply(changesBatch(TYPES, piece));
      const before = texts(table);
      const parts = table.parts();
      // Changes between the snapshot and the reading of its parts.
      for (const piece of pieces.slice(half, half + 3)) table.apply(changesBatch(TYPES, piece));
      const restored = new ResultTable(options);
      restored.restore(saved(parts));
      expect(texts(restored)).toEqual(before);
      for (const piece of pieces.slice(half)) restored.apply(changesBatch(TYPES, piece));
      for (const piece of pieces.slice(half + 3)) table.apply(changesBatch(TYPES, piece));
      expect(texts(restored)).toEqual(texts(table));
      const first = new Map(table.parts().map(({ id, version }) => [id, version]));
      if (mode === "upsert") table.apply(changesBatch(TYPES, [{ kind: 2, row: ["1", 1, 1, 1n] }]));
      const written = table.parts().filter(({ id, version }) => first.get(id) !== version);
      expect(written.length).toBeLessThanOrEqual(mode === "upsert" ? 4 : 0);
    }
  });
});
