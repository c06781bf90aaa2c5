import type { BindContext, ScalarOverload } from "../../catalog/function-types.ts";
import { commonType } from "../../core/common-type.ts";
import { bindError, runtimeError } from "../../core/errors.ts";
import { BOOLEAN, type DataType, list, map, NULL_TYPE, struct, typeName, UBIGINT } from "../../core/types.ts";
import type { Value } from "../../core/value.ts";
import { doc, type ScalarEntry } from "../define.ts";
import { equalityOf, keyOf } from "../equality.ts";
import { elementType } from "../list/element-type.ts";
import { onValues } from "../value-form.ts";
import { type Entries, keyType, mapAndKey, mapContainsOverload, valueType } from "./map-contains.ts";

/** Refuses NULL keys and keys that are there twice. */
function checkKeys(keys: readonly Value[], key: (value: Value) => unknown): void {
  const seen = new Set<unknown>();
  for (const value of keys) {
    if (value === null) throw runtimeError("a key of a map must not be NULL");
    seen.add(key(value));
  }
  if (seen.size !== keys.length) throw runtimeError("the keys of a map must be unique");
}

const makeMap: ScalarOverload = {
  args: ["list", "list"],
  returns: ({ types: [keys, values] }) => map(elementType(keys), elementType(values)),
  specialise: ({ types: [keysType] }) => {
    const key = keyOf(elementType(keysType));
    return {
      impl: (keys: readonly Value[], values: readonly Value[]) => {
        if (keys.length !== values.length)
          throw runtimeError(`a map needs a value for each key, and got ${keys.length} keys and ${values.length} values`);
        checkKeys(keys, key);
        return keys.map((one, i) => [one, values[i]]);
      },
    };
  },
};

const entryTypes = (type: DataType): readonly [DataType, DataType] => {
  const entry = elementType(type);
  if (entry.kind === "null") return [NULL_TYPE, NULL_TYPE];
  if (entry.kind !== "struct" || entry.fields.length !== 2)
    throw bindError(`map_from_entries takes a list of structs with two fields, not ${typeName(type)}`);
  return [entry.fields[0].type, entry.fields[1].type];
};

/** The first value of a key; `absent` for a key that is not there. */
const lookup = (returns: (value: DataType) => DataType, found: (value: Value) => Value, absent: Value): ScalarOverload => ({
  args: ["map", "any"],
  returns: ({ types }) => returns(valueType(types[0])),
  coerce: mapAndKey,
  nulls: "handles",
  mayReturnNull: true,
  specialise: ({ types }) => {
    const equal = equalityOf(keyType(types[0]));
    return onValues(types, returns(valueType(types[0])), (entries: Entries | null, key: Value) => {
      if (entries === null) return null;
      const entry = key === null ? undefined : entries.find(([candidate]) => equal(candidate, key));
      return entry === undefined ? absent : found(entry[1]);
    });
  },
});

const extractList = lookup(list, (value) => [value], []);

const MAP_ONLY = ["map"] as const;

/** Casts maps to one type. */
function sameMaps({ types }: BindContext): readonly DataType[] {
  let type: DataType = NULL_TYPE;
  for (const next of types) {
    const common = commonType(type, next);
    if (common === undefined) throw bindError(`${typeName(type)} and ${typeName(next)} do not go together`, undefined, "cast one of them");
    type = common;
  }
  return types.map(() => type);
}

const entryStruct = (type: DataType) =>
  struct([
    { name: "key", type: keyType(type) },
    { name: "value", type: valueType(type) },
  ]);

