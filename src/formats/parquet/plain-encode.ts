import { unsupported } from "../../core/errors.ts";
import { physicalOf } from "../../core/types.ts";
import type { Vector } from "../../core/vector.ts";
import { PHYSICAL } from "./metadata.ts";

/** Values as a PLAIN page holds them. `values` has no NULLs. */
export function encodePlain(values: Vector): Uint8Array {
  const { type, length } = values;
  switch (values.layout) {
    case "flat":
      switch (physicalOf(type)) {
        case "bool": {
          const bits = new Uint8Array((length + 7) >> 3);
          for (let i = 0; i < length; i++) if (Number(values.data[i]) !== 0) bits[i >> 3] |= 1 << (i & 7);
          return bits;
        }
        case "i8":
        case "i16":
        case "u8":
        case "u16":
          return bytesOf(Int32Array.from(values.data as Int16Array));
        case "i128":
          return type.kind === "hugeint"
            ? hugeAsDouble(values.data as BigInt64Array, length)
            : bigEndian(values.data as BigInt64Array, length);
        default:
          return bytesOf(values.data);
      }
    case "bytes":
      return type.kind === "uuid" ? uuids(values.offsets, values.bytes, length) : texts(values.offsets, values.bytes, length);
    case "interval": {
      const out = new Uint8Array(12 * length);
      const view = new DataView(out.buffer);
      for (let i = 0; i < length; i++) {
        if (values.months[i] < 0 || values.days[i] < 0 || values.micros[i] < 0)
          throw unsupported("Parquet cannot hold a negative INTERVAL");
        view.setUint32(12 * i, values.months[i], true);
        view.setUint32(12 * i + 4, values.days[i], true);
        view.setUint32(12 * i + 8, Math.floor(values.micros[i] / 1000), true);
      }
      return out;
    }
    default:
      throw new Error(`a ${values.layout} vector is no leaf`);
  }
}

const bytesOf = (data: ArrayBufferView): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** Length-prefixed texts. */
function texts(offsets: Int32Array, bytes: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(offsets[length] - offsets[0] + 4 * length);
  const view = new DataView(out.buffer);
  let to = 0;
  for (let i = 0; i < length; i++) {
    const start = offsets[i];
    const end = offsets[i + 1];
    view.setInt32(to, end - start, true);
    to += 4;
    if (end - start < 32) for (let at = start; at < end; ) out[to++] = bytes[at++];
    else {
      out.set(bytes.subarray(start, end), to);
      to += end - start;
    }
  }
  return out;
}

/** DECIMAL beyond 18 digits: 16 bytes, the highest first. */
function bigEndian(limbs: BigInt64Array, length: number): Uint8Array {
  const out = new Uint8Array(16 * length);
  const source = new DataView(limbs.buffer, limbs.byteOffset, limbs.byteLength);
  const target = new DataView(out.buffer);
  for (let i = 0; i < length; i++) {
    for (let word = 0; word < 4; word++) target.setInt32(16 * i + 4 * word, source.getInt32(16 * i + 12 - 4 * word, true), false);
  }
  return out;
}

/** HUGEINT has no type in Parquet; it is written as DOUBLE, as DuckDB does. */
function hugeAsDouble(limbs: BigInt64Array, length: number): Uint8Array {
  const out = new Float64Array(length);
  for (let i = 0; i < length; i++) out[i] = Number((limbs[2 * i + 1] << 64n) + BigInt.asUintN(64, limbs[2 * i]));
  return bytesOf(out);
}

function uuids(offsets: Int32Array, bytes: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(16 * length);
  const digit = (byte: number) => (byte <= 57 ? byte - 48 : (byte | 32) - 87);
  for (let i = 0; i < length; i++) {
    let to = 16 * i;
    for (let at = offsets[i]; at < offsets[i + 1]; ) {
      if (bytes[at] === 45) at++;
      out[to++] = (digit(bytes[at]) << 4) | digit(bytes[at + 1]);
      at += 2;
    }
  }
  return out;
}

/** Codes or levels in the run-length and bit-packed hybrid: runs of eight and more as runs, all else packed. */
export function encodeHybrid(values: Int32Array | Uint8Array, count: number, width: number): Uint8Array {
  const out: Uint8Array[] = [];
  const runBytes = (width + 7) >> 3;
  const varint = (value: number): number[] => {
    const bytes: number[] = [];
    for (; value > 127; value >>>= 7) bytes.push((value & 127) | 128);
    bytes.push(value);
    return bytes;
  };
  const packed = (from: number, end: number): void => {
    if (from >= end) return;
    const groups = Math.ceil((end - from) / 8);
    const head = varint((groups << 1) | 1);
    const bytes = new Uint8Array(head.length + groups * width);
    bytes.set(head);
    let bit = head.length * 8;
    for (let i = from; i < end; i++) {
      for (let left = width, value = values[i]; left > 0; ) {
        const room = 8 - (bit & 7);
        const part = Math.min(room, left);
        bytes[bit >> 3] |= (value & ((1 << part) - 1)) << (bit & 7);
        value >>>= part;
        bit += part;
        left -= part;
      }
    }
    out.push(bytes);
  };
  let pending = 0;
  let at = 0;
  while (at < count) {
    let end = at + 1;
    while (end < count && values[end] === values[at]) end++;
    // A packed piece must be whole groups of eight unless it is the last
    const aligned = Math.min(end, pending + Math.ceil((at - pending) / 8) * 8);
    if (end - aligned >= 8) {
      packed(pending, aligned);
      const bytes = Uint8Array.from([...varint((end - aligned) << 1), ...new Array<number>(runBytes).fill(0)]);
      for (let i = 0; i < runBytes; i++) bytes[bytes.length - runBytes + i] = (values[at] >>> (8 * i)) & 255;
      out.push(bytes);
      pending = end;
    }
    at = end;
  }
  packed(pending, count);
  return Buffer.concat(out);
}

/** The physical type that values of a type are written as. */
export function physicalFor(values: { readonly type: Vector["type"] }): { physical: number; length: number } {
  const { type } = values;
  switch (physicalOf(type)) {
    case "bool":
      return { physical: PHYSICAL.BOOLEAN, length: 0 };
    case "i8":
    case "i16":
    case "i32":
    case "u8":
    case "u16":
    case "u32":
      return { physical: PHYSICAL.INT32, length: 0 };
    case "i64":
    case "u64":
      return { physical: PHYSICAL.INT64, length: 0 };
    case "f32":
      return { physical: PHYSICAL.FLOAT, length: 0 };
    case "f64":
      return { physical: PHYSICAL.DOUBLE, length: 0 };
    case "i128":
      return type.kind === "hugeint" ? { physical: PHYSICAL.DOUBLE, length: 0 } : { physical: PHYSICAL.FIXED, length: 16 };
    case "interval":
      return { physical: PHYSICAL.FIXED, length: 12 };
    default:
      return type.kind === "uuid" ? { physical: PHYSICAL.FIXED, length: 16 } : { physical: PHYSICAL.BYTE_ARRAY, length: 0 };
  }
}
