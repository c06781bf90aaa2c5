import type { AggregateFunction, FunctionDefinition } from "../../catalog/function-types.ts";
import { findFunction, getFunction } from "../../catalog/functions.ts";
import { bindError, nearestName, unsupported, WeirError } from "../../core/errors.ts";
import { BIGINT, BOOLEAN, typeName } from "../../core/types.ts";
import type { Call, Expr, QualifiedName } from "../../sql/ast.ts";
import type { BoundAggregate, BoundExpr } from "../expression.ts";
import { expressionKey } from "../expression-tree.ts";
import { bindAggregateParts, bindArguments, ORDERED_SET } from "./aggregate-parts.ts";
import { AGGREGATE_ARGUMENT } from "./clause.ts";
import { isSchemaName } from "./columns.ts";
import type { ExpressionBinder } from "./expression-binder.ts";
import { bindScalarFunction } from "./functions.ts";
import { literal, nullLiteral } from "./literals.ts";
import { MODEL_FAMILY, modelTable } from "./ml-names.ts";
import { bindModelCall } from "./ml-scalar.ts";
import { inOrder, takesNames } from "./named-arguments.ts";
import { compare } from "./operators.ts";
import { makeReference, refersTo } from "./references.ts";
import { stateAccessor } from "./state-accessor.ts";
import { bindWindow } from "./windows.ts";

/** Binds a call: the forms that are no functions (COALESCE, IF, UNNEST), then scalar functions, aggregates and windows. */
export function bindCall(binder: ExpressionBinder, call: Call, written = call.name): BoundExpr {
  const packed = packFunction(binder, call);
  const table = packed === undefined ? modelTable(call.name) : undefined;
  if (table !== undefined) throw bindError(`${table} gives a table`, call.span, MODEL_TABLE_HINTS[table]);
  const method = packed === undefined ? methodCall(call) : undefined;
  if (method !== undefined) {
    try {
      return bindCall(binder, method, written);
    } catch (error) {
      throw mistakenPack(binder, call, error) ?? error;
    }
  }
  const name = packed ?? call.name[call.name.length - 1].name;
  if (call.over === undefined && packed === undefined) {
    const special = bindSpecial(binder, name.toLowerCase(), call);
    if (special !== undefined) return special;
  }
  const definition = calledFunction(binder, functionName(binder, name, call), call, written);
  return bindCallOf(binder, takesNames(definition) ? inOrder(call, definition) : call, definition);
}

const MODEL_TABLE_HINTS: Readonly<Record<string, string>> = {
  ml_predict: "write FROM ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(a, b)), or predict_all('m', a, b)",
  ml_evaluate: "write FROM ML_EVALUATE(TABLE t, MODEL m, DESCRIPTOR(label), DESCRIPTOR(a, b))",
};

function bindCallOf(binder: ExpressionBinder, call: Call, definition: FunctionDefinition): BoundExpr {
  if (call.over !== undefined) {
    if (definition.kind === "scalar" || definition.kind === "table") {
      throw bindError(`${definition.name} is not a window or aggregate function, so it cannot have OVER`, call.span);
    }
    return bindWindow(binder, call, definition);
  }
  if (definition.kind === "aggregate") {
    const accessor = stateAccessor(binder, call, definition);
    return accessor === undefined ? bindAggregate(binder, call, definition) : bindCallOf(binder, call, accessor);
  }
  refuseAggregateSyntax(call, definition.name);
  if (definition.kind === "scalar" && definition.family === MODEL_FAMILY) return bindModelCall(binder, definition, call);
  const named = call.args.find((arg) => arg.name !== undefined)?.name;
  if (named !== undefined && !definition.name.startsWith("struct_")) {
    throw bindError(`${definition.name} has no argument named "${named.name}"`, named.span);
  }
  const names = definition.name === "struct_pack" ? fieldNames(call) : call.args.map((arg) => arg.name?.name);
  return bindScalarFunction(binder, definition.name, bindArguments(binder, call, definition), call.span, names);
}

/** `struct_pack(a, b := 1)`: a column alone gives its own name. */
function fieldNames(call: Call): string[] {
  return call.args.map(({ name, value, span }) => {
    if (name !== undefined) return name.name;
    if (value.kind === "column") return value.parts[value.parts.length - 1].name;
    throw bindError("struct_pack needs a name for each value", span, "struct_pack(name := value)");
  });
}

/** The name of a pack's function, where the call names one: `finance.rsi(price)`. */
function packFunction(binder: ExpressionBinder, { name }: Call): string | undefined {
  if (name.length !== 2) return undefined;
  const definition = binder.environment.context.functions.lookup(name.map((part) => part.name).join("."));
  return definition?.origin?.pack === undefined ? undefined : definition.name;
}

