import { type DataType, typeName } from "../core/types.ts";
import { isInterval, type Value } from "../core/value.ts";
import type { BoundAggregate, BoundCall, BoundExpr, BoundWindow, FrameBound, SortKey } from "./expression.ts";
import type { ApplyCall } from "./logical-plan.ts";

/** A bound expression as text for EXPLAIN: what will be computed, casts included. */
export function printExpression(expr: BoundExpr): string {
  switch (expr.kind) {
    case "literal":
      return printValue(expr.value, expr.type);
    case "column":
    case "lambda-param":
      return expr.name;
    case "call":
      return printCall(expr.name, expr.args, expr.argNames) + printOutput(expr);
    case "cast":
      return `${expr.try ? "TRY_CAST" : "CAST"}(${printExpression(expr.input)} AS ${typeName(expr.type)})`;
    case "compare":
      return `(${printExpression(expr.left)} ${COMPARISONS[expr.op]} ${printExpression(expr.right)})`;
    case "and":
    case "or":
      return `(${expr.args.map(printExpression).join(` ${expr.kind.toUpperCase()} `)})`;
    case "not":
      return `(NOT ${printExpression(expr.input)})`;
    case "is-null":
      return `(${printExpression(expr.input)} IS ${expr.negated ? "NOT " : ""}NULL)`;
    case "case": {
      const branches = expr.branches.map((branch) => ` WHEN ${printExpression(branch.when)} THEN ${printExpression(branch.then)}`);
      return `CASE${branches.join("")} ELSE ${printExpression(expr.otherwise)} END`;
    }
    case "coalesce":
      return `coalesce(${expr.args.map(printExpression).join(", ")})`;
    case "in":
      return `(${printExpression(expr.input)} ${expr.negated ? "NOT IN" : "IN"} (${expr.values.map(printExpression).join(", ")}))`;
    case "lambda":
      return `lambda: ${printExpression(expr.body)}`;
    case "subquery":
      return `(subquery ${expr.index + 1})`;
  }
}

/** A call of whole columns: `predict('churn', age, fare)`. */
export const printApplyCall = ({ name, args, argNames }: ApplyCall): string => printCall(name, args, argNames);

const COMPARISONS = {
  "=": "=",
  "<>": "<>",
  "<": "<",
  "<=": "<=",
  ">": ">",
  ">=": ">=",
  distinct: "IS DISTINCT FROM",
  "not-distinct": "IS NOT DISTINCT FROM",
} as const;

const printOutput = ({ output }: BoundCall): string => (output === undefined ? "" : `.${output.of[output.at].name}`);

const isOperator = (name: string) => !/^[a-z_]/i.test(name);

function printCall(name: string, args: readonly BoundExpr[], names: readonly (string | undefined)[] = []): string {
  const printed = printArgs(args, names);
  if (isOperator(name) && printed.length === 2) return `(${printed[0]} ${name} ${printed[1]})`;
  if (isOperator(name) && printed.length === 1) return `${name}(${printed[0]})`;
  return `${name}(${printed.join(", ")})`;
}

const printArgs = (args: readonly BoundExpr[], names: readonly (string | undefined)[] = []): string[] =>
  args.map((arg, i) => (names[i] === undefined ? printExpression(arg) : `${names[i]} := ${printExpression(arg)}`));

