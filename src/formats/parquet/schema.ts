import { unsupported } from "../../core/errors.ts";
import type { DataType } from "../../core/types.ts";
import * as types from "../../core/types.ts";
import { ioError } from "../files.ts";
import { PHYSICAL, type SchemaElement } from "./metadata.ts";
import type { ThriftStruct } from "./thrift.ts";

/** How a leaf's stored values become values of its type. */
export type Conversion =
  | "none" // the bytes are the value already
  | "narrow" // INT32 to a smaller integer
  | "widen" // INT32 to 64 bits (decimals, times)
  | "millis" // INT64 milliseconds to microseconds
  | "nanos" // INT64 nanoseconds to microseconds
  | "big-endian" // two's complement bytes to 64 or 128 bits
  | "uuid"
  | "interval"
  | "float16";

export interface Leaf {
  readonly kind: "leaf";
  readonly name: string;
  readonly type: DataType;
  readonly index: number;
  readonly physical: number;
  readonly typeLength: number;
  readonly conversion: Conversion;
  readonly maxDefinition: number;
  readonly maxRepetition: number;
  readonly optional: boolean;
}

export interface Group {
  readonly kind: "list" | "struct" | "map";
  readonly name: string;
  readonly type: DataType;
  /** Definition level from which the group itself is there (not NULL), and (lists) from which it has an element. */
  readonly definition: number;
  /** Repetition level at which a further element is added; lists only. */
  readonly repetition: number;
  readonly optional: boolean;
  /** struct: its fields; list: the element; map: key and value. */
  readonly children: readonly Node[];
}

export type Node = Leaf | Group;

/** The tree of a file's columns, with the types they are read as. */
export function readSchema(elements: readonly SchemaElement[]): Node[] {
  let at = 1;
  let leaves = 0;

  const node = (definition: number, repetition: number, ignoreRepeated = false): Node => {
    const element = elements[at++];
    if (element === undefined) throw ioError("the Parquet schema is broken: it ends too early");
    const isRepeated = element.repetition === "repeated" && !ignoreRepeated;
    if (isRepeated) {
      // A repeated field without a LIST around it is a list of its own, never NULL
      at--;
      const inner = node(definition + 1, repetition + 1, true);
      return {
        kind: "list",
        name: element.name,
        type: types.list(inner.type),
        definition,
        repetition: repetition + 1,
        optional: false,
        children: [inner],
      };
    }
    const optional = element.repetition === "optional";
    const own = definition + (optional ? 1 : 0);
    if (element.childCount === 0) {
      if (element.physical === undefined) throw ioError(`column "${element.name}" has no type`);
      const [type, conversion] = leafType(element);
      return {
        kind: "leaf",
        name: element.name,
        type,
        index: leaves++,
        physical: element.physical,
        typeLength: element.typeLength,
        conversion,
        maxDefinition: own,
        maxRepetition: repetition,
        optional,
      };
    }
    const isList = element.converted === 3 || element.logical?.[3] !== undefined;
    const isMap = element.converted === 1 || element.converted === 2 || element.logical?.[2] !== undefined;
    const repeated = elements[at];
    if ((isList || isMap) && element.childCount === 1 && repeated?.repetition === "repeated") {
      if (isMap && repeated.childCount === 2) {
        at++;
        const key = node(own + 1, repetition + 1);
        const value = node(own + 1, repetition + 1);
        return {
          kind: "map",
          name: element.name,
          type: types.map(key.type, value.type),
          definition: own,
          repetition: repetition + 1,
          optional,
          children: [key, value],
        };
      }
      if (isList) {
        // Two-level lists of older writers: the repeated field is the element
        const isElement = repeated.childCount !== 1 || repeated.name === "array" || repeated.name === `${element.name}_tuple`;
        if (!isElement) at++;
        const inner = isElement ? node(own + 1, repetition + 1, true) : node(own + 1, repetition + 1);
        return {
          kind: "list",
          name: element.name,
          type: types.list(inner.type),
          definition: own,
          repetition: repetition + 1,
          optional,
          children: [inner],
        };
      }
    }
    const children = Array.from({ length: element.childCount }, () => node(own, repetition));
    const type = types.struct(children.map((child) => ({ name: child.name, type: child.type })));
    return { kind: "struct", name: element.name, type, definition: own, repetition, optional, children };
  };

  return Array.from({ length: elements[0].childCount }, () => node(0, 0));
}