export const mapEntries: readonly ScalarEntry[] = [
  {
    name: "map",
    doc: doc(
      "A map from a list of keys and a list of values.",
      ["keys", "values"],
      "map(['key1', 'key2'], ['val1', 'val2'])",
      "{key1=val1, key2=val2}",
    ),
    overloads: [{ args: [], returns: map(NULL_TYPE, NULL_TYPE), impl: () => [] }, makeMap],
  },
  {
    name: "map_from_entries",
    doc: doc(
      "A map from a list of (key, value) structs.",
      ["entries"],
      "map_from_entries([{'k': 5, 'v': 'val1'}, {'k': 3, 'v': 'val2'}])",
      "{5=val1, 3=val2}",
    ),
    overloads: [
      {
        args: ["list"],
        returns: ({ types }) => map(...entryTypes(types[0])),
        specialise: ({ types }) => {
          const key = keyOf(entryTypes(types[0])[0]);
          return {
            impl: (entries: readonly (readonly Value[] | null)[]) => {
              checkKeys(
                entries.map((entry) => entry?.[0] ?? null),
                key,
              );
              return entries;
            },
          };
        },
      },
    ],
  },
  {
    name: "map_keys",
    doc: doc("Keys of a map.", ["map"], "map_keys(map([100, 5], [42, 43]))", "[100, 5]"),
    overloads: [
      { args: MAP_ONLY, returns: ({ types }) => list(keyType(types[0])), impl: (entries: Entries) => entries.map(([key]) => key) },
    ],
  },
  {
    name: "map_values",
    doc: doc("Values of a map.", ["map"], "map_values(map([100, 5], [42, 43]))", "[42, 43]"),
    overloads: [
      { args: MAP_ONLY, returns: ({ types }) => list(valueType(types[0])), impl: (entries: Entries) => entries.map(([, value]) => value) },
    ],
  },
  {
    name: "map_entries",
    doc: doc("Keys and values of a map as a list of structs.", ["map"], "map_entries(map([100], [42]))", "[{'key': 100, 'value': 42}]"),
    overloads: [{ args: MAP_ONLY, returns: ({ types }) => list(entryStruct(types[0])), impl: (entries: Entries) => entries }],
  },
  {
    name: "map_extract",
    aliases: ["element_at"],
    doc: doc(
      "A list with the value of a key; empty where the key is not there.",
      ["map", "key"],
      "map_extract(map([100, 5], [42, 43]), 100)",
      "[42]",
    ),
    overloads: [extractList],
  },
  {
    name: "map_extract_value",
    doc: doc(
      "The value of a key; NULL where the key is not there.",
      ["map", "key"],
      "map_extract_value(map([100, 5], [42, 43]), 100)",
      "42",
    ),
    overloads: [
      lookup(
        (value) => value,
        (value) => value,
        null,
      ),
    ],
  },
  {
    name: "map_contains",
    doc: doc("Whether a map has a key.", ["map", "key"], "map_contains(map([100], [42]), 100)", "true"),
    overloads: [mapContainsOverload],
  },
  {
    name: "map_contains_value",
    doc: doc("Whether a map has a value.", ["map", "value"], "map_contains_value(map([100], [42]), 42)", "true"),
    overloads: [
      {
        args: ["map", "any"],
        returns: BOOLEAN,
        coerce: ({ types: [type, value] }) => [
          map(keyType(type), commonType(valueType(type), value) ?? valueType(type)),
          commonType(valueType(type), value) ?? valueType(type),
        ],
        specialise: ({ types }) => {
          const equal = equalityOf(valueType(types[0]));
          return onValues(types, BOOLEAN, (entries: Entries, wanted: Value) =>
            entries.some(([, value]) => value !== null && equal(value, wanted)),
          );
        },
      },
    ],
  },
  {
    name: "map_contains_entry",
    doc: doc("Whether a map has a key with a value.", ["map", "key", "value"], "map_contains_entry(map([100], [42]), 100, 42)", "true"),
    overloads: [
      {
        args: ["map", "any", "any"],
        returns: BOOLEAN,
        coerce: (bind) => {
          const [type, key] = mapAndKey(bind);
          const value = commonType(valueType(type), bind.types[2]) ?? valueType(type);
          return [map(key, value), key, value];
        },
        specialise: ({ types }) => {
          const sameKey = equalityOf(keyType(types[0]));
          const sameValue = equalityOf(valueType(types[0]));
          return onValues(types, BOOLEAN, (entries: Entries, key: Value, wanted: Value) =>
            entries.some(([candidate, value]) => sameKey(candidate, key) && value !== null && sameValue(value, wanted)),
          );
        },
      },
    ],
  },
  {
    name: "map_concat",
    doc: doc(
      "Several maps in one; of keys that are there twice, the last value counts.",
      ["map", "..."],
      "map_concat(map([1, 2], ['a', 'b']), map([2, 3], ['c', 'd']))",
      "{1=a, 2=c, 3=d}",
    ),
    overloads: [
      {
        args: ["map"],
        variadic: "map",
        returns: ({ types }) => types[0],
        coerce: sameMaps,
        nulls: "handles",
        mayReturnNull: true,
        specialise: ({ types }) => {
          const key = keyOf(keyType(types[0]));
          return {
            impl: (...maps: (Entries | null)[]) => {
              if (maps.every((one) => one === null)) return null;
              const result = new Map<unknown, readonly [Value, Value]>();
              for (const entry of maps.flatMap((one) => one ?? [])) result.set(key(entry[0]), entry);
              return [...result.values()];
            },
          };
        },
      },
    ],
  },
  {
    name: "cardinality",
    doc: doc("Number of entries of a map.", ["map"], "cardinality(map([4, 2], ['a', 'b']))", "2"),
    overloads: [{ args: MAP_ONLY, returns: UBIGINT, checkRange: false, impl: (entries: Entries) => entries.length }],
  },
];
