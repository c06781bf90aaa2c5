import { type DataType, physicalOf } from "../../core/types.ts";
import { type Dictionary, makeDictionary, type Vector } from "../../core/vector.ts";
import { allocate, FLAT_CLASSES } from "../../core/vector-builder.ts";
import { ByteDictionary } from "../byte-dictionary.ts";
import type { LeafSlots } from "./leaf-reader.ts";
import type { BytesRaw, FixedRaw, RawDictionary } from "./raw-column.ts";
import type { Leaf } from "./schema.ts";

/**
 * Dictionaries of one column over the row groups one thread reads. Small ones are merged into one that grows, so that what is cached for
 * its codes downstream stays valid; large ones are taken as they are.
 */
export class ColumnDictionaries {
  readonly #merged = new ByteDictionary();
  #last: RawDictionary | undefined;
  #lastCodes: Int32Array | undefined;
  #own: Dictionary | undefined;

  /** The dictionary to use for codes of `raw`, which are rewritten in place where needed. */
  resolve(raw: RawDictionary, codes: Int32Array, type: DataType): Dictionary {
    if (raw !== this.#last) {
      this.#last = raw;
      this.#lastCodes = raw.length <= 4096 ? this.#merge(raw) : undefined;
      this.#own = undefined;
    }
    const mapping = this.#lastCodes;
    if (mapping === undefined) {
      this.#own ??= makeDictionary({ layout: "bytes", type, length: raw.length, validity: null, offsets: raw.offsets, bytes: raw.bytes });
      return this.#own;
    }
    if (!isIdentity(mapping)) for (let i = 0; i < codes.length; i++) codes[i] = mapping[codes[i]];
    return this.#merged.snapshot(type);
  }

  #merge(raw: RawDictionary): Int32Array | undefined {
    const mapping = new Int32Array(Math.max(1, raw.length));
    for (let i = 0; i < raw.length; i++) {
      const code = this.#merged.codeOf(raw.bytes, raw.offsets[i], raw.offsets[i + 1]);
      if (code < 0) return undefined;
      mapping[i] = code;
    }
    return mapping;
  }
}

function isIdentity(mapping: Int32Array): boolean {
  for (let i = 0; i < mapping.length; i++) if (mapping[i] !== i) return false;
  return true;
}

/** Turns a leaf's slots into a vector of its SQL type. */
export function toVector(leaf: Leaf, slots: LeafSlots, dictionaries: ColumnDictionaries): Vector {
  const { type } = leaf;
  const { raw, count: length, validity } = slots;
  if (raw.kind === "bytes")
    return leaf.conversion === "big-endian"
      ? bigEndianTexts(type, raw, length, validity)
      : texts(type, raw, length, validity, dictionaries);
  switch (leaf.conversion) {
    case "none": {
      if (type.kind === "blob") return fixedBlobs(type, raw, length, validity);
      const arrayClass = FLAT_CLASSES[physicalOf(type) as keyof typeof FLAT_CLASSES];
      return { layout: "flat", type, length, validity, data: new arrayClass(raw.bytes.buffer, 0, length) };
    }
    case "narrow": {
      const data = allocate(FLAT_CLASSES[physicalOf(type) as keyof typeof FLAT_CLASSES], length, false);
      const words = new Int32Array(raw.bytes.buffer);
      for (let i = 0; i < length; i++) data[i] = words[i];
      return { layout: "flat", type, length, validity, data };
    }
    case "widen": {
      // Times in INT32 are milliseconds; decimals are unscaled already
      const factor = type.kind === "time" ? 1000 : 1;
      const words = new Int32Array(raw.bytes.buffer);
      const wide = physicalOf(type) === "i128" ? 2 : 1;
      const data = new BigInt64Array(length * wide);
      const halves = new Int32Array(data.buffer);
      for (let i = 0; i < length; i++) {
        const value = words[i] * factor;
        const at = 2 * wide * i;
        halves[at] = value;
        halves[at + 1] = Math.floor(value / 4294967296);
        if (wide === 2) halves[at + 2] = halves[at + 3] = value < 0 ? -1 : 0;
      }
      return { layout: "flat", type, length, validity, data };
    }
    case "millis":
    case "nanos":
      return { layout: "flat", type, length, validity, data: toMicros(raw, length, leaf.conversion === "millis") };
    case "big-endian":
      return bigEndianFixed(type, raw, length, validity);
    case "uuid":
      return uuids(type, raw, length, validity);
    case "interval":
      return intervals(type, raw, length, validity);
    case "float16":
      return halfFloats(type, raw, length, validity);
  }
}

function texts(type: DataType, raw: BytesRaw, length: number, validity: Uint8Array | null, dictionaries: ColumnDictionaries): Vector {
  if (raw.codes !== null && raw.dictionary !== null) {
    const dictionary = dictionaries.resolve(raw.dictionary, raw.codes, type);
    // Codes of NULL slots may have been rewritten; they hold 0
    if (validity !== null) for (let i = 0; i < length; i++) if (validity[i] === 0) raw.codes[i] = 0;
    return { layout: "dictionary", type, length, validity, codes: raw.codes, dictionary };
  }
  const offsets = raw.offsets ?? new Int32Array(length + 1);
  return { layout: "bytes", type, length, validity, offsets, bytes: raw.bytes.subarray(0, raw.position) };
}

