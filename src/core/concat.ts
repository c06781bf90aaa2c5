import { take } from "./take.ts";
import { textAt } from "./text.ts";
import type { DataType } from "./types.ts";
import {
  type BytesVector,
  type Dictionary,
  type DictionaryVector,
  type FlatVector,
  type IntervalVector,
  type ListVector,
  makeDictionary,
  type RecordBatch,
  type StructVector,
  type Vector,
} from "./vector.ts";
import { BytesBuilder, listChildType, makeBuilder } from "./vector-builder.ts";

/** One vector of all rows of `vectors`, in order. Dictionary columns stay so while their dictionaries together stay small. */
export function concatVectors(type: DataType, vectors: readonly Vector[]): Vector {
  const parts = vectors.filter((vector) => vector.length > 0);
  if (parts.length === 0) return makeBuilder(type, 1).finish();
  if (parts.length === 1) return parts[0];
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const validity = concatValidity(parts, length);
  switch (parts[0].layout) {
    case "flat":
      return concatFlat(type, parts as FlatVector[], length, validity);
    case "bytes":
    case "dictionary":
      return concatText(type, parts as (BytesVector | DictionaryVector)[], length, validity);
    case "interval":
      return concatInterval(type, parts as IntervalVector[], length, validity);
    case "list":
      return concatList(type, parts as ListVector[], length, validity);
    case "struct": {
      if (type.kind !== "struct") throw new Error(`struct vectors under type ${type.kind}`);
      const structs = parts as StructVector[];
      const children = type.fields.map((field, i) =>
        concatVectors(
          field.type,
          structs.map((part) => part.children[i]),
        ),
      );
      return { layout: "struct", type, length, validity, children };
    }
  }
}

/** One batch of all rows. `types` names the columns' types, for the case of no batch at all. */
export function concatBatches(types: readonly DataType[], batches: readonly RecordBatch[]): RecordBatch {
  const parts = batches.filter((batch) => batch.length > 0);
  if (parts.length === 1) return parts[0];
  const columns = types.map((type, i) =>
    concatVectors(
      type,
      parts.map((batch) => batch.columns[i]),
    ),
  );
  return { columns, length: parts.reduce((sum, batch) => sum + batch.length, 0) };
}

function concatValidity(parts: readonly Vector[], length: number): Uint8Array | null {
  if (parts.every((part) => part.validity === null)) return null;
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    if (part.validity === null) out.fill(1, at, at + part.length);
    else out.set(part.validity, at);
    at += part.length;
  }
  return out;
}

function concatFlat(type: DataType, parts: readonly FlatVector[], length: number, validity: Uint8Array | null): FlatVector {
  const limbs = parts[0].data.length / parts[0].length;
  const data = new (parts[0].data.constructor as new (length: number) => FlatVector["data"])(length * limbs);
  let at = 0;
  for (const part of parts) {
    (data as BigInt64Array).set(part.data as BigInt64Array, at);
    at += part.data.length;
  }
  return { layout: "flat", type, length, validity, data };
}

function concatInterval(type: DataType, parts: readonly IntervalVector[], length: number, validity: Uint8Array | null): IntervalVector {
  const months = new Int32Array(length);
  const days = new Int32Array(length);
  const micros = new Float64Array(length);
  let at = 0;
  for (const part of parts) {
    months.set(part.months, at);
    days.set(part.days, at);
    micros.set(part.micros, at);
    at += part.length;
  }
  return { layout: "interval", type, length, validity, months, days, micros };
}

function concatList(type: DataType, parts: readonly ListVector[], length: number, validity: Uint8Array | null): ListVector {
  const offsets = new Int32Array(length + 1);
  let at = 0;
  let base = 0;
  const children: Vector[] = [];
  for (const part of parts) {
    for (let i = 0; i < part.length; i++) offsets[at + i + 1] = base + part.offsets[i + 1] - part.offsets[0];
    children.push(listChild(part));
    base += part.offsets[part.length] - part.offsets[0];
    at += part.length;
  }
  return { layout: "list", type, length, validity, offsets, child: concatVectors(listChildType(type), children) };
}

