import type { DataType } from "../../core/types.ts";
import { BATCH_ROWS, batchBytes, type RecordBatch, sliceBatch } from "../../core/vector.ts";
import { takeFromChunks, UNREAD, type WantedColumns } from "../row-store.ts";
import { type ColumnBuffer, columnBuffer } from "./column-buffer.ts";

const CHUNK_BITS = 14;
const CHUNK_MASK = BATCH_ROWS - 1;
/** From this many rows on, a batch is kept as it is instead of being copied behind others. */
const WHOLE_ROWS = 4096;

/** Up to 16k rows of a side. */
interface Chunk {
  /** Not used again, unlike its place: names the chunk in snapshots. */
  readonly serial: number;
  /** Of a closed chunk; the open one reads its buffers. */
  batch: RecordBatch | undefined;
  length: number;
  live: number;
  bytes: number;
  version: number;
  /** A byte a row, where the join marks rows. */
  readonly flags: Uint8Array | undefined;
}

/** A chunk as it is: its rows, their marks, and the slot of the first one. */
export interface SavedChunk {
  readonly serial: number;
  readonly version: number;
  readonly batch: RecordBatch;
  readonly flags: Uint8Array | undefined;
  readonly first: number;
}

/**
 * Rows that come and go: each has a slot (chunk place and row), rows are released one by one, and a chunk's memory goes when its last row does.
 * Places of chunks are used again, so that slots stay 32-bit integers however long a stream runs.
 */
export class RowChunks {
  readonly #types: readonly DataType[];
  readonly #flagged: boolean;
  readonly #chunks: (Chunk | undefined)[] = [];
  readonly #freePlaces: number[] = [];
  #open = -1;
  #buffers: readonly ColumnBuffer[] = [];
  #nextSerial = 0;
  #version = 0;
  #rows = 0;
  #bytes = 0;
  /** Which chunk of a take stands for which place; kept between calls, all -1 in between. */
  #compact = new Int32Array(0);

  /** `flagged`: rows have a byte for marks. */
  constructor(types: readonly DataType[], flagged: boolean) {
    this.#types = types;
    this.#flagged = flagged;
  }

