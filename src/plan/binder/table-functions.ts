import { findFunction } from "../../catalog/functions.ts";
import { bindError, nearestName, type Span, unsupported } from "../../core/errors.ts";
import { BIGINT, type DataType, INTERVAL, isInteger, list, TIMESTAMP, TIMESTAMPTZ, typeName, typesEqual } from "../../core/types.ts";
import type { Value } from "../../core/value.ts";
import type { Expr, TableFunction } from "../../sql/ast.ts";
import type { BoundExpr } from "../expression.ts";
import { collectColumns, isFoldable, some } from "../expression-tree.ts";
import type { LogicalPlan } from "../logical-plan.ts";
import { castTo } from "../types/cast.ts";
import { aliased, fileAlias, scanPlan } from "./aliases.ts";
import { FROM } from "./clause.ts";
import type { Environment, OptionValue, TypedValue } from "./environment.ts";
import { ExpressionBinder } from "./expression-binder.ts";
import type { BoundTable } from "./from.ts";
import { bindGapFill } from "./gap-fill.ts";
import { literal } from "./literals.ts";
import { MODEL_TABLES, modelTable } from "./ml-names.ts";
import { bindModelTable } from "./ml-table.ts";
import { ONE_ROW, type Relation } from "./relation.ts";
import { EMPTY_SCOPE, joinScopes, tableScope } from "./scope.ts";
import { newSelectState } from "./select-state.ts";
import { bindSeriesTable } from "./series-table.ts";
import { bindUserTable, isUserTable } from "./user-table-function.ts";
import { bindWindowFunction, WINDOW_FUNCTIONS } from "./window-functions.ts";

/** Binds a function in FROM: unnest, generate_series and range, and the readers of files. */
export function bindTableFunction(environment: Environment, node: TableFunction, left: Relation | undefined, outer: boolean): BoundTable {
  if (node.withOrdinality) throw unsupported("WITH ORDINALITY", node.span);
  const written = node.name[node.name.length - 1];
  const name = written.name.toLowerCase();
  switch (name) {
    case "unnest":
      return bindUnnest(environment, node, left, outer);
    case "generate_series":
    case "range":
      return bindSeries(environment, node, name, left, outer);
    case "gap_fill":
      return { relation: bindGapFill(environment, node), lateral: false };
    default:
      if (modelTable(node.name) !== undefined) return { relation: bindModelTable(environment, node), lateral: false };
      if (WINDOW_FUNCTIONS.includes(name)) return { relation: bindWindowFunction(environment, node, name), lateral: false };
  }
  const { functions } = environment.context;
  const inPack = node.name.length === 2 ? functions.lookup(node.name.map((part) => part.name).join(".")) : undefined;
  const definition = inPack?.origin?.pack === undefined ? findFunction(functions, name, written.span) : inPack;
  if (definition?.kind === "table" && definition.series !== undefined)
    return { relation: bindSeriesTable(environment, node, { ...definition, series: definition.series }), lateral: false };
  if (definition?.kind === "table") return { relation: bindReader(environment, node, definition.name), lateral: false };
  if (isUserTable(definition)) return bindUserTable(environment, node, definition, left, outer);
  if (definition !== undefined) throw bindError(`${definition.name} does not give a table`, written.span, "use it in the select list");
  const tables = functions
    .definitions()
    .filter((candidate) => candidate.kind === "table" || isUserTable(candidate))
    .flatMap((candidate) => [candidate.name, ...(candidate.aliases ?? [])]);
  const near = nearestName(name, [...tables, ...WINDOW_FUNCTIONS, "gap_fill", ...MODEL_TABLES, "unnest", "generate_series", "range"]);
  throw bindError(
    `table function "${written.name}" does not exist`,
    written.span,
    near === undefined ? undefined : `did you mean "${near}"?`,
  );
}

function argumentBinder(environment: Environment, left: Relation | undefined): ExpressionBinder {
  return new ExpressionBinder(environment, newSelectState(left?.scope ?? EMPTY_SCOPE), FROM);
}

