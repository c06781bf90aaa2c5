/** A time for each of some ids, the least of them at hand: a binary heap. Entries that no longer hold are left out when they come up, or when they are most of it. */
export class TimeHeap {
  #times: number[] = [];
  #ids: number[] = [];
  /** The time of each id; absent: it has none. */
  readonly #current = new Map<number, number>();

  /** Gives an id another time, or none. */
  set(id: number, time: number | undefined): void {
    if (time === this.#current.get(id)) return;
    if (time === undefined) {
      this.#current.delete(id);
      return;
    }
    this.#current.set(id, time);
    this.#push(id, time);
    if (this.#ids.length > 64 + 2 * this.#current.size) this.load(this.save());
  }

  /** Infinity: no id has a time. */
  least(): number {
    while (this.#ids.length > 0 && this.#current.get(this.#ids[0]) !== this.#times[0]) this.#pop();
    return this.#ids.length === 0 ? Number.POSITIVE_INFINITY : this.#times[0];
  }

  /** Takes out the ids whose times pass, the least first. */
  takeWhile(test: (time: number) => boolean): number[] {
    const ids: number[] = [];
    while (test(this.least()) && this.#ids.length > 0) {
      ids.push(this.#ids[0]);
      this.#current.delete(this.#ids[0]);
      this.#pop();
    }
    return ids;
  }

  /** Ids and times in turn. */
  save(): Float64Array {
    return Float64Array.from([...this.#current].flat());
  }

  load(saved: Float64Array): void {
    this.#times = [];
    this.#ids = [];
    this.#current.clear();
    for (let i = 0; i < saved.length; i += 2) {
      this.#current.set(saved[i], saved[i + 1]);
      this.#push(saved[i], saved[i + 1]);
    }
  }

  #push(id: number, time: number): void {
    let at = this.#times.length;
    this.#times.push(time);
    this.#ids.push(id);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#times[parent] <= this.#times[at]) break;
      this.#swap(parent, at);
      at = parent;
    }
  }

  #pop(): void {
    const last = this.#times.length - 1;
    this.#swap(0, last);
    this.#times.pop();
    this.#ids.pop();
    for (let at = 0; ; ) {
      const left = 2 * at + 1;
      if (left >= last) return;
      const child = left + 1 < last && this.#times[left + 1] < this.#times[left] ? left + 1 : left;
      if (this.#times[at] <= this.#times[child]) return;
      this.#swap(at, child);
      at = child;
    }
  }

  #swap(a: number, b: number): void {
    [this.#times[a], this.#times[b]] = [this.#times[b], this.#times[a]];
    [this.#ids[a], this.#ids[b]] = [this.#ids[b], this.#ids[a]];
  }
}
