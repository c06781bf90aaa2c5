import type { BindContext, TypePattern } from "../../catalog/function-types.ts";
import {
  BIGINT,
  type DataType,
  DOUBLE,
  isInteger,
  isNumeric,
  isTemporal,
  list,
  type SimpleKind,
  TIMESTAMP,
  type TypeKind,
} from "../../core/types.ts";
import { implicitCastCost } from "./implicit-cast.ts";
import type { ArgType } from "./literal-types.ts";
import { decimalOfInteger, unify } from "./unify.ts";

/** What overload resolution needs of an overload; scalar, aggregate and window overloads all have it. */
export interface Signature {
  readonly args: readonly TypePattern[];
  readonly variadic?: TypePattern;
  readonly optional?: number;
  readonly returns: DataType | ((bind: BindContext) => DataType);
  readonly coerce?: (bind: BindContext) => readonly DataType[];
}

/** An argument of a call: its type, or a lambda that is bound once its list is known. */
export type CallArg = ArgType | { readonly lambda: number };

const isLambda = (arg: CallArg): arg is { readonly lambda: number } => "lambda" in arg;

export interface Resolution {
  readonly overload: number;
  /** Set where bare text could be read as several types, and nothing else decides. */
  readonly ambiguous: boolean;
  /** What each argument is cast to by the patterns alone, before the overload's own `coerce`. Undefined for lambdas. */
  readonly types: readonly (DataType | undefined)[];
}

/**
 * The overload whose argument casts cost least; the first listed wins a tie. Undefined when none takes the arguments.
 *
 * Arguments joined by `{ sameAs }` are unified, as are repeated classes of a variadic tail that is `{ sameAs }`.
 * A class ("numeric") takes its types as they are; NULL and bare text stand in as BIGINT, DOUBLE, TIMESTAMP or VARCHAR.
 */
export function resolveOverload(overloads: readonly Signature[], args: readonly CallArg[]): Resolution | undefined {
  let best: { overload: number; types: readonly (DataType | undefined)[]; cost: number; ambiguous: boolean } | undefined;
  for (const [overload, signature] of overloads.entries()) {
    const match = matchSignature(signature, args);
    if (match === undefined) continue;
    if (best === undefined || match.cost < best.cost) best = { overload, ...match, ambiguous: false };
    else if (match.cost === best.cost && readsTextOtherwise(args, best.types, match.types)) best = { ...best, ambiguous: true };
  }
  return best;
}

/** Whether two overloads of equal cost take the same bare text as different types. */
function readsTextOtherwise(args: readonly CallArg[], a: readonly (DataType | undefined)[], b: readonly (DataType | undefined)[]): boolean {
  return args.some((arg, i) => !isLambda(arg) && arg.literal === "string" && a[i]?.kind !== b[i]?.kind);
}

/** Pattern of the argument at a position, variadic tail included. */
export const patternAt = (signature: Signature, position: number): TypePattern | undefined =>
  position < signature.args.length ? signature.args[position] : signature.variadic;

function matchSignature(signature: Signature, args: readonly CallArg[]): { types: (DataType | undefined)[]; cost: number } | undefined {
  const required = signature.args.length - (signature.optional ?? 0);
  if (args.length < required) return undefined;
  if (args.length > signature.args.length && signature.variadic === undefined) return undefined;

  const groups = sameTypeGroups(signature, args.length);
  const types: (DataType | undefined)[] = [];
  let total = 0;
  for (const [position, arg] of args.entries()) {
    const pattern = patternAt(signature, groups[position]) as TypePattern;
    if (isLambda(arg)) {
      if (typeof pattern !== "object" || !("lambdaOver" in pattern) || arg.lambda > pattern.lambdaOver) return undefined;
      types.push(undefined);
      continue;
    }
    const unified = unifyGroup(groups, groups[position], args);
    if (unified === undefined) return undefined;
    const target = matchPattern(pattern, unified);
    if (target === undefined) return undefined;
    const cost = target.cost + (implicitCastCost(arg, target.type) ?? 0);
    types.push(target.type);
    total += cost;
  }
  return { types, cost: total };
}

/** For each argument the position of the first one whose type it shares. */
function sameTypeGroups(signature: Signature, count: number): number[] {
  const groups: number[] = [];
  for (let position = 0; position < count; position++) {
    const pattern = patternAt(signature, position);
    const same = typeof pattern === "object" && "sameAs" in pattern ? pattern.sameAs : position;
    groups.push(same < position ? groups[same] : position);
  }
  return groups;
}

