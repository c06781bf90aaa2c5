import { concatVectors } from "./concat.ts";
import { dictionaryEncode } from "./dictionary-encode.ts";
import type { Schema } from "./types.ts";
import { type BytesVector, type Dictionary, type FlatVector, makeDictionary, type RecordBatch, sliceBatch, type Vector } from "./vector.ts";

/**
 * Columns in shared memory, which pool workers read in place: structured clone passes a SharedArrayBuffer on without copying it.
 * Stored tables and kept results are shared.
 */

type Shareable = Uint8Array | Int32Array | Float64Array | FlatVector["data"];

/** Dictionaries already copied: batches that had one dictionary still do. */
const sharedDictionaries = new WeakMap<BytesVector, Dictionary>();

/** The same rows with every buffer in shared memory. Buffers that are shared already are kept. */
export function toShared(batch: RecordBatch): RecordBatch {
  return { columns: batch.columns.map(shareVector), length: batch.length };
}

/** Rows to a stored batch: few large buffers are cheaper to hand to a worker than many small ones. */
const STORED_ROWS = 1 << 20;
/** Text of a stored batch stays well below the 2 GB that offsets reach. */
const STORED_TEXT_BYTES = 1 << 29;

/** A table's batches joined to large ones in shared memory; text columns whose values repeat become dictionary-coded. */
export function shareTable(schema: Schema, given: readonly RecordBatch[]): RecordBatch[] {
  const batches = encodeText(schema, given);
  const stored: RecordBatch[] = [];
  let open: RecordBatch[] = [];
  let rows = 0;
  let text = 0;
  const close = () => {
    if (rows > 0) stored.push(joinShared(schema, open, rows));
    open = [];
    rows = 0;
    text = 0;
  };
  for (const batch of batches) {
    for (let start = 0; start < batch.length; ) {
      const end = Math.min(batch.length, start + STORED_ROWS - rows);
      const part = sliceBatch(batch, start, end);
      const partText = part.columns.reduce((sum, column) => Math.max(sum, textBytes(column)), 0);
      if (rows > 0 && text + partText > STORED_TEXT_BYTES) close();
      open.push(part);
      rows += part.length;
      text += partText;
      start += part.length;
      if (rows >= STORED_ROWS) close();
    }
  }
  close();
  return stored;
}

function encodeText(schema: Schema, batches: readonly RecordBatch[]): readonly RecordBatch[] {
  const encoded = schema.map((_, c) => dictionaryEncode(batches.map((batch) => batch.columns[c])));
  if (encoded.every((column) => column === undefined)) return batches;
  return batches.map((batch, b) => ({ length: batch.length, columns: batch.columns.map((column, c) => encoded[c]?.[b] ?? column) }));
}

function joinShared(schema: Schema, batches: readonly RecordBatch[], length: number): RecordBatch {
  const columns = schema.map(({ type }, i) => {
    const parts = batches.map((batch) => batch.columns[i]);
    return shareVector(concatVectors(type, parts));
  });
  return { columns, length };
}

function textBytes(vector: Vector): number {
  switch (vector.layout) {
    case "bytes":
      return vector.offsets[vector.length] - vector.offsets[0];
    case "list":
      return textBytes(vector.child);
    case "struct":
      return vector.children.reduce((most, child) => Math.max(most, textBytes(child)), 0);
    default:
      return 0;
  }
}

/** True when every buffer is in shared memory. */
export const isShared = (batch: RecordBatch): boolean => batch.columns.every((column) => arraysOf(column).every(inSharedMemory));

const inSharedMemory = (array: Shareable): boolean => array.buffer instanceof SharedArrayBuffer;

function arraysOf(vector: Vector): Shareable[] {
  const validity = vector.validity === null ? [] : [vector.validity];
  switch (vector.layout) {
    case "flat":
      return [...validity, vector.data];
    case "bytes":
      return [...validity, vector.offsets, vector.bytes];
    case "dictionary":
      return [...validity, vector.codes, ...arraysOf(vector.dictionary.values)];
    case "interval":
      return [...validity, vector.months, vector.days, vector.micros];
    case "list":
      return [...validity, vector.offsets, ...arraysOf(vector.child)];
    case "struct":
      return [...validity, ...vector.children.flatMap(arraysOf)];
  }
}

function shareVector(vector: Vector): Vector {
  const validity = vector.validity === null ? null : shareArray(vector.validity);
  switch (vector.layout) {
    case "flat":
      return { ...vector, validity, data: shareArray(vector.data) };
    case "bytes":
      return { ...shareBytes(vector), validity };
    case "dictionary":
      return { ...vector, validity, codes: shareArray(vector.codes), dictionary: shareDictionary(vector.dictionary) };
    case "interval":
      return { ...vector, validity, months: shareArray(vector.months), days: shareArray(vector.days), micros: shareArray(vector.micros) };
    case "list":
      return { ...vector, validity, offsets: shareArray(vector.offsets), child: shareVector(vector.child) };
    case "struct":
      return { ...vector, validity, children: vector.children.map(shareVector) };
  }
}

/** Only the bytes that the rows refer to are copied. */
function shareBytes(vector: BytesVector): BytesVector {
  if (inSharedMemory(vector.offsets) && inSharedMemory(vector.bytes)) return vector;
  const start = vector.offsets[0];
  const end = vector.offsets[vector.length];
  const offsets = new Int32Array(new SharedArrayBuffer((vector.length + 1) * 4));
  for (let i = 0; i <= vector.length; i++) offsets[i] = vector.offsets[i] - start;
  return { ...vector, offsets, bytes: shareArray(vector.bytes.subarray(start, end)) };
}

function shareDictionary(dictionary: Dictionary): Dictionary {
  const { values } = dictionary;
  if (arraysOf(values).every(inSharedMemory)) return dictionary;
  let shared = sharedDictionaries.get(values);
  if (shared === undefined) {
    shared = makeDictionary(shareBytes(values));
    sharedDictionaries.set(values, shared);
  }
  return shared;
}

function shareArray<T extends Shareable>(array: T): T {
  if (inSharedMemory(array)) return array;
  const make = array.constructor as new (buffer: SharedArrayBuffer) => T;
  const shared = new make(new SharedArrayBuffer(array.byteLength));
  (shared as Float64Array).set(array as Float64Array);
  return shared;
}