const INTEGERS: Record<string, DataType> = {
  "8true": types.TINYINT,
  "16true": types.SMALLINT,
  "32true": types.INTEGER,
  "64true": types.BIGINT,
  "8false": types.UTINYINT,
  "16false": types.USMALLINT,
  "32false": types.UINTEGER,
  "64false": types.UBIGINT,
};

function leafType(element: SchemaElement): [DataType, Conversion] {
  const { physical, logical, converted } = element;
  const is = (id: number) => logical?.[id] !== undefined;
  const isDecimal = is(5) || converted === 5;
  if (isDecimal) {
    const fields = logical?.[5] as ThriftStruct | undefined;
    const scale = (fields?.[1] as number | undefined) ?? element.scale;
    const precision = (fields?.[2] as number | undefined) ?? element.precision;
    if (!(precision >= 1 && precision <= 38 && scale >= 0 && scale <= precision)) {
      throw unsupported(`column "${element.name}" is DECIMAL(${precision},${scale}): decimals have 1 to 38 digits`);
    }
    const type = types.decimal(precision, scale);
    if (physical === PHYSICAL.INT32) return [type, "widen"];
    return [type, physical === PHYSICAL.INT64 ? "none" : "big-endian"];
  }
  switch (physical) {
    case PHYSICAL.BOOLEAN:
      return [types.BOOLEAN, "none"];
    case PHYSICAL.FLOAT:
      return [types.FLOAT, "none"];
    case PHYSICAL.DOUBLE:
      return [types.DOUBLE, "none"];
    case PHYSICAL.INT96:
      return [types.TIMESTAMP, "none"];
    case PHYSICAL.INT32: {
      if (is(6) || converted === 6) return [types.DATE, "none"];
      if (is(7) || converted === 7) return [types.TIME, "widen"];
      const type = integerType(logical?.[10] as ThriftStruct | undefined, converted) ?? types.INTEGER;
      return [type, type === types.INTEGER || type === types.UINTEGER ? "none" : "narrow"];
    }
    case PHYSICAL.INT64: {
      const time = logical?.[7] as ThriftStruct | undefined;
      if (time !== undefined) return [types.TIME, unitOf(time) === 3 ? "nanos" : "none"];
      if (converted === 8) return [types.TIME, "none"];
      const stamp = logical?.[8] as ThriftStruct | undefined;
      if (stamp !== undefined) {
        const unit = unitOf(stamp);
        return [stamp[1] === true ? types.TIMESTAMPTZ : types.TIMESTAMP, unit === 1 ? "millis" : unit === 3 ? "nanos" : "none"];
      }
      if (converted === 9) return [types.TIMESTAMP, "millis"];
      if (converted === 10) return [types.TIMESTAMP, "none"];
      return [integerType(logical?.[10] as ThriftStruct | undefined, converted) ?? types.BIGINT, "none"];
    }
    case PHYSICAL.BYTE_ARRAY:
      if (is(1) || is(4) || converted === 0 || converted === 4) return [types.VARCHAR, "none"];
      if (is(12) || converted === 19) return [types.JSON_TYPE, "none"];
      return [types.BLOB, "none"];
    case PHYSICAL.FIXED:
      if (is(14)) return [types.UUID, "uuid"];
      if (is(15)) return [types.FLOAT, "float16"];
      if (converted === 21 && element.typeLength === 12) return [types.INTERVAL, "interval"];
      return [types.BLOB, "none"];
    default:
      throw ioError(`column "${element.name}" has the unknown physical type ${physical}`);
  }
}

/** 1 milliseconds, 2 microseconds, 3 nanoseconds. */
const unitOf = (logical: ThriftStruct): number => Number(Object.keys(logical[2] as ThriftStruct)[0]);

function integerType(logical: ThriftStruct | undefined, converted: number | undefined): DataType | undefined {
  if (logical !== undefined) return INTEGERS[`${logical[1] as number}${logical[2] as boolean}`];
  if (converted === undefined || converted < 11 || converted > 18) return undefined;
  return INTEGERS[`${8 << ((converted - 11) % 4)}${converted >= 15}`];
}

/** All leaves below a node, in file order. */
export const leavesOf = (node: Node): Leaf[] => (node.kind === "leaf" ? [node] : node.children.flatMap(leavesOf));
