import { ioError } from "../files.ts";
import type { RandomInput } from "../input.ts";
import { decompressPage } from "./codecs.ts";
import { ENCODING, HybridReader } from "./encodings.ts";
import type { ColumnChunk } from "./metadata.ts";
import { openDictionary, openValues, type PageDictionary, type PageValues } from "./page-values.ts";
import { makeRaw, type RawColumn } from "./raw-column.ts";
import type { Leaf } from "./schema.ts";
import { ThriftReader, type ThriftStruct } from "./thrift.ts";

/** Slots of one leaf: as many as asked for when it is flat; by level when it is inside of lists. */
export interface LeafSlots {
  readonly raw: RawColumn;
  readonly count: number;
  /** 1 where there is a value; null when all have one. */
  readonly validity: Uint8Array | null;
  /** Levels of each slot, for columns inside of lists and structs; null when they are not needed. */
  readonly definitions: Int32Array | null;
  readonly repetitions: Int32Array | null;
}

/** Reads one leaf's column chunk from its first row to its last, page by page. */
export class LeafReader {
  readonly #leaf: Leaf;
  readonly #codec: number;
  readonly #bytes: Uint8Array;
  readonly #valueCount: number;
  #at = 0;
  #seen = 0;
  #dictionary: PageDictionary | undefined;
  /** The current page. */
  #left = 0;
  #definitions: HybridReader | undefined;
  #repetitions: HybridReader | undefined;
  #values: PageValues | undefined;

