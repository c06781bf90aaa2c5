import type { BindContext, ScalarOverload } from "../../catalog/function-types.ts";
import { bindError, nearestName, runtimeError } from "../../core/errors.ts";
import type { DataType } from "../../core/types.ts";
import * as types from "../../core/types.ts";
import type { Value } from "../../core/value.ts";
import { castImplementation } from "../cast/index.ts";
import { doc, type ScalarEntry } from "../define.ts";
import { onValues } from "../value-form.ts";
import { compact, type JsonNode, member, nodeType, parseNode } from "./node.ts";

const NAMED: Readonly<Record<string, DataType>> = {
  BOOLEAN: types.BOOLEAN,
  BOOL: types.BOOLEAN,
  TINYINT: types.TINYINT,
  SMALLINT: types.SMALLINT,
  INTEGER: types.INTEGER,
  INT: types.INTEGER,
  BIGINT: types.BIGINT,
  UTINYINT: types.UTINYINT,
  USMALLINT: types.USMALLINT,
  UINTEGER: types.UINTEGER,
  UBIGINT: types.UBIGINT,
  HUGEINT: types.HUGEINT,
  FLOAT: types.FLOAT,
  DOUBLE: types.DOUBLE,
  VARCHAR: types.VARCHAR,
  TEXT: types.VARCHAR,
  DATE: types.DATE,
  TIME: types.TIME,
  TIMESTAMP: types.TIMESTAMP,
  TIMESTAMPTZ: types.TIMESTAMPTZ,
  INTERVAL: types.INTERVAL,
  UUID: types.UUID,
  JSON: types.JSON_TYPE,
  NULL: types.JSON_TYPE,
};

function namedType(name: string): DataType {
  const text = name.trim().toUpperCase();
  if (text.endsWith("[]")) return types.list(namedType(text.slice(0, -2)));
  const known = NAMED[text];
  if (known !== undefined) return known;
  const decimal = /^(?:DECIMAL|NUMERIC)(?:\((\d+),\s*(\d+)\))?$/.exec(text);
  if (decimal !== null) return types.decimal(Number(decimal[1] ?? 18), Number(decimal[2] ?? 3));
  const nearest = nearestName(text, Object.keys(NAMED));
  throw bindError(`unknown type '${name}' in a JSON structure`, undefined, nearest === undefined ? undefined : `did you mean ${nearest}?`);
}

/** '{"a": "INTEGER", "b": ["VARCHAR"]}' as a type. */
function structureType(node: JsonNode): DataType {
  if (node.kind === "string") return namedType(node.text);
  if (node.kind === "array") {
    if (node.items.length !== 1) throw bindError("a list in a JSON structure has one element: its type");
    return types.list(structureType(node.items[0]));
  }
  if (node.kind === "object") {
    if (node.entries.length === 0) throw bindError("an object in a JSON structure needs at least one key");
    return types.struct(node.entries.map(([name, value]) => ({ name, type: structureType(value) })));
  }
  throw bindError("a JSON structure is made of type names, lists and objects");
}

type Reader = (node: JsonNode) => Value;

/** Reads a node into a type. What does not fit is NULL, or an error where strict. */
function reader(type: DataType, strict: boolean, timeZone: string): Reader {
  const misfit = (node: JsonNode): null => {
    if (strict) throw runtimeError(`JSON ${nodeType(node)} does not fit ${types.typeName(type)}`);
    return null;
  };
  switch (type.kind) {
    case "struct": {
      const fields = type.fields.map((field) => ({ name: field.name, read: reader(field.type, strict, timeZone) }));
      return (node) => {
        if (node.kind === "null") return null;
        // As DuckDB: a struct of NULLs, rather than NULL.
        if (node.kind !== "object") return misfit(node) ?? fields.map(() => null);
        return fields.map(({ name, read }) => {
          const value = member(node, name);
          if (value === undefined) return strict ? missing(name) : null;
          return read(value);
        });
      };
    }
    case "list": {
      const read = reader(type.element, strict, timeZone);
      return (node) => (node.kind === "null" ? null : node.kind === "array" ? node.items.map(read) : misfit(node));
    }
    case "varchar":
      return (node) => (node.kind === "null" ? null : node.kind === "string" ? node.text : compact(node));
    case "json":
      return compact;
    default: {
      const cast = castImplementation(types.JSON_TYPE, type, { try: true, timeZone });
      const run = cast.wide ?? cast.impl;
      return (node) => (node.kind === "null" ? null : ((run(node.raw) as Value) ?? misfit(node)));
    }
  }
}

function missing(name: string): never {
  throw runtimeError(`the JSON object has no key '${name}'`);
}

const typeOf = ({ constants: [, structure] }: BindContext): DataType => {
  if (typeof structure !== "string") throw bindError("the structure of JSON to read must be a constant");
  return structureType(parseNode(structure));
};

const transform = (strict: boolean): ScalarOverload => ({
  args: ["varchar", "varchar"],
  returns: typeOf,
  mayReturnNull: true,
  specialise: (bind) => {
    const type = typeOf(bind);
    const read = reader(type, strict, bind.timeZone);
    return onValues([], type, (text: string) => read(parseNode(text)));
  },
});

export const transformEntries: readonly ScalarEntry[] = [
  {
    name: "json_transform",
    aliases: ["from_json"],
    doc: doc(
      "JSON read into the types that a structure names; NULL for parts that do not fit.",
      ["json", "structure"],
      'json_transform(\'{"a": 1, "b": ["x"]}\', \'{"a": "INTEGER", "b": ["VARCHAR"]}\')',
      "{'a': 1, 'b': [x]}",
    ),
    overloads: [transform(false)],
  },
  {
    name: "json_transform_strict",
    aliases: ["from_json_strict"],
    doc: doc(
      "As json_transform, but parts that do not fit are an error.",
      ["json", "structure"],
      'json_transform_strict(\'{"a": 1}\', \'{"a": "INTEGER"}\')',
      "{'a': 1}",
    ),
    overloads: [transform(true)],
  },
];