function positional(binder: ExpressionBinder, node: TableFunction): BoundExpr[] {
  return node.args.map((arg) => {
    if (arg.name !== undefined)
      throw bindError(`${node.name[node.name.length - 1].name} has no argument "${arg.name.name}"`, arg.name.span);
    if (arg.value.kind === "tableArg" || arg.value.kind === "descriptor")
      throw bindError("TABLE and DESCRIPTOR are for window functions in FROM", arg.span);
    if (arg.value.kind === "modelArg") throw bindError("MODEL is for ML_PREDICT and ML_EVALUATE in FROM", arg.span);
    return binder.bind(arg.value);
  });
}

function bindUnnest(environment: Environment, node: TableFunction, left: Relation | undefined, outer: boolean): BoundTable {
  const args = positional(argumentBinder(environment, left), node);
  if (args.length === 0) throw bindError("unnest takes at least one list", node.span);
  return unnestOf(
    args,
    args.map(() => "unnest"),
    "unnest",
    node,
    left,
    outer,
  );
}

/** Lists turned to rows, beside the rows they came from. */
function unnestOf(
  lists: readonly BoundExpr[],
  names: readonly string[],
  table: string,
  node: TableFunction,
  left: Relation | undefined,
  outer: boolean,
): BoundTable {
  const elements = lists.map((expr, i) => {
    if (expr.type.kind !== "list" && expr.type.kind !== "null")
      throw bindError(`unnest takes a list, not ${typeName(expr.type)}`, expr.span);
    return { name: names[i], type: expr.type.kind === "list" ? expr.type.element : expr.type };
  });
  const lateral = left !== undefined && lists.some((expr) => collectColumns(expr).size > 0);
  const input = lateral ? left.plan : ONE_ROW;
  const plan: LogicalPlan = { kind: "unnest", schema: [...input.schema, ...elements], input, lists, outer: lateral && outer };
  const own: LogicalPlan = { kind: "values", schema: elements, rows: [] };
  const { scope } = aliased(own, table, node.alias);
  if (!lateral) return { relation: { plan, scope }, lateral };
  return { relation: { plan, scope: joinScopes(left.scope, scope, left.plan.schema.length) }, lateral };
}

/** `generate_series(start, stop, step)`, both ends included, and `range`, without its stop. */
function bindSeries(
  environment: Environment,
  node: TableFunction,
  name: "generate_series" | "range",
  left: Relation | undefined,
  outer: boolean,
): BoundTable {
  const binder = argumentBinder(environment, left);
  const args = positional(binder, node);
  if (args.length < 1 || args.length > 3) throw bindError(`${name} takes 1 to 3 arguments, not ${args.length}`, node.span);
  if (args.some((arg) => collectColumns(arg).size > 0))
    return unnestOf([binder.call(name, args, node.span)], [name], name, node, left, outer);
  const { type, start, stop, step } = seriesArguments(name, args, node.span);
  const plan: LogicalPlan = {
    kind: "series",
    schema: [{ name, type }],
    start,
    stop,
    step,
    inclusive: name === "generate_series",
    span: node.span,
  };
  return { relation: aliased(plan, name, node.alias), lateral: false };
}

interface SeriesArguments {
  readonly type: DataType;
  readonly start: BoundExpr;
  readonly stop: BoundExpr;
  readonly step: BoundExpr;
}

