import { describe, expect, test } from "vitest";
import { normaliseInterval } from "../../src/core/compare.ts";
import { valueReader } from "../../src/core/read.ts";
import {
  BIGINT,
  BOOLEAN,
  DATE,
  type DataType,
  DOUBLE,
  decimal,
  FLOAT,
  HUGEINT,
  INTEGER,
  INTERVAL,
  list,
  SMALLINT,
  struct,
  TIMESTAMP,
  UBIGINT,
  UINTEGER,
  UTINYINT,
  VARCHAR,
} from "../../src/core/types.ts";
import type { Value } from "../../src/core/value.ts";
import { makeDictionary, type Vector } from "../../src/core/vector.ts";
import { vectorFromValues } from "../../src/core/vector-builder.ts";
import { KeyInterner } from "../../src/exec/aggregate/key-interner.ts";

/** Small deterministic generator, so that a failure repeats. */
function random(seed: number): () => number {
  return () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 4294967296;
  };
}

const text = (value: Value): string =>
  JSON.stringify(value, (_, part) => {
    if (typeof part === "bigint") return `${part}n`;
    if (typeof part === "number") return Number.isNaN(part) ? "NaN" : Object.is(part, -0) ? 0 : Number.isFinite(part) ? part : String(part);
    if (part !== null && typeof part === "object" && "micros" in part) {
      const { months, days, micros } = normaliseInterval(part);
      return `interval ${months} ${days} ${micros}`;
    }
    return part;
  });

const makers: [string, DataType, (next: () => number) => Value][] = [
  ["boolean", BOOLEAN, (r) => r() < 0.5],
  ["utinyint", UTINYINT, (r) => Math.floor(r() * 256)],
  ["smallint", SMALLINT, (r) => Math.floor(r() * 65536) - 32768],
  ["integer, small range", INTEGER, (r) => Math.floor(r() * 50) - 25],
  ["integer, whole range", INTEGER, (r) => Math.floor(r() * 4294967296) - 2147483648],
  ["uinteger", UINTEGER, (r) => Math.floor(r() * 4294967296)],
  ["date", DATE, (r) => 19_000 + Math.floor(r() * 3000)],
  ["bigint, small range", BIGINT, (r) => BigInt(Math.floor(r() * 3000) - 1500)],
  ["bigint, widening range", BIGINT, (r) => BigInt(Math.floor(r() ** 8 * 2 ** 40)) - 5n],
  ["bigint, extremes", BIGINT, (r) => (BigInt(Math.floor(r() * 3)) - 1n) * (2n ** 63n - 1n - BigInt(Math.floor(r() * 3)))],
  ["ubigint", UBIGINT, (r) => 2n ** 64n - 1n - BigInt(Math.floor(r() * 4000))],
  ["timestamp, many", TIMESTAMP, (r) => BigInt(Math.floor(r() * 2 ** 50))],
  ["double", DOUBLE, (r) => [0, -0, Number.NaN, 1 / 0, -1 / 0, 5e-324][Math.floor(r() * 12)] ?? r()],
  ["float", FLOAT, (r) => [0, -0, Number.NaN][Math.floor(r() * 12)] ?? Math.fround(r() * 10)],
  ["hugeint", HUGEINT, (r) => BigInt(Math.floor(r() * 100)) * 2n ** 100n - 7n],
  ["decimal", decimal(30, 2), (r) => BigInt(Math.floor(r() * 100)) - 50n],
  ["varchar", VARCHAR, (r) => "ä😀xyz".repeat(Math.floor(r() * 20)) + Math.floor(r() * 400)],
  [
    "interval",
    INTERVAL,
    (r) => ({ months: Math.floor(r() * 2), days: Math.floor(r() * 40), micros: Math.floor(r() * 2) * 86_400_000_000 }),
  ],
  ["list", list(INTEGER), (r) => Array.from({ length: Math.floor(r() * 3) }, () => (r() < 0.3 ? null : Math.floor(r() * 3)))],
  [
    "struct",
    struct([
      { name: "a", type: DOUBLE },
      { name: "b", type: VARCHAR },
    ]),
    (r) => [r() < 0.5 ? Number.NaN : 1, "x".repeat(Math.floor(r() * 3))],
  ],
];

