import { bindError, nearestName, type Span } from "../../core/errors.ts";
import { MICROS_PER_DAY } from "../../core/time.ts";
import type { GridShape } from "../../core/time-grid.ts";
import { findZone, isUtc, type Zone } from "../../core/time-zone.ts";
import { BOOLEAN, type DataType, INTERVAL, isNumeric, isTime, TIMESTAMP, TIMESTAMPTZ, typeName } from "../../core/types.ts";
import type { IntervalValue, Value } from "../../core/value.ts";
import type { Arg, Expr, TableFunction } from "../../sql/ast.ts";
import type { BoundExpr } from "../expression.ts";
import { isFoldable } from "../expression-tree.ts";
import type { GapFillPlan, LogicalPlan } from "../logical-plan.ts";
import { castTo } from "../types/cast.ts";
import { aliased } from "./aliases.ts";
import { CONSTANT } from "./clause.ts";
import type { Environment } from "./environment.ts";
import { ExpressionBinder } from "./expression-binder.ts";
import { columnsOf, project, type Relation } from "./relation.ts";
import { EMPTY_SCOPE, sameName } from "./scope.ts";
import { newSelectState } from "./select-state.ts";
import { bindTableArgument } from "./table-argument.ts";

/** `GAP_FILL(TABLE t, ts_column => 'ts', bucket_width => INTERVAL '1 hour', partitioning_columns => ['k'], value_columns => [('v', 'locf')])`. */

const SHOWN = "GAP_FILL(TABLE t, ts_column => 'ts', bucket_width => INTERVAL '1 hour', value_columns => [('v', 'locf')])";
const ORDER = [
  "data",
  "ts_column",
  "bucket_width",
  "partitioning_columns",
  "value_columns",
  "origin",
  "ignore_null_values",
  "timezone",
  "max_gap",
] as const;
type Name = (typeof ORDER)[number];
const MODES = ["null", "locf", "linear"] as const;
type Mode = (typeof MODES)[number];

/** Bounds are counted from 1950-01-01. */
const ORIGIN = -631_152_000_000_000;

export function bindGapFill(environment: Environment, node: TableFunction): Relation {
  const args = argumentsOf(node);
  const constant = constants(environment);
  const table = bindTableArgument(environment, required(args, "data", node.span), "GAP_FILL", SHOWN);
  const { schema } = table.plan;
  const time = columnOf(table.plan, required(args, "ts_column", node.span), constant);
  if (!isTime(schema[time].type))
    throw bindError(`ts_column is a time, and "${schema[time].name}" is ${typeName(schema[time].type)}`, args.get("ts_column")!.value.span);
  const keys = listOf(args.get("partitioning_columns"), constant).map((name) => named(table.plan, name, args.get("partitioning_columns")!));
  const values = valuesOf(table.plan, [time, ...keys], args.get("value_columns"), constant);
  const timeType = schema[time].type.kind === "timestamptz" ? TIMESTAMPTZ : TIMESTAMP;
  const columns = columnsOf(table.plan);
  const exprs = [castTo(columns[time], timeType), ...keys.map((key) => columns[key]), ...values.map(({ column }) => columns[column])];
  const places = [time, ...keys, ...values.map(({ column }) => column)];
  const input = project(
    table.plan,
    exprs,
    places.map((place) => schema[place].name),
  );
  const sorted: LogicalPlan = {
    kind: "sort",
    schema: input.schema,
    input,
    keys: [{ expr: columnsOf(input)[0], descending: false, nullsFirst: false }],
  };
  const maxGap = args.get("max_gap");
  const ignoreNulls = args.get("ignore_null_values");
  const plan: GapFillPlan = {
    kind: "gap-fill",
    schema: input.schema,
    input: sorted,
    grid: gridOf(args, constant, node.span),
    keys: keys.length,
    modes: values.map(({ mode }) => mode),
    ignoreNulls: ignoreNulls === undefined || constant(ignoreNulls, BOOLEAN) !== false,
    ...(maxGap !== undefined && { maxGap: lengthOf(maxGap, constant) }),
  };
  return aliased(plan, table.table ?? "gap_fill", node.alias);
}

type Constant = (arg: Arg, type?: DataType) => Value;

/** Values of arguments, which are constants. */
function constants(environment: Environment): Constant {
  return ({ value, name }, type) => {
    const binder = new ExpressionBinder(environment, newSelectState(EMPTY_SCOPE), CONSTANT);
    const bound: BoundExpr = binder.bind(value as Expr);
    if (!isFoldable(bound, environment.context.functions))
      throw bindError(`${name?.name ?? "an argument"} of GAP_FILL must be a constant`, value.span);
    return environment.context.evaluateConstant(type === undefined ? bound : castTo(bound, type));
  };
}

function argumentsOf(node: TableFunction): ReadonlyMap<Name, Arg> {
  const found = new Map<Name, Arg>();
  node.args.forEach((arg, i) => {
    const written = arg.name?.name.toLowerCase() ?? ORDER[i];
    const name = ORDER.find((one) => one === written);
    if (name === undefined) {
      const near = nearestName(written ?? "", ORDER);
      const hint = near === undefined ? `its arguments are ${ORDER.join(", ")}` : `did you mean "${near}"?`;
      throw bindError(`GAP_FILL has no argument "${written ?? i + 1}"`, (arg.name ?? arg).span, hint);
    }
    if (found.has(name)) throw bindError(`argument "${name}" is given twice`, arg.span);
    found.set(name, arg);
  });
  return found;
}