  constructor(input: RandomInput, chunk: ColumnChunk, leaf: Leaf) {
    this.#leaf = leaf;
    this.#codec = chunk.codec;
    this.#valueCount = chunk.valueCount;
    this.#bytes = new Uint8Array(chunk.length);
    if (input.read(this.#bytes, 0, chunk.length, chunk.start) !== chunk.length) {
      throw ioError(`column "${leaf.name}" is cut off: the file is shorter than its metadata says`);
    }
  }

  /** Leaves out `rows` rows of a flat column; pages that lie in them wholly are not decompressed. */
  skip(rows: number): void {
    while (rows > 0) {
      if (this.#left === 0 && !this.#nextPage(rows)) return;
      if (this.#left === 0) {
        rows -= this.#skipped;
        continue;
      }
      const count = Math.min(rows, this.#left);
      this.readFlat(count);
      rows -= count;
    }
  }
  #skipped = 0;

  /** The next `rows` slots of a column outside of lists. */
  readFlat(rows: number, wantLevels = false): LeafSlots {
    const { maxDefinition, physical, typeLength } = this.#leaf;
    const raw = makeRaw(physical, typeLength, rows);
    let validity: Uint8Array | null = null;
    const definitions = wantLevels ? new Int32Array(rows) : null;
    let filled = 0;
    while (filled < rows) {
      if (this.#left === 0 && !this.#nextPage(0)) throw ioError(`column "${this.#leaf.name}" has fewer rows than its metadata says`);
      const count = Math.min(rows - filled, this.#left);
      const present = this.#levels(filled, count, rows, validity, definitions, maxDefinition);
      if (present < count) validity = this.#validity;
      else if (validity !== null) validity.fill(1, filled, filled + count);
      this.#values!.read(raw, filled, present, validity);
      if (present < count) raw.spread(filled, count, present, validity!);
      filled += count;
      this.#left -= count;
    }
    return { raw, count: rows, validity, definitions, repetitions: null };
  }

  #validity: Uint8Array | null = null;

  /** Reads definition levels of `count` slots; returns how many have a value. Leaves the validity mask in #validity when not all do. */
  #levels(
    from: number,
    count: number,
    rows: number,
    validity: Uint8Array | null,
    definitions: Int32Array | null,
    maxDefinition: number,
  ): number {
    if (this.#definitions === undefined) {
      definitions?.fill(maxDefinition, from, from + count);
      return count;
    }
    const run = this.#definitions.takeRun(count);
    if (run === maxDefinition) {
      definitions?.fill(run, from, from + count);
      return count;
    }
    const mask = validity ?? new Uint8Array(rows).fill(1, 0, from);
    this.#validity = mask;
    if (run >= 0) {
      definitions?.fill(run, from, from + count);
      mask.fill(0, from, from + count);
      return 0;
    }
    let present = 0;
    if (maxDefinition === 1) {
      // The level is the mask
      this.#definitions.read(mask, from, count);
      for (let i = from; i < from + count; i++) present += mask[i];
      definitions?.set(mask.subarray(from, from + count), from);
      return present;
    }
    const levels = definitions ?? new Int32Array(from + count);
    this.#definitions.read(levels, from, count);
    for (let i = from; i < from + count; i++) {
      const has = levels[i] === maxDefinition ? 1 : 0;
      mask[i] = has;
      present += has;
    }
    return present;
  }

  /** All slots of the chunk, for columns inside of lists. */
  readAll(): LeafSlots {
    const { maxDefinition, physical, typeLength } = this.#leaf;
    const count = this.#valueCount;
    const raw = makeRaw(physical, typeLength, count);
    const definitions = new Int32Array(count);
    const repetitions = new Int32Array(count);
    const validity = new Uint8Array(count);
    let filled = 0;
    while (filled < count) {
      if (this.#left === 0 && !this.#nextPage(0)) throw ioError(`column "${this.#leaf.name}" has fewer values than its metadata says`);
      const n = Math.min(count - filled, this.#left);
      if (this.#repetitions !== undefined) this.#repetitions.read(repetitions, filled, n);
      if (this.#definitions === undefined) definitions.fill(maxDefinition, filled, filled + n);
      else this.#definitions.read(definitions, filled, n);
      let present = 0;
      for (let i = filled; i < filled + n; i++) {
        const has = definitions[i] === maxDefinition ? 1 : 0;
        validity[i] = has;
        present += has;
      }
      this.#values!.read(raw, filled, present, validity);
      if (present < n) raw.spread(filled, n, present, validity);
      filled += n;
      this.#left -= n;
    }
    return { raw, count, validity, definitions, repetitions };
  }

  /** Opens the next data page; false at the end. A page of at most `skippable` values is passed over (see #skipped). */
  #nextPage(skippable: number): boolean {
    while (this.#seen < this.#valueCount && this.#at < this.#bytes.length) {
      const reader = new ThriftReader(this.#bytes, this.#at);
      const header = reader.struct();
      const size = header[3] as number;
      const body = this.#bytes.subarray(reader.at, reader.at + size);
      if (body.length !== size) throw ioError(`column "${this.#leaf.name}" is cut off in a page`);
      this.#at = reader.at + size;
      const data = (header[5] ?? header[8]) as ThriftStruct | undefined;
      const fullSize = header[2] as number;
      if (data === undefined) {
        const dictionary = header[7] as ThriftStruct | undefined;
        // Index pages say nothing about values
        if (dictionary !== undefined) {
          const bytes = decompressPage(this.#codec, body, fullSize);
          this.#dictionary = openDictionary(this.#leaf.physical, bytes, dictionary[1] as number);
        }
        continue;
      }
      const count = data[1] as number;
      this.#seen += count;
      if (count === 0) continue;
      if (count <= skippable) {
        this.#skipped = count;
        return true;
      }
      this.#left = count;
      if (header[5] !== undefined) this.#openVersion1(data, body, fullSize, count);
      else this.#openVersion2(data, body, fullSize, count);
      return true;
    }
    return false;
  }

  #openVersion1(data: ThriftStruct, body: Uint8Array, fullSize: number, count: number): void {
    const bytes = decompressPage(this.#codec, body, fullSize);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const { maxDefinition, maxRepetition } = this.#leaf;
    let at = 0;
    const levels = (max: number, encoding: number): HybridReader | undefined => {
      if (max === 0) return undefined;
      if (encoding !== ENCODING.RLE) throw ioError(`column "${this.#leaf.name}" has levels in an encoding that is not read`);
      const length = view.getInt32(at, true);
      at += 4 + length;
      return new HybridReader(bytes, at - length, at, 32 - Math.clz32(max));
    };
    this.#repetitions = levels(maxRepetition, data[4] as number);
    this.#definitions = levels(maxDefinition, data[3] as number);
    this.#openValues(data[2] as number, bytes, at, count);
  }

  #openVersion2(data: ThriftStruct, body: Uint8Array, fullSize: number, count: number): void {
    const { maxDefinition, maxRepetition } = this.#leaf;
    const definitionLength = (data[5] as number | undefined) ?? 0;
    const repetitionLength = (data[6] as number | undefined) ?? 0;
    const levelLength = definitionLength + repetitionLength;
    const levels = (max: number, start: number, length: number) =>
      max === 0 ? undefined : new HybridReader(body, start, start + length, 32 - Math.clz32(max));
    this.#repetitions = levels(maxRepetition, 0, repetitionLength);
    this.#definitions = levels(maxDefinition, repetitionLength, definitionLength);
    const isCompressed = data[7] !== false;
    const rest = body.subarray(levelLength);
    const bytes = isCompressed ? decompressPage(this.#codec, rest, fullSize - levelLength) : rest;
    this.#openValues(data[4] as number, bytes, 0, count);
  }

  #openValues(encoding: number, bytes: Uint8Array, at: number, count: number): void {
    const { physical, typeLength } = this.#leaf;
    this.#values = openValues(encoding, physical, typeLength, bytes, at, count, this.#dictionary);
  }
}
