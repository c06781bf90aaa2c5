import { describe, expect, it } from "vitest";
import { BIGINT, type DataType, DOUBLE, enumType, INTEGER, INTERVAL, list, struct, VARCHAR } from "../../src/core/types.ts";
import { type BytesVector, makeDictionary, type Vector } from "../../src/core/vector.ts";
import { vectorFromValues } from "../../src/core/vector-builder.ts";
import { sortIndices } from "../../src/exec/sort/sort-indices.ts";

const noInterrupt = () => {};

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

function bytesVector(values: readonly string[], validity: Uint8Array | null = null, type: DataType = VARCHAR): BytesVector {
  const encoded = values.map((value) => Buffer.from(value));
  const offsets = new Int32Array(values.length + 1);
  encoded.forEach((bytes, i) => {
    offsets[i + 1] = offsets[i] + bytes.length;
  });
  return { type, length: values.length, validity, layout: "bytes", offsets, bytes: Buffer.concat(encoded) };
}

const doubles = (values: readonly number[], validity: Uint8Array | null = null): Vector => ({
  type: DOUBLE,
  length: values.length,
  validity,
  layout: "flat",
  data: Float64Array.from(values),
});

/** What a stable sort with a comparator gives. */
function reference<T>(values: readonly T[], compare: (a: T, b: T) => number): number[] {
  return values.map((_, i) => i).sort((a, b) => compare(values[a], values[b]) || a - b);
}

const compareNumbers = (a: number, b: number) =>
  Number.isNaN(a) ? (Number.isNaN(b) ? 0 : 1) : Number.isNaN(b) ? -1 : a < b ? -1 : a > b ? 1 : 0;

