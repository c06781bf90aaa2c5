import type { ScalarOverload } from "../../catalog/function-types.ts";
import { runtimeError } from "../../core/errors.ts";
import type { Value } from "../../core/value.ts";
import { typeOfArgument } from "../define.ts";
import { sameLists } from "./element-type.ts";

/** NULL lists count as empty. */
export const listConcatOverload: ScalarOverload = {
  args: ["list"],
  variadic: "list",
  returns: typeOfArgument(0),
  coerce: sameLists,
  nulls: "handles",
  impl: (...lists: (readonly Value[] | null)[]) => lists.flatMap((one) => one ?? []),
};

const MAX_ELEMENTS = 2 ** 27;

export const listRepeatOverload: ScalarOverload = {
  args: ["list", "bigint"],
  returns: typeOfArgument(0),
  impl: (elements: readonly Value[], count: number) => {
    if (elements.length * count > MAX_ELEMENTS)
      throw runtimeError(`repeat gives ${elements.length * count} elements, more than a list can hold`);
    return Array.from({ length: Math.max(0, count) }, () => elements).flat();
  },
};
