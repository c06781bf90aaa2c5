import { bindError, type Span, unsupported } from "../../core/errors.ts";
import { INTERVAL, isNumeric, isTemporal, typeName } from "../../core/types.ts";
import { isInterval } from "../../core/value.ts";
import type { Call, Expr, Join } from "../../sql/ast.ts";
import type { BoundExpr } from "../expression.ts";
import { collectColumns, conjunction, conjuncts, isFoldable, shiftColumns } from "../expression-tree.ts";
import type { AsofMatch, JoinPlan, LogicalPlan } from "../logical-plan.ts";
import { castTo } from "../types/cast.ts";
import { CONSTANT } from "./clause.ts";
import type { Environment } from "./environment.ts";
import { ExpressionBinder } from "./expression-binder.ts";
import { extractKeys } from "./join-keys.ts";
import { compare } from "./operators.ts";
import { EMPTY_SCOPE } from "./scope.ts";
import { newSelectState } from "./select-state.ts";

/** What ON and MATCH_CONDITION of an ASOF join say: keys, the comparison of times, and what the nearest row must fulfil beside. */
export interface AsofParts {
  readonly keys: JoinPlan["keys"];
  readonly asof: AsofMatch;
  readonly condition: BoundExpr | undefined;
  /** Over the right side's own columns: which of its rows count at all. */
  readonly rightFilter: BoundExpr | undefined;
}

type Inequality = Exclude<AsofMatch["op"], "nearest">;

const MIRRORED: Readonly<Record<Inequality, Inequality>> = { ">=": "<=", ">": "<", "<=": ">=", "<": ">" };
const isInequality = (op: string): op is Inequality => op in MIRRORED;

const AN_INEQUALITY = "it needs one comparison of the sides' times: a.ts >= b.ts";

/** `on` and `match` are over left columns followed by right ones. @param nearest `match` is what `nearestTimes` gave. */
export function asofParts(
  on: BoundExpr | undefined,
  match: BoundExpr | undefined,
  nearest: boolean,
  tolerance: number | undefined,
  leftWidth: number,
  span: Span,
): AsofParts {
  const { keys, rest } = on === undefined ? { keys: [], rest: undefined } : extractKeys(on, leftWidth);
  const parts = rest === undefined ? [] : conjuncts(rest);
  const inequalities = match === undefined ? parts.filter((part) => asInequality(part, leftWidth) !== undefined) : [match];
  if (inequalities.length === 0) throw bindError("ASOF JOIN without an inequality", span, AN_INEQUALITY);
  if (inequalities.length > 1) {
    throw bindError(
      "ASOF JOIN with two inequalities",
      inequalities[1].span,
      "how far apart the times may be is said by TOLERANCE INTERVAL …",
    );
  }
  const found = asInequality(inequalities[0], leftWidth);
  if (found === undefined) {
    if (nearest) throw bindError("NEAREST needs a time of each side", match?.span ?? span, "like NEAREST(a.ts, b.ts)");
    throw bindError("MATCH_CONDITION compares a time of one side with a time of the other", span, "like (a.ts >= b.ts)");
  }
  const asof = checked({ ...found, ...(nearest && { op: "nearest" }), ...(tolerance !== undefined && { tolerance }) }, span);
  const others = parts.filter((part) => part !== inequalities[0]);
  const ofRight = (part: BoundExpr) => {
    const columns = [...collectColumns(part)];
    return columns.length > 0 && columns.every((index) => index >= leftWidth);
  };
  return {
    keys,
    asof,
    condition: conjunction(others.filter((part) => !ofRight(part))),
    rightFilter: conjunction(others.filter(ofRight).map((part) => shiftColumns(part, -leftWidth))),
  };
}

/** `NEAREST(a.ts, b.ts)` among the conditions that AND joins, and the others. */
export function takeNearest(condition: Expr | undefined): { readonly nearest: Call | undefined; readonly rest: Expr | undefined } {
  if (condition === undefined) return { nearest: undefined, rest: undefined };
  if (condition.kind === "call" && condition.name.length === 1 && condition.name[0].name.toLowerCase() === "nearest")
    return { nearest: condition, rest: undefined };
  if (condition.kind !== "binary" || condition.op !== "AND") return { nearest: undefined, rest: condition };
  const left = takeNearest(condition.left);
  const right = left.nearest === undefined ? takeNearest(condition.right) : { nearest: undefined, rest: condition.right };
  const nearest = left.nearest ?? right.nearest;
  if (nearest === undefined) return { nearest, rest: condition };
  const rest = left.rest !== undefined && right.rest !== undefined ? { ...condition, left: left.rest, right: right.rest } : undefined;
  return { nearest, rest: rest ?? left.rest ?? right.rest };
}

