import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FunctionUse } from "../../src/catalog/user-functions.ts";
import { valueAt } from "../../src/core/read.ts";
import { DOUBLE } from "../../src/core/types.ts";
import { vectorFromValues } from "../../src/core/vector-builder.ts";
import { decodePart, encodePart } from "../../src/jobs/checkpoint-part.ts";
import type { Session } from "../../src/session.ts";
import { copyState } from "../../src/udf/aggregate/state.ts";
import { loadModule } from "../../src/udf/load-module.ts";
import { readModule } from "../../src/udf/read-module.ts";
import { define, failure, rowsOf, sessionWith } from "./aggregate-harness.ts";

const MODULE = `
import { aggregate, type Long, type Integer, type Decimal, type Timestamp } from "weir-sql/udf";

export const total = aggregate({
  init: () => ({ n: 0, sum: 0 }),
  add(s, x: number) { s.n++; s.sum += x; },
  merge(s, other) { s.n += other.n; s.sum += other.sum; },
  value: (s): number | null => (s.n === 0 ? null : s.sum),
});
export const weighted = aggregate({
  init: () => ({ sum: 0, weight: 0 }),
  add(s, x: number, weight: number | null) { s.sum += x * (weight ?? 10); s.weight += weight ?? 10; },
  value: (s): number => s.sum / s.weight,
});
export const gathered = {
  init: (): string[] => [],
  add(s: string[], x: string) { s.push(x); },
  merge: (s: string[], other: string[]) => [...s, ...other],
  value: (s: string[]): string[] => s,
};
export const optional = { init: () => 0, add: (s: number, x: number, scale = 1) => s + x * scale, value: (s: number): number => s };
export const many = { init: () => 0, add: (s: number, ...xs: number[]) => xs.reduce((sum, x) => sum + x, s), value: (s: number): number => s };
export const longs = { init: () => 0, add: (s: number, x: Long) => s + x, value: (s: number): Long => s };
export const bigs = { init: () => 0n, add: (s: bigint, x: bigint) => s + x, value: (s: bigint): bigint => s };
export const latest = {
  init: () => null as Date | null,
  add: (s: Date | null, x: Date): Date | null => (s === null || x > s ? x : s),
  value: (s: Date | null): Date | null => s,
};
export const trues = { init: () => 0, add: (s: number, x: boolean) => s + (x ? 1 : 0), value: (s: number): Integer => s };
export const cheapest = { init: () => "", add: (s: string, x: Decimal<9, 2>) => (s === "" || Number(x) < Number(s) ? x : s), value: (s: string): Decimal<9, 2> => s };
export const points = {
  init: () => ({ n: 0, last: { x: 0, tags: [] as string[] } }),
  add(s: any, p: { x: number; tags: string[] }) { s.n++; s.last = p; },
  value: (s: any): { n: number; last: { x: number; tags: string[] } } => s,
};

export const careful = aggregate({
  init: () => 0,
  add(s, x: number) { if (x > 2) throw new RangeError("too much"); return s + x; },
  value(s): number { if (s === 0) throw new Error("nothing"); return s; },
});
/** @on_error null */
export const lenient = aggregate({
  init: () => 0,
  add(s, x: number) { if (x > 2) throw new RangeError("too much"); return s + x; },
  value(s): number { if (s === 0) throw new Error("nothing"); return s; },
});
export const unmerged = { init: () => ({ sum: 0 }), add(s: any, x: number) { s.sum += x; }, merge() { throw new Error("not today"); }, value: (s: any): number => s.sum };
export const shrinking = { init: () => ({ sum: 0 }), add: (s: any, x: number) => (s.sum += x), value: (s: any): number => s.sum };
export const lost = { init: () => 0, add(s: number, x: number) { s += x; }, value: (s: number): number => s };
export const stateless = { init() {}, add() {}, value: (): number => 1 };
export const methods = { init: () => ({ go() {} }), add(s: any, x: number) {}, value: (): number => 1 };
export const wrong = { init: () => 0, add: (s: number, x: number) => s + x, value: (s: number): number => String(s) as any };
export const nothing = { init: () => 0, add: (s: number, x: number) => s + x, value: (s: number): number => null as any };
export const grows_bad = { init: () => ({ list: [] as unknown[] }), add(s: any, x: number) { s.list.push(x > 1 ? { f: () => 1 } : x); }, merge() {}, value: (s: any): number => s.list.length };
export const waits = { init: () => 0, add: (s: number, x: number) => Promise.resolve(s) as any, value: (s: number): number => s };
`;

let session: Session;
beforeAll(async () => {
  session = await sessionWith(MODULE);
});
afterAll(() => session.close());

const T = "(VALUES ('a', 1.0, 2.0), ('a', 2.0, NULL), ('b', NULL, 1.0), ('b', 4.0, 1.0), ('b', 4.0, 3.0)) t(k, x, w)";

