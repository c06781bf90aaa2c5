import { concatVectors } from "../core/concat.ts";
import { gather, take } from "../core/take.ts";
import { type DataType, NULL_TYPE, physicalOf } from "../core/types.ts";
import { BATCH_ROWS, batchBytes, type FlatVector, type RecordBatch, sliceBatch, type Vector } from "../core/vector.ts";
import { FLAT_CLASSES, nullVector } from "../core/vector-builder.ts";

/** Stands in place of a column that nothing downstream reads. */
export const UNREAD: Vector = nullVector(NULL_TYPE, 0);

/** Which columns of an output are read downstream; undefined: all of them. */
export type WantedColumns = readonly boolean[] | undefined;

const CHUNK_BITS = 14;
const CHUNK_MASK = BATCH_ROWS - 1;
if (1 << CHUNK_BITS !== BATCH_ROWS) throw new Error("a chunk of a row store is one full batch");

/**
 * Rows kept for later, numbered from 0 in the order they came: what sorts and joins hold. Chunks of exactly BATCH_ROWS rows; a batch that
 * is a whole chunk is kept as it is, without copying.
 */
export class RowStore {
  readonly #types: readonly DataType[];
  readonly #chunks: RecordBatch[] = [];
  #open: RecordBatch[] = [];
  #openRows = 0;
  #rows = 0;
  #bytes = 0;

  constructor(types: readonly DataType[]) {
    this.#types = types;
  }

  get length(): number {
    return this.#rows;
  }

  get bytes(): number {
    return this.#bytes;
  }

  append(batch: RecordBatch): void {
    this.#rows += batch.length;
    this.#bytes += batchBytes(batch);
    for (let start = 0; start < batch.length; ) {
      const end = Math.min(batch.length, start + BATCH_ROWS - this.#openRows);
      this.#open.push(sliceBatch(batch, start, end));
      this.#openRows += end - start;
      if (this.#openRows === BATCH_ROWS) this.#closeChunk();
      start = end;
    }
  }

  #closeChunk(): void {
    const open = this.#open;
    const columns = this.#types.map((type, i) =>
      concatVectors(
        type,
        open.map((batch) => batch.columns[i]),
      ),
    );
    this.#chunks.push({ columns, length: this.#openRows });
    this.#open = [];
    this.#openRows = 0;
  }

  /** Everything as batches, in order; the store then takes no more. */
  chunks(): readonly RecordBatch[] {
    if (this.#openRows > 0) this.#closeChunk();
    return this.#chunks;
  }

  /** One column as one vector. */
  column(index: number): Vector {
    return concatVectors(
      this.#types[index],
      this.chunks().map((chunk) => chunk.columns[index]),
    );
  }

  /** Rows rows[0] up to rows[length - 1]; -1 gives a row of NULLs. Columns not wanted are UNREAD. Only after the last append. */
  take(rows: Int32Array, length: number = rows.length, wanted: WantedColumns = undefined): RecordBatch {
    const chunks = this.chunks();
    const columns = this.#types.map((type, i) =>
      wanted === undefined || wanted[i] ? takeFromChunks(type, i, chunks, rows, length) : UNREAD,
    );
    return { columns, length };
  }
}

/** Rows of one column out of chunks: row r stands in chunk r >>> 14 at r & 16383; -1 gives NULL. */
export function takeFromChunks(type: DataType, column: number, chunks: readonly RecordBatch[], rows: Int32Array, length: number): Vector {
  if (chunks.length === 0) return take(concatVectors(type, []), rows, length);
  if (chunks.length === 1) return take(chunks[0].columns[column], rows, length);
  const vectors = chunks.map((chunk) => chunk.columns[column]);
  const first = vectors[0];
  if (first.layout === "flat" && physicalOf(type) !== "i128") return takeFlat(type, vectors as FlatVector[], rows, length);
  if (first.layout === "dictionary") {
    const codes = vectors.map((vector) =>
      vector.layout === "dictionary" && vector.dictionary.values === first.dictionary.values ? vector.codes : undefined,
    );
    if (!codes.includes(undefined)) {
      const taken = new Int32Array(length);
      gatherChunks(codes as Int32Array[], taken, rows, length);
      return { ...first, length, validity: takeValidity(vectors, rows, length), codes: taken };
    }
  }
  return takeByChunk(type, vectors, rows, length);
}

