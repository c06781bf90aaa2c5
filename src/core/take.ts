import type { BytesVector, DictionaryVector, FlatVector, IntervalVector, ListVector, RecordBatch, Vector } from "./vector.ts";
import { listChildType, nullVector } from "./vector-builder.ts";

/** Picking rows out of vectors. Dictionary vectors stay dictionary vectors. */

/** Rows `indices[0]` up to `indices[length - 1]`; an index of -1 gives NULL. */
export function take(vector: Vector, indices: Int32Array, length: number = indices.length): Vector {
  if (vector.length === 0) return nullVector(vector.type, length);
  const validity = takeValidity(vector.validity, indices, length);
  switch (vector.layout) {
    case "flat":
      return takeFlat(vector, indices, length, validity);
    case "bytes":
      return takeBytes(vector, indices, length, validity);
    case "dictionary":
      return takeDictionary(vector, indices, length, validity);
    case "interval":
      return takeInterval(vector, indices, length, validity);
    case "list":
      return takeList(vector, indices, length, validity);
    case "struct":
      return { ...vector, length, validity, children: vector.children.map((child) => take(child, indices, length)) };
  }
}

export function takeBatch(batch: RecordBatch, indices: Int32Array, length: number = indices.length): RecordBatch {
  return { columns: batch.columns.map((column) => take(column, indices, length)), length };
}

/** What is said of rows beside their columns, for a batch made of some of them. */
export function takeChanges(
  batch: RecordBatch,
  indices: Int32Array,
  length: number = indices.length,
): Pick<RecordBatch, "kinds" | "watermarks"> {
  const { kinds, watermarks } = batch;
  if (kinds === undefined && watermarks === undefined) return {};
  const taken = <T extends Uint8Array | Float64Array>(from: T, to: T): T => {
    gather(from, to, indices, length);
    return to;
  };
  return {
    ...(kinds !== undefined && { kinds: taken(kinds, new Uint8Array(length)) }),
    ...(watermarks !== undefined && { watermarks: taken(watermarks, new Float64Array(length)) }),
  };
}

/** The rows whose byte in `mask` is 1. */
export function filterBatch(batch: RecordBatch, mask: Uint8Array): RecordBatch {
  const indices = new Int32Array(batch.length);
  let count = 0;
  for (let i = 0; i < batch.length; i++) {
    indices[count] = i;
    count += mask[i];
  }
  return count === batch.length ? batch : takeBatch(batch, indices, count);
}

function takeValidity(validity: Uint8Array | null, indices: Int32Array, length: number): Uint8Array | null {
  let valid = 1;
  if (validity === null) {
    for (let i = 0; i < length; i++) if (indices[i] < 0) valid = 0;
    if (valid === 1) return null;
  }
  const out = new Uint8Array(length);
  let all = 1;
  for (let i = 0; i < length; i++) {
    const index = indices[i];
    const bit = index < 0 ? 0 : validity === null ? 1 : validity[index];
    out[i] = bit;
    all &= bit;
  }
  return all === 1 ? null : out;
}

type Gather = (from: ArrayLike<unknown>, to: unknown, indices: Int32Array, length: number) => void;

/** One gather loop per array class, each with its own source text, so that none becomes megamorphic. An index of -1 reads undefined, hence the guard. */
function makeGather(name: string): Gather {
  const body = `// ${name}\nfor (let i = 0; i < length; i++) { const index = indices[i]; if (index >= 0) to[i] = from[index]; }`;
  return new Function("from", "to", "indices", "length", body) as Gather;
}
const gathers = new Map<string, Gather>();

/** Copies from[indices[i]] to to[i]; slots of -1 are left alone. */
export function gather(
  from: { readonly constructor: { readonly name: string } } & ArrayLike<unknown>,
  to: unknown,
  indices: Int32Array,
  length: number,
) {
  const name = from.constructor.name;
  let loop = gathers.get(name);
  if (loop === undefined) {
    loop = makeGather(name);
    gathers.set(name, loop);
  }
  loop(from, to, indices, length);
}

function takeFlat(vector: FlatVector, indices: Int32Array, length: number, validity: Uint8Array | null): FlatVector {
  const limbs = vector.data.length / vector.length;
  const data = new (vector.data.constructor as new (length: number) => FlatVector["data"])(length * limbs);
  if (limbs === 1) gather(vector.data, data, indices, length);
  else {
    const from = vector.data as BigInt64Array;
    const to = data as BigInt64Array;
    for (let i = 0; i < length; i++) {
      const index = indices[i];
      if (index < 0) continue;
      to[2 * i] = from[2 * index];
      to[2 * i + 1] = from[2 * index + 1];
    }
  }
  return { ...vector, length, validity, data };
}

function takeBytes(vector: BytesVector, indices: Int32Array, length: number, validity: Uint8Array | null): BytesVector {
  const from = vector.offsets;
  const offsets = new Int32Array(length + 1);
  let total = 0;
  for (let i = 0; i < length; i++) {
    const index = indices[i];
    if (index >= 0) total += from[index + 1] - from[index];
    offsets[i + 1] = total;
  }
  if (total > 2 ** 31 - 1) throw new RangeError("text column over 2 GB in one vector");
  const bytes = new Uint8Array(total);
  const source = vector.bytes;
  for (let i = 0; i < length; i++) {
    const at = offsets[i];
    const size = offsets[i + 1] - at;
    if (size === 0) continue;
    const start = from[indices[i]];
    if (size <= SHORT_COPY) for (let j = 0; j < size; j++) bytes[at + j] = source[start + j];
    else bytes.set(source.subarray(start, start + size), at);
  }
  return { ...vector, length, validity, offsets, bytes };
}

const SHORT_COPY = 64;

function takeDictionary(vector: DictionaryVector, indices: Int32Array, length: number, validity: Uint8Array | null): DictionaryVector {
  const codes = new Int32Array(length);
  gather(vector.codes, codes, indices, length);
  return { ...vector, length, validity, codes };
}

function takeInterval(vector: IntervalVector, indices: Int32Array, length: number, validity: Uint8Array | null): IntervalVector {
  const months = new Int32Array(length);
  const days = new Int32Array(length);
  const micros = new Float64Array(length);
  gather(vector.months, months, indices, length);
  gather(vector.days, days, indices, length);
  gather(vector.micros, micros, indices, length);
  return { ...vector, length, validity, months, days, micros };
}

function takeList(vector: ListVector, indices: Int32Array, length: number, validity: Uint8Array | null): ListVector {
  const offsets = new Int32Array(length + 1);
  for (let i = 0; i < length; i++) {
    const index = indices[i];
    offsets[i + 1] = offsets[i] + (index < 0 ? 0 : vector.offsets[index + 1] - vector.offsets[index]);
  }
  const children = new Int32Array(offsets[length]);
  for (let i = 0; i < length; i++) {
    const size = offsets[i + 1] - offsets[i];
    const start = size === 0 ? 0 : vector.offsets[indices[i]];
    for (let j = 0; j < size; j++) children[offsets[i] + j] = start + j;
  }
  const child = children.length === 0 ? nullVector(listChildType(vector.type), 0) : take(vector.child, children);
  return { ...vector, length, validity, offsets, child };
}
