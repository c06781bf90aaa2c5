import type { AggregateFunction, FunctionDefinition } from "../../catalog/function-types.ts";
import { isUserFunction } from "../../catalog/user-functions.ts";
import { bindError, unsupported } from "../../core/errors.ts";
import { asLambda, type Call, type OrderItem } from "../../sql/ast.ts";
import type { BoundAggregate, BoundExpr, SortKey } from "../expression.ts";
import type { ExpressionBinder } from "./expression-binder.ts";
import { type Argument, resolveCall, takesLambda } from "./functions.ts";
import { literal } from "./literals.ts";

/** Ordered-set aggregates, and the functions they are. */
export const ORDERED_SET: Readonly<Record<string, string>> = {
  percentile_cont: "quantile_cont",
  percentile_disc: "quantile_disc",
  quantile_cont: "quantile_cont",
  quantile_disc: "quantile_disc",
  mode: "mode",
};

/** Arguments, bound; lambdas are left for the function to type. `count(*)` has none. */
export function bindArguments(binder: ExpressionBinder, call: Call, definition?: FunctionDefinition): Argument[] {
  const lambdas = definition !== undefined && takesLambda(definition);
  const args: Argument[] = [];
  for (const arg of call.args) {
    const { value } = arg;
    if (value.kind === "tableArg" || value.kind === "descriptor")
      throw bindError("TABLE and DESCRIPTOR are arguments of table functions", arg.span);
    if (value.kind === "modelArg")
      throw bindError("MODEL is an argument of table functions, as ML_PREDICT", arg.span, `predict('${value.name.name}', …) takes columns`);
    const lambda = value.kind === "lambda" || lambdas ? asLambda(value) : undefined;
    if (lambda !== undefined) args.push(lambda);
    else if (value.kind !== "star") args.push(binder.bind(value));
    else if (call.name[call.name.length - 1].name.toLowerCase() !== "count")
      throw bindError("* can only stand in a select list or in count(*)", arg.span);
  }
  return args;
}

/** Arguments, FILTER and ORDER BY of an aggregate, bound where its rows are. Also for aggregates as window functions. */
export function bindAggregateParts(inner: ExpressionBinder, call: Call, definition: AggregateFunction): BoundAggregate {
  const { args, orderBy } = withinGroup(inner, call, bindArguments(inner, call), definition);
  const resolved = resolveCall(
    inner,
    definition,
    args,
    call.span,
    call.args.map((arg) => arg.name?.name),
  );
  return {
    name: definition.name,
    overload: resolved.overload,
    args: resolved.args,
    type: resolved.type,
    distinct: call.distinct,
    filter: call.filter === undefined ? undefined : inner.condition(call.filter),
    orderBy: definition.ordered === true || isUserFunction(definition) ? orderBy : [],
    span: call.span,
  };
}

/** `percentile_cont(0.9) WITHIN GROUP (ORDER BY x)` is quantile_cont(x, 0.9). */
function withinGroup(
  inner: ExpressionBinder,
  call: Call,
  args: readonly Argument[],
  definition: AggregateFunction,
): { args: readonly Argument[]; orderBy: readonly SortKey[] } {
  if (call.withinGroup.length === 0) return { args, orderBy: bindSortKeys(inner, call.orderBy) };
  const [item] = call.withinGroup;
  if (!Object.values(ORDERED_SET).includes(definition.name)) throw bindError(`${definition.name} does not take WITHIN GROUP`, item.span);
  if (call.withinGroup.length > 1 || item.kind === "orderAll")
    throw bindError(`${definition.name} is ordered by one expression`, item.span);
  const value = inner.bind(item.expr);
  return { args: [value, ...descendingFraction(item, args)], orderBy: [] };
}

/** From the top: the 0.9 quantile of a descending order is the 0.1 quantile. */
function descendingFraction(item: OrderItem, args: readonly Argument[]): readonly Argument[] {
  if (item.direction === "asc" || args.length === 0) return args;
  const [fraction, ...rest] = args as readonly BoundExpr[];
  if (fraction.kind !== "literal" || fraction.type.kind !== "decimal" || typeof fraction.value !== "bigint") {
    throw unsupported("WITHIN GROUP (ORDER BY … DESC) with this fraction", item.span, "order ascending and use 1 - fraction");
  }
  const one = 10n ** BigInt(fraction.type.scale);
  return [literal(fraction.type, one - fraction.value, fraction.span), ...rest];
}

/** ORDER BY inside an aggregate or a window. NULLs come last unless it says otherwise. */
export function bindSortKeys(binder: ExpressionBinder, items: Call["orderBy"]): SortKey[] {
  return items.map((item) => {
    if (item.kind === "orderAll") throw bindError("ORDER BY ALL is not allowed here", item.span);
    return { expr: binder.bind(item.expr), descending: item.direction === "desc", nullsFirst: item.nulls === "first" };
  });
}
