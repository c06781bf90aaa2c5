/** Entries of one partition in order, in chunks, so that one more costs the same however many there are. */

const MOST = 128;

export class RankList {
  readonly #chunks: number[][] = [];
  length = 0;

  /** The first entry; -1 where there is none. */
  first(): number {
    return this.length === 0 ? -1 : this.#chunks[0][0];
  }

  /** The last entry; -1 where there is none. */
  last(): number {
    return this.length === 0 ? -1 : (this.#chunks.at(-1)!.at(-1) ?? -1);
  }

  /** Adds an entry at its place; `compare` never finds two entries equal. */
  insert(entry: number, compare: (a: number, b: number) => number): void {
    this.length++;
    if (this.#chunks.length === 0) {
      this.#chunks.push([entry]);
      return;
    }
    const c = Math.min(this.#chunkOf(entry, compare), this.#chunks.length - 1);
    const chunk = this.#chunks[c];
    chunk.splice(placeIn(chunk, entry, compare), 0, entry);
    if (chunk.length > MOST) this.#chunks.splice(c + 1, 0, chunk.splice(MOST >> 1));
  }

  /** Takes out an entry that is there. */
  remove(entry: number, compare: (a: number, b: number) => number): void {
    const c = this.#chunkOf(entry, compare);
    const chunk = this.#chunks[c];
    chunk.splice(placeIn(chunk, entry, compare), 1);
    if (chunk.length === 0) this.#chunks.splice(c, 1);
    this.length--;
  }

  removeLast(): number {
    const chunk = this.#chunks.at(-1)!;
    const entry = chunk.pop()!;
    if (chunk.length === 0) this.#chunks.pop();
    this.length--;
    return entry;
  }

  /** Calls `visit` with the entries in order until it says false. */
  visit(visit: (entry: number) => boolean): void {
    for (const chunk of this.#chunks) for (const entry of chunk) if (!visit(entry)) return;
  }

  /** The first chunk whose last entry is not before `entry`. */
  #chunkOf(entry: number, compare: (a: number, b: number) => number): number {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compare(this.#chunks[middle].at(-1)!, entry) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The first place whose entry is not before `entry`. */
function placeIn(chunk: readonly number[], entry: number, compare: (a: number, b: number) => number): number {
  let low = 0;
  let high = chunk.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compare(chunk[middle], entry) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
