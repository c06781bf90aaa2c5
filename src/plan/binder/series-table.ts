import type { SeriesBind, SeriesParam, SeriesTableFunction, TableFunctionDoc } from "../../catalog/function-types.ts";
import { bindError, nearestName, type Span } from "../../core/errors.ts";
import {
  BIGINT,
  BOOLEAN,
  type DataType,
  DOUBLE,
  INTERVAL,
  isNumeric,
  isTime,
  list,
  TIMESTAMP,
  typeName,
  VARCHAR,
} from "../../core/types.ts";
import type { Value } from "../../core/value.ts";
import type { Arg, Expr, Identifier, TableFunction } from "../../sql/ast.ts";
import type { BoundExpr } from "../expression.ts";
import { isFoldable, some } from "../expression-tree.ts";
import type { LogicalPlan, PerSeriesPlan } from "../logical-plan.ts";
import { castTo } from "../types/cast.ts";
import { implicitCastCost } from "../types/implicit-cast.ts";
import { argTypeOf } from "../types/literal-types.ts";
import { aliased } from "./aliases.ts";
import { FROM } from "./clause.ts";
import { dedupeNames } from "./dedupe-names.ts";
import type { Environment } from "./environment.ts";
import { eventTimes } from "./event-times.ts";
import { ExpressionBinder } from "./expression-binder.ts";
import { columnNamed } from "./ml-scored.ts";
import type { Relation } from "./relation.ts";
import { EMPTY_SCOPE } from "./scope.ts";
import { newSelectState } from "./select-state.ts";
import { bindTableArgument, type TableArgument } from "./table-argument.ts";

/**
 * Functions of whole series in FROM: `FORECAST(TABLE t, data_col => 'v', timestamp_col => 'ts', id_cols => ['k'], horizon => 24)`. Columns are named by
 * text, by DESCRIPTOR(v) or bare. `TABLE t PARTITION BY k ORDER BY ts` says the same of ids and time.
 */

export type SeriesDefinition = TableFunctionDoc & { readonly series: SeriesTableFunction };

/** Arguments that every one of these functions has; the spellings are BigQuery's, then those of others. */
const COLUMN_PARAMS: readonly SeriesParam[] = [
  {
    name: "data_col",
    aliases: ["data_cols", "value_col", "value_cols", "target_colname", "target"],
    type: "columns",
    default: null,
    doc: "what is looked at; default: the only column of numbers",
  },
  {
    name: "timestamp_col",
    aliases: ["time_col", "timestamp_colname", "timestamp"],
    type: "column",
    default: null,
    doc: "when it was; default: the only column of times",
  },
  {
    name: "id_cols",
    aliases: ["id_col", "group_col", "group_cols", "group_by", "series_colname"],
    type: "columns",
    default: null,
    doc: "what tells series apart; default: there is one",
  },
];

const TABLE_NAMES: readonly string[] = ["data", "input", "input_data", "table"];

