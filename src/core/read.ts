import { bufferOver, TextReader, textAt } from "./text.ts";
import { type DataType, physicalOf } from "./types.ts";
import type { Value } from "./value.ts";
import type { FlatData, FlatVector, ListVector, Vector } from "./vector.ts";

/** Reading single rows as values (core/value.ts). For edges and fallbacks; hot loops read typed arrays. */

/** Row `row` as a value; NULL is null. */
export function valueAt(vector: Vector, row: number): Value {
  if (vector.validity !== null && vector.validity[row] === 0) return null;
  switch (vector.layout) {
    case "flat":
      return flatAt(vector, row);
    case "bytes":
      return vector.type.kind === "blob" ? vector.bytes.slice(vector.offsets[row], vector.offsets[row + 1]) : textAt(vector, row);
    case "dictionary": {
      const { values } = vector.dictionary;
      const code = vector.codes[row];
      return vector.type.kind === "blob" ? values.bytes.slice(values.offsets[code], values.offsets[code + 1]) : textAt(values, code);
    }
    case "interval":
      return { months: vector.months[row], days: vector.days[row], micros: vector.micros[row] };
    case "list":
      return listAt(vector, row, (child) => valueAt(vector.child, child));
    case "struct":
      return vector.children.map((child) => valueAt(child, row));
  }
}

/** A reader of one vector, resolved once: faster than valueAt over many rows. */
export function valueReader(vector: Vector): (row: number) => Value {
  const read = presentReader(vector);
  const { validity } = vector;
  return validity === null ? read : (row) => (validity[row] === 0 ? null : read(row));
}

function presentReader(vector: Vector): (row: number) => Value {
  switch (vector.layout) {
    case "flat": {
      const data = vector.data;
      if (vector.type.kind === "boolean") return (row) => data[row] === 1;
      if (physicalOf(vector.type) === "i128") return (row) => hugeAt(data as BigInt64Array, row);
      return (row) => data[row];
    }
    case "bytes": {
      const { bytes, offsets } = vector;
      if (vector.type.kind === "blob") return (row) => bytes.slice(offsets[row], offsets[row + 1]);
      const reader = new TextReader(vector);
      return (row) => reader.at(row);
    }
    case "dictionary": {
      const { codes } = vector;
      const read = cachedByCode(vector.dictionary.values.length, presentReader({ ...vector.dictionary.values, type: vector.type }));
      return (row) => read(codes[row]);
    }
    case "interval": {
      const { months, days, micros } = vector;
      return (row) => ({ months: months[row], days: days[row], micros: micros[row] });
    }
    case "list": {
      const child = valueReader(vector.child);
      return (row) => listAt(vector, row, child);
    }
    case "struct": {
      const children = vector.children.map(valueReader);
      return (row) => children.map((child) => child(row));
    }
  }
}

function cachedByCode(size: number, read: (code: number) => Value): (code: number) => Value {
  const cache: (Value | undefined)[] = new Array(size);
  return (code) => {
    const hit = cache[code];
    if (hit !== undefined) return hit;
    const value = read(code);
    cache[code] = value;
    return value;
  };
}

function flatAt(vector: FlatVector, row: number): Value {
  if (vector.type.kind === "boolean") return vector.data[row] === 1;
  if (isHuge(vector.type)) return hugeAt(vector.data as BigInt64Array, row);
  return (vector.data as Exclude<FlatData, BigInt64Array>)[row];
}

const isHuge = (type: DataType) => type.kind === "hugeint" || (type.kind === "decimal" && type.precision > 18);

/** Joins the two limbs of row `row` of an i128 column. */
export const hugeAt = (data: BigInt64Array, row: number): bigint => (data[2 * row + 1] << 64n) + BigInt.asUintN(64, data[2 * row]);

function listAt(vector: ListVector, row: number, child: (row: number) => Value): Value[] {
  const start = vector.offsets[row];
  const end = vector.offsets[row + 1];
  const values: Value[] = new Array(end - start);
  for (let i = start; i < end; i++) values[i - start] = child(i);
  return values;
}

/** Rows of a text column as strings: bytes and dictionary vectors alike. NULL rows give "". */
export function stringReader(vector: Vector): (row: number) => string {
  if (vector.layout === "bytes") {
    const reader = new TextReader(vector);
    return (row) => reader.at(row);
  }
  if (vector.layout === "dictionary") {
    const { codes } = vector;
    const { values } = vector.dictionary;
    const buffer = bufferOver(values.bytes);
    const cache: (string | undefined)[] = new Array(values.length);
    return (row) => {
      const code = codes[row];
      if (code >= values.length) return "";
      let text = cache[code];
      if (text === undefined) {
        text = buffer.utf8Slice(values.offsets[code], values.offsets[code + 1]);
        cache[code] = text;
      }
      return text;
    };
  }
  throw new Error(`${vector.layout} vectors hold no text`);
}
