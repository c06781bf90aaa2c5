import {
  BIGINT,
  BLOB,
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
  TIME,
  TIMESTAMP,
  TIMESTAMPTZ,
  TINYINT,
  UBIGINT,
  UINTEGER,
  USMALLINT,
  UTINYINT,
  UUID,
  VARCHAR,
} from "../../src/core/types.ts";
import type { Value } from "../../src/core/value.ts";

export type Random = () => number;

/** Small deterministic generator, so that a failure repeats. */
export function randomFrom(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const pick = <T>(random: Random, values: readonly T[]): T => values[Math.floor(random() * values.length)];
const int = (random: Random, from: number, to: number) => from + Math.floor(random() * (to - from + 1));
const WORDS = [
  "",
  "a",
  "ab",
  "abc",
  "Ab",
  "ä",
  "z",
  "😀",
  "日本",
  "~",
  "a\u0000b",
  "longer than the others by far, so that words end unevenly",
];

/** Types and how to draw their values: small ranges (ties), now and then an extreme. */
export const GENERATORS: readonly (readonly [DataType, (random: Random) => Value])[] = [
  [BOOLEAN, (r) => r() < 0.5],
  [TINYINT, (r) => (r() < 0.1 ? pick(r, [-128, 127]) : int(r, -9, 9))],
  [SMALLINT, (r) => (r() < 0.1 ? pick(r, [-32768, 32767]) : int(r, -9, 9))],
  [INTEGER, (r) => (r() < 0.1 ? pick(r, [-2147483648, 2147483647]) : int(r, -9, 9))],
  [BIGINT, (r) => (r() < 0.1 ? pick(r, [-(2n ** 63n), 2n ** 63n - 1n, 2n ** 53n + 1n]) : BigInt(int(r, -9, 9)))],
  [UTINYINT, (r) => (r() < 0.1 ? 255 : int(r, 0, 9))],
  [USMALLINT, (r) => (r() < 0.1 ? 65535 : int(r, 0, 9))],
  [UINTEGER, (r) => (r() < 0.1 ? 4294967295 : int(r, 0, 9))],
  [UBIGINT, (r) => (r() < 0.1 ? 2n ** 64n - 1n : BigInt(int(r, 0, 9)))],
  [HUGEINT, (r) => (r() < 0.1 ? pick(r, [2n ** 100n, -(2n ** 100n)]) : BigInt(int(r, -9, 9)))],
  [decimal(4, 1), (r) => BigInt(int(r, -999, 999))],
  [decimal(18, 3), (r) => (r() < 0.1 ? 999_999_999_999_999_999n : BigInt(int(r, -9999, 9999)))],
  [decimal(30, 2), (r) => (r() < 0.1 ? 10n ** 28n : BigInt(int(r, -9999, 9999)))],
  [FLOAT, (r) => (r() < 0.05 ? pick(r, [Number.NaN, Infinity, -Infinity, -0]) : Math.fround(int(r, -99, 99) / 8))],
  [DOUBLE, (r) => (r() < 0.05 ? pick(r, [Number.NaN, Infinity, -Infinity, -0]) : int(r, -99, 99) / 8)],
  [DATE, (r) => int(r, 18_000, 18_010)],
  [TIME, (r) => BigInt(int(r, 0, 86_399)) * 1_000_001n],
  [TIMESTAMP, (r) => BigInt(int(r, 0, 99)) * 86_400_000_001n - 3_000_000_000_000n],
  [TIMESTAMPTZ, (r) => BigInt(int(r, 0, 99)) * 86_400_000_001n],
  [INTERVAL, (r) => ({ months: int(r, -1, 2), days: int(r, 0, 40), micros: int(r, 0, 3) * 40_000_000_000 })],
  [
    VARCHAR,
    (r) =>
      pick(
        r,
        WORDS.filter((word) => !word.includes("\u0000")),
      ),
  ],
  [BLOB, (r) => Uint8Array.from({ length: int(r, 0, 3) }, () => int(r, 0, 255))],
  [UUID, (r) => `00000000-0000-0000-0000-00000000000${int(r, 0, 9)}`],
  [list(INTEGER), (r) => Array.from({ length: int(r, 0, 2) }, () => (r() < 0.2 ? null : int(r, 0, 2)))],
  [
    struct([
      { name: "x", type: INTEGER },
      { name: "y", type: VARCHAR },
    ]),
    (r) => [r() < 0.2 ? null : int(r, 0, 2), pick(r, ["p", "q"])],
  ],
];

/** Doubles without specials, for statistics that refuse them. */
export const plainDouble = (random: Random): Value => int(random, -999, 999) / 8;

export const generatorOf = (kind: string): readonly [DataType, (random: Random) => Value] => {
  const found = GENERATORS.find(([type]) => type.kind === kind);
  if (found === undefined) throw new Error(`no generator of ${kind}`);
  return found;
};

export const rowsOf = (random: Random, length: number, columns: readonly ((random: Random) => Value)[], nulls: number): Value[][] =>
  Array.from({ length }, () => columns.map((make) => (random() < nulls ? null : make(random))));
