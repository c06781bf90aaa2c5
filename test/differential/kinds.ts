import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DATE,
  type DataType,
  DOUBLE,
  decimal,
  enumType,
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
  UTINYINT,
  UUID,
  VARCHAR,
} from "../../src/core/types.ts";
import type { Value } from "../../src/core/value.ts";
import type { Choices } from "./choices.ts";

/**
 * What a generator knows of a column: its type as far as it decides what may be done with it, and how its values behave.
 * `small` integers can be added and multiplied without overflow, `int` ones are at the extremes; `dbl` holds multiples of 1/8, whose sums
 * are exact in any order, `wild` holds NaN, infinities and the largest doubles; `flt` is a computed value that two engines may round
 * otherwise, which therefore is never compared, grouped or joined on.
 */
export type Kind =
  | "small"
  | "int"
  | "bool"
  | "dbl"
  | "text"
  | "date"
  | "ts"
  | "dec"
  | "wild"
  | "tstz"
  | "time"
  | "interval"
  | "uuid"
  | "blob"
  | "enum"
  | "list"
  | "texts"
  | "struct"
  | "flt";

export const MOODS = enumType(["sad", "ok", "happy", "Ünï"]);
export const PAIR = struct([
  { name: "a", type: INTEGER },
  { name: "b", type: VARCHAR },
]);

/** Types a column of a kind may be stored as, the plainest first. */
const TYPES: Record<Exclude<Kind, "flt">, readonly DataType[]> = {
  small: [INTEGER, BIGINT, SMALLINT, HUGEINT, UINTEGER],
  int: [BIGINT, INTEGER, SMALLINT, TINYINT, UTINYINT, UINTEGER, UBIGINT, HUGEINT],
  bool: [BOOLEAN],
  dbl: [DOUBLE, FLOAT],
  text: [VARCHAR],
  date: [DATE],
  ts: [TIMESTAMP],
  dec: [decimal(9, 2), decimal(18, 3), decimal(4, 1), decimal(30, 6)],
  wild: [DOUBLE, FLOAT],
  tstz: [TIMESTAMPTZ],
  time: [TIME],
  interval: [INTERVAL],
  uuid: [UUID],
  blob: [BLOB],
  enum: [MOODS],
  list: [list(INTEGER)],
  texts: [list(VARCHAR)],
  struct: [PAIR],
};

export const COLUMN_KINDS = Object.keys(TYPES) as readonly Exclude<Kind, "flt">[];

export const typesOfKind = (kind: Exclude<Kind, "flt">): readonly DataType[] => TYPES[kind];

export const TEXTS: readonly string[] = [
  "a",
  "b",
  "ab",
  "abc",
  "",
  "A",
  "Zebra",
  "zebra",
  " a ",
  "é",
  "e\u0301",
  "ÄÖ",
  "日本",
  "\uffee",
  "🦆",
  "🦆a🦆",
  "%",
  "a_b%",
  "a\\b",
  "it's",
  "two\nlines",
  "10",
  "-7",
  "2.50",
  "1e3",
  "true",
  "2024-02-29",
  "2021-01-01 10:00:00",
  "nan",
  "x".repeat(40),
  "a,b,,c",
  "\t",
];

