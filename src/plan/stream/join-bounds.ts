import { isInterval } from "../../core/value.ts";
import type { BoundExpr } from "../expression.ts";
import { conjunction, conjuncts, shiftColumns } from "../expression-tree.ts";
import type { JoinPlan } from "../logical-plan.ts";

/** What a join's condition says of two event times: `low <= left - right <= high` in microseconds, and what is left of it beside. */
export interface JoinBounds {
  /** Columns, each of its own side. */
  readonly left: number;
  readonly right: number;
  /** Infinite where the condition does not bound that way. */
  readonly low: number;
  readonly high: number;
  readonly keys: JoinPlan["keys"];
  readonly condition: BoundExpr | undefined;
}

/** A sum of event times, each with a factor, and a number of microseconds. */
interface Linear {
  readonly times: ReadonlyMap<number, number>;
  readonly micros: number;
}

/** `left - right` compared with a number of microseconds. */
interface Bound {
  readonly left: number;
  readonly right: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The pair of event times that a join's keys and condition bound best, in whatever way it is written: BETWEEN, comparisons in either direction, intervals
 * added or subtracted on either side, the difference of the times compared with an interval, equality. undefined: none is compared at all.
 */
export function joinBounds(node: JoinPlan, leftTimes: readonly number[], rightTimes: readonly number[]): JoinBounds | undefined {
  const width = node.left.schema.length;
  const sides: Sides = { left: new Set(leftTimes), right: new Set(rightTimes.map((column) => column + width)), width };
  const keyBounds = node.keys.map(({ left, right, nullSafe }) =>
    nullSafe ? undefined : boundOf({ kind: "compare", op: "=", left, right: shiftColumns(right, width) }, sides),
  );
  const parts = node.condition === undefined ? [] : conjuncts(node.condition);
  const partBounds = parts.map((part) => comparisonOf(part)).map((comparison) => comparison && boundOf(comparison, sides));
  let best: JoinBounds | undefined;
  for (const left of leftTimes) {
    for (const right of rightTimes) {
      const ofPair = (bound: Bound | undefined): bound is Bound => bound !== undefined && bound.left === left && bound.right === right;
      const found = [...keyBounds, ...partBounds].filter(ofPair);
      if (found.length === 0) continue;
      const low = Math.max(...found.map((bound) => bound.low));
      const high = Math.min(...found.map((bound) => bound.high));
      if (best !== undefined && high - low >= best.high - best.low) continue;
      best = {
        left,
        right,
        low,
        high,
        keys: node.keys.filter((_, i) => !ofPair(keyBounds[i])),
        condition: conjunction(parts.filter((_, i) => !ofPair(partBounds[i]))),
      };
    }
  }
  return best;
}

interface Sides {
  readonly left: ReadonlySet<number>;
  /** Over left columns followed by right ones, as conditions are. */
  readonly right: ReadonlySet<number>;
  readonly width: number;
}

interface Comparison {
  readonly kind: "compare";
  readonly op: "=" | "<" | "<=" | ">" | ">=";
  readonly left: BoundExpr;
  readonly right: BoundExpr;
}

const NEGATED = { "<": ">=", "<=": ">", ">": "<=", ">=": "<" } as const;

function comparisonOf(part: BoundExpr): Comparison | undefined {
  if (part.kind === "not" && part.input.kind === "compare") {
    const { op, left, right } = part.input;
    return op === "<" || op === "<=" || op === ">" || op === ">=" ? { kind: "compare", op: NEGATED[op], left, right } : undefined;
  }
  if (part.kind !== "compare" || part.op === "<>" || part.op === "distinct" || part.op === "not-distinct") return undefined;
  return { kind: "compare", op: part.op, left: part.left, right: part.right };
}

function boundOf({ op, left, right }: Comparison, sides: Sides): Bound | undefined {
  const a = linear(left);
  const b = linear(right);
  if (a === undefined || b === undefined) return undefined;
  const { times, micros } = plus(a, b, -1);
  const [[first, factor], second, ...more] = [...times].filter(([, times]) => times !== 0).concat([[Number.NaN, 0]]);
  if (second === undefined || more.length !== 1 || Math.abs(factor) !== 1 || second[1] !== -factor) return undefined;
  const [plusTime, minusTime] = factor === 1 ? [first, second[0]] : [second[0], first];
  // plusTime - minusTime + micros op 0
  if (sides.left.has(plusTime) && sides.right.has(minusTime))
    return { left: plusTime, right: minusTime - sides.width, ...range(op, 0 - micros) };
  if (sides.right.has(plusTime) && sides.left.has(minusTime)) {
    const { low, high } = range(op, 0 - micros);
    return { left: minusTime, right: plusTime - sides.width, low: 0 - high, high: 0 - low };
  }
  return undefined;
}

/** Whole microseconds x with `x op bound`. */
function range(op: Comparison["op"], bound: number): { low: number; high: number } {
  switch (op) {
    case "=":
      return { low: bound, high: bound };
    case "<":
      return { low: Number.NEGATIVE_INFINITY, high: bound - 1 };
    case "<=":
      return { low: Number.NEGATIVE_INFINITY, high: bound };
    case ">":
      return { low: bound + 1, high: Number.POSITIVE_INFINITY };
    case ">=":
      return { low: bound, high: Number.POSITIVE_INFINITY };
  }
}

const MICROS_PER_DAY = 86_400_000_000;

/**
 * A time, an interval, or a sum of such, as times and microseconds. Intervals with months have no fixed length, and days none on a clock that changes:
 * what holds them beside a TIMESTAMP WITH TIME ZONE is left to be tested row by row.
 */
function linear(expr: BoundExpr): Linear | undefined {
  const found = sum(expr);
  return found === undefined || (found.zoned && found.days !== 0)
    ? undefined
    : { times: found.times, micros: found.micros + found.days * MICROS_PER_DAY };
}

interface Sum extends Linear {
  readonly days: number;
  readonly zoned: boolean;
}

function sum(expr: BoundExpr): Sum | undefined {
  switch (expr.kind) {
    case "column":
      if (expr.type.kind !== "timestamp" && expr.type.kind !== "timestamptz") return undefined;
      return { times: new Map([[expr.index, 1]]), micros: 0, days: 0, zoned: expr.type.kind === "timestamptz" };
    case "literal":
      if (!isInterval(expr.value) || expr.value.months !== 0) return undefined;
      return { times: new Map(), micros: expr.value.micros, days: expr.value.days, zoned: false };
    case "call": {
      if (expr.name !== "+" && expr.name !== "-") return undefined;
      const sign = expr.name === "+" ? 1 : -1;
      const parts = expr.args.map(sum);
      const [a, b] = parts;
      if (a === undefined) return undefined;
      // The difference of two zoned times counts days by the calendar.
      if (sign < 0 && expr.type.kind === "interval" && (a.zoned || b?.zoned === true)) return undefined;
      if (parts.length === 1) return added({ times: new Map(), micros: 0, days: 0, zoned: false }, a, sign);
      return b === undefined ? undefined : added(a, b, sign);
    }
    default:
      return undefined;
  }
}

const added = (a: Sum, b: Sum, sign: number): Sum => ({
  ...plus(a, b, sign),
  days: a.days + sign * b.days,
  zoned: a.zoned || b.zoned,
});

function plus(a: Linear, b: Linear, sign: number): Linear {
  const times = new Map(a.times);
  for (const [column, factor] of b.times) times.set(column, (times.get(column) ?? 0) + sign * factor);
  return { times, micros: a.micros + sign * b.micros };
}
