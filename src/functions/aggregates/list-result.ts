import { type DataType, list } from "../../core/types.ts";
import type { ListVector, Vector } from "../../core/vector.ts";
import { ValidityBuilder } from "./finish.ts";

/** Lists of the given lengths (null: a NULL list), whose elements stand one after another in `child`. */
export function listOf(element: DataType, lengths: readonly (number | null)[], child: Vector): ListVector {
  const offsets = new Int32Array(lengths.length + 1);
  const validity = new ValidityBuilder(lengths.length);
  for (let i = 0; i < lengths.length; i++) {
    const length = lengths[i];
    if (length === null) validity.setNull(i);
    offsets[i + 1] = offsets[i] + (length ?? 0);
  }
  return { layout: "list", type: list(element), length: lengths.length, validity: validity.mask, offsets, child };
}
