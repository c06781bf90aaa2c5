import { describe, expect, it } from "vitest";
import type { CompiledExpression } from "../../src/compile/types.ts";
import { BIGINT, type DataType, INTEGER, TIMESTAMP, VARCHAR } from "../../src/core/types.ts";
import type { RecordBatch } from "../../src/core/vector.ts";
import { VirtualClock } from "../../src/exec/clock.ts";
import type { Operator } from "../../src/exec/operator.ts";
import { Deduplicate } from "../../src/exec/stream/deduplicate.ts";
import { DistinctRows } from "../../src/exec/stream/distinct-rows.ts";
import { Rank } from "../../src/exec/stream/rank.ts";
import { TimeSort } from "../../src/exec/stream/rank-time-sort.ts";
import { type Row, randomNumbers, rowsOf } from "../exec/operator-harness.ts";
import { type Change, Collected, changesBatch, end, endState, feed, randomChanges, randomPieces, rowKey, saved, shown } from "./harness.ts";

const TYPES: DataType[] = [VARCHAR, INTEGER, VARCHAR];
const column = (index: number, type: DataType): CompiledExpression =>
  Object.assign((batch: RecordBatch) => batch.columns[index], { report: { expression: "", mode: "compiled" as const, type } });
const key = (index: number, type: DataType, descending = false) => ({ value: column(index, type), type, descending, nullsFirst: false });
const clock = () => new VirtualClock(0);
const checkInterrupt = () => {};
const noLate = () => {
  throw new Error("no row is late here");
};

/** Rows whose third column makes them unique, so that an order over all columns knows no ties. */
function uniqueRows(next: () => number, keys: number): () => Row {
  let serial = 0;
  return () => [next() < 0.1 ? null : `k${Math.floor(next() * keys)}`, next() < 0.1 ? null : Math.floor(next() * 50), `row ${serial++}`];
}

/** Rows left over by a changelog. */
function left(changes: readonly Change[]): Row[] {
  const rows = new Map<string, Row[]>();
  for (const { kind, row } of changes) {
    const own = rows.get(rowKey(row)) ?? [];
    rows.set(rowKey(row), own);
    if (kind % 2 === 1) own.pop();
    else own.push(row);
  }
  return [...rows.values()].flat();
}

/** The first ranks of each partition (column 0) by column 1, NULL last, then column 2. */
function ranked(rows: readonly Row[], kind: "row_number" | "rank" | "dense_rank", descending: boolean, from: number, to: number): string[] {
  const partitions = new Map<unknown, Row[]>();
  for (const row of rows) partitions.set(row[0], [...(partitions.get(row[0]) ?? []), row]);
  const out: string[] = [];
  for (const own of partitions.values()) {
    const compare = (a: Row, b: Row): number => {
      if (a[1] === null || b[1] === null) return Number(a[1] === null) - Number(b[1] === null);
      return descending ? Number(b[1]) - Number(a[1]) : Number(a[1]) - Number(b[1]);
    };
    own.sort((a, b) => compare(a, b) || (kind === "row_number" ? (`${a[2]}` < `${b[2]}` ? -1 : 1) : 0));
    let rank = 0;
    own.forEach((row, i) => {
      const same = i > 0 && compare(own[i - 1], row) === 0 && kind !== "row_number";
      if (!same) rank = kind === "dense_rank" ? rank + 1 : i + 1;
      if (rank >= from && rank <= to) out.push(rowKey([...row, BigInt(rank)]));
    });
  }
  return out.sort();
}

const rankOf = (more: Partial<ConstructorParameters<typeof Rank>[0]>): Rank =>
  new Rank({
    types: TYPES,
    partitionTypes: [VARCHAR],
    partitions: (batch) => [batch.columns[0]],
    order: [key(1, INTEGER, true), key(2, VARCHAR)],
    rank: "row_number",
    limit: 3,
    offset: 0,
    rankColumn: true,
    numbered: true,
    retracting: true,
    windowEnd: undefined,
    ttl: undefined,
    clock: clock(),
    late: noLate,
    checkInterrupt,
    ...more,
  });

const withoutRank = (texts: readonly string[]): string[] => texts.map((text) => text.replace(/,"\d+n"\]$/, "]")).sort();