  get length(): number {
    return this.#rows;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Keeps all rows; their slots go into `slots`. */
  append(batch: RecordBatch, slots: Int32Array): void {
    for (let start = 0; start < batch.length; ) {
      if (this.#open < 0 && batch.length - start >= WHOLE_ROWS) {
        const end = Math.min(batch.length, start + BATCH_ROWS);
        const part = sliceBatch(batch, start, end);
        const whole: RecordBatch = { columns: part.columns, length: part.length };
        const place = this.#add(batchBytes(whole), whole);
        this.#give(place, 0, slots, start, end);
        start = end;
        continue;
      }
      const place = this.#openPlace();
      const chunk = this.#chunks[place]!;
      const end = Math.min(batch.length, start + BATCH_ROWS - chunk.length);
      const part = sliceBatch(batch, start, end);
      this.#buffers.forEach((buffer, i) => {
        buffer.append(part.columns[i]);
      });
      const bytes = this.#buffers.reduce((sum, buffer) => sum + buffer.bytes(), 0);
      this.#bytes += bytes - chunk.bytes;
      chunk.bytes = bytes;
      const from = chunk.length;
      chunk.length += end - start;
      this.#give(place, from, slots, start, end);
      if (chunk.length >= WHOLE_ROWS && batch.length >= WHOLE_ROWS) this.#close();
      else if (chunk.length === BATCH_ROWS) this.#close();
      start = end;
    }
  }

  #give(place: number, from: number, slots: Int32Array, start: number, end: number): void {
    const first = (place << CHUNK_BITS) | from;
    for (let i = start; i < end; i++) slots[i] = first + i - start;
    const chunk = this.#chunks[place]!;
    chunk.live += end - start;
    chunk.version = ++this.#version;
    this.#rows += end - start;
  }

  #add(bytes: number, batch: RecordBatch | undefined): number {
    const place = this.#freePlaces.pop() ?? this.#chunks.length;
    this.#chunks[place] = {
      serial: this.#nextSerial++,
      batch,
      length: batch?.length ?? 0,
      live: 0,
      bytes,
      version: 0,
      flags: this.#flagged ? new Uint8Array(batch?.length ?? BATCH_ROWS) : undefined,
    };
    this.#bytes += bytes + (this.#flagged ? (batch?.length ?? BATCH_ROWS) : 0);
    return place;
  }

  #openPlace(): number {
    if (this.#open < 0) {
      this.#open = this.#add(0, undefined);
      this.#buffers = this.#types.map(columnBuffer);
    }
    return this.#open;
  }

  /** The open chunk as a batch; its buffers go on growing behind it. */
  #view(): RecordBatch {
    return { columns: this.#buffers.map((buffer) => buffer.view()), length: this.#chunks[this.#open]!.length };
  }

  #close(): void {
    const place = this.#open;
    const chunk = this.#chunks[place]!;
    chunk.batch = this.#view();
    this.#open = -1;
    this.#buffers = [];
    if (chunk.live === 0) this.#free(place);
  }

  /** The row is not needed any more. */
  release(slot: number): void {
    const place = slot >>> CHUNK_BITS;
    const chunk = this.#chunks[place]!;
    this.#rows--;
    if (--chunk.live > 0) return;
    if (place !== this.#open) this.#free(place);
    else {
      this.#open = -1;
      this.#buffers = [];
      this.#free(place);
    }
  }

  #free(place: number): void {
    const chunk = this.#chunks[place]!;
    this.#bytes -= chunk.bytes + (chunk.flags?.length ?? 0);
    this.#chunks[place] = undefined;
    this.#freePlaces.push(place);
  }

  flag(slot: number): number {
    return this.#chunks[slot >>> CHUNK_BITS]!.flags![slot & CHUNK_MASK];
  }

  setFlag(slot: number, flag: number): void {
    this.#chunks[slot >>> CHUNK_BITS]!.flags![slot & CHUNK_MASK] = flag;
  }

  /** Rows slots[0] up to slots[length - 1]; -1 gives a row of NULLs. Columns not wanted are UNREAD. */
  take(slots: Int32Array, length: number, wanted: WantedColumns = undefined): RecordBatch {
    const { chunks, rows } = this.#compacted(slots, length);
    const columns = this.#types.map((type, i) =>
      wanted === undefined || wanted[i] ? takeFromChunks(type, i, chunks, rows, length) : UNREAD,
    );
    return { columns, length };
  }

  /** Only the chunks that are hit, and slots in terms of these. */
  #compacted(slots: Int32Array, length: number): { chunks: RecordBatch[]; rows: Int32Array } {
    if (this.#compact.length < this.#chunks.length) this.#compact = new Int32Array(this.#chunks.length * 2).fill(-1);
    const compact = this.#compact;
    const chunks: RecordBatch[] = [];
    const places: number[] = [];
    const rows = new Int32Array(length);
    for (let i = 0; i < length; i++) {
      const slot = slots[i];
      if (slot < 0) {
        rows[i] = -1;
        continue;
      }
      const place = slot >>> CHUNK_BITS;
      let at = compact[place];
      if (at < 0) {
        at = chunks.length;
        compact[place] = at;
        places.push(place);
        chunks.push(place === this.#open ? this.#view() : this.#chunks[place]!.batch!);
      }
      rows[i] = (at << CHUNK_BITS) | (slot & CHUNK_MASK);
    }
    for (const place of places) compact[place] = -1;
    return { chunks, rows };
  }

  /** Its chunks for a snapshot: the rows change only while a chunk is open, the flags at any time. */
  snapshot(): SavedChunk[] {
    return this.#chunks.flatMap((chunk, place) => {
      if (chunk === undefined || chunk.length === 0) return [];
      const batch = place === this.#open ? this.#view() : chunk.batch!;
      const { serial, version, flags, length } = chunk;
      return [{ serial, version, batch, flags: flags?.slice(0, length), first: place << CHUNK_BITS }];
    });
  }

  /** In an empty store: numbers go on behind those of a snapshot, so that nothing is taken for what was written before. */
  continueFrom(serial: number, version: number): void {
    this.#nextSerial = serial;
    this.#version = version;
  }

  get counters(): { readonly serial: number; readonly version: number } {
    return { serial: this.#nextSerial, version: this.#version };
  }
}