function seriesArguments(name: string, args: readonly BoundExpr[], span: Span): SeriesArguments {
  const number = (expr: BoundExpr) => castTo(expr, BIGINT);
  const whole = (expr: BoundExpr) => isInteger(expr.type) || expr.type.kind === "null";
  if (args.length === 1 && whole(args[0]))
    return { type: BIGINT, start: literal(BIGINT, 0n, span), stop: number(args[0]), step: literal(BIGINT, 1n, span) };
  if (args.every(whole)) {
    return {
      type: BIGINT,
      start: number(args[0]),
      stop: number(args[1]),
      step: args.length === 3 ? number(args[2]) : literal(BIGINT, 1n, span),
    };
  }
  const [start, stop, step] = args;
  if (step !== undefined && step.type.kind === "interval") {
    const type = start.type.kind === "timestamptz" || stop.type.kind === "timestamptz" ? TIMESTAMPTZ : TIMESTAMP;
    if ([start, stop].every((end) => ["date", "timestamp", "timestamptz", "varchar", "null"].includes(end.type.kind))) {
      return { type, start: castTo(start, type), stop: castTo(stop, type), step: castTo(step, INTERVAL) };
    }
  }
  throw bindError(
    `no function matches ${name}(${args.map((arg) => typeName(arg.type)).join(", ")})`,
    span,
    `there are ${name}(start BIGINT, stop BIGINT, [step BIGINT]) and ${name}(start TIMESTAMP, stop TIMESTAMP, step INTERVAL)`,
  );
}

/** `read_csv('file', header = true)`: paths, then options. All are constants. */
function bindReader(environment: Environment, node: TableFunction, name: string): Relation {
  const binder = argumentBinder(environment, undefined);
  const constant = (value: Expr): TypedValue => {
    const bound = optionWord(value) ?? binder.bind(value);
    if (!isFoldable(bound, environment.context.functions) || some(bound, (part) => part.kind === "subquery")) {
      throw bindError(`an argument of ${name} must be a constant`, value.span);
    }
    return { type: bound.type, value: environment.context.evaluateConstant(bound) };
  };
  const patterns: string[] = [];
  const options = new Map<string, TypedValue>();
  for (const arg of node.args) {
    if (arg.value.kind === "tableArg" || arg.value.kind === "modelArg" || arg.value.kind === "descriptor")
      throw bindError(`${name} takes file names and options`, arg.span);
    const value = constant(arg.value);
    if (arg.name !== undefined) {
      const key = arg.name.name.toLowerCase();
      if (options.has(key)) throw bindError(`option "${key}" is given twice`, arg.name.span);
      options.set(key, value);
    } else if (value.type.kind === "varchar" && typeof value.value === "string") patterns.push(value.value);
    else if (typesEqual(value.type, list({ kind: "varchar" })) && Array.isArray(value.value)) patterns.push(...(value.value as string[]));
    else throw bindError(`${name} takes file names, not ${typeName(value.type)}`, arg.span);
  }
  if (patterns.length === 0) throw bindError(`${name} needs the name of a file`, node.span, `${name}('file')`);
  const { source, name: shown } = environment.context.openFile(
    patterns,
    name,
    Object.fromEntries([...options].map(([key, option]) => [key, plainValue(option.value, option.type)])),
    node.span,
  );
  const plan = scanPlan(shown, source);
  return node.alias === undefined ? { plan, scope: tableScope(fileAlias(patterns[0]), plan.schema) } : aliased(plan, name, node.alias);
}

/** A bare word as an option's value is its text: `compression = gzip`. */
function optionWord(value: Expr): BoundExpr | undefined {
  return value.kind === "column" && value.parts.length === 1 ? literal({ kind: "varchar" }, value.parts[0].name, value.span) : undefined;
}

/** A value without its type, as options and properties are given: decimals as numbers, structs and maps by name. */
export function plainValue(value: Value, type: DataType): OptionValue {
  if (value === null || typeof value === "boolean" || typeof value === "number" || typeof value === "string") return value;
  switch (type.kind) {
    case "decimal":
      return Number(value) / 10 ** type.scale;
    case "list":
      return (value as readonly Value[]).map((item) => plainValue(item, type.element));
    case "struct":
      return Object.fromEntries(type.fields.map((field, i) => [field.name, plainValue((value as readonly Value[])[i], field.type)]));
    case "map":
      return Object.fromEntries(
        (value as readonly (readonly [Value, Value])[]).map(([key, item]) => [String(key), plainValue(item, type.value)]),
      );
    default:
      return typeof value === "bigint" ? value : String(value);
  }
}
