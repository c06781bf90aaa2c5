import type { ScalarOverload } from "../../catalog/function-types.ts";
import { BIGINT } from "../../core/types.ts";
import type { Value } from "../../core/value.ts";

export const listLengthOverload: ScalarOverload = {
  args: ["list"],
  returns: BIGINT,
  checkRange: false,
  impl: (elements: readonly Value[]) => elements.length,
};
