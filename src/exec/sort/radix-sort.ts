/** All words of this key are written. */
export const LAST_WORD = -1;

/**
 * A sort key as a sequence of 32-bit words, most significant first, that compare as unsigned integers. Words are made on demand for the rows
 * still tied, so a long string costs only as many words as it takes to tell it from its neighbours.
 */
export interface KeyWords {
  /**
   * Writes word `word` of rows `rows[from]` up to `rows[to]` to `out[from]` up to `out[to]`.
   * Returns the word that would tell rows apart that are equal so far, or LAST_WORD. All rows given are equal in the words before.
   */
  fill(word: number, rows: Int32Array, out: Uint32Array, from: number, to: number): number;
}

/** Below this many rows insertion beats counting. */
const INSERTION_ROWS = 40;
/** Ranges of this size fit the cache with their scratch space and are sorted in one piece (a few milliseconds at most). */
const PIECE_ROWS = 65_536;
const PARTITION_BITS = 11;

/**
 * Stable sort of row numbers by their key words, most significant word first. A range too large for the cache is partitioned by its
 * highest bits that differ; a small one is sorted by counting from its lowest. Rows that are still equal go on with the next word.
 */
export class RadixSort {
  readonly rows: Int32Array;
  readonly #parts: readonly KeyWords[];
  readonly #keys: Uint32Array;
  readonly #otherRows: Int32Array;
  readonly #otherKeys: Uint32Array;
  readonly #counts = new Int32Array(1 << PARTITION_BITS);

  /** Sorts rows 0 up to `length`. */
  constructor(parts: readonly KeyWords[], length: number) {
    this.rows = new Int32Array(length);
    this.#parts = parts;
    this.#keys = new Uint32Array(length);
    this.#otherRows = new Int32Array(length);
    this.#otherKeys = new Uint32Array(length);
  }