function fixedBlobs(type: DataType, raw: FixedRaw, length: number, validity: Uint8Array | null): Vector {
  const offsets = new Int32Array(length + 1);
  const bytes = new Uint8Array(length * raw.width);
  let to = 0;
  for (let i = 0; i < length; i++) {
    if (validity === null || validity[i] === 1) {
      bytes.set(raw.bytes.subarray(i * raw.width, (i + 1) * raw.width), to);
      to += raw.width;
    }
    offsets[i + 1] = to;
  }
  return { layout: "bytes", type, length, validity, offsets, bytes: bytes.subarray(0, to) };
}

/** Milliseconds or nanoseconds to microseconds. 64-bit arithmetic by doubles where they are exact, else by BigInt. */
function toMicros(raw: FixedRaw, length: number, millis: boolean): BigInt64Array {
  const data = new BigInt64Array(raw.bytes.buffer as ArrayBuffer, 0, length);
  const halves = new Int32Array(raw.bytes.buffer);
  for (let i = 0; i < length; i++) {
    const high = halves[2 * i + 1];
    const value = high * 4294967296 + (halves[2 * i] >>> 0);
    if (high > -2_000_000 && high < 2_000_000) {
      const micros = millis ? value * 1000 : Math.floor(value / 1000);
      if (Number.isSafeInteger(micros)) {
        halves[2 * i] = micros;
        halves[2 * i + 1] = Math.floor(micros / 4294967296);
        continue;
      }
    }
    const exact = data[i];
    data[i] = millis ? exact * 1000n : exact >= 0n ? exact / 1000n : -((-exact + 999n) / 1000n);
  }
  return data;
}

function bigEndianFixed(type: DataType, raw: FixedRaw, length: number, validity: Uint8Array | null): Vector {
  return decimals(type, length, validity, (i) => [raw.bytes, i * raw.width, (i + 1) * raw.width]);
}

function bigEndianTexts(type: DataType, raw: BytesRaw, length: number, validity: Uint8Array | null): Vector {
  const { dictionary, codes } = raw;
  if (codes !== null && dictionary !== null) {
    return decimals(type, length, validity, (i) => [dictionary.bytes, dictionary.offsets[codes[i]], dictionary.offsets[codes[i] + 1]]);
  }
  const offsets = raw.offsets ?? new Int32Array(length + 1);
  return decimals(type, length, validity, (i) => [raw.bytes, offsets[i], offsets[i + 1]]);
}

/** Two's complement, the highest byte first, to 64 or 128 bits. */
function decimals(type: DataType, length: number, validity: Uint8Array | null, at: (row: number) => [Uint8Array, number, number]): Vector {
  const words = physicalOf(type) === "i128" ? 4 : 2;
  const data = new BigInt64Array((length * words) / 2);
  const halves = new Int32Array(data.buffer);
  for (let i = 0; i < length; i++) {
    if (validity !== null && validity[i] === 0) continue;
    const [bytes, start, end] = at(i);
    let from = end;
    const fill = end > start && bytes[start] > 127 ? 255 : 0;
    for (let word = 0; word < words; word++) {
      let value = 0;
      for (let shift = 0; shift < 32; shift += 8) {
        from--;
        value |= (from >= start ? bytes[from] : fill) << shift;
      }
      halves[words * i + word] = value;
    }
  }
  return { layout: "flat", type, length, validity, data };
}

const HEX = Array.from({ length: 16 }, (_, i) => "0123456789abcdef".charCodeAt(i));

function uuids(type: DataType, raw: FixedRaw, length: number, validity: Uint8Array | null): Vector {
  const offsets = new Int32Array(length + 1);
  const bytes = new Uint8Array(length * 36);
  let to = 0;
  for (let i = 0; i < length; i++) {
    if (validity === null || validity[i] === 1) {
      for (let k = 0; k < 16; k++) {
        if (k === 4 || k === 6 || k === 8 || k === 10) bytes[to++] = 45;
        const byte = raw.bytes[i * 16 + k];
        bytes[to++] = HEX[byte >> 4];
        bytes[to++] = HEX[byte & 15];
      }
    }
    offsets[i + 1] = to;
  }
  return { layout: "bytes", type, length, validity, offsets, bytes: bytes.subarray(0, to) };
}

function intervals(type: DataType, raw: FixedRaw, length: number, validity: Uint8Array | null): Vector {
  const months = new Int32Array(length);
  const days = new Int32Array(length);
  const micros = new Float64Array(length);
  const view = new DataView(raw.bytes.buffer);
  for (let i = 0; i < length; i++) {
    months[i] = view.getInt32(i * 12, true);
    days[i] = view.getInt32(i * 12 + 4, true);
    micros[i] = view.getUint32(i * 12 + 8, true) * 1000;
  }
  return { layout: "interval", type, length, validity, months, days, micros };
}

function halfFloats(type: DataType, raw: FixedRaw, length: number, validity: Uint8Array | null): Vector {
  const data = new Float32Array(length);
  for (let i = 0; i < length; i++) {
    const half = raw.bytes[2 * i] | (raw.bytes[2 * i + 1] << 8);
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >> 10) & 31;
    const fraction = half & 1023;
    if (exponent === 0) data[i] = sign * fraction * 2 ** -24;
    else if (exponent === 31) data[i] = fraction === 0 ? sign * Infinity : Number.NaN;
    else data[i] = sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  }
  return { layout: "flat", type, length, validity, data };
}
