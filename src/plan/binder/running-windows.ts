import type { BindContext, WindowFunction, WindowOption } from "../../catalog/function-types.ts";
import { bindError, nearestName, type Span } from "../../core/errors.ts";
import { isTime, typeName } from "../../core/types.ts";
import type { Arg, Call, Expr, WindowSpec } from "../../sql/ast.ts";
import type { BoundExpr, BoundWindow } from "../expression.ts";
import { isFoldable, some } from "../expression-tree.ts";
import { castTo } from "../types/cast.ts";
import { implicitCastCost } from "../types/implicit-cast.ts";
import { argTypeOf } from "../types/literal-types.ts";
import { bindArguments } from "./aggregate-parts.ts";
import type { ExpressionBinder } from "./expression-binder.ts";
import { type ResolvedCall, resolveCall } from "./functions.ts";
import { literal } from "./literals.ts";

/** Functions that go through each partition once, in order: `ema(v, half_life => 3) OVER (PARTITION BY k ORDER BY ts)`. */

export const isRunning = (definition: WindowFunction): boolean => definition.overloads.some((overload) => overload.running !== undefined);

/** The constants it takes; all overloads of a function take the same. */
const optionsOf = (definition: WindowFunction): readonly WindowOption[] => definition.overloads[0].options ?? [];

/** Arguments of rows, and behind them the constants that are given, with their names. */
export function resolveRunning(
  inner: ExpressionBinder,
  call: Call,
  definition: WindowFunction,
): ResolvedCall & Pick<BoundWindow, "argNames"> {
  const options = optionsOf(definition);
  const { overloads } = definition;
  const most = overloads.some((overload) => overload.variadic !== undefined)
    ? Number.POSITIVE_INFINITY
    : Math.max(...overloads.map((overload) => overload.args.length));
  const values: Arg[] = [];
  const given = new Map<WindowOption, BoundExpr>();
  call.args.forEach((arg, i) => {
    const option = arg.name === undefined ? options[i - most] : named(definition, options, arg.name.name, arg.name.span);
    if (option === undefined) {
      if (given.size > 0) throw bindError("an argument without a name cannot follow one with a name", arg.span);
      values.push(arg);
      return;
    }
    if (given.has(option)) throw bindError(`argument "${option.name}" is given twice`, (arg.name ?? arg).span);
    given.set(option, constant(inner, definition, option, arg.value as Expr));
  });
  const names = [...values.map(() => undefined), ...[...given.keys()].map(({ name }) => name)];
  const args = bindArguments(inner, { ...call, args: values });
  const resolved = resolveCall(inner, definition, args, call.span, names, [...given.values()]);
  return given.size === 0 ? resolved : { ...resolved, argNames: names };
}

function named(definition: WindowFunction, options: readonly WindowOption[], name: string, span: Span): WindowOption {
  const found = options.find((option) => option.name === name.toLowerCase());
  if (found !== undefined) return found;
  const names = options.map((option) => option.name);
  const near = nearestName(name, names);
  const all = names.length === 0 ? undefined : `it has ${names.join(", ")}`;
  throw bindError(`${definition.name} has no argument named "${name}"`, span, near === undefined ? all : `did you mean "${near}"?`);
}

function constant(inner: ExpressionBinder, definition: WindowFunction, option: WindowOption, value: Expr): BoundExpr {
  const { context } = inner.environment;
  const bound = inner.bind(value);
  if (!isFoldable(bound, context.functions) || some(bound, (part) => part.kind === "subquery"))
    throw bindError(`${option.name} of ${definition.name} must be a constant`, value.span);
  const type = option.types.find((candidate) => implicitCastCost(argTypeOf(bound), candidate) !== undefined);
  if (type === undefined) {
    const wanted = option.types.map(typeName).join(" or ");
    throw bindError(`${option.name} of ${definition.name} must be ${wanted}, not ${typeName(bound.type)}`, value.span);
  }
  return literal(type, context.evaluateConstant(castTo(bound, type)), value.span);
}

/** Refuses a window that is not all rows from the first to the current one, in an order. */
export function checkRunning(inner: ExpressionBinder, bound: BoundWindow, definition: WindowFunction, spec: WindowSpec, call: Call): void {
  const { name } = definition;
  const { frame, orderBy } = bound;
  if (orderBy.length === 0)
    throw bindError(`${name} goes through rows in an order, and its window has none`, call.span, `${name}(…) OVER (ORDER BY ts)`);
  if (call.nulls !== undefined) throw bindError(`${name} sees NULLs as they are: it takes no ${call.nulls.toUpperCase()} NULLS`, call.span);
  const whole = frame.start.kind === "unbounded-preceding" && frame.end.kind === "current-row" && frame.exclude === "no-others";
  if (!whole || frame.unit === "groups") {
    const hint = "leave the frame out, or write ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW";
    throw bindError(`${name} sees all rows up to the current one, and no other frame`, (spec.frame ?? call).span, hint);
  }
  const overload = definition.overloads[bound.overload];
  if (overload.takesTime?.(bindContext(inner, bound)) !== true) return;
  const [{ expr, descending }] = orderBy;
  if (!isTime(expr.type)) throw bindError(`${name} needs a time to be ordered by, and this is ${typeName(expr.type)}`, expr.span);
  if (descending) throw bindError(`${name} goes forward in time, so it cannot be ordered by it DESC`, expr.span);
}

function bindContext(inner: ExpressionBinder, { args, argNames }: BoundWindow): BindContext {
  const { timeZone, nowMicros } = inner.environment.context;
  return {
    types: args.map((arg) => arg.type),
    constants: args.map((arg) => (arg.kind === "literal" ? arg.value : undefined)),
    names: argNames ?? args.map(() => undefined),
    timeZone,
    nowMicros,
  };
}