describe("queries", () => {
  test.each<[string, unknown[][]]>([
    [
      `SELECT k, total(x) FROM ${T} GROUP BY k ORDER BY k`,
      [
        ["a", 3],
        ["b", 8],
      ],
    ],
    // Rows where a parameter that takes no NULL is NULL are left out; w takes it.
    [
      `SELECT k, weighted(x, w) FROM ${T} GROUP BY k ORDER BY k`,
      [
        ["a", 22 / 12],
        ["b", 4],
      ],
    ],
    [`SELECT total(x) FROM ${T} WHERE false`, [[null]]],
    [`SELECT k, total(x) FROM ${T} WHERE x IS NULL GROUP BY k`, [["b", null]]],
    [`SELECT total(DISTINCT x) FROM ${T}`, [[7]]],
    [`SELECT total(x) FILTER (WHERE w > 1) FROM ${T}`, [[5]]],
    [`SELECT gathered(k ORDER BY x DESC NULLS LAST, w DESC) FROM ${T}`, [[["b", "b", "a", "a", "b"]]]],
    [
      `SELECT k, total(x), count(*) FROM ${T} GROUP BY ROLLUP (k) ORDER BY k NULLS LAST`,
      [
        ["a", 3, 2n],
        ["b", 8, 3n],
        [null, 11, 5n],
      ],
    ],
    [`SELECT total(x) + 1 FROM ${T} HAVING total(x) > 10`, [[12]]],
    ["SELECT optional(x), optional(x, 2) FROM (VALUES (1.0), (2.0)) t(x)", [[3, 6]]],
    ["SELECT many(x, x, 1) FROM (VALUES (1.0), (2.0)) t(x)", [[8]]],
    ["SELECT longs(x), bigs(x) FROM range(5) t(x)", [[10n, 10n]]],
    ["SELECT bigs(9007199254740993)", [[9007199254740993n]]],
    ["SELECT latest(x) FROM (VALUES (TIMESTAMP '2024-01-01'), (TIMESTAMP '2024-01-03 00:00:00.5'), (NULL)) t(x)", [[1704240000500000n]]],
    ["SELECT trues(x > 1) FROM range(5) t(x)", [[3]]],
    ["SELECT cheapest(x) FROM (VALUES (12.50), (3.25), (8.00)) t(x)", [[325n]]],
    ["SELECT points({'x': x, 'tags': ['a', 'b']}) FROM range(3) t(x)", [[[3, [2, ["a", "b"]]]]]],
    [
      "SELECT x, total(x) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM range(4) t(x)",
      [
        [0n, 1],
        [1n, 3],
        [2n, 6],
        [3n, 5],
      ],
    ],
    [
      "SELECT x, total(x) OVER (ORDER BY x ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING) FROM range(4) t(x)",
      [
        [0n, null],
        [1n, 0],
        [2n, 1],
        [3n, 3],
      ],
    ],
    // What value gives is taken over at once, though it is a part of the state.
    ["SELECT gathered(x::VARCHAR) OVER (ORDER BY x) FROM range(3) t(x)", [[["0"]], [["0", "1"]], [["0", "1", "2"]]]],
    [
      "SELECT x, total(DISTINCT x % 2) OVER (ORDER BY x) FROM range(3) t(x)",
      [
        [0n, 0],
        [1n, 1],
        [2n, 1],
      ],
    ],
    [
      "SELECT x, gathered(x::VARCHAR) FILTER (WHERE x <> 1) OVER (ORDER BY x ROWS 1 PRECEDING) FROM range(3) t(x)",
      [
        [0n, ["0"]],
        [1n, ["0"]],
        [2n, ["2"]],
      ],
    ],
  ])("%s", async (sql, wanted) => {
    expect(await rowsOf(session, sql)).toEqual(wanted);
  });
});

