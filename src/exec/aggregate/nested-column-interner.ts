import { normaliseInterval } from "../../core/compare.ts";
import { concatVectors } from "../../core/concat.ts";
import { take } from "../../core/take.ts";
import { type DataType, physicalOf } from "../../core/types.ts";
import type { FlatVector, Vector } from "../../core/vector.ts";
import { ByteIndex } from "./byte-index.ts";
import type { ColumnInterner } from "./column-interner.ts";

/** Codes of intervals, lists, structs and maps: equal values have equal serialised bytes. The first row of each value is kept for the output. */
export class NestedColumnInterner implements ColumnInterner {
  readonly #type: DataType;
  readonly #index = new ByteIndex();
  readonly #writer = new KeyWriter();
  #kept: Vector[] = [];
  #keptBytes = 0;

  constructor(type: DataType) {
    this.#type = type;
  }

  get size(): number {
    return this.#index.size;
  }

  encode(vector: Vector, length: number, out: Int32Array, insert: boolean): void {
    const writer = this.#writer;
    const before = this.#index.size;
    const fresh: number[] = [];
    for (let i = 0; i < length; i++) {
      writer.reset();
      writeKey(writer, vector, i);
      const known = this.#index.size;
      out[i] = this.#index.code(writer.bytes, 0, writer.length, insert);
      if (this.#index.size > known) fresh.push(i);
    }
    if (this.#index.size > before) {
      const kept = take(vector, Int32Array.from(fresh));
      this.#kept.push(kept);
      this.#keptBytes += fresh.length * 16;
    }
  }

  decode(codes: Int32Array, from: number, to: number): Vector {
    if (this.#kept.length > 1) this.#kept = [concatVectors(this.#type, this.#kept)];
    return take(this.#kept[0] ?? concatVectors(this.#type, []), codes.subarray(from, to));
  }

  bytes(): number {
    return this.#index.bytes() + this.#keptBytes;
  }
}

class KeyWriter {
  bytes = new Uint8Array(256);
  length = 0;
  readonly #scratch = new DataView(new ArrayBuffer(8));

  reset(): void {
    this.length = 0;
  }

  byte(value: number): void {
    this.#room(1);
    this.bytes[this.length++] = value;
  }

  int(value: number): void {
    this.#room(4);
    this.bytes[this.length++] = value;
    this.bytes[this.length++] = value >>> 8;
    this.bytes[this.length++] = value >>> 16;
    this.bytes[this.length++] = value >>> 24;
  }

  double(value: number): void {
    this.#scratch.setFloat64(0, Number.isNaN(value) ? Number.NaN : value + 0);
    this.int(this.#scratch.getInt32(0));
    this.int(this.#scratch.getInt32(4));
  }

  raw(bytes: Uint8Array, start: number, end: number): void {
    this.#room(end - start);
    this.bytes.set(bytes.subarray(start, end), this.length);
    this.length += end - start;
  }

  #room(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.length + more, this.bytes.length * 2));
    grown.set(this.bytes);
    this.bytes = grown;
  }
}

function writeKey(writer: KeyWriter, vector: Vector, row: number): void {
  if (vector.validity !== null && vector.validity[row] === 0) {
    writer.byte(0);
    return;
  }
  writer.byte(1);
  switch (vector.layout) {
    case "dictionary": {
      const { bytes, offsets } = vector.dictionary.values;
      const code = vector.codes[row];
      writer.int(offsets[code + 1] - offsets[code]);
      writer.raw(bytes, offsets[code], offsets[code + 1]);
      return;
    }
    case "bytes":
      writer.int(vector.offsets[row + 1] - vector.offsets[row]);
      writer.raw(vector.bytes, vector.offsets[row], vector.offsets[row + 1]);
      return;
    case "interval": {
      const { months, days, micros } = normaliseInterval({
        months: vector.months[row],
        days: vector.days[row],
        micros: vector.micros[row],
      });
      writer.int(months);
      writer.int(days);
      writer.double(micros);
      return;
    }
    case "list":
      writer.int(vector.offsets[row + 1] - vector.offsets[row]);
      for (let k = vector.offsets[row]; k < vector.offsets[row + 1]; k++) writeKey(writer, vector.child, k);
      return;
    case "struct":
      for (const child of vector.children) writeKey(writer, child, row);
      return;
    case "flat":
      writeFlat(writer, vector, row);
  }
}

function writeFlat(writer: KeyWriter, vector: FlatVector, row: number): void {
  const { data } = vector;
  const physical = physicalOf(vector.type);
  if (physical === "f32" || physical === "f64") {
    writer.double(data[row] as number);
    return;
  }
  const width = physical === "i128" ? 16 : data.BYTES_PER_ELEMENT;
  writer.raw(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), row * width, row * width + width);
}