/** Where what stands before a method is no column: a pack of that name that is not loaded, or the nearest pack that has the function, is what was meant. */
function mistakenPack(binder: ExpressionBinder, { name }: Call, error: unknown): Error | undefined {
  if (name.length !== 2 || !(error instanceof WeirError) || error.phase !== "bind") return undefined;
  const [pack, method] = name;
  if (error.span?.start !== pack.span.start || error.span.end !== pack.span.end) return undefined;
  const { functions } = binder.environment.context;
  const whole = `${pack.name}.${method.name}`;
  const suffix = `.${method.name.toLowerCase()}`;
  const packed = functions.userDefined().filter((one) => one.origin?.pack !== undefined && one.name.toLowerCase().endsWith(suffix));
  const packs = packed.map((one) => one.origin?.pack ?? "");
  const near = nearestName(pack.name, packs);
  const hint = functions.elsewhere(whole) ?? (near === undefined ? undefined : `did you mean "${packed[packs.indexOf(near)].name}"?`);
  if (hint === undefined) return undefined;
  return bindError(`function "${whole}" does not exist`, { start: pack.span.start, end: method.span.end }, hint);
}

/** The function of a name. Of `nothing.f(1)` where there is no f, whole as it is written: a pack's may be meant as well. */
function calledFunction(binder: ExpressionBinder, name: string, call: Call, written: QualifiedName): FunctionDefinition {
  const { functions } = binder.environment.context;
  const { span } = call.name[call.name.length - 1];
  if (written === call.name || findFunction(functions, name, span) !== undefined) return getFunction(functions, name, span);
  const whole = written.map((part) => part.name).join(".");
  return getFunction(functions, whole, { start: written[0].span.start, end: span.end });
}

/** `col.upper()` is `upper(col)`; `main.upper(col)` is a function in a schema. */
function methodCall(call: Call): Call | undefined {
  if (call.name.length < 2) return undefined;
  const owner = call.name.slice(0, -1);
  if (owner.length === 1 && (isSchemaName(owner[0].name) || ["system", "pg_catalog"].includes(owner[0].name.toLowerCase())))
    return undefined;
  const span = { start: owner[0].span.start, end: owner[owner.length - 1].span.end };
  const self: Expr = { kind: "column", parts: owner, span };
  return { ...call, name: call.name.slice(-1), args: [{ kind: "arg", value: self, span }, ...call.args] };
}

/** The function a call means: count(*) and count() are count_star, `percentile_cont(…) WITHIN GROUP` is quantile_cont. */
function functionName(binder: ExpressionBinder, written: string, call: Call): string {
  const name = written.toLowerCase();
  if (call.withinGroup.length > 0) return ORDERED_SET[name] ?? written;
  if (name !== "count") return written;
  const all = call.args.length === 0 || (call.args.length === 1 && isBareStar(call.args[0].value as Expr));
  return all && binder.environment.context.functions.lookup("count_star") !== undefined ? "count_star" : written;
}

const isBareStar = (expr: Expr): boolean => expr.kind === "star" && expr.exclude.length === 0 && expr.replace.length === 0;

function refuseAggregateSyntax(call: Call, name: string): void {
  if (call.distinct) throw bindError(`DISTINCT is for aggregate functions, and ${name} is none`, call.span);
  if (call.filter !== undefined) throw bindError(`FILTER is for aggregate functions, and ${name} is none`, call.filter.span);
  if (call.orderBy.length > 0 || call.withinGroup.length > 0)
    throw bindError(`ORDER BY is for aggregate functions, and ${name} is none`, call.span);
  if (call.nulls !== undefined)
    throw bindError(`${call.nulls.toUpperCase()} NULLS is for window functions, and ${name} is none`, call.span);
}

function bindSpecial(binder: ExpressionBinder, name: string, call: Call): BoundExpr | undefined {
  const { span } = call;
  const args = () => {
    refuseAggregateSyntax(call, name);
    return bindArguments(binder, call).map((arg) => {
      if (arg.kind === "lambda") throw bindError(`${name} takes no lambda`, arg.span);
      return arg as BoundExpr;
    });
  };
  const exactly = (count: number) => {
    if (call.args.length !== count) throw bindError(`${name} takes ${count} arguments, not ${call.args.length}`, span);
    return args();
  };
  switch (name) {
    case "coalesce":
    case "ifnull": {
      const all = name === "ifnull" ? exactly(2) : args();
      if (all.length === 0) throw bindError("coalesce takes at least one argument", span);
      const unified = binder.unifyAll(all, "coalesce");
      return unified.length === 1 ? unified[0] : { kind: "coalesce", type: unified[0].type, args: unified, span };
    }
    case "nullif": {
      const [value, nothing] = exactly(2);
      return binder.caseOf([compare("=", value, nothing, span)], [nullLiteral(span)], value, span);
    }
    case "if": {
      if (call.args.length === 2) {
        const [condition, value] = exactly(2);
        return binder.caseOf([binder.toBoolean(condition)], [value], nullLiteral(span), span);
      }
      const [condition, value, otherwise] = exactly(3);
      return binder.caseOf([binder.toBoolean(condition)], [value], otherwise, span);
    }
    case "unnest":
    case "unlist":
      return bindUnnest(binder, call, args());
    case "grouping":
    case "grouping_id":
      return bindGrouping(binder, call, args());
    default:
      return undefined;
  }
}

