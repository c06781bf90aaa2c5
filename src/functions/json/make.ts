import type { BindContext, Implementation, ScalarOverload } from "../../catalog/function-types.ts";
import { bindError } from "../../core/errors.ts";
import { type DataType, JSON_TYPE, typeName } from "../../core/types.ts";
import { jsonForm } from "../cast/json.ts";
import { doc, type ScalarEntry } from "../define.ts";

/** JSON text of a register of a type; NULL is null. */
function formOf(type: DataType, timeZone: string): (value: unknown) => string {
  const form = jsonForm(type, timeZone);
  return (value) => (value === null || value === undefined ? "null" : form(value));
}

const inBoth = (impl: Implementation) => ({ impl, wide: impl });

const toJson = (pattern: "any" | "list" | "struct"): ScalarOverload => ({
  args: [pattern],
  returns: JSON_TYPE,
  specialise: ({ types, timeZone }) => inBoth(formOf(types[0], timeZone)),
});

const jsonArray: ScalarOverload = {
  args: [],
  variadic: "any",
  returns: JSON_TYPE,
  nulls: "handles",
  specialise: ({ types, timeZone }) => {
    const forms = types.map((type) => formOf(type, timeZone));
    return inBoth((...values) => `[${forms.map((form, i) => form(values[i])).join(",")}]`);
  },
};

function checkPairs({ types }: BindContext): void {
  if (types.length % 2 !== 0) throw bindError("json_object takes keys and values in turn, and got an odd number of arguments");
  types.forEach((type, i) => {
    if (i % 2 === 0 && type.kind !== "varchar")
      throw bindError(`a key of json_object must be VARCHAR, not ${typeName(type)}`, undefined, "cast it");
  });
}

const jsonObject: ScalarOverload = {
  args: [],
  variadic: "any",
  returns: (bind) => {
    checkPairs(bind);
    return JSON_TYPE;
  },
  nulls: "handles",
  specialise: ({ types, timeZone }) => {
    const forms = types.map((type) => formOf(type, timeZone));
    const pairs = Array.from({ length: types.length / 2 }, (_, i) => i * 2);
    return inBoth((...values) => {
      const shown = pairs.filter((i) => values[i] !== null).map((i) => `${forms[i](values[i])}:${forms[i + 1](values[i + 1])}`);
      return `{${shown.join(",")}}`;
    });
  },
};

export const makeJsonEntries: readonly ScalarEntry[] = [
  {
    name: "to_json",
    aliases: ["json_quote"],
    doc: doc("JSON of any value.", ["value"], "to_json({'a': [1, 2]})", '{"a":[1,2]}'),
    overloads: [toJson("any")],
  },
  { name: "array_to_json", doc: doc("JSON of a list.", ["list"], "array_to_json([1, 2])", "[1,2]"), overloads: [toJson("list")] },
  { name: "row_to_json", doc: doc("JSON of a struct.", ["struct"], "row_to_json({'a': 1})", '{"a":1}'), overloads: [toJson("struct")] },
  {
    name: "json_array",
    doc: doc("A JSON array of values.", ["value", "..."], "json_array(1, 'a', NULL)", '[1,"a",null]'),
    overloads: [jsonArray],
  },
  {
    name: "json_object",
    doc: doc("A JSON object of keys and values in turn.", ["key", "value", "..."], "json_object('a', 1, 'b', 'x')", '{"a":1,"b":"x"}'),
    overloads: [jsonObject],
  },
];
