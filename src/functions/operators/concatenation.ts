import type { BindContext, ScalarOverload } from "../../catalog/function-types.ts";
import { commonType } from "../../core/common-type.ts";
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

const texts: ScalarOverload = {
  args: ["varchar", "varchar"],
  returns: VARCHAR,
  impl: (a: string, b: string) => a + b,
  inline: ([a, b]) => `${a} + ${b}`,
};

/** Lists are joined as lists of the type that holds the elements of both, anything else as text. */
const anything: ScalarOverload = {
  args: ["any", "any"],
  coerce: sideTypes,
  returns: ({ types }) => types[0],
  specialise: ({ types }) =>
    types[0].kind === "list"
      ? { impl: (a: readonly Value[], b: readonly Value[]) => [...a, ...b] }
      : { impl: (a: string, b: string) => a + b },
};

function sideTypes({ types }: BindContext): DataType[] {
  if (!types.some((type) => type.kind === "list")) return [VARCHAR, VARCHAR];
  const mixed = types.some((type) => type.kind !== "list" && type.kind !== "null");
  const type = mixed ? undefined : commonType(types[0], types[1]);
  if (type === undefined) {
    throw bindError(`cannot concatenate types ${types.map(typeName).join(" and ")} - an explicit cast is required`);
  }
  return [type, type];
}

export const concatenationOverloads: readonly ScalarOverload[] = [texts, blobs, anything];