/** A constant in SQL. Values that have no literal of their own name their type. */
function printValue(value: Value, type: DataType): string {
  if (value === null) return "NULL";
  switch (type.kind) {
    case "varchar":
      return `'${String(value).replaceAll("'", "''")}'`;
    case "decimal":
      return printDecimal(value as bigint, type.scale);
    case "double":
    case "float":
      return Number.isInteger(value) && Math.abs(value as number) < 1e15 ? `${value}.0` : String(value);
    case "date":
      return Math.abs(value as number) > 1e8
        ? `DATE ${value} days`
        : `DATE '${new Date((value as number) * 86_400_000).toISOString().slice(0, 10)}'`;
    case "timestamp":
    case "timestamptz":
      return printTimestamp(value as bigint, type.kind);
    case "interval":
      return isInterval(value) ? `INTERVAL '${value.months} months ${value.days} days ${value.micros / 1e6} seconds'` : String(value);
    case "list":
      return `[${(value as readonly Value[]).map((item) => printValue(item, type.element)).join(", ")}]`;
    case "struct":
      return `{${type.fields.map((field, i) => `${field.name}: ${printValue((value as readonly Value[])[i], field.type)}`).join(", ")}}`;
    case "map": {
      const entries = (value as readonly (readonly [Value, Value])[]).map(
        ([key, item]) => `${printValue(key, type.key)}: ${printValue(item, type.value)}`,
      );
      return `MAP {${entries.join(", ")}}`;
    }
    case "blob":
      return `x'${[...(value as Uint8Array)].map((byte) => byte.toString(16).padStart(2, "0")).join("")}'`;
    case "json":
    case "uuid":
    case "enum":
    case "time":
      return `${type.kind === "enum" ? "ENUM" : type.kind.toUpperCase()} '${value}'`;
    default:
      return String(value);
  }
}

function printDecimal(unscaled: bigint, scale: number): string {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, "0");
  const sign = unscaled < 0n ? "-" : "";
  return scale === 0 ? sign + digits : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

function printTimestamp(micros: bigint, kind: "timestamp" | "timestamptz"): string {
  const name = kind === "timestamp" ? "TIMESTAMP" : "TIMESTAMPTZ";
  const millis = Number(micros / 1000n);
  if (Math.abs(millis) > 8e15) return `${name} ${micros} microseconds`;
  const fraction = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const text = new Date(Math.floor(Number(micros) / 1e6) * 1000).toISOString().replace("T", " ").slice(0, 19);
  const tail = fraction === 0n ? "" : `.${fraction.toString().padStart(6, "0").replace(/0+$/, "")}`;
  return `${name} '${text}${tail}${kind === "timestamptz" ? "+00" : ""}'`;
}

export function printSortKey(key: SortKey): string {
  return `${printExpression(key.expr)} ${key.descending ? "DESC" : "ASC"}${key.nullsFirst ? " NULLS FIRST" : ""}`;
}

export function printAggregate(aggregate: BoundAggregate): string {
  const order = aggregate.orderBy.length > 0 ? ` ORDER BY ${aggregate.orderBy.map(printSortKey).join(", ")}` : "";
  const args = `${aggregate.distinct ? "DISTINCT " : ""}${aggregate.args.map(printExpression).join(", ")}${order}`;
  const filter = aggregate.filter === undefined ? "" : ` FILTER (WHERE ${printExpression(aggregate.filter)})`;
  return `${aggregate.name}(${args})${filter}`;
}

export function printWindow(window: BoundWindow): string {
  const args = `${window.distinct ? "DISTINCT " : ""}${printArgs(window.args, window.argNames).join(", ")}${window.ignoreNulls ? " IGNORE NULLS" : ""}`;
  const filter = window.filter === undefined ? "" : ` FILTER (WHERE ${printExpression(window.filter)})`;
  const parts: string[] = [];
  if (window.partitionBy.length > 0) parts.push(`PARTITION BY ${window.partitionBy.map(printExpression).join(", ")}`);
  if (window.orderBy.length > 0) parts.push(`ORDER BY ${window.orderBy.map(printSortKey).join(", ")}`);
  parts.push(printFrame(window.frame));
  return `${window.name}(${args})${filter} OVER (${parts.join(" ")})`;
}

function printFrame(frame: BoundWindow["frame"]): string {
  const bound = ({ kind, offset }: FrameBound) =>
    `${offset === undefined ? "" : `${printExpression(offset)} `}${kind.replace("-", " ").toUpperCase()}`;
  const exclude = frame.exclude === "no-others" ? "" : ` EXCLUDE ${frame.exclude.replace("-", " ").toUpperCase()}`;
  return `${frame.unit.toUpperCase()} BETWEEN ${bound(frame.start)} AND ${bound(frame.end)}${exclude}`;
}