/** The times of NEAREST as an inequality of them, in one type. */
export function nearestTimes(binder: ExpressionBinder, { args, span }: Call): BoundExpr {
  const times = args.map(({ value, name }) => {
    if (name !== undefined) throw bindError(`NEAREST has no argument "${name.name}"`, name.span, NEAREST_SHOWN);
    if (["tableArg", "modelArg", "descriptor", "lambda", "star"].includes(value.kind))
      throw bindError("NEAREST takes two times", value.span, NEAREST_SHOWN);
    return binder.bind(value as Expr);
  });
  if (times.length !== 2) throw bindError(`NEAREST takes two times, not ${times.length}`, span, NEAREST_SHOWN);
  return compare(">=", times[0], times[1], span);
}

const NEAREST_SHOWN = "a time of each side: NEAREST(a.ts, b.ts)";

/** USING (k, …, ts): the last column is the time, the right one the nearest before or at the left one. */
export function asofUsing(keys: JoinPlan["keys"], tolerance: number | undefined, span: Span): { keys: JoinPlan["keys"]; asof: AsofMatch } {
  const { left, right } = keys[keys.length - 1];
  return { keys: keys.slice(0, -1), asof: checked({ left, right, op: ">=", ...(tolerance !== undefined && { tolerance }) }, span) };
}

function checked(asof: AsofMatch, span: Span): AsofMatch {
  const { type } = asof.left;
  if (!isTemporal(type) && !isNumeric(type)) {
    throw unsupported(`ASOF JOIN on ${typeName(type)}`, span, "its inequality compares times or numbers");
  }
  if (asof.tolerance !== undefined && type.kind !== "timestamp" && type.kind !== "timestamptz") {
    throw bindError(`TOLERANCE with times of type ${typeName(type)}`, span, "it is a length of time: compare timestamps");
  }
  return asof;
}

function asInequality(part: BoundExpr, leftWidth: number): AsofMatch | undefined {
  if (part.kind !== "compare" || !isInequality(part.op)) return undefined;
  const isLeft = (expr: BoundExpr) => [...collectColumns(expr)].every((index) => index < leftWidth);
  const isRight = (expr: BoundExpr) => [...collectColumns(expr)].every((index) => index >= leftWidth);
  if (collectColumns(part.left).size === 0 || collectColumns(part.right).size === 0) return undefined;
  if (isLeft(part.left) && isRight(part.right)) return { left: part.left, right: shiftColumns(part.right, -leftWidth), op: part.op };
  if (isRight(part.left) && isLeft(part.right)) {
    return { left: part.right, right: shiftColumns(part.left, -leftWidth), op: MIRRORED[part.op] };
  }
  return undefined;
}

/** A constant length of time in microseconds; `clause` (TOLERANCE, WITHIN) is for errors. */
export function constantMicros(environment: Environment, node: Expr, clause: string): number {
  const bound = new ExpressionBinder(environment, newSelectState(EMPTY_SCOPE), CONSTANT).bind(node);
  if (!isFoldable(bound, environment.context.functions)) throw unsupported(`${clause} that is not a constant`, node.span);
  const value = environment.context.evaluateConstant(castTo(bound, INTERVAL));
  if (!isInterval(value)) throw bindError(`${clause} is NULL`, node.span, `write a length of time: ${clause} INTERVAL '5' SECOND`);
  if (value.months !== 0) throw bindError(`${clause} in months`, node.span, "months differ in length: say how many days");
  const micros = value.days * 86_400_000_000 + value.micros;
  if (micros < 0) throw bindError(`${clause} of a negative length`, node.span);
  return micros;
}

export const asofKind = (join: Join): "inner" | "left" => (join.type === "asof left" ? "left" : "inner");

/** The rows of the right side that count. */
export const filteredRight = (right: LogicalPlan, predicate: BoundExpr | undefined): LogicalPlan =>
  predicate === undefined ? right : { kind: "filter", schema: right.schema, input: right, predicate };