/** `GROUPING(a, b)`: a bit for each, set where the key was left out of the row's grouping set; the last one is the lowest. */
function bindGrouping(binder: ExpressionBinder, call: Call, args: readonly BoundExpr[]): BoundExpr {
  const { clause, select } = binder;
  const { span } = call;
  if (!clause.aggregates || clause.beforeGrouping) throw bindError(`GROUPING is not allowed in ${clause.name}`, span);
  if (select.groupKeys === undefined) throw unsupported("GROUPING with GROUP BY ALL", span, "name the keys in GROUP BY");
  const { groupKeys } = select;
  const bits = args.map((arg, i): BoundExpr => {
    const key = groupKeys.indexOf(expressionKey(arg));
    if (key === -1) throw bindError("GROUPING asks about an expression that is not in GROUP BY", arg.span);
    let at = select.groupings.indexOf(key);
    if (at === -1) at = select.groupings.push(key) - 1;
    const input = makeReference("grouping", at, BOOLEAN, "grouping", span);
    const left: BoundExpr = { kind: "is-null", type: BOOLEAN, input, negated: false, span };
    const bit = literal(BIGINT, 2n ** BigInt(args.length - 1 - i), span);
    return binder.caseOf([left], [bit], literal(BIGINT, 0n, span), span);
  });
  if (bits.length === 0) throw bindError("GROUPING takes at least one expression of GROUP BY", span);
  return bits.reduce((sum, bit) => binder.call("+", [sum, bit], span));
}

function bindUnnest(binder: ExpressionBinder, call: Call, args: readonly BoundExpr[]): BoundExpr {
  const { span } = call;
  if (!binder.clause.unnest || binder.lambdas !== undefined)
    throw bindError(`unnest is not allowed in ${binder.clause.name}`, span, "use it in the select list or in FROM");
  if (call.args.some((arg) => arg.name !== undefined)) throw unsupported("options of unnest", span);
  if (args.length !== 1) throw unsupported(`unnest of ${args.length} arguments`, span, "unnest each of them");
  const [input] = args;
  if (refersTo(input, "unnest")) throw bindError("unnest cannot be nested", span, "unnest in a subquery first");
  const { type } = input;
  if (type.kind !== "list" && type.kind !== "null") throw bindError(`unnest takes a list, not ${typeName(type)}`, input.span);
  const element = type.kind === "list" ? type.element : type;
  const { unnests } = binder.select;
  const key = expressionKey(input);
  let index = unnests.findIndex((other) => expressionKey(other) === key);
  if (index === -1) index = unnests.push(input) - 1;
  return makeReference("unnest", index, element, "unnest", span);
}

function bindAggregate(binder: ExpressionBinder, call: Call, definition: AggregateFunction): BoundExpr {
  const { clause, select } = binder;
  const { span } = call;
  if (clause.name === AGGREGATE_ARGUMENT.name)
    throw bindError("aggregate functions cannot be nested", span, "aggregate in a subquery first");
  if (!clause.aggregates) {
    const hint = clause.name === "WHERE" ? "use HAVING to filter groups" : undefined;
    throw bindError(`aggregate function ${definition.name} is not allowed in ${clause.name}`, span, hint);
  }
  if (binder.lambdas !== undefined) throw bindError("aggregate functions are not allowed in a lambda", span);
  if (call.nulls !== undefined) throw unsupported(`${call.nulls.toUpperCase()} NULLS without OVER`, span);
  const bound = bindAggregateParts(binder.in(AGGREGATE_ARGUMENT), call, definition);
  const key = aggregateKey(bound);
  let index = select.aggregates.findIndex((other) => aggregateKey(other) === key);
  if (index === -1) index = select.aggregates.push(bound) - 1;
  return makeReference("aggregate", index, bound.type, definition.name, span);
}

const aggregateKey = (aggregate: BoundAggregate): string =>
  [
    aggregate.name,
    aggregate.overload,
    aggregate.distinct,
    aggregate.filter === undefined ? "" : expressionKey(aggregate.filter),
    ...aggregate.args.map(expressionKey),
    ...aggregate.orderBy.map((key) => `${expressionKey(key.expr)} ${key.descending} ${key.nullsFirst}`),
  ].join("\u0000");