describe("sortIndices", () => {
  it.each([0, 1, 7, 39, 41, 1024, 3000, 70_000, 300_000])(
    "sorts %i doubles with NaN, infinities, both zeros and ties, stably",
    (length) => {
      const next = random(length);
      const special = [0, -0, Number.NaN, Infinity, -Infinity, 5e-324, -1, 1];
      const values = Array.from({ length }, () =>
        next() < 0.3 ? special[Math.floor(next() * 8)] : (next() - 0.5) * 10 ** Math.floor(next() * 20),
      );
      const ascending = sortIndices([{ vector: doubles(values), descending: false, nullsFirst: false }], length, noInterrupt);
      expect([...ascending]).toEqual(reference(values, compareNumbers));
      const descending = sortIndices([{ vector: doubles(values), descending: true, nullsFirst: false }], length, noInterrupt);
      expect([...descending]).toEqual(reference(values, (a, b) => compareNumbers(b, a)));
    },
  );

  it.each([20, 5000, 200_000])("sorts %i texts by bytes, long common prefixes, zero bytes and NULLs included", (length) => {
    const next = random(length + 1);
    const alphabet = ["a", "b", "\0", "é", "😀", "z", "ab"];
    const texts = Array.from({ length }, () => {
      const size = Math.floor(next() * 6);
      const tail = Array.from({ length: size }, () => alphabet[Math.floor(next() * 7)]).join("");
      return next() < 0.5 ? tail : `https://example.org/${tail}`;
    });
    const validity = Uint8Array.from(texts, () => (next() < 0.1 ? 0 : 1));
    const values = texts.map((text, i) => (validity[i] === 1 ? Buffer.from(text) : null));
    const vector = bytesVector(
      texts.map((text, i) => (validity[i] === 1 ? text : "")),
      validity,
    );
    const order = sortIndices([{ vector, descending: true, nullsFirst: true }], length, noInterrupt);
    const expected = reference(values, (a, b) => (a === null ? (b === null ? 0 : -1) : b === null ? 1 : Buffer.compare(b, a)));
    expect([...order]).toEqual(expected);
  });

  it("orders by several keys, each with its own direction", () => {
    const length = 150_000;
    const next = random(5);
    const codes = Int32Array.from({ length }, () => Math.floor(next() * 5));
    const values = bytesVector(["pear", "apple", "fig", "zoo", ""]);
    const big = BigInt64Array.from({ length }, () => BigInt(Math.floor(next() * 9) - 4) * 10_000_000_000n);
    const order = sortIndices(
      [
        {
          vector: { type: VARCHAR, length, validity: null, layout: "dictionary", codes, dictionary: makeDictionary(values) },
          descending: false,
          nullsFirst: false,
        },
        { vector: { type: BIGINT, length, validity: null, layout: "flat", data: big }, descending: true, nullsFirst: false },
      ],
      length,
      noInterrupt,
    );
    const rank = [3, 1, 2, 4, 0];
    const expected = Array.from({ length }, (_, i) => i).sort(
      (a, b) => rank[codes[a]] - rank[codes[b]] || Number(big[b] - big[a]) || a - b,
    );
    expect([...order]).toEqual(expected);
  });

  it("orders enums by their place in the type", () => {
    const vector = bytesVector(["low", "high", "mid", "low"], null, enumType(["low", "mid", "high"]));
    expect([...sortIndices([{ vector, descending: false, nullsFirst: false }], 4, noInterrupt)]).toEqual([0, 3, 2, 1]);
  });

  it("counts a month as 30 days and a day as 24 hours", () => {
    const day = 86_400_000_000;
    const vector: Vector = {
      type: INTERVAL,
      length: 6,
      validity: null,
      layout: "interval",
      months: Int32Array.of(1, 0, 0, -1, 0, 178_000_000),
      days: Int32Array.of(0, 30, 29, 0, 0, 0),
      micros: Float64Array.of(0, 0, day + 1, 0, -30 * day - 1, 0),
    };
    expect([...sortIndices([{ vector, descending: false, nullsFirst: false }], 6, noInterrupt)]).toEqual([4, 3, 0, 1, 2, 5]);
  });

  it("orders lists element by element, NULL elements last, and structs field by field", () => {
    const lists = vectorFromValues(list(INTEGER), [[2], [1, 5], null, [1], [1, null], [], [1, 5]]);
    expect([...sortIndices([{ vector: lists, descending: false, nullsFirst: true }], 7, noInterrupt)]).toEqual([2, 5, 3, 1, 6, 4, 0]);
    const type = struct([
      { name: "a", type: INTEGER },
      { name: "b", type: VARCHAR },
    ]);
    const structs = vectorFromValues(type, [
      [2, "x"],
      [1, "z"],
      [1, null],
      [1, "a"],
    ]);
    expect([...sortIndices([{ vector: structs, descending: false, nullsFirst: false }], 4, noInterrupt)]).toEqual([3, 1, 2, 0]);
    expect([...sortIndices([{ vector: structs, descending: true, nullsFirst: false }], 4, noInterrupt)]).toEqual([0, 2, 1, 3]);
  });

  it("asks about interrupts within every 64k rows or so", () => {
    const length = 1_000_000;
    const next = random(9);
    const data = Int32Array.from({ length }, () => next() * 1e9);
    let calls = 0;
    sortIndices(
      [{ vector: { type: INTEGER, length, validity: null, layout: "flat", data }, descending: false, nullsFirst: false }],
      length,
      () => calls++,
    );
    expect(calls).toBeGreaterThan(40);
    const stop = () => {
      throw new Error("stop");
    };
    expect(() =>
      sortIndices(
        [{ vector: { type: INTEGER, length, validity: null, layout: "flat", data }, descending: false, nullsFirst: false }],
        length,
        stop,
      ),
    ).toThrow("stop");
  });

  it("survives equal texts of 300 kB without deep recursion", () => {
    const long = "x".repeat(300_000);
    const vector = bytesVector([`${long}b`, `${long}a`, long]);
    expect([...sortIndices([{ vector, descending: false, nullsFirst: false }], 3, noInterrupt)]).toEqual([2, 1, 0]);
  });
});
