import type { FunctionDefinition } from "../catalog/function-types.ts";
import { callSignature, signatures } from "./signature.ts";

/** What a person wants to know of a function: plain data that crosses threads, without the function itself. */
export interface FunctionInfo {
  readonly kind: FunctionDefinition["kind"];
  readonly name: string;
  readonly aliases: readonly string[];
  readonly family: string;
  /** `round(x, digits)`. */
  readonly call: string;
  /** One for each overload: `round(x DOUBLE, digits INTEGER) → DOUBLE`. */
  readonly signatures: readonly string[];
  readonly summary: string;
  readonly example: string;
  readonly result: string;
}

export function functionInfo(definition: FunctionDefinition): FunctionInfo {
  const { kind, name, aliases = [], family, doc } = definition;
  const { summary, example, result } = doc;
  return { kind, name, aliases, family, call: callSignature(definition), signatures: signatures(definition), summary, example, result };
}

export function findFunction(functions: readonly FunctionInfo[], name: string): FunctionInfo | undefined {
  const wanted = name.toLowerCase();
  return functions.find((info) => info.name.toLowerCase() === wanted || info.aliases.some((alias) => alias.toLowerCase() === wanted));
}
