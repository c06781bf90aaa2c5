/** Chance from a seed: the same numbers on every machine. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** In [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }

  /** A whole number from 0 up to, not including, `limit`. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  /** Prices spread evenly over six orders of magnitude. */
  price(): number {
    return Math.round(10 ** (this.next() * 6) * 100);
  }
}

const LETTERS = 26;

/** Letters to cut texts from; with one space in `spaceEvery` where that is given. */
export function letterPool(random: Random, size: number, spaceEvery = 0): Uint8Array {
  const pool = new Uint8Array(size);
  for (let i = 0; i < size; i++) pool[i] = spaceEvery > 0 && random.below(spaceEvery) === 0 ? 0x20 : 0x61 + random.below(LETTERS);
  return pool;
}