describe("rank", () => {
  it.each([1, 7, 1024])("gives the first rows of each partition, in batches of up to %i", (most) => {
    const next = randomNumbers(most);
    for (const retracting of [false, true]) {
      for (const [rank, offset, numbered] of [
        ["row_number", 0, true],
        ["row_number", 0, false],
        ["row_number", 2, true],
        ["rank", 0, true],
        ["dense_rank", 0, true],
        ["dense_rank", 1, false],
      ] as const) {
        const row = uniqueRows(next, 6);
        const changes = retracting ? randomChanges(2000, next, row) : Array.from({ length: 2000 }, () => ({ kind: 0, row: row() }));
        const order = rank === "row_number" ? [key(1, INTEGER, true), key(2, VARCHAR)] : [key(1, INTEGER, true)];
        const operator = rankOf({ rank, offset, numbered, retracting, order, rankColumn: numbered });
        const out = new Collected();
        let fed = 0;
        for (const piece of randomPieces(changes, next, most)) {
          feed(operator, changesBatch(TYPES, piece), out);
          fed += piece.length;
          if (next() > 0.01 && fed < changes.length) continue;
          const expected = ranked(left(changes.slice(0, fed)), rank, true, offset + 1, offset + 3);
          expect(endState(out.changes)).toEqual(numbered ? expected : withoutRank(expected));
        }
      }
    }
  });

  it("does not tell rows that only move within the first, unless their number is told", () => {
    const operator = rankOf({ retracting: false, numbered: false, rankColumn: false, limit: 2 });
    const out = new Collected();
    feed(
      operator,
      changesBatch(TYPES, [
        { kind: 0, row: ["a", 1, "x"] },
        { kind: 0, row: ["a", 2, "y"] },
      ]),
      out,
    );
    out.batches.length = 0;
    feed(operator, changesBatch(TYPES, [{ kind: 0, row: ["a", 3, "z"] }]), out);
    expect(shown(out.changes)).toEqual(['-U ["a",1,"x"]', '+U ["a",3,"z"]']);
    expect(operator.stateRows()).toBe(2);
  });

  it("keeps no more rows than can be told, of rows that only come", () => {
    const next = randomNumbers(8);
    const operator = rankOf({ retracting: false });
    const row = uniqueRows(next, 5);
    for (let i = 0; i < 50; i++) {
      feed(
        operator,
        changesBatch(
          TYPES,
          Array.from({ length: 200 }, () => ({ kind: 0, row: row() })),
        ),
        new Collected(),
      );
    }
    expect(operator.stateRows()).toBe(18);
  });

  it("tells windows once, when they close, and sets late rows aside", () => {
    const types = [TIMESTAMP, INTEGER, VARCHAR];
    const late: string[] = [];
    const operator = rankOf({
      types,
      partitionTypes: [TIMESTAMP],
      retracting: false,
      limit: 1,
      windowEnd: 0,
      late: (rows) => late.push(...rowsOf([rows]).map(rowKey)),
    });
    const out = new Collected();
    const send = (rows: readonly Row[]) =>
      feed(
        operator,
        changesBatch(
          types,
          rows.map((row) => ({ kind: 0, row })),
        ),
        out,
      );
    send([
      [100n, 1, "a"],
      [200n, 5, "b"],
      [100n, 2, "c"],
    ]);
    expect(out.changes).toEqual([]);
    operator.onWatermark(100, out);
    expect(shown(out.changes)).toEqual(['+I ["100n",2,"c","1n"]']);
    send([
      [100n, 9, "d"],
      [200n, 6, "e"],
    ]);
    expect(late).toEqual(['["100n",9,"d"]']);
    expect(operator.stateRows()).toBe(1);
    end(operator, out);
    expect(shown(out.changes).slice(1)).toEqual(['+I ["200n",6,"e","1n"]']);
    expect(operator.stateRows()).toBe(0);
  });

  it("goes on from a checkpoint", () => {
    const next = randomNumbers(21);
    const changes = randomChanges(8000, next, uniqueRows(next, 300));
    const pieces = randomPieces(changes, next, 300);
    const half = pieces.length >> 1;
    const operator = rankOf({});
    const out = new Collected();
    for (const piece of pieces.slice(0, half)) feed(operator, changesBatch(TYPES, piece), out);
    const parts = operator.snapshot();
    feed(operator, changesBatch(TYPES, pieces[half]), new Collected());
    const other = rankOf({});
    other.restore(saved(parts));
    for (const piece of pieces.slice(half)) feed(other, changesBatch(TYPES, piece), out);
    expect(endState(out.changes)).toEqual(ranked(left(changes), "row_number", true, 1, 3));
  });
});

