import type { FunctionDefinition } from "../catalog/function-types.ts";
import type { FunctionKind } from "../udf/module-source.ts";
import { callSignature, signatures } from "./signature.ts";
import { kindOf, originOf } from "./user-function.ts";

/** What a person wants to know of a function: plain data that crosses threads, without the function itself. */
export interface FunctionInfo {
  readonly kind: FunctionKind;
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
  /** `session`, or the name of its pack; undefined for a built-in one. */
  readonly origin?: string;
  /** False for a function of a pack that LOAD has still to load. */
  readonly isLoaded?: boolean;
  /** Names of the options that a table function takes as `name = value`. */
  readonly options: readonly string[];
}

export function functionInfo(definition: FunctionDefinition): FunctionInfo {
  const { name, aliases = [], family, doc } = definition;
  const { summary, example, result } = doc;
  const options = doc.params.map((param) => /^(\w+) = /.exec(param)?.[1]).filter((option) => option !== undefined);
  const call = callSignature(definition);
  const info = {
    kind: kindOf(definition),
    name,
    aliases,
    family,
    call,
    signatures: signatures(definition),
    summary,
    example,
    result,
    options,
  };
  return definition.origin === undefined ? info : { ...info, origin: originOf(definition) };
}

/** The function of a name as it is written: `f`, `pack.f`; a pack's function by its bare name where no other has that. */
export function findFunction(functions: readonly FunctionInfo[], name: string): FunctionInfo | undefined {
  const wanted = name.toLowerCase();
  const named = functions.find(
    (info) => info.name.toLowerCase() === wanted || info.aliases.some((alias) => alias.toLowerCase() === wanted),
  );
  return named ?? functions.find((info) => inPack(info)?.bare.toLowerCase() === wanted);
}

/** The pack of a function and its name there; undefined for those of no pack. */
export function inPack({ name, origin }: FunctionInfo): { readonly pack: string; readonly bare: string } | undefined {
  const point = name.lastIndexOf(".");
  return origin === undefined || point < 0 ? undefined : { pack: name.slice(0, point), bare: name.slice(point + 1) };
}
