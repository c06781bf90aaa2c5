import { describe, expect, test } from "vitest";
import { INTEGER, type Schema, TIMESTAMP, VARCHAR } from "../../src/core/types.ts";
import type { LateRows } from "../../src/exec/late-rows.ts";
import { IntervalJoin, type IntervalJoinOptions } from "../../src/exec/stream/interval-join.ts";
import { batchOf as batchOfRows, column, type Row, randomNumbers } from "../exec/operator-harness.ts";
import { evenSum } from "./even-sum.ts";
import { bag, type DriveOptions, drive, splitLate, type TestStream } from "./two-inputs.ts";

const SCHEMA: Schema = [
  { name: "ts", type: TIMESTAMP },
  { name: "k", type: VARCHAR },
  { name: "n", type: INTEGER },
];
const WIDTH = SCHEMA.length;
const START = 1_700_000_000_000_000;

/** Rows roughly in order of time: each up to `disorder` microseconds behind where it belongs. */
function stream(
  count: number,
  random: () => number,
  options: { step: number; disorder: number; delay: number; nulls?: number; keys?: number },
): TestStream {
  const { step, disorder, delay, nulls = 0, keys = 6 } = options;
  const rows = Array.from({ length: count }, (_, i): Row => {
    const time = START + i * step - Math.floor(random() * disorder);
    return [random() < nulls ? null : BigInt(time), random() < nulls ? null : `key ${Math.floor(random() * keys)}`, i];
  });
  return { schema: SCHEMA, rows, time: 0, delay };
}

type Kind = IntervalJoinOptions["join"];
interface Shape {
  readonly join: Kind;
  readonly low: number;
  readonly high: number;
  readonly keyed?: boolean;
  readonly condition?: boolean;
}

const bucketOf = (low: number, high: number) => (Number.isFinite(high - low) ? Math.max(64_000, Math.ceil((high - low) / 4)) : 500_000);

const make =
  ({ join, low, high, keyed = true, condition = false }: Shape) =>
  (late: LateRows): IntervalJoin =>
    new IntervalJoin({
      name: "interval-join",
      join,
      left: { schema: SCHEMA, time: column(0), shift: 0, bucket: Number.isFinite(low) ? bucketOf(low, high) : Number.POSITIVE_INFINITY },
      right: { schema: SCHEMA, time: column(0), shift: 0, bucket: Number.isFinite(high) ? bucketOf(low, high) : Number.POSITIVE_INFINITY },
      keys: keyed ? [{ left: column(1), right: column(1), type: VARCHAR, nullSafe: false }] : [],
      low,
      high,
      condition: condition ? evenSum(2, WIDTH + 2) : undefined,
      wanted: undefined,
      late,
    });

/** What a nested loop over all rows in time gives. */
function expected(left: readonly Row[], right: readonly Row[], { join, low, high, keyed = true, condition = false }: Shape): Row[] {
  const nulls = SCHEMA.map(() => null);
  const meets = (a: Row, b: Row): boolean => {
    if (a[0] === null || b[0] === null || (keyed && (a[1] === null || a[1] !== b[1]))) return false;
    const distance = Number(a[0]) - Number(b[0]);
    return distance >= low && distance <= high && (!condition || (Number(a[2]) + Number(b[2])) % 2 === 0);
  };
  const out: Row[] = [];
  const metRight = new Set<Row>();
  for (const a of left) {
    const partners = right.filter((b) => meets(a, b));
    for (const b of partners) metRight.add(b);
    if (join === "semi" ? partners.length > 0 : join === "anti" && partners.length === 0) out.push(a);
    if (join === "semi" || join === "anti") continue;
    for (const b of partners) out.push([...a, ...b]);
    if (partners.length === 0 && (join === "left" || join === "full")) out.push([...a, ...nulls]);
  }
  if (join === "right" || join === "full") for (const b of right) if (!metRight.has(b)) out.push([...nulls, ...b]);
  return out;
}

const KINDS: readonly Kind[] = ["inner", "left", "right", "full", "semi", "anti"];
const SECOND = 1_000_000;
const INTERVALS: readonly (readonly [low: number, high: number])[] = [
  [-2 * SECOND, 2 * SECOND],
  [0, 5 * SECOND],
  [-3 * SECOND, 0],
  [SECOND, 4 * SECOND],
  [-4 * SECOND, -SECOND],
  [0, 0],
  [-1, 1],
];
const ORDERS: readonly DriveOptions["order"][] = ["random", "left first", "right first", "by watermark"];

function check(shape: Shape, streams: readonly [TestStream, TestStream], options: DriveOptions): void {
  const times = shape.join === "semi" || shape.join === "anti" ? [0] : [0, WIDTH];
  const driven = drive(make(shape), streams, { ...options, times });
  const [left, right] = streams.map(splitLate);
  expect(bag(driven.rows)).toEqual(bag(expected(left.inTime, right.inTime, shape)));
  expect(bag(driven.late)).toEqual(bag([...left.late, ...right.late]));
  expect(driven.stateRows.at(-1)).toBe(0);
  expect(Math.max(0, ...driven.lengths)).toBeLessThanOrEqual(16_384);
}