describe("errors", () => {
  const FROM = "FROM range(5) t(x)";
  test.each([
    [`SELECT careful(x) ${FROM}`, "careful.add(3) failed for row 4: RangeError: too much"],
    ["SELECT careful(x) FROM (VALUES (0)) t(x)", "careful.value(0) failed: nothing"],
    [`SELECT shrinking(x) ${FROM}`, "shrinking: add gives a number where its state is an object (change the state and return nothing"],
    [`SELECT lost(x) ${FROM}`, "lost: add gives nothing, and a number cannot be changed in place (return the new state)"],
    ["SELECT stateless()", "stateless: init gives no state"],
    [`SELECT methods(x) ${FROM}`, "the state of methods cannot be kept in a checkpoint: state.go is a function"],
    [`SELECT wrong(x) ${FROM}`, "wrong.value(10) failed: it returned '10', and its signature says number"],
    [
      `SELECT nothing(x) ${FROM}`,
      "nothing.value(10) failed: it returned null, and its signature says number (write number | null where it may be NULL)",
    ],
    [`SELECT waits(x) ${FROM}`, "waits: add gives a promise where its state is a number"],
    ["SELECT longs(9007199254740993)", "longs.add(9007199254740993) failed for row 1: 9007199254740993 is not exact as a number"],
    [
      `SELECT unmerged(x) OVER (ORDER BY x ROWS 20 PRECEDING) FROM range(60) t(x)`,
      "unmerged.merge({sum: 20}, {sum: 21}) failed: not today",
    ],
    [`SELECT total('a') ${FROM}`, "Could not convert"],
    [`SELECT total(x, x) ${FROM}`, "no function matches total"],
  ])("%s", async (sql, message) => {
    expect((await failure(session, sql)).toLowerCase()).toContain(message.toLowerCase());
    expect(await rowsOf(session, `SELECT total(x) ${FROM}`)).toEqual([[10]]);
  });

  test("with on_error null a row that add throws for is left out, and a value that throws is NULL", async () => {
    expect(await rowsOf(session, `SELECT lenient(x), lenient(x) FILTER (WHERE x = 0) ${FROM}`)).toEqual([[3, null]]);
    expect(await rowsOf(session, `SELECT x, lenient(x) OVER (ORDER BY x) ${FROM}`)).toEqual([
      [0n, null],
      [1n, 1],
      [2n, 3],
      [3n, 3],
      [4n, 3],
    ]);
  });

  test("what was forgiven is told at the end", async () => {
    const told: string[] = [];
    await session.run(`SELECT lenient(x) ${FROM}`, { onOutput: ({ warnings }) => told.push(...warnings) });
    expect(told).toEqual([
      expect.stringMatching(/^lenient failed 2 times and left out the row, or gave NULL; first: lenient.add\(3\) failed for row 4/),
    ]);
  });

  test("what cannot be copied is found where it is", () => {
    class Point {
      readonly x = 1;
    }
    const self: { list: unknown[] } = { list: [] };
    self.list.push(self);
    expect(() => copyState("f", { a: [1, { p: new Point() }] })).toThrow("state.a[1].p is an instance of Point");
    expect(() => copyState("f", { seen: new Map([["k", Symbol("s")]]) })).toThrow("state.seen.k is a symbol");
    expect(() => copyState("f", self)).toThrow("state.list[0].list is nested without end");
    expect(() => copyState("f", () => 1)).toThrow("it is a function");
  });

  test("a method that is none", async () => {
    await expect(
      define(
        session,
        "export const f = { init: () => 0, add: (s: number, x: number) => s, value: (s: number): number => s, remov: (s: number) => s };",
      ),
    ).rejects.toThrow('aggregate f has a method "remov"');
  });
});

test("states come back from a checkpoint as they were", () => {
  const state = {
    number: 1.5,
    none: null,
    absent: undefined,
    big: 12n ** 30n,
    text: "é",
    at: new Date(5),
    map: new Map<unknown, unknown>([
      ["a", new Set([1, 2])],
      [1, [true]],
    ]),
    typed: new Float32Array([1, 2]),
    layout: "dictionary",
    nested: [{ deep: { values: [1, [2]] } }],
  };
  const { bytes, checksum } = encodePart(copyState("f", state));
  expect(decodePart(bytes, checksum)).toEqual(state);
});

test("a definition that begins alike goes on with the states of another", async () => {
  const definition = async (code: string) => {
    const [loaded] = await loadModule(readModule(code, { name: "cell", place: { kind: "file", path: "cell.ts" } }));
    if (loaded.kind !== "aggregate") throw new Error("no aggregate");
    return loaded;
  };
  const summing = (add: string, init = "0", type = "number") =>
    definition(`export const f = { init: () => (${init}), add: (s: any, x: ${type}) => ${add}, value: (s: any): number => Number(s) };`);
  const uses: FunctionUse[] = [];
  const bind = {
    types: [DOUBLE],
    constants: [undefined],
    names: [undefined],
    timeZone: "UTC",
    nowMicros: 0,
    uses: { add: (use: FunctionUse) => uses.push(use), addFailures: () => {} },
  };
  const [overload] = (await summing("s + x")).overloads;
  const accumulator = overload.create(bind);
  // A query makes many accumulators of one call.
  overload.create(bind);
  expect(uses).toMatchObject([{ kind: "function", name: "f", hasState: true }]);
  const add = (x: number) => accumulator.update(new Int32Array(1), [vectorFromValues(DOUBLE, [x])], 1, null);
  accumulator.resize(1);
  add(1);
  expect(uses[0].replacement(await summing("s + x", "[]"))).toBe("its state, or what it can do with it, changed");
  expect(uses[0].replacement(await summing("s + Number(x)", "0", "string"))).toBe("its types changed");
  const go = uses[0].replacement(await summing("s + 100 * x"));
  if (typeof go === "string") throw new Error(go);
  add(1);
  go();
  add(1);
  expect(valueAt(accumulator.evaluate(1), 0)).toBe(102);
});
