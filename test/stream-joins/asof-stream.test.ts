import { describe, expect, test } from "vitest";
import { DELETE, INSERT, UPDATE_AFTER, UPDATE_BEFORE } from "../../src/core/changes.ts";
import { INTEGER, type Schema, TIMESTAMP, VARCHAR } from "../../src/core/types.ts";
import type { LateRows } from "../../src/exec/late-rows.ts";
import { AsofStreamJoin, type AsofStreamOptions } from "../../src/exec/stream/asof-stream-join.ts";
import { column, type Row, randomNumbers } from "../exec/operator-harness.ts";
import { evenSum } from "./even-sum.ts";
import { bag, type DriveOptions, drive, splitLate, type TestStream } from "./two-inputs.ts";

const SCHEMA: Schema = [
  { name: "ts", type: TIMESTAMP },
  { name: "k", type: VARCHAR },
  { name: "n", type: INTEGER },
];
const WIDTH = SCHEMA.length;
const START = 1_700_000_000_000_000;
const SECOND = 1_000_000;

interface Shape {
  readonly join: "inner" | "left";
  readonly op: AsofStreamOptions["op"];
  readonly tolerance?: number;
  readonly keyed?: boolean;
  readonly condition?: boolean;
}

/** Times lie `step` apart, shuffled within `disorder`, so that they are unique and the nearest row is one. */
function stream(
  count: number,
  random: () => number,
  options: { step: number; disorder: number; delay: number; offset: number; nulls?: number },
): TestStream {
  const { step, disorder, delay, offset, nulls = 0 } = options;
  const rows = Array.from({ length: count }, (_, i) => ({ at: i * step - random() * disorder, time: START + offset + i * step }))
    .sort((a, b) => a.at - b.at)
    .map(({ time }, i): Row => [random() < nulls ? null : BigInt(time), random() < nulls ? null : `key ${Math.floor(random() * 5)}`, i]);
  return { schema: SCHEMA, rows, time: 0, delay };
}

const make =
  ({ join, op, tolerance, keyed = true, condition = false }: Shape) =>
  (late: LateRows): AsofStreamJoin =>
    new AsofStreamJoin({
      name: "asof-join",
      join,
      left: { schema: SCHEMA, time: column(0) },
      right: { schema: SCHEMA, time: column(0) },
      keys: keyed ? [{ left: column(1), right: column(1), type: VARCHAR, nullSafe: false }] : [],
      op,
      tolerance,
      condition: condition ? evenSum(2, WIDTH + 2) : undefined,
      late,
    });

function nearest(a: Row, right: readonly Row[], { op, tolerance, keyed = true }: Shape): Row | undefined {
  if (a[0] === null || (keyed && a[1] === null)) return undefined;
  const time = Number(a[0]);
  const compare = {
    ">=": (t: number) => time >= t,
    ">": (t: number) => time > t,
    "<=": (t: number) => time <= t,
    "<": (t: number) => time < t,
    nearest: () => true,
  }[op];
  let best: Row | undefined;
  for (const b of right) {
    if (b[0] === null || (keyed && b[1] !== a[1]) || !compare(Number(b[0]))) continue;
    const [old, now] = [best, b].map((row) => Math.abs(time - Number(row?.[0])));
    if (best === undefined || now < old || (now === old && Number(b[0]) < Number(best[0]))) best = b;
  }
  if (best === undefined) return undefined;
  return tolerance !== undefined && Math.abs(time - Number(best[0])) > tolerance ? undefined : best;
}

function expected(left: readonly Row[], right: readonly Row[], shape: Shape): Row[] {
  return left.flatMap((a) => {
    const found = nearest(a, right, shape);
    const met = found !== undefined && (shape.condition !== true || (Number(a[2]) + Number(found[2])) % 2 === 0) ? found : undefined;
    if (met !== undefined) return [[...a, ...met]];
    return shape.join === "left" ? [[...a, null, null, null]] : [];
  });
}

const ORDERS: readonly DriveOptions["order"][] = ["random", "left first", "right first", "by watermark"];