  /** Sorts, and yields after every bounded piece of work. */
  *run(): Generator<void, void, void> {
    const { length } = this.rows;
    for (let at = 0; at < length; at += PIECE_ROWS) {
      countUp(this.rows, at, Math.min(length, at + PIECE_ROWS));
      yield;
    }
    if (this.#parts.length > 0) yield* this.#sortLarge(0, this.rows.length, 0, 0);
  }

  /** Sorts in one go, for callers that have nothing else to look after. */
  finish(): void {
    for (const _piece of this.run());
  }

  /** Rows from..to are equal in every word before word `word` of key `part`. */
  *#sortLarge(from: number, to: number, part: number, word: number): Generator<void, void, void> {
    while (to - from > PIECE_ROWS) {
      const words = this.#parts[part];
      let next = LAST_WORD;
      for (let at = from; at < to; at += PIECE_ROWS) {
        const told = words.fill(word, this.rows, this.#keys, at, Math.min(to, at + PIECE_ROWS));
        // The texts of one piece may end before those of another: the lower word goes on for all.
        if (told !== LAST_WORD) next = next === LAST_WORD ? told : Math.min(next, told);
        yield;
      }
      yield* this.#partition(from, to);
      [part, word] = next === LAST_WORD ? [part + 1, 0] : [part, next];
      if (part === this.#parts.length) return;
      if (this.#keys[from] === this.#keys[to - 1]) continue; // all equal: the same rows again, by the next word
      yield* this.#sortTies(from, to, part, word);
      return;
    }
    this.#sortSmall(from, to, part, word);
    yield;
  }

  *#sortTies(from: number, to: number, part: number, word: number): Generator<void, void, void> {
    for (let start = from; start < to; ) {
      const end = this.#sortSmallTies(start, to, part, word);
      yield;
      if (end === start) {
        const large = runEnd(this.#keys, start, to);
        yield* this.#sortLarge(start, large, part, word);
        start = large;
      } else start = end;
    }
  }

  /** Sorts runs of equal keys one by one by their next word: about a piece, but no run too large for one. Returns where it stopped. */
  #sortSmallTies(from: number, to: number, part: number, word: number): number {
    const keys = this.#keys;
    const until = Math.min(to, from + PIECE_ROWS);
    let start = from;
    while (start < until) {
      const key = keys[start];
      let end = start + 1;
      while (end < to && keys[end] === key) end++;
      if (end - start > PIECE_ROWS) return start;
      if (end - start > 1) this.#sortSmall(start, end, part, word);
      start = end;
    }
    return start;
  }

  /** Sorts keys and rows of a large range by one word. */
  *#partition(from: number, to: number): Generator<void, void, void> {
    if (to - from <= PIECE_ROWS) {
      this.#sortWord(from, to);
      return;
    }
    const keys = this.#keys;
    const rows = this.rows;
    const bits: BitSurvey = { any: 0, all: -1, sorted: true, last: keys[from] };
    for (let at = from; at < to; at += PIECE_ROWS) {
      surveyBits(keys, at, Math.min(to, at + PIECE_ROWS), bits);
      yield;
    }
    if (bits.sorted) return;
    const varying = (bits.any & ~bits.all) >>> 0;
    const shift = Math.max(0, 32 - Math.clz32(varying) - PARTITION_BITS);
    const mask = (1 << PARTITION_BITS) - 1;
    const places = new Int32Array(mask + 2);
    for (let at = from; at < to; at += PIECE_ROWS) {
      countDigits(keys, at, Math.min(to, at + PIECE_ROWS), shift, mask, places);
      yield;
    }
    places[0] = from;
    for (let d = 1; d <= mask + 1; d++) places[d] += places[d - 1];
    const starts = places.slice();
    for (let at = from; at < to; at += PIECE_ROWS) {
      scatter(keys, rows, this.#otherKeys, this.#otherRows, at, Math.min(to, at + PIECE_ROWS), shift, mask, places);
      yield;
    }
    keys.set(this.#otherKeys.subarray(from, to), from);
    rows.set(this.#otherRows.subarray(from, to), from);
    yield;
    if (shift === 0) return;
    for (let digit = 0; digit <= mask; ) {
      const next = this.#sortBuckets(starts, digit, mask);
      yield;
      if (next === digit) {
        yield* this.#partition(starts[digit], starts[digit + 1]);
        digit++;
      } else digit = next;
    }
  }

  /** Sorts buckets one by one: about a piece, but none too large for one. Returns the first bucket left. */
  #sortBuckets(starts: Int32Array, first: number, last: number): number {
    const until = starts[first] + PIECE_ROWS;
    let bucket = first;
    for (; bucket <= last && starts[bucket] < until; bucket++) {
      const size = starts[bucket + 1] - starts[bucket];
      if (size > PIECE_ROWS) break;
      if (size > 1) this.#sortWord(starts[bucket], starts[bucket + 1]);
    }
    return bucket;
  }

  #sortSmall(from: number, to: number, part: number, word: number): void {
    const keys = this.#keys;
    do {
      const next = this.#parts[part].fill(word, this.rows, keys, from, to);
      this.#sortWord(from, to);
      [part, word] = next === LAST_WORD ? [part + 1, 0] : [part, next];
      if (part === this.#parts.length) return;
    } while (keys[from] === keys[to - 1]);
    for (let start = from; start < to; ) {
      const end = runEnd(keys, start, to);
      if (end - start > 1) this.#sortSmall(start, end, part, word);
      start = end;
    }
  }

  /** Sorts keys and rows of a small range by the word filled in. */
  #sortWord(from: number, to: number): void {
    let keys = this.#keys;
    let rows = this.rows;
    if (to - from <= INSERTION_ROWS) {
      insertionSort(keys, rows, from, to);
      return;
    }
    const survey: BitSurvey = { any: 0, all: -1, sorted: true, last: keys[from] };
    surveyBits(keys, from, to, survey);
    if (survey.sorted) return;
    const varying = (survey.any & ~survey.all) >>> 0;
    const top = 32 - Math.clz32(varying);
    const bits = to - from < 1500 ? 8 : PARTITION_BITS;
    const mask = (1 << bits) - 1;
    let otherKeys = this.#otherKeys;
    let otherRows = this.#otherRows;
    const places = this.#counts;
    for (let shift = 31 - Math.clz32(varying & -varying); shift < top; shift += bits) {
      if (((varying >>> shift) & mask) === 0) continue;
      places.fill(0, 0, mask + 1);
      for (let i = from; i < to; i++) places[(keys[i] >>> shift) & mask]++;
      let sum = from;
      for (let d = 0; d <= mask; d++) {
        const count = places[d];
        places[d] = sum;
        sum += count;
      }
      for (let i = from; i < to; i++) {
        const key = keys[i];
        const at = places[(key >>> shift) & mask]++;
        otherKeys[at] = key;
        otherRows[at] = rows[i];
      }
      [keys, otherKeys] = [otherKeys, keys];
      [rows, otherRows] = [otherRows, rows];
    }
    if (keys !== this.#keys) {
      this.#keys.set(keys.subarray(from, to), from);
      this.rows.set(rows.subarray(from, to), from);
    }
  }
}

export function identity(length: number): Int32Array {
  const rows = new Int32Array(length);
  countUp(rows, 0, length);
  return rows;
}

function countUp(rows: Int32Array, from: number, to: number): void {
  for (let i = from; i < to; i++) rows[i] = i;
}

/** Bits set in any and in all of some keys, and whether they stand in order. */
interface BitSurvey {
  any: number;
  all: number;
  sorted: boolean;
  last: number;
}

function surveyBits(keys: Uint32Array, from: number, to: number, survey: BitSurvey): void {
  let { any, all, sorted, last } = survey;
  for (let i = from; i < to; i++) {
    const key = keys[i];
    any |= key;
    all &= key;
    if (key < last) sorted = false;
    last = key;
  }
  survey.any = any;
  survey.all = all;
  survey.sorted = sorted;
  survey.last = last;
}

function runEnd(keys: Uint32Array, start: number, to: number): number {
  const key = keys[start];
  let end = start + 1;
  while (end < to && keys[end] === key) end++;
  return end;
}

function insertionSort(keys: Uint32Array, rows: Int32Array, from: number, to: number): void {
  for (let i = from + 1; i < to; i++) {
    const key = keys[i];
    let at = i;
    while (at > from && keys[at - 1] > key) at--;
    if (at === i) continue;
    const row = rows[i];
    for (let j = i; j > at; j--) {
      keys[j] = keys[j - 1];
      rows[j] = rows[j - 1];
    }
    keys[at] = key;
    rows[at] = row;
  }
}

/** Counts of digit d go to places[d + 1]. */
function countDigits(keys: Uint32Array, from: number, to: number, shift: number, mask: number, places: Int32Array): void {
  for (let i = from; i < to; i++) places[((keys[i] >>> shift) & mask) + 1]++;
}

function scatter(
  keys: Uint32Array,
  rows: Int32Array,
  otherKeys: Uint32Array,
  otherRows: Int32Array,
  from: number,
  to: number,
  shift: number,
  mask: number,
  places: Int32Array,
): void {
  for (let i = from; i < to; i++) {
    const key = keys[i];
    const at = places[(key >>> shift) & mask]++;
    otherKeys[at] = key;
    otherRows[at] = rows[i];
  }
}
