import { expect, test } from "vitest";
import { INTEGER, INTERVAL, type Schema, TIMESTAMP, TIMESTAMPTZ, VARCHAR } from "../../src/core/types.ts";
import type { LogicalPlan } from "../../src/plan/logical-plan.ts";
import { inputsOf } from "../../src/plan/plan-tree.ts";
import type { IntervalJoinNode } from "../../src/plan/stream/interval-join.ts";
import { Streams } from "../windows/stream-harness.ts";

const SCHEMA: Schema = [
  { name: "ts", type: TIMESTAMP },
  { name: "tz", type: TIMESTAMPTZ },
  { name: "k", type: VARCHAR },
  { name: "n", type: INTEGER },
  { name: "i", type: INTERVAL },
];

function joinOf(plan: LogicalPlan): IntervalJoinNode {
  if (plan.kind === "stream" && (plan.op === "interval-join" || plan.op === "append-join")) return plan;
  const [input] = inputsOf(plan);
  if (input === undefined) throw new Error("no such join");
  return joinOf(input);
}

function bounds(condition: string, time: "ts" | "tz" = "ts") {
  const sql = new Streams();
  const column = SCHEMA.findIndex((field) => field.name === time);
  for (const name of ["a", "b"]) sql.addStreamBatches(name, SCHEMA, [], column, 0);
  const { low, high, keys, condition: rest } = joinOf(sql.planned(`SELECT a.n, b.n FROM a JOIN b ON ${condition}`).root);
  return { seconds: [low / 1e6, high / 1e6], keys: keys.length, rest: rest !== undefined };
}

const FREE = Number.POSITIVE_INFINITY;

test.each<[string, number, number]>([
  ["a.ts BETWEEN b.ts - INTERVAL '5' MINUTE AND b.ts + INTERVAL '1' HOUR", -300, 3600],
  ["b.ts BETWEEN a.ts - INTERVAL '5' MINUTE AND a.ts", 0, 300],
  ["a.ts + INTERVAL '10' SECOND >= b.ts AND b.ts >= a.ts - INTERVAL '10' SECOND", -10, 10],
  ["a.ts > b.ts AND a.ts < b.ts + INTERVAL '1' SECOND", 0.000001, 0.999999],
  ["a.ts - b.ts <= INTERVAL '1' MINUTE AND b.ts - a.ts < INTERVAL '2' MINUTE", -119.999999, 60],
  ["INTERVAL '1' DAY >= a.ts - b.ts AND a.ts >= b.ts", 0, 86_400],
  ["a.ts = b.ts", 0, 0],
  ["a.ts - INTERVAL '3' SECOND = b.ts + INTERVAL '1' SECOND", 4, 4],
  ["NOT (a.ts < b.ts) AND NOT (a.ts >= b.ts + INTERVAL '1' SECOND)", 0, 0.999999],
  ["a.ts - INTERVAL '1' MINUTE + INTERVAL '10' SECOND BETWEEN b.ts AND b.ts + 3 * INTERVAL '20' SECOND", 50, 110],
  ["a.ts >= b.ts AND a.ts >= b.ts + INTERVAL '2' SECOND AND a.ts <= b.ts + INTERVAL '9' SECOND", 2, 9],
])("%s", (condition, low, high) => {
  expect(bounds(`a.k = b.k AND ${condition}`)).toEqual({ seconds: [low, high], keys: 1, rest: false });
});

test.each<[string, number, number]>([
  ["a.ts >= b.ts", 0, FREE],
  ["a.ts BETWEEN b.ts AND b.ts + INTERVAL '1' MONTH", 0, FREE],
  ["a.ts BETWEEN b.ts AND b.ts + b.i", 0, FREE],
  ["(a.ts >= b.ts OR a.n = b.n) AND a.ts <= b.ts", -FREE, 0],
  ["a.ts + b.i > b.ts", -FREE, FREE],
  ["a.ts <> b.ts", -FREE, FREE],
  ["a.tz <= b.tz", -FREE, FREE],
])("%s bounds one way only, or not at all", (condition, low, high) => {
  expect(bounds(condition).seconds).toEqual([low, high]);
});

test("days have no fixed length on a clock with zones; hours have", () => {
  expect(bounds("a.tz BETWEEN b.tz - INTERVAL '1' HOUR AND b.tz", "tz").seconds).toEqual([-3600, 0]);
  expect(bounds("a.tz BETWEEN b.tz - INTERVAL '1' DAY AND b.tz", "tz")).toEqual({ seconds: [-FREE, 0], keys: 0, rest: true });
});
