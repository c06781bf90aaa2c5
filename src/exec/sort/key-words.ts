import { rowComparator } from "../../core/compare.ts";
import { physicalOf } from "../../core/types.ts";
import type { BytesVector, FlatVector, ListVector, Vector } from "../../core/vector.ts";
import { identity, type KeyWords, LAST_WORD, RadixSort } from "./radix-sort.ts";

/** One sort key: a column and how it is ordered. */
export interface SortColumn {
  readonly vector: Vector;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

/** Words of all keys, in order. A key with NULLs begins with a word of its own for them. */
export function keyWordsOf(columns: readonly SortColumn[]): KeyWords[] {
  const words: KeyWords[] = [];
  for (const { vector, descending, nullsFirst } of columns) addWords(words, vector, descending, nullsFirst);
  return words;
}

/**
 * Words for comparing rows of different batches: only the first word of each part is meant to be looked at, and a part always stands for the same
 * thing, a NULL word included. The list ends with the first text, whose
 * later words would have to be looked at, and before anything that is neither number nor text.
 */
export function prefixWordsOf(columns: readonly SortColumn[]): KeyWords[] {
  const words: KeyWords[] = [];
  for (const { vector, descending, nullsFirst } of columns) {
    words.push(vector.validity === null ? constantWord(nullsFirst ? 1 : 0) : nullWord(vector.validity, nullsFirst));
    const flip = descending ? 0xffffffff : 0;
    if (vector.layout === "flat") {
      words.push(...flatWords(vector, flip));
      continue;
    }
    if (vector.layout === "bytes" && vector.type.kind !== "enum") words.push(textWords(vector, flip));
    else if (vector.layout === "dictionary" && vector.type.kind !== "enum")
      words.push(codedText(vector.dictionary.values, vector.codes, flip));
    break;
  }
  return words;
}

const constantWord = (value: number): KeyWords => ({
  fill(_word, _rows, out, from, to) {
    out.fill(value, from, to);
    return LAST_WORD;
  },
});

/** The first word of texts behind codes; unlike ranks, it means the same in every dictionary. */
function codedText(values: BytesVector, codes: Int32Array, flip: number): KeyWords {
  const texts = textWords(values, flip);
  const firsts = new Uint32Array(values.length);
  texts.fill(0, identity(values.length), firsts, 0, values.length);
  return rankWord(firsts, codes, 0);
}

function addWords(words: KeyWords[], vector: Vector, descending: boolean, nullsFirst: boolean): void {
  if (vector.validity !== null) words.push(nullWord(vector.validity, nullsFirst));
  const flip = descending ? 0xffffffff : 0;
  switch (vector.layout) {
    case "flat":
      for (const word of flatWords(vector, flip)) words.push(word);
      return;
    case "bytes":
      words.push(vector.type.kind === "enum" ? rankWord(enumRanks(vector, vector.type.values), null, flip) : textWords(vector, flip));
      return;
    case "dictionary": {
      const { values } = vector.dictionary;
      const ranks = vector.type.kind === "enum" ? enumRanks(values, vector.type.values) : textRanks(values);
      words.push(rankWord(ranks, vector.codes, flip));
      return;
    }
    case "interval":
      words.push(intervalWords(vector.months, vector.days, vector.micros, flip));
      return;
    case "struct":
      // Fields in order; a NULL field is greater than any value, as in DuckDB, whatever the order of the whole.
      for (const child of vector.children) addWords(words, child, descending, descending);
      return;
    case "list":
      words.push(rankWord(listRanks(vector), null, flip));
      return;
  }
}

const nullWord = (validity: Uint8Array, nullsFirst: boolean): KeyWords => ({
  fill(_word, rows, out, from, to) {
    const flip = nullsFirst ? 0 : 1;
    for (let i = from; i < to; i++) out[i] = validity[rows[i]] ^ flip;
    return LAST_WORD;
  },
});

/** A word of every fixed-width column: `bits` holds `stride` 32-bit words a row. */
function strided(bits: Uint32Array, stride: number, offset: number, flip: number): KeyWords {
  return {
    fill(_word, rows, out, from, to) {
      for (let i = from; i < to; i++) out[i] = bits[rows[i] * stride + offset] ^ flip;
      return LAST_WORD;
    },
  };
}

function flatWords(vector: FlatVector, flip: number): KeyWords[] {
  const { data } = vector;
  const sign = (flip ^ 0x80000000) >>> 0;
  switch (physicalOf(vector.type)) {
    case "f64":
      return doubleWords(data as Float64Array, flip);
    case "f32":
      return [floatWord(data as Float32Array, flip)];
    case "i64":
      return [strided(bitsOf(data), 2, 1, sign), strided(bitsOf(data), 2, 0, flip)];
    case "u64":
      return [strided(bitsOf(data), 2, 1, flip), strided(bitsOf(data), 2, 0, flip)];
    case "i128": {
      const bits = bitsOf(data);
      return [strided(bits, 4, 3, sign), strided(bits, 4, 2, flip), strided(bits, 4, 1, flip), strided(bits, 4, 0, flip)];
    }
    case "bool":
    case "u8":
    case "u16":
    case "u32":
      return [integerWord(data as Uint32Array, flip)];
    default:
      return [integerWord(data as Int32Array, sign)];
  }
}

const bitsOf = (data: ArrayBufferView): Uint32Array => new Uint32Array(data.buffer, data.byteOffset, data.byteLength >> 2);

const integerWord = (data: Int32Array | Uint32Array, flip: number): KeyWords => ({
  fill(_word, rows, out, from, to) {
    for (let i = from; i < to; i++) out[i] = data[rows[i]] ^ flip;
    return LAST_WORD;
  },
});

/** IEEE order as unsigned integers: negative numbers complemented, -0 as 0, every NaN above infinity. */
function doubleWords(data: Float64Array, flip: number): KeyWords[] {
  const bits = bitsOf(data);
  const high: KeyWords = {
    fill(_word, rows, out, from, to) {
      for (let i = from; i < to; i++) {
        const row = rows[i];
        const value = data[row];
        const word = value === 0 ? 0 : Number.isNaN(value) ? 0x7ff80000 : bits[row * 2 + 1];
        out[i] = word ^ ((word >> 31) | 0x80000000) ^ flip;
      }
      return LAST_WORD;
    },
  };
  const low: KeyWords = {
    fill(_word, rows, out, from, to) {
      for (let i = from; i < to; i++) {
        const row = rows[i];
        const value = data[row];
        out[i] = (value === 0 || Number.isNaN(value) ? 0 : bits[row * 2] ^ (value < 0 ? 0xffffffff : 0)) ^ flip;
      }
      return LAST_WORD;
    },
  };
  return [high, low];
}

function floatWord(data: Float32Array, flip: number): KeyWords {
  const bits = bitsOf(data);
  return {
    fill(_word, rows, out, from, to) {
      for (let i = from; i < to; i++) {
        const row = rows[i];
        const value = data[row];
        const word = value === 0 ? 0 : Number.isNaN(value) ? 0x7fc00000 : bits[row];
        out[i] = word ^ ((word >> 31) | 0x80000000) ^ flip;
      }
      return LAST_WORD;
    },
  };
}

const DAY_MICROS = 86_400_000_000;

/** Carried upwards first, 24 hours to a day and 30 days to a month, then months, days and microseconds in turn, as in DuckDB. */
function intervalWords(months: Int32Array, days: Int32Array, micros: Float64Array, flip: number): KeyWords {
  return {
    fill(word, rows, out, from, to) {
      for (let i = from; i < to; i++) {
        const row = rows[i];
        const allDays = days[row] + Math.trunc(micros[row] / DAY_MICROS);
        const allMonths = months[row] + Math.trunc(allDays / 30);
        const rest = (micros[row] % DAY_MICROS) + DAY_MICROS;
        let value: number;
        // Carried months may need 33 bits: two of them go with the days, which are between -30 and 30.
        if (word === 0) value = Math.floor(allMonths / 4) + 0x80000000;
        else if (word === 1) value = (allMonths & 3) * 64 + (allDays % 30) + 32;
        else value = word === 2 ? Math.floor(rest / 0x100000000) : rest % 0x100000000;
        out[i] = value ^ flip;
      }
      return word === 3 ? LAST_WORD : word + 1;
    },
  };
}

const LENGTH_WORD = 0x7fffffff;

/** Four bytes a word, zero-padded; then the length, which tells "a" from "a\0". */
function textWords(vector: BytesVector, flip: number): KeyWords {
  const { offsets, bytes } = vector;
  return {
    fill(word, rows, out, from, to) {
      if (word === LENGTH_WORD) {
        for (let i = from; i < to; i++) out[i] = (offsets[rows[i] + 1] - offsets[rows[i]]) ^ flip;
        return LAST_WORD;
      }
      const skip = word * 4;
      let longer = false;
      for (let i = from; i < to; i++) {
        const start = offsets[rows[i]] + skip;
        const left = offsets[rows[i] + 1] - start;
        let value: number;
        if (left >= 4) {
          value = (bytes[start] << 24) | (bytes[start + 1] << 16) | (bytes[start + 2] << 8) | bytes[start + 3];
          if (left > 4) longer = true;
        } else if (left <= 0) value = 0;
        else {
          value = bytes[start] << 24;
          if (left > 1) value |= bytes[start + 1] << 16;
          if (left > 2) value |= bytes[start + 2] << 8;
        }
        out[i] = value ^ flip;
      }
      return longer ? word + 1 : LENGTH_WORD;
    },
  };
}

/** One word a row: the rank of its value, through its code where there is one. */
const rankWord = (ranks: Uint32Array, codes: Int32Array | null, flip: number): KeyWords => ({
  fill(_word, rows, out, from, to) {
    if (codes === null) for (let i = from; i < to; i++) out[i] = ranks[rows[i]] ^ flip;
    else for (let i = from; i < to; i++) out[i] = ranks[codes[rows[i]]] ^ flip;
    return LAST_WORD;
  },
});

/** Position of each text in byte order, 0 for the first. Values are distinct. */
function textRanks(values: BytesVector): Uint32Array {
  const sort = new RadixSort([textWords(values, 0)], values.length);
  sort.finish();
  const ranks = new Uint32Array(values.length);
  for (let i = 0; i < values.length; i++) ranks[sort.rows[i]] = i;
  return ranks;
}

/** Lists and maps compare element by element; equal ones share a rank. NULL rows get any. */
function listRanks(vector: ListVector): Uint32Array {
  const compare = rowComparator(vector, vector);
  const order = identity(vector.length).sort(compare);
  const ranks = new Uint32Array(vector.length);
  for (let i = 1; i < order.length; i++) ranks[order[i]] = ranks[order[i - 1]] + (compare(order[i - 1], order[i]) === 0 ? 0 : 1);
  return ranks;
}

/** An ENUM is ordered by the place of its value in the type. */
function enumRanks(vector: BytesVector, values: readonly string[]): Uint32Array {
  const places = new Map(values.map((value, i) => [value, i]));
  const view = Buffer.from(vector.bytes.buffer, vector.bytes.byteOffset, vector.bytes.byteLength);
  const ranks = new Uint32Array(vector.length);
  for (let i = 0; i < vector.length; i++) ranks[i] = places.get(view.toString("utf8", vector.offsets[i], vector.offsets[i + 1])) ?? 0;
  return ranks;
}