const deduplicate = (more: Partial<ConstructorParameters<typeof Deduplicate>[0]>): Deduplicate =>
  new Deduplicate({
    name: "deduplicate",
    types: TYPES,
    keyTypes: [VARCHAR],
    keys: (batch) => [batch.columns[0]],
    order: [key(1, INTEGER, true), key(2, VARCHAR)],
    time: undefined,
    numbered: true,
    ttl: undefined,
    clock: clock(),
    late: noLate,
    checkInterrupt,
    ...more,
  });

describe("deduplicate", () => {
  it.each([1, 7, 1024])("keeps the best row of each key, in batches of up to %i", (most) => {
    const next = randomNumbers(most + 3);
    const row = uniqueRows(next, 30);
    const rows = Array.from({ length: 3000 }, () => ({ kind: 0, row: row() }));
    const operator = deduplicate({});
    const out = new Collected();
    for (const piece of randomPieces(rows, next, most)) feed(operator, changesBatch(TYPES, piece), out);
    const expected = ranked(
      rows.map(({ row: values }) => values),
      "row_number",
      true,
      1,
      1,
    );
    expect(endState(out.changes)).toEqual(expected);
    expect(operator.stateRows()).toBe(31);
  });

  it.each([1, 7, 1024])("makes a changelog of upserts, in batches of up to %i", (most) => {
    const next = randomNumbers(most + 4);
    const row = uniqueRows(next, 30);
    const rows = Array.from({ length: 3000 }, () => ({ kind: next() < 0.2 ? 3 : 2, row: row() }));
    const operator = deduplicate({ order: "latest", numbered: false });
    const out = new Collected();
    for (const piece of randomPieces(rows, next, most)) feed(operator, changesBatch(TYPES, piece), out);
    const latest = new Map<unknown, string>();
    for (const { kind, row: values } of rows) {
      if (kind === 3) latest.delete(values[0]);
      else latest.set(values[0], rowKey(values));
    }
    expect(endState(out.changes)).toEqual([...latest.values()].sort());
    expect(operator.stateRows()).toBe(latest.size);
  });

  it("tells the earliest row of a key once the watermark has passed it", () => {
    const types = [VARCHAR, TIMESTAMP, VARCHAR];
    const late: string[] = [];
    const operator = deduplicate({
      types,
      order: [key(1, TIMESTAMP)],
      time: 1,
      numbered: false,
      late: (rows) => late.push(...rowsOf([rows]).map(rowKey)),
    });
    const out = new Collected();
    const send = (rows: readonly Row[], watermark?: number) => {
      const batch = changesBatch(
        types,
        rows.map((row) => ({ kind: 0, row })),
      );
      feed(operator, watermark === undefined ? batch : { ...batch, watermarks: new Float64Array(rows.length).fill(watermark) }, out);
    };
    send([
      ["a", 50n, "1"],
      ["b", 70n, "2"],
      ["a", 40n, "3"],
    ]);
    expect(out.changes).toEqual([]);
    operator.onWatermark(60, out);
    expect(shown(out.changes)).toEqual(['+I ["a","40n","3"]']);
    send(
      [
        ["a", 65n, "4"],
        ["b", 66n, "5"],
        ["b", 30n, "6"],
      ],
      60,
    );
    expect(late).toEqual(['["b","30n","6"]']);
    end(operator, out);
    expect(shown(out.changes).slice(1)).toEqual(['+I ["b","66n","5"]']);
  });

  it("goes on from a checkpoint", () => {
    const next = randomNumbers(31);
    const row = uniqueRows(next, 2000);
    const rows = Array.from({ length: 12_000 }, () => ({ kind: 0, row: row() }));
    const pieces = randomPieces(rows, next, 500);
    const operator = deduplicate({});
    const out = new Collected();
    for (const piece of pieces.slice(0, 10)) feed(operator, changesBatch(TYPES, piece), out);
    const parts = operator.snapshot();
    feed(operator, changesBatch(TYPES, pieces[10]), new Collected());
    const other = deduplicate({});
    other.restore(saved(parts));
    for (const piece of pieces.slice(10)) feed(other, changesBatch(TYPES, piece), out);
    expect(endState(out.changes)).toEqual(
      ranked(
        rows.map(({ row: values }) => values),
        "row_number",
        true,
        1,
        1,
      ),
    );
  });
});

