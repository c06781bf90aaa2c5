/**
 * Where a generator takes its decisions from: a list of numbers first, then (while recording) a seeded stream. What was drawn is kept, so
 * that a generated query is a list of numbers, which fast-check can shrink: a list that ends early goes on with zeros, and a choice of
 * zero is always the simplest one.
 */
export class Choices {
  readonly drawn: number[] = [];
  readonly #given: readonly number[];
  readonly #random: (() => number) | undefined;

  constructor(given: readonly number[], random?: () => number) {
    this.#given = given;
    this.#random = random;
  }

  /** A number from 0 up to `count` - 1. */
  below(count: number): number {
    const raw = this.#given[this.drawn.length] ?? (this.#random === undefined ? 0 : Math.floor(this.#random() * CHOICE_LIMIT));
    this.drawn.push(raw);
    return raw % count;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)];
  }

  /** True in `percent` of 100 cases; false is the simpler answer. */
  chance(percent: number): boolean {
    return this.below(100) >= 100 - percent;
  }

  /** One of several, by weight; the first is the simplest. */
  weighted<T>(items: readonly (readonly [weight: number, item: T])[]): T {
    let at = this.below(items.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, item] of items) {
      at -= weight;
      if (at < 0) return item;
    }
    throw new Error("weights do not add up");
  }

  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }
}

export const CHOICE_LIMIT = 1 << 20;

/** A seeded stream of numbers in [0, 1): mulberry32, whose low bits are as good as its high ones. */
export function randomStream(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
