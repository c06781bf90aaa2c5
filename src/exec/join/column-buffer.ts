import { concatVectors, plainText } from "../../core/concat.ts";
import { type DataType, physicalOf } from "../../core/types.ts";
import type { BytesVector, Dictionary, DictionaryVector, FlatData, FlatVector, Vector } from "../../core/vector.ts";
import { allocate, FLAT_CLASSES } from "../../core/vector-builder.ts";

/**
 * A column that grows by vectors and can be read at any time. What was given out by `view` stays as it was: only what lies behind it is written.
 */
export interface ColumnBuffer {
  append(vector: Vector): void;
  /** All rows so far as one vector, without copying where the layout allows it. */
  view(): Vector;
  bytes(): number;
}

export function columnBuffer(type: DataType): ColumnBuffer {
  const physical = physicalOf(type);
  switch (physical) {
    case "bytes":
      return new TextBuffer(type);
    case "interval":
    case "list":
    case "struct":
      return new PartsBuffer(type);
    default:
      return new FlatBuffer(type, physical);
  }
}

const FIRST_ROWS = 64;

/** A copy of at least `needed` elements, at least twice as long. */
function grown<T extends FlatData>(array: T, needed: number): T {
  if (needed <= array.length) return array;
  const larger = new (array.constructor as new (length: number) => T)(Math.max(needed, array.length * 2, FIRST_ROWS));
  (larger as Uint8Array).set(array as Uint8Array);
  return larger;
}

/** Byte masks of vectors behind one another; null while none has a NULL. */
class ValidityBuffer {
  #mask: Uint8Array | null = null;

  append(validity: Uint8Array | null, from: number, count: number): void {
    if (validity === null && this.#mask === null) return;
    const mask = this.#mask === null ? grown(new Uint8Array(0), from + count) : grown(this.#mask, from + count);
    if (this.#mask === null) mask.fill(1, 0, from);
    if (validity === null) mask.fill(1, from, from + count);
    else mask.set(validity.length === count ? validity : validity.subarray(0, count), from);
    this.#mask = mask;
  }

  view(length: number): Uint8Array | null {
    return this.#mask === null ? null : this.#mask.subarray(0, length);
  }

  bytes(): number {
    return this.#mask?.byteLength ?? 0;
  }
}

class FlatBuffer implements ColumnBuffer {
  readonly #type: DataType;
  readonly #limbs: number;
  readonly #validity = new ValidityBuffer();
  #data: FlatData;
  #length = 0;

  constructor(type: DataType, physical: keyof typeof FLAT_CLASSES) {
    this.#type = type;
    this.#limbs = physical === "i128" ? 2 : 1;
    this.#data = allocate(FLAT_CLASSES[physical], 0, false);
  }

  append(vector: Vector): void {
    const { data, validity, length } = vector as FlatVector;
    this.#data = grown(this.#data, (this.#length + length) * this.#limbs);
    (this.#data as Uint8Array).set(data as Uint8Array, this.#length * this.#limbs);
    this.#validity.append(validity, this.#length, length);
    this.#length += length;
  }

  view(): Vector {
    const length = this.#length;
    return {
      layout: "flat",
      type: this.#type,
      length,
      validity: this.#validity.view(length),
      data: this.#data.subarray(0, length * this.#limbs),
    };
  }

  bytes(): number {
    return this.#data.byteLength + this.#validity.bytes();
  }
}

/** Codes while all rows share one dictionary, then plain text. */
class TextBuffer implements ColumnBuffer {
  readonly #type: DataType;
  readonly #validity = new ValidityBuffer();
  #dictionary: Dictionary | undefined;
  #codes = new Int32Array(0);
  #offsets = new Int32Array(1);
  #bytes = new Uint8Array(0);
  #length = 0;

  constructor(type: DataType) {
    this.#type = type;
  }

  append(vector: Vector): void {
    const text = vector as BytesVector | DictionaryVector;
    if (this.#length === 0 && text.layout === "dictionary") this.#dictionary = text.dictionary;
    if (this.#dictionary !== undefined) {
      if (text.layout === "dictionary" && text.dictionary.values === this.#dictionary.values) {
        this.#codes = grown(this.#codes, this.#length + text.length);
        this.#codes.set(text.codes, this.#length);
        this.#validity.append(text.validity, this.#length, text.length);
        this.#length += text.length;
        return;
      }
      this.#toPlain(this.#dictionary);
    }
    this.#appendPlain(plainText(text), this.#length);
    this.#validity.append(text.validity, this.#length, text.length);
    this.#length += text.length;
  }

  #toPlain(dictionary: Dictionary): void {
    const { type: _type, ...coded } = this.view() as DictionaryVector;
    this.#dictionary = undefined;
    this.#codes = new Int32Array(0);
    this.#appendPlain(plainText({ ...coded, type: this.#type, dictionary }), 0);
  }

  #appendPlain(text: BytesVector, at: number): void {
    const start = text.offsets[0];
    const size = text.offsets[text.length] - start;
    const used = this.#offsets[at];
    this.#bytes = grown(this.#bytes, used + size);
    this.#bytes.set(text.bytes.subarray(start, start + size), used);
    this.#offsets = grown(this.#offsets, at + text.length + 1);
    for (let i = 1; i <= text.length; i++) this.#offsets[at + i] = text.offsets[i] - start + used;
  }

  view(): Vector {
    const length = this.#length;
    const common = { type: this.#type, length, validity: this.#validity.view(length) };
    if (this.#dictionary !== undefined) {
      return { layout: "dictionary", ...common, codes: this.#codes.subarray(0, length), dictionary: this.#dictionary };
    }
    return { layout: "bytes", ...common, offsets: this.#offsets.subarray(0, length + 1), bytes: this.#bytes };
  }

  bytes(): number {
    return this.#codes.byteLength + this.#offsets.byteLength + this.#bytes.byteLength + this.#validity.bytes();
  }
}

/** Nested values: kept as they come, and made one vector when they are asked for. */
class PartsBuffer implements ColumnBuffer {
  readonly #type: DataType;
  #parts: Vector[] = [];

  constructor(type: DataType) {
    this.#type = type;
  }

  append(vector: Vector): void {
    this.#parts.push(vector);
  }

  view(): Vector {
    if (this.#parts.length !== 1) this.#parts = [concatVectors(this.#type, this.#parts)];
    return this.#parts[0];
  }

  bytes(): number {
    return this.#parts.reduce((sum, part) => sum + part.length * 32, 0);
  }
}
