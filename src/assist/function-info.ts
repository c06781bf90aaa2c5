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
  /** Names of the options that a table function takes as `name = value`. */
  readonly options: readonly string[];
}

export function functionInfo(definition: FunctionDefinition): FunctionInfo {
  const { kind, name, aliases = [], family, doc } = definition;
  const { summary, example, result } = doc;
  const options = doc.params.map((param) => /^(\w+) = /.exec(param)?.[1]).filter((option) => option !== undefined);
  const call = callSignature(definition);
  return { kind, name, aliases, family, call, signatures: signatures(definition), summary, example, result, options };
}

export function findFunction(functions: readonly FunctionInfo[], name: string): FunctionInfo | undefined {
  const wanted = name.toLowerCase();
  return functions.find((info) => info.name.toLowerCase() === wanted || info.aliases.some((alias) => alias.toLowerCase() === wanted));
}