/** The one type all arguments of a group take. */
function unifyGroup(groups: readonly number[], group: number, args: readonly CallArg[]): ArgType | undefined {
  let type: ArgType | undefined;
  for (const [position, arg] of args.entries()) {
    if (groups[position] !== group || isLambda(arg)) continue;
    type = type === undefined ? arg : unify(type, arg);
    if (type === undefined) return undefined;
  }
  return type;
}

type Match = { readonly type: DataType; readonly cost: number };

/** Classes cost what exact kinds do, so that the first listed wins; "any" comes behind both. */
const CLASS_COST = 0;
const ANY_COST = 5;

function matchPattern(pattern: TypePattern, arg: ArgType): Match | undefined {
  if (typeof pattern === "object") return matchStructured(pattern, arg);
  const own = arg.type.kind;
  switch (pattern) {
    case "any":
      return { type: arg.type, cost: ANY_COST };
    case "comparable":
      return own === "map" ? undefined : { type: arg.type, cost: ANY_COST };
    case "integral":
      if (own === "null") return { type: BIGINT, cost: CLASS_COST };
      if (arg.literal === "string") return { type: BIGINT, cost: 20 + CLASS_COST };
      return isInteger(arg.type) ? { type: arg.type, cost: CLASS_COST } : undefined;
    case "numeric":
      if (own === "null") return { type: BIGINT, cost: CLASS_COST };
      if (arg.literal === "string") return { type: DOUBLE, cost: 20 + CLASS_COST };
      return isNumeric(arg.type) ? { type: arg.type, cost: CLASS_COST } : undefined;
    case "temporal":
      if (own === "null" || arg.literal === "string") return { type: TIMESTAMP, cost: 20 + CLASS_COST };
      return isTemporal(arg.type) ? { type: arg.type, cost: CLASS_COST } : undefined;
    default:
      return matchKind(pattern, arg);
  }
}

function matchKind(kind: TypeKind, arg: ArgType): Match | undefined {
  if (arg.type.kind === kind && arg.literal === undefined) return { type: arg.type, cost: 0 };
  switch (kind) {
    case "list":
      return arg.type.kind === "null" ? { type: list(arg.type), cost: 0 } : undefined;
    case "struct":
    case "map":
    case "enum":
      return arg.type.kind === "null" ? { type: arg.type, cost: 0 } : undefined;
    case "decimal": {
      if (!isInteger(arg.type)) return undefined;
      const type: DataType = { kind: "decimal", ...decimalOfInteger(arg.type.kind) };
      return implicitCastCost(arg, type) === undefined ? undefined : { type, cost: 0 };
    }
    default: {
      const type: DataType = { kind: kind as SimpleKind };
      return implicitCastCost(arg, type) === undefined ? undefined : { type, cost: 0 };
    }
  }
}

function matchStructured(pattern: Exclude<TypePattern, string>, arg: ArgType): Match | undefined {
  if ("exactly" in pattern) return implicitCastCost(arg, pattern.exactly) === undefined ? undefined : { type: pattern.exactly, cost: 0 };
  if ("listOf" in pattern) {
    if (arg.type.kind === "null") return { type: list(arg.type), cost: 0 };
    if (arg.type.kind !== "list") return undefined;
    const element = matchPattern(pattern.listOf, { type: arg.type.element });
    return element === undefined ? undefined : { type: list(element.type), cost: element.cost };
  }
  return undefined;
}

/** Types the arguments are cast to: what `coerce` says, and what the patterns gave where it says nothing. */
export function coercedTypes(signature: Signature, bind: BindContext): readonly DataType[] {
  const coerced = signature.coerce?.(bind);
  return coerced === undefined ? bind.types : bind.types.map((type, i) => coerced[i] ?? type);
}

export function returnType(signature: Signature, bind: BindContext): DataType {
  return typeof signature.returns === "function" ? signature.returns(bind) : signature.returns;
}

/** A pattern as a signature shows it. */
export function patternName(pattern: TypePattern, signature: Signature): string {
  if (typeof pattern === "string") {
    switch (pattern) {
      case "any":
      case "comparable":
      case "integral":
      case "numeric":
      case "temporal":
        return `any ${pattern}`.replace("any any", "any").replace("any comparable", "any");
      default:
        return pattern === "timestamptz" ? "TIMESTAMP WITH TIME ZONE" : pattern.toUpperCase();
    }
  }
  if ("listOf" in pattern) return `${patternName(pattern.listOf, signature)}[]`;
  if ("sameAs" in pattern) return patternName(signature.args[pattern.sameAs], signature);
  if ("exactly" in pattern) return patternName(pattern.exactly.kind, signature);
  return "lambda";
}