export function bindSeriesTable(environment: Environment, node: TableFunction, definition: SeriesDefinition): Relation {
  const { name, series } = definition;
  const shown = `${name.toUpperCase()}(TABLE t, data_col => 'v', timestamp_col => 'ts', id_cols => ['k'])`;
  const { table: tableArg, given } = sortArguments(node, definition, shown);
  const table = bindTableArgument(environment, tableArg, name.toUpperCase(), shown);
  const { plan } = table;
  const columns = new Map<string, readonly BoundExpr[]>();
  for (const param of [...COLUMN_PARAMS, ...series.params]) {
    const arg = given.get(param.name);
    if (!isColumns(param) || arg === undefined) continue;
    const named = columnsOf(environment, plan, arg, param);
    if ((param.type === "column" || (param.name === "data_col" && series.severalColumns !== true)) && named.length !== 1)
      throw bindError(`${param.name} of ${name} is one column, not ${named.length}`, arg.value.span);
    if (param.name !== "id_cols" && param.name !== "timestamp_col") named.forEach(checkNumbers.bind(undefined, param));
    columns.set(param.name, named);
  }
  const ids = idsOf(table, columns.get("id_cols"), given.get("id_cols"));
  const time = timeOf(table, definition, columns.get("timestamp_col"), node.span);
  const own = series.params.filter((param) => columns.has(param.name));
  const taken = [...ids, time, ...own.flatMap((param) => columns.get(param.name)!)];
  const data = columns.get("data_col") ?? [onlyNumbers(plan, taken, definition, node.span)];
  const places: Record<string, readonly number[]> = {};
  const values: BoundExpr[] = [];
  for (const [param, exprs] of [["data_col", data], ...own.map((one) => [one.name, columns.get(one.name)!])] as [
    string,
    readonly BoundExpr[],
  ][]) {
    places[param] = exprs.map((expr) => values.push(expr) - 1);
  }
  const constants = constantsOf(environment, definition, given);
  const bind: SeriesBind = {
    values: values.map((expr) => expr.type),
    time: time.type.kind === "timestamptz" ? time.type : TIMESTAMP,
    columns: places,
    ...constants,
    timeZone: environment.context.timeZone,
  };
  const outputs = atPlace(given, node.span, () => series.outputs(bind));
  const kept = series.gives === "points" ? plan.schema : ids.map((id) => ({ name: id.kind === "column" ? id.name : "id", type: id.type }));
  const made: PerSeriesPlan = {
    kind: "per-series",
    schema: dedupeNames([...kept, ...outputs]),
    input: plan,
    name,
    gives: series.gives,
    ids,
    time: castTo(time, bind.time),
    values: values.map((expr) => castTo(expr, DOUBLE)),
    bind,
    shown: series.params.flatMap((param) =>
      given.has(param.name) && !isColumns(param) ? [`${param.name} => ${shownValue(constants, param.name)}`] : [],
    ),
    span: node.span,
  };
  return aliased(made, name, node.alias);
}

function checkNumbers({ name }: SeriesParam, expr: BoundExpr): void {
  if (isNumeric(expr.type) || expr.type.kind === "boolean") return;
  const column = expr.kind === "column" ? `"${expr.name}" is ` : "";
  throw bindError(`${name} is of numbers, and ${column}${typeName(expr.type)}`, expr.span);
}

const isColumns = (param: SeriesParam): boolean => param.type === "column" || param.type === "columns";

/** The table, and the other arguments by the parameters' own names. */
function sortArguments(
  node: TableFunction,
  { name, series }: SeriesDefinition,
  shown: string,
): { table: Arg; given: ReadonlyMap<string, Arg> } {
  const params = [...COLUMN_PARAMS, ...series.params];
  const given = new Map<string, Arg>();
  let table: Arg | undefined;
  for (const arg of node.args) {
    const written = arg.name?.name.toLowerCase();
    if (written === undefined ? table === undefined && given.size === 0 : TABLE_NAMES.includes(written)) {
      if (table !== undefined) throw bindError(`the table of ${name} is given twice`, arg.span);
      table = arg;
      continue;
    }
    if (written === undefined) throw bindError(`arguments of ${name} behind its table are named`, arg.span, shown);
    const param = params.find((one) => one.name === written || one.aliases?.includes(written));
    if (param === undefined) throw unknownArgument(arg.name!, name, params);
    if (given.has(param.name)) throw bindError(`argument "${param.name}" of ${name} is given twice`, arg.span);
    given.set(param.name, arg);
  }
  if (table === undefined) throw bindError(`${name} needs its table`, node.span, shown);
  return { table, given };
}

function unknownArgument({ name: written, span }: Identifier, name: string, params: readonly SeriesParam[]): Error {
  const near = nearestName(
    written,
    params.flatMap((param) => [param.name, ...(param.aliases ?? [])]),
  );
  const all = `it has ${params.map((param) => param.name).join(", ")}`;
  return bindError(`${name} has no argument named "${written}"`, span, near === undefined ? all : `did you mean "${near}"?`);
}

