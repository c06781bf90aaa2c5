/** First in, first out, at a constant cost an item; what has left is let go of. */
export class Fifo<T> {
  #items: (T | undefined)[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  /** Item `place` from the front; undefined behind the last. */
  at(place: number): T | undefined {
    return this.#items[this.#head + place];
  }

  /** Removes the first item. */
  shift(): void {
    if (this.length === 0) return;
    this.#items[this.#head++] = undefined;
    if (this.#head * 2 < this.#items.length) return;
    this.#items = this.#items.slice(this.#head);
    this.#head = 0;
  }
}
