/**
 * Misra and Gries (1982): counts of at most `capacity` values, as Agarwal et al. (2012) merge them: where there are more, the count of place capacity + 1 is taken off
 * all, and those that reach 0 leave. That is done when there are twice as many, so that it costs little a row, and before anything is read.
 *
 * A count is at most the true one, and at least the true one minus `error`, and error <= (rows - sum of counts) / (capacity + 1): a value that makes up more than
 * one in capacity + 1 rows is always there. With no more than `capacity` distinct values all counts are exact. The same as SpaceSaving with one counter more.
 */
export class FrequentItems<T> {
  readonly capacity: number;
  readonly #counts = new Map<T, number>();
  rows = 0;
  #error = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  static of<T>(capacity: number, rows: number, error: number, items: Iterable<readonly [T, number]>): FrequentItems<T> {
    const made = new FrequentItems<T>(capacity);
    for (const [item, count] of items) made.#counts.set(item, count);
    made.rows = rows;
    made.#error = error;
    return made;
  }

  add(item: T): void {
    this.rows++;
    const counts = this.#counts;
    const count = counts.get(item);
    counts.set(item, count === undefined ? 1 : count + 1);
    if (count === undefined && counts.size >= 2 * this.capacity) this.#settle();
  }

  /** Both have the same capacity. */
  merge(other: FrequentItems<T>): void {
    other.#settle();
    const counts = this.#counts;
    for (const [item, count] of other.#counts) counts.set(item, (counts.get(item) ?? 0) + count);
    this.rows += other.rows;
    this.#error += other.#error;
    this.#settle();
  }

  /** How much a count may be too low: what was taken off. */
  get error(): number {
    this.#settle();
    return this.#error;
  }

  /** Values with their counts, the greatest first; `order` decides between equal counts, so that they do not depend on the order of rows. */
  items(order: (a: T, b: T) => number): (readonly [T, number])[] {
    this.#settle();
    return [...this.#counts].sort(([a, m], [b, n]) => n - m || order(a, b));
  }

  /** The count of a value; 0 where it has none. */
  countOf(item: T): number {
    this.#settle();
    return this.#counts.get(item) ?? 0;
  }

  bytes(): number {
    return 64 * this.#counts.size + 128;
  }

  #settle(): void {
    const counts = this.#counts;
    if (counts.size <= this.capacity) return;
    const sorted = Float64Array.from(counts.values()).sort();
    const amount = sorted[sorted.length - 1 - this.capacity];
    this.#error += amount;
    for (const [item, count] of counts) {
      if (count <= amount) counts.delete(item);
      else counts.set(item, count - amount);
    }
  }
}