/** Interns batches and checks that equal keys and only they share an id; then looks up known and unknown ones. */
function check(types: readonly DataType[], batches: readonly (readonly Vector[])[]): void {
  const interner = new KeyInterner(types);
  const idOf = new Map<string, number>();
  for (const columns of batches) {
    const length = columns[0].length;
    const readers = columns.map(valueReader);
    const ids = new Int32Array(length);
    interner.intern(columns, length, ids);
    for (let i = 0; i < length; i++) {
      const key = text(readers.map((read) => read(i)));
      // Ids are given in the order of first sight.
      const id = idOf.get(key) ?? idOf.size;
      if (ids[i] !== id) expect.fail(`row ${i}: key ${key} got ids ${ids[i]} and ${id}`);
      idOf.set(key, id);
    }
  }
  expect(interner.size).toBe(idOf.size);
  expect(new Set(idOf.values()).size).toBe(idOf.size);
  const readers = interner.keys(0, interner.size).map(valueReader);
  for (let id = 0; id < interner.size; id++) if (idOf.get(text(readers.map((read) => read(id)))) !== id) expect.fail(`keys() of id ${id}`);
  const last = batches[batches.length - 1];
  const found = new Int32Array(last[0].length);
  interner.lookup(last, last[0].length, found);
  const lastReaders = last.map(valueReader);
  for (let i = 0; i < found.length; i++)
    if (found[i] !== idOf.get(text(lastReaders.map((read) => read(i))))) expect.fail(`lookup of row ${i}`);
}

const column = (type: DataType, make: (next: () => number) => Value, length: number, nulls: number, next: () => number): Vector =>
  vectorFromValues(
    type,
    Array.from({ length }, () => (next() < nulls ? null : make(next))),
  );

describe("key interner", () => {
  for (const [name, type, make] of makers) {
    for (const nulls of [0, 0.1]) {
      test(`${name}${nulls > 0 ? " with NULLs" : ""}`, () => {
        const next = random(7);
        check(
          [type],
          [1, 500, 3000, 0, 3000].map((length) => [column(type, make, length, nulls, next)]),
        );
      });
    }
  }

  test("many keys of each kind, through every growth step", () => {
    const next = random(3);
    const big = (r: () => number) => BigInt(Math.floor(r() * 2 ** 52));
    check(
      [BIGINT],
      Array.from({ length: 8 }, () => [column(BIGINT, big, 10_000, 0.001, next)]),
    );
    const words = (r: () => number) => `key ${Math.floor(r() * 2 ** 31)}`;
    check(
      [VARCHAR],
      Array.from({ length: 8 }, () => [column(VARCHAR, words, 10_000, 0.001, next)]),
    );
  });

  test("pairs, dense and then hashed", () => {
    const next = random(5);
    const wide = (r: () => number) => Math.floor(r() ** 3 * 100_000);
    check(
      [INTEGER, INTEGER],
      Array.from({ length: 8 }, () => [column(INTEGER, wide, 5000, 0.01, next), column(INTEGER, wide, 5000, 0.01, next)]),
    );
  });

  test("three columns of different kinds", () => {
    const next = random(9);
    const types = [VARCHAR, TIMESTAMP, BOOLEAN];
    const batch = () => [
      column(VARCHAR, (r) => `s${Math.floor(r() * 30)}`, 2000, 0.05, next),
      column(TIMESTAMP, (r) => BigInt(Math.floor(r() * 50)) * 60_000_000n, 2000, 0.05, next),
      column(BOOLEAN, (r) => r() < 0.5, 2000, 0.05, next),
    ];
    check(types, [batch(), batch(), batch()]);
  });

  test("dictionaries and plain bytes give one code a value", () => {
    const words = vectorFromValues(VARCHAR, ["b", "a", "", "unused"]);
    if (words.layout !== "bytes") throw new Error("text is built as bytes");
    const dictionary = makeDictionary(words);
    const coded: Vector = {
      layout: "dictionary",
      type: VARCHAR,
      length: 5,
      validity: Uint8Array.of(1, 1, 0, 1, 1),
      codes: Int32Array.of(0, 1, 0, 2, 1),
      dictionary,
    };
    const interner = new KeyInterner([VARCHAR]);
    const ids = new Int32Array(5);
    interner.intern([coded], 5, ids);
    const plain = vectorFromValues(VARCHAR, ["a", "", "unused", null, "b"]);
    const found = new Int32Array(5);
    interner.lookup([plain], 5, found);
    expect([...found]).toEqual([ids[1], ids[3], -1, ids[2], ids[0]]);
    expect(interner.size).toBe(4);
  });
});
