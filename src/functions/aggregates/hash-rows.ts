import { normaliseInterval } from "../../core/compare.ts";
import { physicalOf } from "../../core/types.ts";
import type { Vector } from "../../core/vector.ts";

/** Two 32-bit hashes of each of rows 0 up to `length` into `out` (2 × length). Values that SQL holds equal hash alike. */
export function hashRows(vector: Vector, length: number, out: Int32Array): void {
  switch (vector.layout) {
    case "flat": {
      const physical = physicalOf(vector.type);
      const { data } = vector;
      if (physical === "f32" || physical === "f64") {
        const doubles = new Float64Array(length);
        // x + 0 turns -0 into 0; a constant NaN has one bit pattern.
        for (let i = 0; i < length; i++) doubles[i] = Number.isNaN(data[i] as number) ? Number.NaN : (data[i] as number) + 0;
        hashWords(new Int32Array(doubles.buffer), 2, length, out);
      } else if (data.BYTES_PER_ELEMENT === 8) {
        const words = physical === "i128" ? 4 : 2;
        hashWords(new Int32Array(data.buffer, data.byteOffset, words * length), words, length, out);
      } else hashWords(Int32Array.from((data as Int32Array).subarray(0, length)), 1, length, out);
      return;
    }
    case "bytes":
      for (let i = 0; i < length; i++) hashBytesAt(vector.bytes, vector.offsets[i], vector.offsets[i + 1], out, i);
      return;
    case "dictionary": {
      const { values } = vector.dictionary;
      const known = new Int32Array(2 * values.length);
      hashRows(values, values.length, known);
      for (let i = 0; i < length; i++) {
        out[2 * i] = known[2 * vector.codes[i]];
        out[2 * i + 1] = known[2 * vector.codes[i] + 1];
      }
      return;
    }
    case "interval": {
      const words = new Float64Array(2 * length);
      for (let i = 0; i < length; i++) {
        const { months, days, micros } = normaliseInterval({ months: vector.months[i], days: vector.days[i], micros: vector.micros[i] });
        words[2 * i] = months * 64 + days;
        words[2 * i + 1] = micros;
      }
      hashWords(new Int32Array(words.buffer), 4, length, out);
      return;
    }
    case "list": {
      const elements = elementHashes(vector.child);
      for (let i = 0; i < length; i++) {
        let [a, b] = [17, 31];
        for (let k = vector.offsets[i]; k < vector.offsets[i + 1]; k++) {
          a = mix(a, elements[2 * k]);
          b = mix(b, elements[2 * k + 1]);
        }
        out[2 * i] = finish(a);
        out[2 * i + 1] = finish(b);
      }
      return;
    }
    case "struct": {
      const fields = vector.children.map(elementHashes);
      for (let i = 0; i < length; i++) {
        let [a, b] = [17, 31];
        for (const field of fields) {
          a = mix(a, field[2 * i]);
          b = mix(b, field[2 * i + 1]);
        }
        out[2 * i] = finish(a);
        out[2 * i + 1] = finish(b);
      }
    }
  }
}

/** Hashes of all rows of a child, NULL rows included. */
function elementHashes(vector: Vector): Int32Array {
  const out = new Int32Array(2 * vector.length);
  hashRows(vector, vector.length, out);
  if (vector.validity !== null) {
    for (let i = 0; i < vector.length; i++) if (vector.validity[i] === 0) out[2 * i] = out[2 * i + 1] = 0x55aa55aa;
  }
  return out;
}

const mix = (hash: number, word: number) => {
  const mixed = Math.imul(hash ^ word, 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
};

const finish = (hash: number) => {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
};

function hashWords(words: Int32Array, width: number, length: number, out: Int32Array): void {
  for (let i = 0; i < length; i++) {
    let [a, b] = [17, 31];
    for (let k = i * width; k < (i + 1) * width; k++) {
      a = mix(a, words[k]);
      b = mix(b, words[k] ^ 0x5bd1e995);
    }
    out[2 * i] = finish(a);
    out[2 * i + 1] = finish(b);
  }
}

function hashBytesAt(bytes: Uint8Array, from: number, to: number, out: Int32Array, row: number): void {
  let [a, b] = [17 + to - from, 31 + to - from];
  for (let k = from; k < to; k++) {
    a = mix(a, bytes[k]);
    b = mix(b, bytes[k] ^ 0x5bd1e995);
  }
  out[2 * row] = finish(a);
  out[2 * row + 1] = finish(b);
}
