import { PAGE_BITS } from "./page-set.ts";
import { PagedInts } from "./paged-numbers.ts";

/** A growing list of slots, each once, in the order in which they were first named. */
export class TouchedSlots {
  slots = new Int32Array(1024);
  length = 0;
  /** Where in the list a slot may stand; what stands there decides. */
  readonly #places = new PagedInts();

  /** Makes room for slots 0 up to `slots`. */
  reserve(slots: number): void {
    while (this.#places.pages.length << PAGE_BITS < slots) this.#places.addPage();
  }

  add(ids: Int32Array, count: number): void {
    if (this.slots.length < this.length + count) {
      const grown = new Int32Array(Math.max(this.length + count, this.slots.length * 2));
      grown.set(this.slots);
      this.slots = grown;
    }
    const { slots } = this;
    const places = this.#places;
    let length = this.length;
    for (let i = 0; i < count; i++) {
      const id = ids[i];
      const place = places.get(id);
      if (place < length && slots[place] === id) continue;
      places.set(id, length);
      slots[length++] = id;
    }
    this.length = length;
  }

  /** Where in the list a slot of the list stands. */
  placeOf(id: number): number {
    return this.#places.get(id);
  }

  clear(): void {
    this.length = 0;
    // After a moment with very many slots the memory is given back.
    if (this.slots.length > 1 << 20) this.slots = new Int32Array(1024);
  }

  bytes(): number {
    return this.slots.byteLength + this.#places.bytes();
  }
}
