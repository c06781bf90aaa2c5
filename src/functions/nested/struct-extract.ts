import type { BindContext, ScalarOverload } from "../../catalog/function-types.ts";
import { bindError, nearestName } from "../../core/errors.ts";
import { type DataType, NULL_TYPE, type StructField } from "../../core/types.ts";
import type { Value } from "../../core/value.ts";
import { onValues } from "../value-form.ts";

export const fieldsOf = (type: DataType): readonly StructField[] => (type.kind === "struct" ? type.fields : []);

const isUnnamed = (type: DataType) => fieldsOf(type).every((field) => field.name === "");

function placeByName({ types: [type], constants: [, key] }: BindContext): number {
  if (typeof key !== "string") throw bindError("the name of a struct's field must be a constant");
  const fields = fieldsOf(type);
  const place = fields.findIndex((field) => field.name.toLowerCase() === key.toLowerCase());
  if (place === -1) {
    const nearest = nearestName(
      key,
      fields.map((field) => field.name),
    );
    const names = fields.map((field) => field.name).join(", ");
    throw bindError(`the struct has no field '${key}'`, undefined, nearest === undefined ? `it has ${names}` : `did you mean ${nearest}?`);
  }
  return place;
}

function placeByNumber({ types: [type], constants: [, key] }: BindContext): number {
  if (typeof key !== "bigint" && typeof key !== "number") throw bindError("the position of a struct's field must be a constant");
  const count = fieldsOf(type).length;
  if (key < 1 || key > count) throw bindError(`the struct has fields 1 to ${count}, and no field ${key}`);
  return Number(key) - 1;
}

const extract = (args: ScalarOverload["args"], place: (bind: BindContext) => number): ScalarOverload => ({
  args,
  returns: (bind) => (bind.types[0].kind === "null" ? NULL_TYPE : fieldsOf(bind.types[0])[place(bind)].type),
  mayReturnNull: true,
  specialise: (bind) => {
    const index = place(bind);
    return onValues([], fieldsOf(bind.types[0])[index].type, (values: readonly Value[]) => values[index]);
  },
});

/** By position, in structs of any kind. */
export const structExtractAt = extract(["struct", "bigint"], placeByNumber);

export const structExtractOverloads: readonly ScalarOverload[] = [
  extract(["struct", "varchar"], placeByName),
  extract(["struct", "bigint"], (bind) => {
    if (!isUnnamed(bind.types[0]))
      throw bindError("a struct with named fields is read by name", undefined, "struct_extract_at reads by position");
    return placeByNumber(bind);
  }),
];
