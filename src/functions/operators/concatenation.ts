import type { BindContext, ScalarOverload } from "../../catalog/function-types.ts";
import { bindError } from "../../core/errors.ts";
import { BLOB, type DataType, typeName, VARCHAR } from "../../core/types.ts";
import type { Value } from "../../core/value.ts";

/** `||` of text, blobs and lists. NULL on either side gives NULL. */

const blobs: ScalarOverload = {
  args: ["blob", "blob"],
  returns: BLOB,
  impl: (a: Uint8Array, b: Uint8Array) => {
    const joined = new Uint8Array(a.length + b.length);
    joined.set(a);
    joined.set(b, a.length);
    return joined;
  },
};

const lists: ScalarOverload = {
  args: [{ listOf: "any" }, { sameAs: 0 }],
  returns: ({ types }) => types[0],
  impl: (a: readonly Value[], b: readonly Value[]) => [...a, ...b],
};

const texts: ScalarOverload = {
  args: ["varchar", "varchar"],
  returns: VARCHAR,
  impl: (a: string, b: string) => a + b,
  inline: ([a, b]) => `${a} + ${b}`,
};

/** Anything else is joined as text. */
const anything: ScalarOverload = {
  args: ["any", "any"],
  coerce: asText,
  returns: VARCHAR,
  impl: (a: string, b: string) => a + b,
};

function asText({ types }: BindContext): DataType[] {
  const isList = (type: DataType) => type.kind === "list";
  if (types.some(isList)) {
    throw bindError(`cannot concatenate types ${types.map(typeName).join(" and ")} - an explicit cast is required`);
  }
  return [VARCHAR, VARCHAR];
}

export const concatenationOverloads: readonly ScalarOverload[] = [texts, blobs, lists, anything];