/** Columns that an argument names: 'v', ['a', 'b'], DESCRIPTOR(a, b), or v. */
function columnsOf(environment: Environment, plan: LogicalPlan, { value }: Arg, param: SeriesParam): BoundExpr[] {
  const refused = () => bindError(`${param.name} names columns, as 'v' or ['a', 'b']`, value.span);
  switch (value.kind) {
    case "descriptor":
      return value.columns.map((column) => columnNamed(plan, column));
    case "string":
      return [columnNamed(plan, asIdentifier(value.value, value.span))];
    case "column":
      if (value.parts.length !== 1) throw refused();
      return [columnNamed(plan, value.parts[0])];
    case "list":
      return value.items.flatMap((item) => columnsOf(environment, plan, { kind: "arg", value: item, span: item.span }, param));
    case "tableArg":
    case "modelArg":
      throw refused();
    default: {
      const { names } = namesOf(environment, value) ?? {};
      if (names === undefined) throw refused();
      return names.map((column) => columnNamed(plan, asIdentifier(column, value.span)));
    }
  }
}

const asIdentifier = (name: string, span: Span): Identifier => ({ name, quoted: true, span });

/** Names that a constant expression gives: a text or a list of texts. */
function namesOf(environment: Environment, value: Expr): { names: readonly string[] } | undefined {
  const bound = constantExpr(environment, value);
  if (bound === undefined) return undefined;
  const { type } = bound;
  const isText = type.kind === "varchar";
  if (!isText && !(type.kind === "list" && (type.element.kind === "varchar" || type.element.kind === "null"))) return undefined;
  const names = environment.context.evaluateConstant(bound);
  if (names === null) return { names: [] };
  return { names: isText ? [names as string] : (names as readonly string[]) };
}

function constantExpr(environment: Environment, value: Expr): BoundExpr | undefined {
  const bound = new ExpressionBinder(environment, newSelectState(EMPTY_SCOPE), FROM).bind(value);
  return isFoldable(bound, environment.context.functions) && !some(bound, (part) => part.kind === "subquery") ? bound : undefined;
}

function idsOf(table: TableArgument, named: readonly BoundExpr[] | undefined, arg: Arg | undefined): readonly BoundExpr[] {
  const { partitionBy } = table;
  if (partitionBy.length === 0) return named ?? [];
  if (named !== undefined)
    throw bindError("series are told apart by PARTITION BY or by id_cols, not by both", arg?.span ?? partitionBy[0].span);
  return partitionBy;
}

/** The time: as it is named, or ordered by, or the event time of a stream, or the only column there is. */
function timeOf(table: TableArgument, { name }: SeriesDefinition, named: readonly BoundExpr[] | undefined, span: Span): BoundExpr {
  const { plan, orderBy } = table;
  const column = (index: number): BoundExpr => ({
    kind: "column",
    type: plan.schema[index].type,
    index,
    name: plan.schema[index].name,
    span,
  });
  let found = named?.[0];
  if (orderBy.length > 0) {
    const [item] = orderBy;
    if (found !== undefined) throw bindError("rows are in the order of ORDER BY or of timestamp_col, not of both", item.span);
    const plain = orderBy.length === 1 && item.kind === "orderItem" && item.direction === "asc" ? item.expr : undefined;
    if (plain?.kind !== "column" || plain.parts.length !== 1)
      throw bindError(`${name} goes by one column of time, ascending`, item.span, "ORDER BY ts");
    found = columnNamed(plan, plain.parts[0]);
  }
  if (found !== undefined) {
    if (!isTime(found.type)) {
      const what = found.kind === "column" ? `"${found.name}" is ${typeName(found.type)}` : typeName(found.type);
      throw bindError(`the time of ${name} must be a TIMESTAMP, TIMESTAMPTZ or DATE, and ${what}`, found.span, timesHint(plan));
    }
    return found;
  }
  const [event] = eventTimes(plan);
  if (event !== undefined) return column(event);
  const times = plan.schema.flatMap((field, i) => (isTime(field.type) ? [i] : []));
  if (times.length === 1) return column(times[0]);
  if (times.length === 0) throw bindError(`${name} needs a column of times, and the table has none`, span);
  throw bindError(
    `${name} must know which column is the time`,
    span,
    `timestamp_col => '${plan.schema[times[0]].name}'; ${timesHint(plan)}`,
  );
}

