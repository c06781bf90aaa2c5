import { physicalOf } from "../../core/types.ts";
import type { Dictionary, FlatVector, Vector } from "../../core/vector.ts";
import { hashRows } from "../../functions/aggregates/hash-rows.ts";
import { hashBytes } from "../aggregate/byte-index.ts";

/** Hashes of the values of dictionaries met, filled in as rows have them; 0: not yet. */
const known = new WeakMap<Dictionary, Int32Array>();

const NULL_HASH = 0x55aa55aa;

/**
 * 32-bit hashes of rows 0 up to `length` into `out`. Numbers are hashed by their bits (see `canonical`), NULLs are alike, and a text hashes alike in every
 * layout.
 */
export function hashKeys(columns: readonly Vector[], length: number, out: Int32Array): void {
  out.fill(0, 0, length);
  for (const column of columns) hashColumn(column, length, out);
  for (let i = 0; i < length; i++) {
    let hash = Math.imul(out[i] ^ (out[i] >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    out[i] = hash ^ (hash >>> 16);
  }
}

const mix = (hash: number, word: number): number => {
  const mixed = Math.imul(hash ^ word, 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
};

function hashColumn(vector: Vector, length: number, out: Int32Array): void {
  const { validity } = vector;
  switch (vector.layout) {
    case "flat":
      hashFlat(vector, length, out);
      break;
    case "bytes": {
      const { bytes, offsets } = vector;
      for (let i = 0; i < length; i++) {
        if (validity === null || validity[i] === 1) out[i] = mix(out[i], hashBytes(bytes, offsets[i], offsets[i + 1]) || 1);
      }
      break;
    }
    case "dictionary": {
      const { codes, dictionary } = vector;
      const { bytes, offsets } = dictionary.values;
      let hashes = known.get(dictionary);
      if (hashes === undefined) {
        hashes = new Int32Array(dictionary.values.length);
        known.set(dictionary, hashes);
      }
      for (let i = 0; i < length; i++) {
        if (validity !== null && validity[i] === 0) continue;
        const code = codes[i];
        let hash = hashes[code];
        if (hash === 0) {
          hash = hashBytes(bytes, offsets[code], offsets[code + 1]) || 1;
          hashes[code] = hash;
        }
        out[i] = mix(out[i], hash);
      }
      break;
    }
    default: {
      const pairs = new Int32Array(2 * length);
      hashRows(vector, length, pairs);
      for (let i = 0; i < length; i++) if (validity === null || validity[i] === 1) out[i] = mix(out[i], pairs[2 * i]);
    }
  }
  // NULL slots of flat vectors hold 0, so what they gave above is always the same.
  if (validity !== null) for (let i = 0; i < length; i++) if (validity[i] === 0) out[i] = mix(out[i], NULL_HASH);
}

function hashFlat(vector: FlatVector, length: number, out: Int32Array): void {
  const { data } = vector;
  const { buffer, byteOffset, byteLength } = data;
  if (data.BYTES_PER_ELEMENT < 4) {
    const small =
      data.BYTES_PER_ELEMENT === 1 ? new Uint8Array(buffer, byteOffset, byteLength) : new Uint16Array(buffer, byteOffset, byteLength / 2);
    for (let i = 0; i < length; i++) out[i] = mix(out[i], small[i]);
    return;
  }
  const words = new Int32Array(buffer, byteOffset, byteLength / 4);
  const width = words.length / vector.length;
  for (let i = 0, at = 0; i < length; i++) for (let k = 0; k < width; k++) out[i] = mix(out[i], words[at++]);
}

/** A column whose equal numbers have the same bits: NaN in one form, and -0 as 0 where `zeros` says so. The same vector where nothing is to be changed. */
export function canonical(vector: Vector, zeros: boolean): Vector {
  if (vector.layout !== "flat") return vector;
  const physical = physicalOf(vector.type);
  if (physical !== "f32" && physical !== "f64") return vector;
  const data = vector.data as Float64Array;
  let odd = false;
  for (let i = 0; i < vector.length; i++) if (Number.isNaN(data[i]) || (zeros && Object.is(data[i], -0))) odd = true;
  if (!odd) return vector;
  const copy = data.slice();
  for (let i = 0; i < vector.length; i++) copy[i] = Number.isNaN(data[i]) ? Number.NaN : zeros ? data[i] + 0 : data[i];
  return { ...vector, data: copy };
}
