import { describe, expect, test } from "vitest";
import { DELETE, INSERT, isRetraction, UPDATE_AFTER, UPDATE_BEFORE } from "../../src/core/changes.ts";
import { INTEGER, type Schema, VARCHAR } from "../../src/core/types.ts";
import { VirtualClock } from "../../src/exec/clock.ts";
import { ChangelogJoin, type ChangelogJoinOptions } from "../../src/exec/stream/changelog-join.ts";
import { batchOf, column, type Row, randomNumbers, rowsOf } from "../exec/operator-harness.ts";
import { evenSum } from "./even-sum.ts";
import { bag, drive, type TestStream } from "./two-inputs.ts";

const SCHEMA: Schema = [
  { name: "k", type: VARCHAR },
  { name: "g", type: VARCHAR },
  { name: "n", type: INTEGER },
];
const WIDTH = SCHEMA.length;

/** Rows that come, change and go; small values, so that rows repeat. */
function changes(count: number, random: () => number): TestStream {
  const live: Row[] = [];
  const rows: Row[] = [];
  const kinds: number[] = [];
  const add = (row: Row, kind: number) => {
    rows.push(row);
    kinds.push(kind);
  };
  const make = (): Row => [random() < 0.05 ? null : `key ${Math.floor(random() * 5)}`, "g", Math.floor(random() * 6)];
  while (rows.length < count) {
    const dice = random();
    if (live.length === 0 || dice < 0.55) {
      const row = make();
      live.push(row);
      add(row, INSERT);
      continue;
    }
    const at = Math.floor(random() * live.length);
    const [old] = live.splice(at, 1);
    if (dice < 0.75) add(old, DELETE);
    else {
      const row = make();
      live.push(row);
      add(old, UPDATE_BEFORE);
      add(row, UPDATE_AFTER);
    }
  }
  return { schema: SCHEMA, rows, kinds, time: undefined, delay: 0 };
}

/** The rows that a changelog leaves. */
function endState(rows: readonly Row[], kinds: readonly number[]): Row[] {
  const counts = new Map<string, { row: Row; count: number }>();
  rows.forEach((row, i) => {
    const name = row.map(String).join("|");
    const entry = counts.get(name) ?? { row, count: 0 };
    entry.count += isRetraction(kinds[i]) ? -1 : 1;
    if (entry.count < 0) throw new Error(`taken away what is not there: ${name}`);
    counts.set(name, entry);
  });
  return [...counts.values()].flatMap(({ row, count }) => Array.from({ length: count }, () => row));
}

type Kind = ChangelogJoinOptions["join"];
interface Shape {
  readonly join: Kind;
  readonly keyed?: boolean;
  readonly condition?: boolean;
}

const make = ({ join, keyed = true, condition = false }: Shape, ttl?: number, clock = new VirtualClock(0)): ChangelogJoin =>
  new ChangelogJoin({
    join,
    left: SCHEMA,
    right: SCHEMA,
    keys: keyed ? [{ left: column(0), right: column(0), type: VARCHAR, nullSafe: false }] : [],
    condition: condition ? evenSum(2, WIDTH + 2) : undefined,
    ttl,
    clock,
  });

function expected(left: readonly Row[], right: readonly Row[], { join, keyed = true, condition = false }: Shape): Row[] {
  const nulls = SCHEMA.map(() => null);
  const meets = (a: Row, b: Row) => (!keyed || (a[0] !== null && a[0] === b[0])) && (!condition || (Number(a[2]) + Number(b[2])) % 2 === 0);
  const out: Row[] = [];
  for (const a of left) {
    const partners = right.filter((b) => meets(a, b));
    if (join === "semi" ? partners.length > 0 : join === "anti" && partners.length === 0) out.push(a);
    if (join === "semi" || join === "anti") continue;
    for (const b of partners) out.push([...a, ...b]);
    if (partners.length === 0 && (join === "left" || join === "full")) out.push([...a, ...nulls]);
  }
  if (join === "right" || join === "full") for (const b of right) if (!left.some((a) => meets(a, b))) out.push([...nulls, ...b]);
  return out;
}

