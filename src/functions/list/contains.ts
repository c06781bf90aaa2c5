import type { BindContext, ScalarOverload } from "../../catalog/function-types.ts";
import { BOOLEAN } from "../../core/types.ts";
import type { Value } from "../../core/value.ts";
import { equalityOf } from "../equality.ts";
import { onValues } from "../value-form.ts";
import { elementType, listAndElement } from "./element-type.ts";

/** Whether a list has an element; NULL is looked for like a value where the overload handles it. */
export const listContainsOverload: ScalarOverload = {
  args: ["list", "any"],
  returns: BOOLEAN,
  coerce: listAndElement,
  specialise: ({ types }: BindContext) => {
    const equal = equalityOf(elementType(types[0]));
    return onValues(types, BOOLEAN, (elements: readonly Value[], wanted: Value) =>
      elements.some((element) => element !== null && equal(element, wanted)),
    );
  },
};