const DAYS = [0, 19782, 19783, 18993, 11016, -1, -141428, 2932896, -719162, 19000, 19001, 19002];
const DAY_MICROS = 86_400_000_000n;
const MICROS = [
  0n,
  1_000_000n,
  1_709_210_096_789_012n,
  1_709_251_199_999_999n,
  -1n,
  951_827_696_000_000n,
  253_402_300_799_999_999n,
  // The second day of year 1: before it, a zone west of Greenwich is in the year before (see years-before-christ in docs/differences.md).
  -62_135_510_400_000_000n,
  1_600_000_000_000_000n,
  1_600_003_600_000_000n,
];
/** No two of them are equal as lengths of time: which of two equal ones MIN gives is not fixed. */
const INTERVALS = [
  { months: 0, days: 1, micros: 0 },
  { months: 1, days: 0, micros: 0 },
  { months: 0, days: 0, micros: 3_600_000_000 },
  { months: -13, days: 5, micros: 0 },
  { months: 0, days: 0, micros: -1 },
  { months: 14, days: 3, micros: 4_000_000 },
  { months: 0, days: 0, micros: 0 },
  { months: 1200, days: 0, micros: 0 },
];
const UUIDS = [
  "00000000-0000-0000-0000-000000000000",
  "7fffffff-ffff-ffff-ffff-ffffffffffff",
  "80000000-0000-0000-0000-000000000000",
  "ffffffff-ffff-ffff-ffff-ffffffffffff",
  "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
];
const BLOBS = [[], [0], [97], [97, 98], [255, 0, 128], [39, 92]].map((bytes) => Uint8Array.from(bytes));
const WILD = [0.1, -2.5, 3.75, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e-300, 123456.789, 0];

/** A value of a column; `rich` columns take from more values, so that groups are small. */
export function randomValue(kind: Exclude<Kind, "flt">, type: DataType, choices: Choices, rich: boolean): Value {
  switch (kind) {
    case "small": {
      const low = type.kind === "uinteger" ? 0 : -5;
      return integer(type, BigInt(rich ? choices.between(low, 300) : choices.between(Math.max(low, -3), 8)));
    }
    case "int":
      return extremeInteger(type, choices);
    case "bool":
      return choices.below(2) === 1;
    case "dbl":
      return (choices.between(0, rich ? 4000 : 40) - (rich ? 800 : 8)) / 8;
    case "wild": {
      const value = choices.pick(WILD);
      return type.kind === "float" ? Math.fround(value) : value;
    }
    case "dec": {
      const digits = type.kind === "decimal" ? Math.min(type.precision, 6) : 0;
      return BigInt(choices.between(0, rich ? 2 * 10 ** digits - 2 : 40)) - (rich ? BigInt(10 ** digits - 1) : 20n);
    }
    case "text":
      return rich && choices.chance(60) ? `${choices.pick(TEXTS)}${choices.below(200)}` : choices.pick(TEXTS);
    case "date":
      return rich ? 18_000 + choices.below(2000) : choices.pick(DAYS);
    case "ts":
    case "tstz":
      return rich ? 1_600_000_000_000_000n + BigInt(choices.below(100_000)) * 977_000_003n : choices.pick(MICROS);
    case "time":
      return choices.pick([0n, 1n, 3_600_000_000n, 45_296_789_012n, DAY_MICROS - 1n]);
    case "interval":
      return choices.pick(INTERVALS);
    case "uuid":
      return choices.pick(UUIDS);
    case "blob":
      return choices.pick(BLOBS);
    case "enum":
      return choices.pick(type.kind === "enum" ? type.values : []);
    case "list":
      return Array.from({ length: choices.below(4) }, () => (choices.chance(15) ? null : choices.between(-2, 6)));
    case "texts":
      return Array.from({ length: choices.below(4) }, () => (choices.chance(15) ? null : choices.pick(TEXTS)));
    case "struct":
      return [choices.chance(15) ? null : choices.between(-2, 6), choices.chance(15) ? null : choices.pick(TEXTS)];
  }
}

const isWide = (type: DataType) => ["bigint", "ubigint", "hugeint"].includes(type.kind);
const integer = (type: DataType, value: bigint): Value => (isWide(type) ? value : Number(value));

function extremeInteger(type: DataType, choices: Choices): Value {
  const bits: Record<string, number> = {
    tinyint: 7,
    smallint: 15,
    integer: 31,
    bigint: 63,
    utinyint: 8,
    uinteger: 32,
    ubigint: 64,
    // Not to its end: DuckDB's own sums overflow there.
    hugeint: 100,
  };
  const max = (1n << BigInt(bits[type.kind])) - 1n;
  const min = type.kind.startsWith("u") ? 0n : -max - 1n;
  return integer(type, choices.pick([1n, 2n, 3n, 0n, max, min, max - 1n, min + 1n, max / 2n + 1n, 100n]));
}
