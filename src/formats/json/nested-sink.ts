import { type DataType, JSON_TYPE } from "../../core/types.ts";
import type { Value } from "../../core/value.ts";
import type { Vector } from "../../core/vector.ts";
import { vectorFromValues } from "../../core/vector-builder.ts";
import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COMMA,
  compactText,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  skipSpace,
  skipString,
  skipValue,
  stringText,
} from "./bytes.ts";
import { castText } from "./text-value.ts";

/** Collects a LIST, STRUCT, MAP or JSON column from JSON values. */
export class NestedSink {
  readonly type: DataType;
  #values: Value[] = [];

  constructor(type: DataType) {
    this.type = type;
  }

  begin(): void {
    this.#values = [];
  }

  setNull(row: number): void {
    this.#values[row] = null;
  }

  /** Takes the well-formed value at `start`; undefined where it fits, else what it was read as. */
  set(row: number, bytes: Uint8Array, start: number, end: number): boolean {
    const value = readValue(this.type, bytes, start, end);
    if (value === MISFIT) return false;
    this.#values[row] = value;
    return true;
  }

  finish(rows: number): Vector {
    this.#values.length = rows;
    for (let row = 0; row < rows; row++) this.#values[row] ??= null;
    return vectorFromValues(this.type, this.#values);
  }
}

/** Stands for "this is no value of the type". */
const MISFIT = Symbol("misfit");

function readValue(type: DataType, bytes: Uint8Array, start: number, end: number): Value | typeof MISFIT {
  const first = bytes[start];
  if (first === 110) return null;
  switch (type.kind) {
    case "json":
      return compactText(bytes, start, end);
    case "list":
      return first === OPEN_BRACKET ? readList(type.element, bytes, start, end) : MISFIT;
    case "struct":
      return first === OPEN_BRACE ? readStruct(type, bytes, start, end) : MISFIT;
    case "map":
      return first === OPEN_BRACE ? readMap(type, bytes, start, end) : MISFIT;
    case "varchar":
      return first === QUOTE ? stringText(bytes, start, end) : compactText(bytes, start, end);
    case "boolean":
      if (first === 116) return true;
      if (first === 102) return false;
      break;
    case "double":
    case "float": {
      if (first !== QUOTE && first !== OPEN_BRACE && first !== OPEN_BRACKET) {
        const number = Number(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("latin1"));
        return Number.isNaN(number) ? MISFIT : type.kind === "float" ? Math.fround(number) : number;
      }
      break;
    }
    default:
  }
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return MISFIT;
  const text = first === QUOTE ? stringText(bytes, start, end) : compactText(bytes, start, end);
  const value = castText(type, text);
  return value === undefined ? MISFIT : value;
}

function readList(element: DataType, bytes: Uint8Array, start: number, end: number): Value | typeof MISFIT {
  const items: Value[] = [];
  let at = skipSpace(bytes, start + 1, end);
  while (bytes[at] !== CLOSE_BRACKET) {
    const stop = skipValue(bytes, at, end);
    const item = readValue(element, bytes, at, stop);
    if (item === MISFIT) return MISFIT;
    items.push(item);
    at = skipSpace(bytes, stop, end);
    if (bytes[at] === COMMA) at = skipSpace(bytes, at + 1, end);
  }
  return items;
}

/** Calls `each` with every member of an object; stops when it returns false. */
export function eachMember(
  bytes: Uint8Array,
  start: number,
  end: number,
  each: (key: string, start: number, end: number) => boolean,
): boolean {
  let at = skipSpace(bytes, start + 1, end);
  while (bytes[at] !== CLOSE_BRACE) {
    const keyEnd = skipString(bytes, at, end);
    const key = stringText(bytes, at, keyEnd);
    const from = skipSpace(bytes, skipSpace(bytes, keyEnd, end) + 1, end);
    const stop = skipValue(bytes, from, end);
    if (!each(key, from, stop)) return false;
    at = skipSpace(bytes, stop, end);
    if (bytes[at] === COMMA) at = skipSpace(bytes, at + 1, end);
  }
  return true;
}

const positions = new WeakMap<object, ReadonlyMap<string, number>>();

/** Positions of a struct's fields by name. */
function fieldPositions(type: DataType & { kind: "struct" }): ReadonlyMap<string, number> {
  let found = positions.get(type);
  if (found === undefined) {
    found = new Map(type.fields.map((field, i) => [field.name, i]));
    positions.set(type, found);
  }
  return found;
}

function readStruct(type: DataType & { kind: "struct" }, bytes: Uint8Array, start: number, end: number): Value | typeof MISFIT {
  const values: Value[] = new Array(type.fields.length).fill(null);
  const byName = fieldPositions(type);
  const fits = eachMember(bytes, start, end, (key, from, stop) => {
    const at = byName.get(key);
    if (at === undefined) return true;
    const value = readValue(type.fields[at].type, bytes, from, stop);
    if (value === MISFIT) return false;
    values[at] = value;
    return true;
  });
  return fits ? values : MISFIT;
}

function readMap(type: DataType & { kind: "map" }, bytes: Uint8Array, start: number, end: number): Value | typeof MISFIT {
  const entries = new Map<string, Value>();
  const fits = eachMember(bytes, start, end, (key, from, stop) => {
    const value = readValue(type.value, bytes, from, stop);
    if (value === MISFIT) return false;
    entries.set(key, value);
    return true;
  });
  if (!fits) return MISFIT;
  const pairs: Value[] = [];
  for (const [text, value] of entries) {
    const key = type.key.kind === "varchar" || type.key.kind === JSON_TYPE.kind ? text : castText(type.key, text);
    if (key === undefined || key === null) return MISFIT;
    pairs.push([key, value]);
  }
  return pairs;
}
