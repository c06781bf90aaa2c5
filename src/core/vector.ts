import type { DataType, Schema } from "./types.ts";

/**
 * Columns and batches. A Vector is Arrow-shaped memory: typed arrays, never row objects.
 *
 * - `validity` is a byte mask (1 = value, 0 = NULL) or null when no slot is NULL; Arrow bits exist only at the edges (arrow.ts).
 * - A NULL slot holds 0 (an empty string, a zero-length list), so range checks and branchless sums may ignore validity.
 * - Buffers may be shared (SharedArrayBuffer): stored tables are, so that pool workers read them in place.
 * - Vectors are immutable once built. They are plain data: structured clone carries them across threads.
 */
export type Vector = FlatVector | BytesVector | DictionaryVector | IntervalVector | ListVector | StructVector;

interface VectorBase {
  readonly type: DataType;
  readonly length: number;
  readonly validity: Uint8Array | null;
}

export type FlatData =
  | Uint8Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint16Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

/** Fixed-width values. BOOLEAN is a Uint8Array of 0 and 1; an i128 holds two limbs a row (low, high) in a BigInt64Array of 2 × length. */
export interface FlatVector extends VectorBase {
  readonly layout: "flat";
  readonly data: FlatData;
}

/** VARCHAR, BLOB, JSON, UUID, ENUM as UTF-8 or raw bytes; row i is bytes[offsets[i]] up to bytes[offsets[i + 1]]. Offsets need not start at 0. */
export interface BytesVector extends VectorBase {
  readonly layout: "bytes";
  readonly offsets: Int32Array;
  readonly bytes: Uint8Array;
}

/** The distinct values of dictionary-coded columns. Values are unique and non-NULL. Identity (`===`, or `id` across threads) allows caching per code. */
export interface Dictionary {
  readonly id: number;
  readonly values: BytesVector;
}

/** A text column as codes into a dictionary; a NULL slot holds code 0 (which then need not exist in an empty dictionary). */
export interface DictionaryVector extends VectorBase {
  readonly layout: "dictionary";
  readonly codes: Int32Array;
  readonly dictionary: Dictionary;
}

export interface IntervalVector extends VectorBase {
  readonly layout: "interval";
  readonly months: Int32Array;
  readonly days: Int32Array;
  readonly micros: Float64Array;
}

/** LIST, and MAP as a list of STRUCT(key, value). Row i is child rows offsets[i] up to offsets[i + 1]. */
export interface ListVector extends VectorBase {
  readonly layout: "list";
  readonly offsets: Int32Array;
  readonly child: Vector;
}

export interface StructVector extends VectorBase {
  readonly layout: "struct";
  readonly children: readonly Vector[];
}

/**
 * Some rows: one vector a column, all of `length` rows. Operators exchange batches of about BATCH_ROWS.
 * In streams two more things may be said of each row; what makes batches from batches carries them on.
 */
export interface RecordBatch {
  readonly columns: readonly Vector[];
  readonly length: number;
  /** Change kinds (changes.ts). Absent: every row is an insert. */
  readonly kinds?: Uint8Array;
  /** The watermark each row met when it arrived, microseconds. Absent: no row is behind it, so that none can be late. */
  readonly watermarks?: Float64Array;
  /** Where the rows stand in the order of their event times: bounds between which these lie, microseconds. */
  readonly times?: { readonly first: number; readonly last: number };
}

/** What is said of each row beside its columns, for a batch made of rows `start` up to `end` of another. */
export function sliceChanges(batch: RecordBatch, start = 0, end = batch.length): Pick<RecordBatch, "kinds" | "watermarks" | "times"> {
  const { kinds, watermarks, times } = batch;
  if (kinds === undefined && watermarks === undefined && times === undefined) return {};
  return {
    ...(times !== undefined && { times }),
    ...(kinds !== undefined && { kinds: kinds.subarray(start, end) }),
    ...(watermarks !== undefined && { watermarks: watermarks.subarray(start, end) }),
  };
}

/** A batch with names, as it stands at the edges of the engine. */
export interface Table {
  readonly schema: Schema;
  readonly batches: readonly RecordBatch[];
  readonly rowCount: number;
}

export const BATCH_ROWS = 16_384;

let nextDictionaryId = 1;
/** Ids are unique in one thread; a dictionary that crosses threads is told apart by its `values` buffer there. */
export const makeDictionary = (values: BytesVector): Dictionary => ({ id: nextDictionaryId++, values });

const subValidity = (validity: Uint8Array | null, start: number, end: number) => (validity === null ? null : validity.subarray(start, end));

/** Rows `start` up to `end`, sharing memory. */
export function sliceVector(vector: Vector, start: number, end: number): Vector {
  const length = end - start;
  if (start === 0 && length === vector.length) return vector;
  const validity = subValidity(vector.validity, start, end);
  switch (vector.layout) {
    case "flat": {
      const wide = vector.data.length === vector.length ? 1 : vector.data.length / vector.length;
      return { ...vector, length, validity, data: vector.data.subarray(start * wide, end * wide) };
    }
    case "bytes":
      return { ...vector, length, validity, offsets: vector.offsets.subarray(start, end + 1) };
    case "dictionary":
      return { ...vector, length, validity, codes: vector.codes.subarray(start, end) };
    case "interval":
      return {
        ...vector,
        length,
        validity,
        months: vector.months.subarray(start, end),
        days: vector.days.subarray(start, end),
        micros: vector.micros.subarray(start, end),
      };
    case "list":
      return { ...vector, length, validity, offsets: vector.offsets.subarray(start, end + 1) };
    case "struct":
      return { ...vector, length, validity, children: vector.children.map((child) => sliceVector(child, start, end)) };
  }
}

export function sliceBatch(batch: RecordBatch, start: number, end: number): RecordBatch {
  if (start === 0 && end === batch.length) return batch;
  return {
    columns: batch.columns.map((column) => sliceVector(column, start, end)),
    length: end - start,
    ...sliceChanges(batch, start, end),
  };
}

/** Bytes a vector refers to, counted once per buffer view; what memory limits are reckoned by. */
export function vectorBytes(vector: Vector): number {
  const validity = vector.validity === null ? 0 : vector.validity.byteLength;
  switch (vector.layout) {
    case "flat":
      return validity + vector.data.byteLength;
    case "bytes":
      return validity + vector.offsets.byteLength + (vector.offsets[vector.length] - vector.offsets[0]);
    case "dictionary":
      return validity + vector.codes.byteLength;
    case "interval":
      return validity + vector.length * 16;
    case "list": {
      const rows = vector.offsets[vector.length] - vector.offsets[0];
      const share = vector.child.length === 0 ? 0 : rows / vector.child.length;
      return validity + vector.offsets.byteLength + Math.ceil(vectorBytes(vector.child) * share);
    }
    case "struct":
      return validity + vector.children.reduce((sum, child) => sum + vectorBytes(child), 0);
  }
}

export const batchBytes = (batch: RecordBatch): number => batch.columns.reduce((sum, column) => sum + vectorBytes(column), 0);