function timesHint(plan: LogicalPlan): string | undefined {
  const times = plan.schema.filter((field) => isTime(field.type)).map((field) => field.name);
  return times.length === 0 ? undefined : `columns of time are ${times.join(", ")}`;
}

function onlyNumbers(plan: LogicalPlan, taken: readonly BoundExpr[], { name }: SeriesDefinition, span: Span): BoundExpr {
  const used = new Set(taken.flatMap((expr) => (expr.kind === "column" ? [expr.index] : [])));
  const numbers = plan.schema.flatMap((field, i) => (isNumeric(field.type) && !used.has(i) ? [i] : []));
  if (numbers.length === 0) throw bindError(`${name} needs a column of numbers, and the table has none`, span);
  const [index] = numbers;
  const { name: column, type } = plan.schema[index];
  if (numbers.length > 1) {
    const names = numbers.map((i) => plan.schema[i].name).join(", ");
    throw bindError(`${name} must know which column it is to look at`, span, `data_col => '${column}'; columns of numbers are ${names}`);
  }
  return { kind: "column", type, index, name: column, span };
}

/** The other arguments, checked, with defaults. */
function constantsOf(
  environment: Environment,
  { name, series }: SeriesDefinition,
  given: ReadonlyMap<string, Arg>,
): Pick<SeriesBind, "arguments" | "argumentTypes"> {
  const values: Record<string, Value> = {};
  const types: Record<string, DataType> = {};
  for (const param of series.params) {
    if (isColumns(param)) continue;
    const arg = given.get(param.name);
    if (arg === undefined) {
      if (param.default === undefined) throw bindError(`${name} needs ${param.name}: ${param.doc}`);
      values[param.name] = param.default;
      continue;
    }
    const { type, value } = constantOf(environment, name, param, arg);
    values[param.name] = value ?? param.default ?? null;
    if (value !== null) types[param.name] = type;
  }
  return { arguments: values, argumentTypes: types };
}

const WANTED: Readonly<Record<Exclude<SeriesParam["type"], "column" | "columns" | "any">, DataType>> = {
  number: DOUBLE,
  integer: BIGINT,
  text: VARCHAR,
  boolean: BOOLEAN,
  interval: INTERVAL,
};

function constantOf(environment: Environment, name: string, param: SeriesParam, { value }: Arg): { type: DataType; value: Value } {
  if (value.kind === "tableArg" || value.kind === "modelArg" || value.kind === "descriptor")
    throw bindError(`${param.name} of ${name} is a constant`, value.span);
  const bound = constantExpr(environment, value);
  if (bound === undefined) throw bindError(`${param.name} of ${name} must be a constant`, value.span);
  const type = param.type === "any" ? plainType(bound.type) : WANTED[param.type as keyof typeof WANTED];
  if (implicitCastCost(argTypeOf(bound), type) === undefined)
    throw bindError(`${param.name} of ${name} must be ${typeName(type)}, not ${typeName(bound.type)}`, value.span, param.doc);
  const constant = environment.context.evaluateConstant(castTo(bound, type));
  return param.type === "integer" && constant !== null ? { type: DOUBLE, value: Number(constant) } : { type, value: constant };
}

/** Numbers as doubles, in lists too, and dates as times. */
function plainType(type: DataType): DataType {
  if (isNumeric(type)) return DOUBLE;
  if (type.kind === "date") return TIMESTAMP;
  return type.kind === "list" ? list(plainType(type.element)) : type;
}

/** What a function throws of an argument that it names first gets that argument's place. */
function atPlace<T>(given: ReadonlyMap<string, Arg>, span: Span, f: () => T): T {
  try {
    return f();
  } catch (error) {
    if (error instanceof Error && "span" in error && error.span === undefined) {
      const named = error.message.split(/[ :,]/).findLast((word) => given.has(word));
      error.span = given.get(named ?? "")?.value.span ?? span;
    }
    throw error;
  }
}

function shownValue({ arguments: values }: Pick<SeriesBind, "arguments">, name: string): string {
  const value = values[name];
  return typeof value === "string" ? `'${value}'` : JSON.stringify(value, (_, part) => (typeof part === "bigint" ? String(part) : part));
}