const SETS: Readonly<Record<string, (left: number, right: number) => number>> = {
  union: (l, r) => (l + r > 0 ? 1 : 0),
  intersect: (l, r) => (l > 0 && r > 0 ? 1 : 0),
  "intersect all": Math.min,
  except: (l, r) => (l > 0 && r === 0 ? 1 : 0),
  "except all": (l, r) => Math.max(0, l - r),
};

describe("distinct rows and sets", () => {
  const distinct = (times: (left: number, right: number) => number, more = {}) =>
    new DistinctRows({ name: "distinct", types: TYPES, times, ttl: undefined, clock: clock(), checkInterrupt, ...more });
  const fewRows = (next: () => number) => (): Row => [next() < 0.2 ? null : `k${Math.floor(next() * 3)}`, Math.floor(next() * 3), "x"];

  it.each(Object.keys(SETS))("%s of two changelogs is that of the rows they come to", (name) => {
    for (const most of [1, 7, 1024]) {
      const next = randomNumbers(most + name.length);
      const sides = [randomChanges(1500, next, fewRows(next)), randomChanges(1500, next, fewRows(next))];
      const queues = sides.map((changes) => randomPieces(changes, next, most));
      let operator: Operator = distinct(SETS[name]);
      const out = new Collected();
      const total = queues[0].length + queues[1].length;
      for (let i = 0; queues[0].length + queues[1].length > 0; i++) {
        const side = queues[1].length === 0 || (queues[0].length > 0 && next() < 0.5) ? 0 : 1;
        feed(operator, changesBatch(TYPES, queues[side].shift()!), out, side);
        if (i === total >> 1) {
          const parts = saved(operator.snapshot!());
          operator = distinct(SETS[name]);
          operator.restore!(parts);
        }
      }
      const counts = new Map<string, [number, number]>();
      sides.forEach((changes, side) => {
        for (const text of endState(changes)) {
          const both = counts.get(text) ?? [0, 0];
          counts.set(text, both);
          both[side]++;
        }
      });
      const expected = [...counts].flatMap(([text, [l, r]]) => new Array<string>(SETS[name](l, r)).fill(text)).sort();
      expect(endState(out.changes)).toEqual(expected);
    }
  });

  it("forgets rows after their time to live", () => {
    const time = clock();
    const operator = distinct(SETS.union, { ttl: 1000, clock: time });
    const out = new Collected();
    const row: Row = ["a", 1, "x"];
    feed(
      operator,
      changesBatch(TYPES, [
        { kind: 0, row },
        { kind: 0, row },
      ]),
      out,
    );
    time.at(5000, () => {});
    time.advance();
    for (let busy = operator.onTimer(5000); busy; ) busy = operator.resume(out);
    expect(operator.stateRows()).toBe(0);
    feed(operator, changesBatch(TYPES, [{ kind: 0, row }]), out);
    expect(out.changes.length).toBe(2);
  });
});

describe("time sort", () => {
  it("gives rows in order as the watermark passes, however long they wait", () => {
    const types = [BIGINT, INTEGER];
    const next = randomNumbers(2);
    const operator = new TimeSort({ types, keys: [key(0, BIGINT), key(1, INTEGER)], time: 0, late: noLate, checkInterrupt });
    const out = new Collected();
    const rows = Array.from({ length: 5000 }, (_, i): Row => [BigInt(i * 10 + Math.floor(next() * 3000)), Math.floor(next() * 100)]);
    let at = 0;
    let resumed: Operator = operator;
    for (const piece of randomPieces(rows, next, 40)) {
      feed(
        resumed,
        changesBatch(
          types,
          piece.map((row) => ({ kind: 0, row })),
        ),
        out,
      );
      at += piece.length;
      for (let busy = resumed.onWatermark!(at * 10, out); busy; ) busy = resumed.resume(out);
      expect(out.changes.every(({ row }) => Number(row[0]) < at * 10)).toBe(true);
      if (at > 2500 && resumed === operator) {
        const parts = saved(operator.snapshot());
        const other = new TimeSort({ types, keys: [key(0, BIGINT), key(1, INTEGER)], time: 0, late: noLate, checkInterrupt });
        other.restore(parts);
        resumed = other;
      }
    }
    end(resumed, out);
    const expected = rows.sort((a, b) => Number(a[0]) - Number(b[0]) || Number(a[1]) - Number(b[1])).map(rowKey);
    expect(out.changes.map(({ row }) => rowKey(row))).toEqual(expected);
  });
});
