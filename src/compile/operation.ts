import type { BindContext, CallFailures, FunctionDefinition, Implementation, ScalarOverload } from "../catalog/function-types.ts";
import { runtimeError, unsupported } from "../core/errors.ts";
import type { DataType } from "../core/types.ts";
import type { Value } from "../core/value.ts";
import { castImplementation } from "../functions/cast/index.ts";
import type { BoundCall, BoundExpr } from "../plan/expression.ts";
import { MAX_EXACT, registerClass } from "./registers.ts";
import type { CompileContext } from "./types.ts";

/** A call or cast as the generator sees it: what to run on which registers. */
export interface Operation {
  readonly impl: Implementation;
  /** For the wide variant, where 64-bit registers are bigints. */
  readonly wide: Implementation;
  readonly inline?: (registers: readonly string[]) => string;
  readonly handlesNulls: boolean;
  readonly mayReturnNull: boolean;
  /** A result may be out of its type's range (small integers), or of the exact range (64 bits, narrow variant). */
  readonly checkRange: boolean;
  readonly step?: (input: number) => { from: number; to: number; value: number };
  /** True when no value makes it throw. */
  readonly infallible: boolean;
  /** A call for a row that needs none does no harm. */
  readonly harmless?: "cheap" | "costly";
  /** Of a function of the user's own: tells its implementation from every other. */
  readonly identity?: string;
  /** Counts the calls that failed and gave NULL, where the function is declared so. */
  readonly failures?: CallFailures;
}

export type ConstantOf = (expr: BoundExpr) => { readonly value: Value } | undefined;

export function callOperation(
  call: BoundCall,
  definition: FunctionDefinition | undefined,
  context: CompileContext,
  constantOf: ConstantOf,
): Operation {
  if (definition?.kind !== "scalar") throw unsupported(`${call.name} is not a scalar function`, call.span);
  const overload: ScalarOverload | undefined = definition.overloads[call.overload];
  if (overload === undefined) throw new Error(`function ${call.name} has no overload ${call.overload}`);
  if (overload.columnar !== undefined) {
    const where = "where one value is computed by itself";
    throw unsupported(`${call.name}, a function of whole columns, ${where}`, call.span, "call it in a query over rows");
  }
  const bind: BindContext = {
    types: call.args.map((arg) => arg.type),
    constants: call.args.map((arg) => (arg.kind === "lambda" ? undefined : constantOf(arg)?.value)),
    names: call.argNames ?? call.args.map(() => undefined),
    timeZone: context.timeZone,
    nowMicros: context.nowMicros,
    models: context.models,
    uses: context.uses,
  };
  const made: ReturnType<NonNullable<ScalarOverload["specialise"]>> | ScalarOverload =
    overload.specialise === undefined ? overload : overload.specialise(bind);
  const impl = made.impl;
  if (impl === undefined) throw new Error(`function ${call.name} has no implementation`);
  return {
    impl,
    wide: wideForm(call.name, bind.types, call.type, impl, made.wide),
    inline: inlineForm(overload, bind),
    handlesNulls: overload.nulls === "handles",
    mayReturnNull: overload.mayReturnNull === true,
    checkRange: overload.checkRange ?? registerClass(call.type) === "int64",
    step: overload.stepRange?.(bind),
    infallible: false,
    harmless: overload.harmless,
    identity: definition.origin === undefined ? undefined : identityOf(impl),
    failures: "failures" in made ? made.failures : undefined,
  };
}

const identities = new WeakMap<Implementation, string>();
let identitiesGiven = 0;
function identityOf(impl: Implementation): string {
  let identity = identities.get(impl);
  if (identity === undefined) {
    identity = `user function ${++identitiesGiven}`;
    identities.set(impl, identity);
  }
  return identity;
}

/** The overload's text form, where these types and constants have one. */
function inlineForm({ inline }: ScalarOverload, bind: BindContext): Operation["inline"] {
  if (
    inline?.(
      bind.types.map((_, i) => `v${i}`),
      bind,
    ) === undefined
  )
    return undefined;
  return (registers) => inline(registers, bind) as string;
}

export function castOperation(expr: Extract<BoundExpr, { kind: "cast" }>, context: CompileContext): Operation {
  const from = expr.input.type;
  const cast = castImplementation(from, expr.type, { try: expr.try, timeZone: context.timeZone }, expr.span);
  const inline = cast.inline;
  return {
    impl: cast.impl,
    wide: cast.wide ?? cast.impl,
    inline: inline === undefined ? undefined : ([register]) => inline(register),
    handlesNulls: false,
    mayReturnNull: cast.mayReturnNull || from.kind === "null",
    checkRange: cast.checkRange,
    infallible: cast.infallible,
  };
}

/** The implementation on wide registers: its own, or the narrow one with exact numbers for bigints. */
function wideForm(
  name: string,
  types: readonly DataType[],
  returns: DataType,
  impl: Implementation,
  wide: Implementation | undefined,
): Implementation {
  const bigResult = registerClass(returns) === "int64";
  const places = types.flatMap((type, i) => (registerClass(type) === "int64" ? [i] : []));
  if (places.length === 0 && !bigResult) return impl;
  const toBig = (result: unknown) => {
    if (typeof result !== "number") return result;
    if (!Number.isSafeInteger(result)) throw runtimeError(`${name}: a result is beyond the 2^53 that it is exact to`);
    return BigInt(result);
  };
  if (wide !== undefined) return bigResult ? (...args) => toBig(wide(...args)) : wide;
  return (...args) => {
    for (const place of places) args[place] = exactNumber(name, args[place]);
    const result = impl(...args);
    return bigResult ? toBig(result) : result;
  };
}

function exactNumber(name: string, value: unknown): unknown {
  if (typeof value !== "bigint") return value;
  const number = Number(value);
  if (Math.abs(number) > MAX_EXACT) throw runtimeError(`${name} takes integers up to 2^53, not ${value}`);
  return number;
}