function required(args: ReadonlyMap<Name, Arg>, name: Name, span: Span): Arg {
  const arg = args.get(name);
  if (arg === undefined) throw bindError(`GAP_FILL needs its argument "${name}"`, span, SHOWN);
  return arg;
}

/** A column by a text, by DESCRIPTOR(column), or bare. */
function columnOf(plan: LogicalPlan, arg: Arg, constant: Constant): number {
  const { value } = arg;
  if (value.kind === "descriptor" && value.columns.length === 1) return named(plan, value.columns[0].name, arg);
  if (value.kind === "column") return named(plan, value.parts[value.parts.length - 1].name, arg);
  return named(plan, String(constant(arg)), arg);
}

function named(plan: LogicalPlan, name: string, { value: { span } }: Arg): number {
  const at = plan.schema.findIndex((field) => sameName(field.name, name));
  if (at >= 0) return at;
  const names = plan.schema.map((field) => field.name);
  const near = nearestName(name, names);
  throw bindError(
    `column "${name}" does not exist`,
    span,
    near === undefined ? `columns are ${names.join(", ")}` : `did you mean "${near}"?`,
  );
}

function listOf(arg: Arg | undefined, constant: Constant): string[] {
  if (arg === undefined) return [];
  const value = constant(arg);
  if (typeof value === "string") return [value];
  if (!Array.isArray(value)) throw bindError("partitioning_columns is a list of names", arg.value.span, "partitioning_columns => ['k']");
  return value.map(String);
}

/** Pairs of a column and a mode; without them all other columns, with NULL between the rows. */
function valuesOf(plan: LogicalPlan, taken: readonly number[], arg: Arg | undefined, constant: Constant): { column: number; mode: Mode }[] {
  const others = plan.schema.map((_, i) => i).filter((i) => !taken.includes(i));
  if (arg === undefined) return others.map((column) => ({ column, mode: "null" }));
  const shown = "value_columns => [('v', 'locf'), ('w', 'linear'), ('x', 'null')]";
  const pairs = constant(arg);
  if (!Array.isArray(pairs)) throw bindError("value_columns is a list of pairs", arg.value.span, shown);
  return pairs.map((pair) => {
    if (!Array.isArray(pair) || pair.length !== 2 || pair.some((part) => typeof part !== "string"))
      throw bindError("value_columns has pairs of a column and a mode", arg.value.span, shown);
    const [name, written] = pair as [string, string];
    const column = named(plan, name, arg);
    const mode = MODES.find((one) => one === written.toLowerCase());
    if (mode === undefined) {
      const near = nearestName(written, MODES);
      throw bindError(
        `GAP_FILL has no mode "${written}"`,
        arg.value.span,
        near === undefined ? `the modes are ${MODES.join(", ")}` : `did you mean "${near}"?`,
      );
    }
    const { type } = plan.schema[column];
    if (mode === "linear" && (!isNumeric(type) || type.kind === "decimal" || type.kind === "hugeint"))
      throw bindError(`"linear" needs numbers, and "${name}" is ${typeName(type)}`, arg.value.span, "cast it to DOUBLE in a subquery");
    return { column, mode };
  });
}

function gridOf(args: ReadonlyMap<Name, Arg>, constant: Constant, span: Span): GridShape {
  const width = required(args, "bucket_width", span);
  const interval = constant(width, INTERVAL) as IntervalValue | null;
  if (interval === null) throw bindError("bucket_width cannot be NULL", width.value.span);
  const { months, days, micros } = interval;
  if (months !== 0 && (days !== 0 || micros !== 0))
    throw bindError("a bucket of months cannot have days or time beside them", width.value.span);
  if (months < 0 || (months === 0 && days * MICROS_PER_DAY + micros <= 0))
    throw bindError("bucket_width must be above zero", width.value.span);
  const zoneArg = args.get("timezone");
  const zone = zoneArg === undefined ? undefined : zoneOf(zoneArg, constant);
  const origin = originOf(args.get("origin"), constant);
  if (months > 0 && new Date(origin / 1000).getUTCDate() > 28)
    throw bindError("buckets of months begin on one of the first 28 days", (args.get("origin") ?? width).value.span);
  const whole = micros === 0 || days === 0;
  return {
    months,
    days: whole ? days : 0,
    micros: whole ? micros : days * MICROS_PER_DAY + micros,
    origin,
    ...(zone !== undefined && { timeZone: zone.name }),
  };
}

function zoneOf(arg: Arg, constant: Constant): Zone | undefined {
  const zone = findZone(String(constant(arg)), arg.value.span);
  return isUtc(zone) ? undefined : zone;
}

/** On the clock of the zone. */
function originOf(arg: Arg | undefined, constant: Constant): number {
  if (arg === undefined) return ORIGIN;
  const value = constant(arg, TIMESTAMP);
  if (value === null) throw bindError("origin cannot be NULL", arg.value.span);
  return Number(value);
}

function lengthOf(arg: Arg, constant: Constant): number {
  const value = constant(arg, INTERVAL) as IntervalValue | null;
  const micros = value === null || value.months !== 0 ? -1 : value.days * MICROS_PER_DAY + value.micros;
  if (micros < 0) throw bindError("max_gap is a fixed length of time", arg.value.span, "max_gap => INTERVAL '3 hours'");
  return micros;
}