describe.each([">=", ">", "<=", "<", "nearest"] as const)("%s", (op) => {
  test.each([undefined, 0, 2 * SECOND, 20 * SECOND])("tolerance %s: the nearest row, in every order of arrival", (tolerance) => {
    for (const [seed, order] of ORDERS.entries()) {
      for (const join of ["inner", "left"] as const) {
        const random = randomNumbers(seed + 10);
        // Every fourth time of the one side is one of the other.
        const left = stream(160, random, { step: 300_000, disorder: 2 * SECOND, delay: 1.2 * SECOND, offset: 0, nulls: 0.04 });
        const right = stream(120, random, { step: 400_000, disorder: 2 * SECOND, delay: 1.6 * SECOND, offset: 0, nulls: 0.04 });
        const shape: Shape = { join, op, tolerance, keyed: seed !== 1, condition: seed === 2 };
        const times = op === ">=" || op === ">" || tolerance !== undefined ? [0] : [];
        const checkpoints = seed === 3 ? 0.2 : 0;
        const driven = drive(make(shape), [left, right], { random, batch: [1, 9, 200][seed % 3], order, times, checkpoints });
        const [inLeft, inRight] = [left, right].map(splitLate);
        expect(bag(driven.rows)).toEqual(bag(expected(inLeft.inTime, inRight.inTime, shape)));
        expect(bag(driven.late)).toEqual(bag([...inLeft.late, ...inRight.late]));
        expect(driven.stateRows.at(-1)).toBe(0);
      }
    }
  });
});

test("a row with a NULL time is not late", () => {
  const only = (row: Row): TestStream => ({ schema: SCHEMA, rows: [[BigInt(START), "a", 1], row], time: 0, delay: 0 });
  const driven = drive(make({ join: "left", op: ">=" }), [only([null, "a", 2]), only([null, "a", 3])], {
    random: () => 0.1,
    batch: 1,
    order: "right first",
  });
  expect(driven.late).toEqual([]);
  expect(bag(driven.rows)).toEqual(
    bag([
      [BigInt(START), "a", 1, BigInt(START), "a", 1],
      [null, "a", 2, null, null, null],
    ]),
  );
});

test.each([">=", "<="] as const)("%s with tolerance: state is freed as the watermark passes, keys too", (op) => {
  const random = randomNumbers(3);
  const rows = (offset: number): TestStream => ({
    schema: SCHEMA,
    rows: Array.from({ length: 30_000 }, (_, i): Row => [BigInt(START + offset + i * 10_000), `key ${i % 7 === 0 ? "hot" : i}`, i]),
    time: 0,
    delay: 0,
  });
  const { stateRows, operator } = drive(make({ join: "left", op, tolerance: SECOND }), [rows(0), rows(5)], {
    random,
    batch: 300,
    order: "by watermark",
  });
  expect(Math.max(...stateRows)).toBeLessThan(1500);
  expect(operator.stateBytes!()).toBeLessThan(5e6);
});

test("versions: an update replaces, a deletion leaves none", () => {
  const at = (seconds: number) => BigInt(START + seconds * SECOND);
  const right: TestStream = {
    schema: SCHEMA,
    rows: [
      [at(1), "a", 1],
      [at(1), "a", 1],
      [at(3), "a", 3],
      [at(5), "a", 3],
      [at(7), "a", 7],
    ],
    kinds: [INSERT, UPDATE_BEFORE, UPDATE_AFTER, DELETE, INSERT],
    time: 0,
    delay: 2 * SECOND,
  };
  const left: TestStream = { schema: SCHEMA, rows: [0, 1, 2, 3, 4, 5, 6, 7, 8].map((s): Row => [at(s), "a", s]), time: 0, delay: 0 };
  const { rows } = drive(make({ join: "left", op: ">=" }), [left, right], { random: () => 0.3, batch: 2, order: "by watermark" });
  expect(rows.map((row) => row[5])).toEqual([null, 1, 1, 3, 3, null, null, 7, 7]);
});
