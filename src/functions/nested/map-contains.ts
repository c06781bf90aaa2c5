import type { BindContext, ScalarOverload } from "../../catalog/function-types.ts";
import { commonType } from "../../core/common-type.ts";
import { bindError } from "../../core/errors.ts";
import { BOOLEAN, type DataType, map, NULL_TYPE, typeName } from "../../core/types.ts";
import type { Value } from "../../core/value.ts";
import { equalityOf } from "../equality.ts";
import { onValues } from "../value-form.ts";

export const keyType = (type: DataType): DataType => (type.kind === "map" ? type.key : NULL_TYPE);
export const valueType = (type: DataType): DataType => (type.kind === "map" ? type.value : NULL_TYPE);

/** Casts a map and a key that is looked for in it to one key type. */
export function mapAndKey({ types: [mapType, key] }: BindContext): readonly DataType[] {
  const common = commonType(keyType(mapType), key);
  if (common === undefined)
    throw bindError(`a map with keys of ${typeName(keyType(mapType))} has no key of ${typeName(key)}`, undefined, "cast it");
  return [map(common, valueType(mapType)), common];
}

export type Entries = readonly (readonly [Value, Value])[];

export const mapContainsOverload: ScalarOverload = {
  args: ["map", "any"],
  returns: BOOLEAN,
  coerce: mapAndKey,
  specialise: ({ types }) => {
    const equal = equalityOf(keyType(types[0]));
    return onValues(types, BOOLEAN, (entries: Entries, key: Value) => entries.some(([candidate]) => equal(candidate, key)));
  },
};