describe.each(KINDS)("%s", (join) => {
  test.each(INTERVALS)("left - right in [%d, %d] is a nested loop's answer, in every order of arrival", (low, high) => {
    for (const [seed, order] of ORDERS.entries()) {
      for (const batch of [1, 7, 300]) {
        const random = randomNumbers(seed * 1000 + batch);
        const left = stream(220, random, { step: 130_000, disorder: 2 * SECOND, delay: SECOND, nulls: 0.03 });
        const right = stream(200, random, { step: 150_000, disorder: SECOND, delay: 2 * SECOND, nulls: 0.03 });
        check({ join, low, high }, [left, right], { random, batch, order });
      }
    }
  });

  test("with a further condition, without keys, and with snapshots in between", () => {
    for (let seed = 0; seed < 12; seed++) {
      const random = randomNumbers(seed + 77);
      const left = stream(150, random, { step: 100_000, disorder: SECOND, delay: SECOND, nulls: 0.05 });
      const right = stream(150, random, { step: 100_000, disorder: SECOND, delay: SECOND, nulls: 0.05 });
      const order = ORDERS[seed % ORDERS.length];
      const shape: Shape = { join, low: -SECOND, high: 2 * SECOND, condition: seed % 2 === 0, keyed: seed % 3 !== 0 };
      check(shape, [left, right], { random, batch: 20, order, checkpoints: 0.3 });
    }
  });
});

test.each<[Kind, number, number, readonly number[]]>([
  ["inner", Number.NEGATIVE_INFINITY, SECOND, [WIDTH]],
  ["inner", -SECOND, Number.POSITIVE_INFINITY, [0]],
  ["left", -SECOND, Number.POSITIVE_INFINITY, [0]],
  ["anti", 0, Number.POSITIVE_INFINITY, [0]],
  ["right", Number.NEGATIVE_INFINITY, 0, [WIDTH]],
  ["semi", Number.NEGATIVE_INFINITY, 0, []],
])("%s join, left - right in [%d, %d]: the side that is not bounded stays", (join, low, high, times) => {
  for (const [seed, order] of ORDERS.entries()) {
    const random = randomNumbers(seed + 400);
    const left = stream(150, random, { step: 100_000, disorder: SECOND, delay: SECOND });
    const right = stream(150, random, { step: 100_000, disorder: SECOND, delay: SECOND });
    const shape: Shape = { join, low, high };
    const driven = drive(make(shape), [left, right], { random, batch: 20, order, checkpoints: 0.1, times });
    const [inLeft, inRight] = [left, right].map(splitLate);
    expect(bag(driven.rows)).toEqual(bag(expected(inLeft.inTime, inRight.inTime, shape)));
    expect(driven.stateRows.at(-1)).toBe(0);
  }
});

test("bounds are inclusive to the microsecond", () => {
  const at = (time: number): TestStream => ({ schema: SCHEMA, rows: [[BigInt(START + time), "a", 0]], time: 0, delay: 0 });
  const pairs = (distance: number) =>
    drive(make({ join: "inner", low: -5, high: 7 }), [at(100 + distance), at(100)], {
      random: () => 0.4,
      batch: 1,
      order: "left first",
    }).rows.length;
  expect([-6, -5, 0, 7, 8].map(pairs)).toEqual([0, 1, 1, 1, 0]);
});

test("state is freed as the watermark passes, however many keys and rows come", () => {
  const random = randomNumbers(5);
  const left = stream(60_000, random, { step: 10_000, disorder: 0, delay: 0, keys: 1e9 });
  const right = stream(60_000, random, { step: 10_000, disorder: 0, delay: 0, keys: 1e9 });
  const shape: Shape = { join: "full", low: -SECOND, high: SECOND };
  const { stateRows, operator } = drive(make(shape), [left, right], { random, batch: 400, order: "by watermark" });
  // An interval of two seconds at 100 rows a second and side, a bucket more, and what a batch brings.
  expect(Math.max(...stateRows)).toBeLessThan(1600);
  expect(operator.stateBytes!()).toBeLessThan(20e6);
});

test("a snapshot writes chunks that have not changed under the same version", () => {
  const random = randomNumbers(9);
  const { rows } = stream(50_000, random, { step: 10, disorder: 0, delay: 0 });
  const operator = make({ join: "inner", low: -SECOND, high: SECOND })({ add: () => {} });
  const out = { push: () => {}, watermark: () => {}, idle: () => {} };
  const feed = (from: number, to: number) => {
    const columns = [TIMESTAMP, VARCHAR, INTEGER];
    let more = operator.process(0, batchOfRows(columns, rows.slice(from, to)), out);
    while (more) more = operator.resume();
  };
  feed(0, 40_000);
  const before = new Map(operator.snapshot().map((part) => [part.id, part.version]));
  feed(40_000, 40_010);
  const after = operator.snapshot();
  const changed = after.filter((part) => part.id.startsWith("rows") && before.get(part.id) !== part.version);
  expect(after.filter((part) => part.id.startsWith("rows")).length).toBeGreaterThan(2);
  expect(changed.length).toBe(1);
});

test("one row with very many partners is worked off in pieces", () => {
  const operator = make({ join: "inner", low: -SECOND, high: SECOND })({ add: () => {} });
  const types = SCHEMA.map((field) => field.type);
  const lengths: number[] = [];
  const out = { push: (batch: { length: number }) => lengths.push(batch.length), watermark: () => {}, idle: () => {} };
  const same = (count: number) =>
    batchOfRows(
      types,
      Array.from({ length: count }, (_, i): Row => [BigInt(START + i), "hot", i]),
    );
  let more = operator.process(0, same(16_000), out);
  while (more) more = operator.resume();
  let pieces = 1;
  for (more = operator.process(1, same(10), out); more; more = operator.resume()) pieces++;
  expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(160_000);
  expect(Math.max(...lengths)).toBeLessThanOrEqual(16_384);
  expect(pieces).toBeGreaterThanOrEqual(lengths.length);
});