function takeFlat(type: DataType, vectors: readonly FlatVector[], rows: Int32Array, length: number): FlatVector {
  const data = new (vectors[0].data.constructor as new (length: number) => FlatVector["data"])(length);
  gatherChunks(
    vectors.map((vector) => vector.data),
    data,
    rows,
    length,
  );
  return { layout: "flat", type, length, validity: takeValidity(vectors, rows, length), data };
}

function takeValidity(vectors: readonly Vector[], rows: Int32Array, length: number): Uint8Array | null {
  const masks = vectors.map((vector) => vector.validity);
  const nullable = masks.some((mask) => mask !== null);
  if (!nullable) {
    let signs = 0;
    for (let i = 0; i < length; i++) signs |= rows[i];
    if (signs >= 0) return null;
  }
  const out = new Uint8Array(length);
  let all = 1;
  for (let i = 0; i < length; i++) {
    const row = rows[i];
    let valid = row < 0 ? 0 : 1;
    if (nullable && row >= 0) {
      const mask = masks[row >>> CHUNK_BITS];
      if (mask !== null) valid = mask[row & CHUNK_MASK];
    }
    out[i] = valid;
    all &= valid;
  }
  return all === 1 ? null : out;
}

/** Any layout: rows are taken chunk by chunk, and then put into the order asked for. */
function takeByChunk(type: DataType, vectors: readonly Vector[], rows: Int32Array, length: number): Vector {
  const counts = new Int32Array(vectors.length + 1);
  for (let i = 0; i < length; i++) counts[rows[i] < 0 ? vectors.length : rows[i] >>> CHUNK_BITS]++;
  const starts = new Int32Array(vectors.length);
  for (let c = 1; c < vectors.length; c++) starts[c] = starts[c - 1] + counts[c - 1];
  const places = starts.slice();
  const grouped = new Int32Array(length);
  const order = new Int32Array(length);
  for (let i = 0; i < length; i++) {
    const row = rows[i];
    if (row < 0) {
      order[i] = -1;
      continue;
    }
    const place = places[row >>> CHUNK_BITS]++;
    grouped[place] = row & CHUNK_MASK;
    order[i] = place;
  }
  const taken: Vector[] = [];
  for (let c = 0; c < vectors.length; c++) {
    if (counts[c] > 0) taken.push(take(vectors[c], grouped.subarray(starts[c], starts[c] + counts[c])));
  }
  return take(concatVectors(type, taken), order, length);
}

type ChunkGather = (chunks: readonly ArrayLike<unknown>[], to: unknown, rows: Int32Array, length: number) => void;

/** One loop per array class, each of its own text, so that none becomes megamorphic. */
const chunkGathers = new Map<string, ChunkGather>(
  [...new Set(Object.values(FLAT_CLASSES))].map(({ name }) => [name, makeChunkGather(name)]),
);

function makeChunkGather(name: string): ChunkGather {
  const body = `// ${name}\nfor (let i = 0; i < length; i++) { const row = rows[i]; if (row >= 0) to[i] = chunks[row >>> ${CHUNK_BITS}][row & ${CHUNK_MASK}]; }`;
  return new Function("chunks", "to", "rows", "length", body) as ChunkGather;
}

function gatherChunks(
  chunks: readonly ArrayLike<unknown>[],
  to: { constructor: { name: string } },
  rows: Int32Array,
  length: number,
): void {
  if (chunks.length === 1) gather(chunks[0], to, rows, length);
  else chunkGathers.get(to.constructor.name)!(chunks, to, rows, length);
}