/** Exactly the child rows that the list's rows refer to. */
function listChild(part: ListVector): Vector {
  const start = part.offsets[0];
  const size = part.offsets[part.length] - start;
  if (start === 0 && size === part.child.length) return part.child;
  if (size === 0) return makeBuilder(part.child.type, 1).finish();
  return take(
    part.child,
    Int32Array.from({ length: size }, (_, i) => start + i),
  );
}

/** Above this many distinct values a merged dictionary is given up for plain bytes. */
const MAX_DICTIONARY = 65_536;

function concatText(
  type: DataType,
  parts: readonly (BytesVector | DictionaryVector)[],
  length: number,
  validity: Uint8Array | null,
): Vector {
  if (parts.every((part) => part.layout === "dictionary")) {
    const merged = mergeDictionaries(type, parts);
    if (merged !== null) {
      const codes = new Int32Array(length);
      let at = 0;
      for (const part of parts) {
        const mapping = merged.mappings.get(part.dictionary.values);
        if (mapping === undefined) codes.set(part.codes, at);
        else for (let i = 0; i < part.length; i++) codes[at + i] = mapping[part.codes[i]];
        at += part.length;
      }
      return { layout: "dictionary", type, length, validity, codes, dictionary: merged.dictionary };
    }
  }
  return concatBytes(type, parts.map(plainText), length, validity);
}

/** The union of the parts' dictionaries, and code mappings for those that are not its beginning. */
function mergeDictionaries(type: DataType, parts: readonly DictionaryVector[]) {
  const mappings = new Map<BytesVector, Int32Array>();
  const first = parts[0].dictionary;
  const distinct = new Set(parts.map((part) => part.dictionary.values));
  if (distinct.size === 1) return { dictionary: first, mappings };
  const codes = new Map<string, number>();
  const read = type.kind === "blob" ? latin1At : textAt;
  const builder = new BytesBuilder(type, first.values.length);
  for (const values of distinct) {
    const mapping = new Int32Array(Math.max(1, values.length));
    for (let i = 0; i < values.length; i++) {
      const text = read(values, i);
      let code = codes.get(text);
      if (code === undefined) {
        code = codes.size;
        if (code >= MAX_DICTIONARY) return null;
        codes.set(text, code);
        builder.append(values.bytes.subarray(values.offsets[i], values.offsets[i + 1]));
      }
      mapping[i] = code;
    }
    mappings.set(values, mapping);
  }
  const dictionary: Dictionary = makeDictionary(builder.finish() as BytesVector);
  return { dictionary, mappings };
}

const latin1At = (values: BytesVector, i: number): string => {
  let text = "";
  for (let at = values.offsets[i]; at < values.offsets[i + 1]; at++) text += String.fromCharCode(values.bytes[at]);
  return text;
};

function concatBytes(type: DataType, parts: readonly BytesVector[], length: number, validity: Uint8Array | null): BytesVector {
  const size = parts.reduce((sum, part) => sum + part.offsets[part.length] - part.offsets[0], 0);
  if (size > 2 ** 31 - 1) throw new RangeError("text column over 2 GB in one vector");
  const bytes = new Uint8Array(size);
  const offsets = new Int32Array(length + 1);
  let at = 0;
  let row = 0;
  for (const part of parts) {
    const start = part.offsets[0];
    bytes.set(part.bytes.subarray(start, part.offsets[part.length]), at);
    for (let i = 1; i <= part.length; i++) offsets[row + i] = part.offsets[i] - start + at;
    at += part.offsets[part.length] - start;
    row += part.length;
  }
  return { layout: "bytes", type, length, validity, offsets, bytes };
}

/** A text vector as plain bytes. */
export function plainText(vector: BytesVector | DictionaryVector): BytesVector {
  if (vector.layout === "bytes") return vector;
  const { values } = vector.dictionary;
  if (values.length === 0) {
    const { type, length, validity } = vector;
    return { layout: "bytes", type, length, validity, offsets: new Int32Array(length + 1), bytes: new Uint8Array(0) };
  }
  let indices = vector.codes;
  if (vector.validity !== null) {
    // NULL slots hold code 0: they must come out empty.
    indices = indices.slice();
    for (let i = 0; i < vector.length; i++) if (vector.validity[i] === 0) indices[i] = -1;
  }
  const plain = take(values, indices, vector.length) as BytesVector;
  return { ...plain, type: vector.type, validity: vector.validity };
}
