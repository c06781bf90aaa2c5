import type { FunctionDoc, TypePattern } from "../catalog/function-types.ts";
import type { Origin } from "../catalog/user-functions.ts";
import { typesEqual } from "../core/types.ts";
import type { Param, Signature } from "./module-source.ts";

/** What a module exports as a function. */
export type UserFunction = (...args: unknown[]) => unknown;

/** What definitions of all kinds of user functions have in common. */
export function definitionHead(signature: Signature, origin: Origin): { name: string; family: string; doc: FunctionDoc; origin: Origin } {
  return {
    name: origin.pack === undefined ? signature.name : `${origin.pack}.${signature.name}`,
    family: origin.pack ?? "yours",
    doc: {
      summary: signature.doc,
      params: signature.params.map((param) => param.name),
      example: signature.example ?? "",
      result: "",
    },
    origin,
  };
}

/** The argument patterns of a signature: casts bring arguments to exactly its types. */
export function argumentPatterns({ params, variadic }: Signature): { args: TypePattern[]; variadic?: TypePattern; optional?: number } {
  const fixed = variadic ? params.slice(0, -1) : params;
  const optional = fixed.filter((param) => param.optional).length;
  return {
    args: fixed.map((param) => ({ exactly: param.type })),
    ...(variadic && { variadic: { exactly: params[params.length - 1].type } }),
    ...(optional > 0 && { optional }),
  };
}

/** The parameter that argument `k` is for: one that takes any number, the last, takes what is left. */
export const paramAt = ({ params }: Signature, k: number): Param => params[Math.min(k, params.length - 1)];

/** The parameters of a call's arguments. */
export const parametersOf = (signature: Signature, count: number): readonly Param[] =>
  Array.from({ length: count }, (_, k) => paramAt(signature, k));

/** Whether calls bound to one signature can go on with another. */
export const sameTypes = (a: Signature, b: Signature): boolean =>
  a.kind === b.kind &&
  a.variadic === b.variadic &&
  a.returnsNull === b.returnsNull &&
  typesEqual(a.returns, b.returns) &&
  a.params.length === b.params.length &&
  a.params.every((param, i) => typesEqual(param.type, b.params[i].type) && param.takesNull === b.params[i].takesNull);
