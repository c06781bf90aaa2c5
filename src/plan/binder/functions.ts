import type {
  AggregateFunction,
  BindContext,
  FunctionDefinition,
  ScalarFunction,
  TypePattern,
  WindowFunction,
} from "../../catalog/function-types.ts";
import { getFunction } from "../../catalog/functions.ts";
import { bindError, type Span } from "../../core/errors.ts";
import { BIGINT, type DataType, typeName, VARCHAR } from "../../core/types.ts";
import type { Value } from "../../core/value.ts";
import type { Lambda } from "../../sql/ast.ts";
import type { BoundExpr } from "../expression.ts";
import { isFoldable } from "../expression-tree.ts";
import { castTo } from "../types/cast.ts";
import { argTypeOf } from "../types/literal-types.ts";
import { type CallArg, coercedTypes, patternAt, patternName, resolveOverload, returnType, type Signature } from "../types/overloads.ts";
import type { Environment } from "./environment.ts";
import type { ExpressionBinder } from "./expression-binder.ts";

/** An argument as a call has it: bound, or a lambda that waits for its list's element type. */
export type Argument = BoundExpr | Lambda;

const isLambda = (argument: Argument): argument is Lambda =>
  argument.kind === "lambda" && "params" in argument && "name" in (argument.params[0] ?? {});

/** An overload chosen for a call, its arguments cast to what it takes. */
export interface ResolvedCall {
  readonly overload: number;
  readonly args: readonly BoundExpr[];
  readonly type: DataType;
}

/** Binds a call of a scalar function. */
export function bindScalarFunction(
  binder: ExpressionBinder,
  name: string,
  args: readonly Argument[],
  span: Span,
  names: readonly (string | undefined)[] = [],
): BoundExpr {
  const definition = getFunction(binder.environment.context.functions, name, span);
  if (definition.kind !== "scalar") throw wrongKind(definition, span);
  const resolved = resolveCall(binder, definition, args, span, names);
  const argNames = names.some((argName) => argName !== undefined) ? { argNames: names } : {};
  return { kind: "call", type: resolved.type, name: definition.name, overload: resolved.overload, args: resolved.args, ...argNames, span };
}

function wrongKind(definition: FunctionDefinition, span: Span): Error {
  switch (definition.kind) {
    case "table":
      return bindError(`${definition.name} gives a table`, span, `use it in FROM: SELECT * FROM ${definition.name}(…)`);
    case "window":
      return bindError(`${definition.name} is a window function`, span, `write ${definition.name}(…) OVER (…)`);
    default:
      return bindError(`${definition.name} is an aggregate function`, span);
  }
}

/** Whether a function takes lambdas: only then is `x -> …` one. */
export function takesLambda(definition: FunctionDefinition): boolean {
  if (definition.kind === "table") return false;
  return definition.overloads.some((overload) => overload.args.some((pattern) => typeof pattern === "object" && "lambdaOver" in pattern));
}

/** Chooses the overload and casts the arguments; the error lists the signatures there are. `options` come behind the arguments as they are. */
export function resolveCall(
  binder: ExpressionBinder,
  definition: ScalarFunction | AggregateFunction | WindowFunction,
  args: readonly Argument[],
  span: Span,
  names: readonly (string | undefined)[] = [],
  options: readonly BoundExpr[] = [],
): ResolvedCall {
  const { environment } = binder;
  const overloads: readonly Signature[] = definition.overloads;
  const shapes: CallArg[] = args.map((arg) => (isLambda(arg) ? { lambda: arg.params.length } : argTypeOf(arg)));
  const resolution = resolveOverload(overloads, shapes);
  if (resolution === undefined) throw noOverload(definition, args, span);
  if (resolution.ambiguous) throw ambiguous(definition, args, span);
  const signature = overloads[resolution.overload];

  const own = args.map((arg, i) => (isLambda(arg) ? bindLambda(binder, arg, args, patternAt(signature, i)) : arg));
  const bound = [...own, ...options];
  const types = bound.map((expr, i) => resolution.types[i] ?? expr.type);
  const { timeZone, nowMicros, models } = environment.context;
  const first: BindContext = { types, constants: constantsOf(environment, bound), names, timeZone, nowMicros, models };
  const target = coercedTypes(signature, first);
  const cast = bound.map((expr, i) => (expr.kind === "lambda" ? castLambda(expr, target[i]) : castTo(expr, target[i])));
  const second: BindContext = { ...first, types: target, constants: constantsOf(environment, cast) };
  return { overload: resolution.overload, args: cast, type: atPlace(span, () => returnType(signature, second)) };
}

