import type { BindContext } from "../../catalog/function-types.ts";
import { bindError } from "../../core/errors.ts";
import { type DataType, list, type StructField, struct, VARCHAR } from "../../core/types.ts";
import type { Value } from "../../core/value.ts";
import { doc, type ScalarEntry } from "../define.ts";
import { onValues } from "../value-form.ts";
import { fieldsOf, structExtractAt, structExtractOverloads } from "./struct-extract.ts";

/** Fields of named arguments from position `from` on. */
function namedFields({ types, names }: BindContext, from: number, what: string): StructField[] {
  return types.slice(from).map((type, i) => {
    const name = names[i + from];
    if (name === undefined) throw bindError(`${what} needs a name for each value`, undefined, `${what}(name := value)`);
    return { name, type };
  });
}

function checkUnique(fields: readonly StructField[]): DataType {
  const seen = new Set<string>();
  for (const { name } of fields) {
    const key = name.toLowerCase();
    if (seen.has(key)) throw bindError(`the struct has two fields '${name}'`);
    seen.add(key);
  }
  return struct(fields);
}

function packed(bind: BindContext): DataType {
  if (bind.types.length === 0) throw bindError("a struct needs at least one field");
  return checkUnique(namedFields(bind, 0, "struct_pack"));
}

/** The struct's fields, with named arguments put in place of those of the same name and behind the others. */
function updated(bind: BindContext) {
  const fields = [...fieldsOf(bind.types[0])];
  const places = namedFields(bind, 1, "struct_update").map((field) => {
    const at = fields.findIndex((existing) => existing.name.toLowerCase() === field.name.toLowerCase());
    if (at === -1) return fields.push(field) - 1;
    fields[at] = { name: fields[at].name, type: field.type };
    return at;
  });
  return { type: struct(fields), places };
}

export const structEntries: readonly ScalarEntry[] = [
  {
    name: "struct_pack",
    doc: doc("A struct of named values.", ["name := value", "..."], "struct_pack(i := 4, s := 'string')", "{'i': 4, 's': string}"),
    overloads: [
      {
        args: [],
        variadic: "any",
        returns: packed,
        nulls: "handles",
        specialise: (bind) => onValues(bind.types, packed(bind), (...values: Value[]) => values),
      },
    ],
  },
  {
    name: "row",
    doc: doc("A struct of values without names.", ["value", "..."], "row(4, 'string')", "(4, string)"),
    overloads: [
      {
        args: ["any"],
        variadic: "any",
        returns: ({ types }) => struct(types.map((type) => ({ name: "", type }))),
        nulls: "handles",
        specialise: ({ types }) => onValues(types, struct([]), (...values: Value[]) => values),
      },
    ],
  },
  {
    name: "struct_extract",
    doc: doc(
      "A field of a struct, by name; of one without names, by position from 1.",
      ["struct", "field"],
      "struct_extract({'i': 3, 'v2': 3, 'v3': 0}, 'i')",
      "3",
    ),
    overloads: structExtractOverloads,
  },
  {
    name: "struct_extract_at",
    doc: doc("A field of a struct by its position, from 1.", ["struct", "position"], "struct_extract_at({'i': 3, 'v': 5}, 2)", "5"),
    overloads: [structExtractAt],
  },
  {
    name: "struct_insert",
    doc: doc("A struct with more fields.", ["struct", "name := value", "..."], "struct_insert({'a': 1}, b := 2)", "{'a': 1, 'b': 2}"),
    overloads: [
      {
        args: ["struct"],
        variadic: "any",
        returns: (bind) => checkUnique([...fieldsOf(bind.types[0]), ...namedFields(bind, 1, "struct_insert")]),
        nulls: "handles",
        mayReturnNull: true,
        specialise: ({ types }) =>
          onValues(types, types[0], (values: readonly Value[] | null, ...more: Value[]) => (values === null ? null : [...values, ...more])),
      },
    ],
  },
  {
    name: "struct_update",
    doc: doc(
      "A struct with fields changed or added.",
      ["struct", "name := value", "..."],
      "struct_update({'a': 1}, a := 'x', b := 2)",
      "{'a': x, 'b': 2}",
    ),
    overloads: [
      {
        args: ["struct"],
        variadic: "any",
        returns: (bind) => updated(bind).type,
        nulls: "handles",
        mayReturnNull: true,
        specialise: (bind) => {
          const { places } = updated(bind);
          return onValues(bind.types, bind.types[0], (values: readonly Value[] | null, ...changes: Value[]) => {
            if (values === null) return null;
            const result = [...values];
            for (const [i, place] of places.entries()) result[place] = changes[i];
            return result;
          });
        },
      },
    ],
  },
  {
    name: "struct_concat",
    doc: doc("The fields of several structs in one.", ["struct", "..."], "struct_concat({'a': 1}, {'b': 2})", "{'a': 1, 'b': 2}"),
    overloads: [
      {
        args: ["struct"],
        variadic: "struct",
        returns: ({ types }) => checkUnique(types.flatMap(fieldsOf)),
        impl: (...structs: (readonly Value[])[]) => structs.flat(),
      },
    ],
  },
  {
    name: "struct_keys",
    doc: doc("Names of a struct's fields.", ["struct"], "struct_keys({'a': 1, 'b': 2})", "[a, b]"),
    overloads: [
      {
        args: ["struct"],
        returns: list(VARCHAR),
        specialise: ({ types }) => {
          const names = fieldsOf(types[0]).map((field) => field.name);
          return { impl: () => names };
        },
      },
    ],
  },
  {
    name: "struct_values",
    doc: doc("A struct without the names of its fields.", ["struct"], "struct_values({'a': 1, 'b': 'x'})", "(1, x)"),
    overloads: [
      {
        args: ["struct"],
        returns: ({ types }) => struct(fieldsOf(types[0]).map(({ type }) => ({ name: "", type }))),
        impl: (values: readonly Value[]) => values,
      },
    ],
  },
];