describe.each<Kind>(["inner", "left", "right", "full", "semi", "anti"])("%s", (join) => {
  test.each([
    { keyed: true, condition: false },
    { keyed: true, condition: true },
    { keyed: false, condition: true },
  ])("changes end in the join of what is left: %j", (how) => {
    for (let seed = 0; seed < 10; seed++) {
      const random = randomNumbers(seed * 31 + 1);
      const left = changes(120, random);
      const right = changes(120, random);
      const shape: Shape = { join, ...how };
      const order = (["random", "left first", "right first"] as const)[seed % 3];
      const driven = drive(() => make(shape), [left, right], { random, batch: [1, 7, 200][seed % 3], order, checkpoints: 0.1 });
      const sides = [left, right].map(({ rows, kinds }) => endState(rows, kinds!));
      expect(bag(endState(driven.rows, driven.kinds))).toEqual(bag(expected(sides[0], sides[1], shape)));
      expect(Math.max(0, ...driven.lengths)).toBeLessThanOrEqual(16_384);
    }
  });
});

test("state is what is left: rows that were taken away are forgotten, and their keys", () => {
  const rows = Array.from({ length: 20_000 }, (_, i): Row => [`key ${i}`, "g", i]);
  const operator = make({ join: "full" });
  const out = { push: () => {}, watermark: () => {}, idle: () => {} };
  const feed = (kind: number) => {
    for (const input of [0, 1]) {
      const batch = batchOf(
        SCHEMA.map((field) => field.type),
        rows,
      );
      let more = operator.process(input, { ...batch, kinds: new Uint8Array(rows.length).fill(kind) }, out);
      while (more) more = operator.resume();
    }
  };
  feed(INSERT);
  expect(operator.stateRows()).toBe(40_000);
  const full = operator.stateBytes();
  feed(DELETE);
  expect(operator.stateRows()).toBe(0);
  for (let i = 0; i < 5; i++) {
    feed(INSERT);
    feed(DELETE);
  }
  expect(operator.stateBytes()).toBeLessThan(full * 1.5);
});

test("a null-padded row goes when its partner comes, and comes back when it goes", () => {
  const operator = make({ join: "left" });
  const told: string[] = [];
  const out = {
    push: (batch: Parameters<typeof rowsOf>[0][number]) => {
      for (const [i, row] of rowsOf([batch]).entries()) told.push(`${["+I", "-U", "+U", "-D"][batch.kinds?.[i] ?? 0]} ${row[2]} ${row[5]}`);
    },
    watermark: () => {},
    idle: () => {},
  };
  const feed = (input: number, row: Row, kind: number) => {
    const batch = batchOf(
      SCHEMA.map((field) => field.type),
      [row],
    );
    let more = operator.process(input, { ...batch, kinds: Uint8Array.of(kind) }, out);
    while (more) more = operator.resume();
  };
  feed(0, ["a", "", 1], INSERT);
  feed(1, ["a", "", 7], INSERT);
  feed(1, ["a", "", 8], INSERT);
  feed(1, ["a", "", 7], UPDATE_BEFORE);
  feed(1, ["a", "", 9], UPDATE_AFTER);
  feed(1, ["a", "", 8], DELETE);
  feed(1, ["a", "", 9], DELETE);
  expect(told).toEqual(["+I 1 null", "+I 1 7", "-D 1 null", "+I 1 8", "-U 1 7", "+U 1 9", "-D 1 8", "-D 1 9", "+I 1 null"]);
});

test("rows not touched for the time to live are forgotten", () => {
  const clock = new VirtualClock(0);
  const operator = make({ join: "inner" }, 1000, clock);
  const out = { push: () => {}, watermark: () => {}, idle: () => {} };
  const feed = (row: Row) => {
    let more = operator.process(
      0,
      batchOf(
        SCHEMA.map((field) => field.type),
        [row],
      ),
      out,
    );
    while (more) more = operator.resume();
  };
  const wait = (until: number) => {
    clock.at(until, () => {});
    clock.advance();
  };
  feed(["old", "", 1]);
  expect(operator.nextTimer()).toBe(1000);
  wait(600);
  feed(["new", "", 1]);
  wait(1000);
  let more = operator.onTimer(1000);
  while (more) more = operator.resume();
  expect(operator.stateRows()).toBe(1);
  wait(2000);
  expect(operator.nextTimer()).toBe(3000);
  wait(3000);
  more = operator.onTimer(3000);
  while (more) more = operator.resume();
  expect(operator.stateRows()).toBe(0);
  expect(operator.nextTimer()).toBe(undefined);
});