/** Errors that a function throws when it is bound (a wrong unit, a wrong format) get the call's place. */
function atPlace<T>(span: Span, f: () => T): T {
  try {
    return f();
  } catch (error) {
    if (error instanceof Error && "span" in error && error.span === undefined) error.span = span;
    throw error;
  }
}

const castLambda = (lambda: Extract<BoundExpr, { kind: "lambda" }>, type: DataType): BoundExpr =>
  lambda.body.type === type ? lambda : { ...lambda, type, body: castTo(lambda.body, type) };

/** Values of the arguments that are known now; what is not, or cannot be computed, is undefined. */
function constantsOf(environment: Environment, args: readonly BoundExpr[]): (Value | undefined)[] {
  return args.map((arg) => {
    if (arg.kind === "literal") return arg.value;
    if (arg.kind === "lambda" || !isFoldable(arg, environment.context.functions)) return undefined;
    try {
      return environment.context.evaluateConstant(arg);
    } catch {
      // The same error comes, with its place, when the argument is evaluated.
      return undefined;
    }
  });
}

/** Parameters of a lambda: the list's element, and its position; of three (list_reduce) the first is what was reduced so far. */
function bindLambda(binder: ExpressionBinder, lambda: Lambda, args: readonly Argument[], pattern: TypePattern | undefined): BoundExpr {
  const source = args.find((arg): arg is BoundExpr => !isLambda(arg) && arg.type.kind === "list");
  const element: DataType = source?.type.kind === "list" ? source.type.element : VARCHAR;
  const most = typeof pattern === "object" && "lambdaOver" in pattern ? pattern.lambdaOver : 1;
  const all: DataType[] = most >= 3 ? [element, element, BIGINT] : [element, BIGINT];
  const names = lambda.params.map((param) => param.name);
  const params = all.slice(0, names.length);
  const body = binder.inLambda({ names, types: params, outer: binder.lambdas }).bind(lambda.body);
  return { kind: "lambda", type: body.type, params, body, span: lambda.span };
}

function noOverload(definition: ScalarFunction | AggregateFunction | WindowFunction, args: readonly Argument[], span: Span): Error {
  const given = args.map((arg) => (isLambda(arg) ? "lambda" : describeArgument(arg))).join(", ");
  const signatures = [...new Set(definition.overloads.map((overload) => signatureText(definition, overload)))];
  const shown = signatures.length > 8 ? [...signatures.slice(0, 8), `and ${signatures.length - 8} more`] : signatures;
  return bindError(
    `no function matches ${definition.name}(${given})`,
    span,
    `there ${signatures.length === 1 ? "is" : "are"} ${shown.join("; ")}`,
  );
}

function ambiguous(definition: ScalarFunction | AggregateFunction | WindowFunction, args: readonly Argument[], span: Span): Error {
  const given = args.map((arg) => (isLambda(arg) ? "lambda" : describeArgument(arg))).join(", ");
  const text = args.find((arg) => arg.kind === "literal" && arg.type.kind === "varchar");
  return bindError(
    `${definition.name}(${given}) can be read in several ways`,
    text?.span ?? span,
    "say what the text is: CAST('…' AS type)",
  );
}

const describeArgument = (arg: BoundExpr): string => (arg.type.kind === "null" ? "NULL" : typeName(arg.type));

/** `round(x DECIMAL, digits INTEGER)`, optional parameters in brackets. */
function signatureText(definition: ScalarFunction | AggregateFunction | WindowFunction, signature: Signature): string {
  const { params } = definition.doc;
  const required = signature.args.length - (signature.optional ?? 0);
  const parts = signature.args.map((pattern, i) => {
    const text = [params[i], patternName(pattern, signature)].filter((part) => part !== undefined).join(" ");
    return i < required ? text : `[${text}]`;
  });
  if (signature.variadic !== undefined) parts.push(`${patternName(signature.variadic, signature)}…`);
  return `${definition.name}(${parts.join(", ")})`;
}
