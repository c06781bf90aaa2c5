/**
 * Rows that wait for their time, given out in order of time, those of one time in the order they came. Rows that come in order cost nothing but their
 * place; the others go through a heap.
 */
export class TimeQueue {
  /** In order: rows that came no earlier than the one before. */
  #times = new Float64Array(64);
  #slots = new Int32Array(64);
  #sequences = new Float64Array(64);
  #from = 0;
  #to = 0;
  readonly #heap = new Heap();
  #next = 0;

  get length(): number {
    return this.#to - this.#from + this.#heap.length;
  }

  add(time: number, slot: number): void {
    const sequence = this.#next++;
    if (this.#to > this.#from && time < this.#times[this.#to - 1]) {
      this.#heap.add(time, sequence, slot);
      return;
    }
    if (this.#to === this.#times.length) this.#makeRoom();
    this.#times[this.#to] = time;
    this.#sequences[this.#to] = sequence;
    this.#slots[this.#to++] = slot;
  }

  #makeRoom(): void {
    const length = this.#to - this.#from;
    const capacity = length * 2 > this.#times.length ? this.#times.length * 2 : this.#times.length;
    const move = <T extends Float64Array | Int32Array>(from: T, to: T): T => {
      to.set(from.subarray(this.#from, this.#to));
      return to;
    };
    this.#times = move(this.#times, new Float64Array(capacity));
    this.#sequences = move(this.#sequences, new Float64Array(capacity));
    this.#slots = move(this.#slots, new Int32Array(capacity));
    this.#from = 0;
    this.#to = length;
  }

  /** Time of the first row; Infinity where there is none. */
  least(): number {
    const ordered = this.#from < this.#to ? this.#times[this.#from] : Number.POSITIVE_INFINITY;
    return Math.min(ordered, this.#heap.least);
  }

  /** Takes out the first row; gives its slot. */
  take(): number {
    const ordered = this.#from < this.#to ? this.#times[this.#from] : Number.POSITIVE_INFINITY;
    const heaped = this.#heap.least;
    if (heaped < ordered || (heaped === ordered && this.#heap.length > 0 && this.#heap.leastSequence < this.#sequences[this.#from])) {
      return this.#heap.take();
    }
    return this.#slots[this.#from++];
  }

  bytes(): number {
    return this.#times.byteLength * 2.5 + this.#heap.length * 20;
  }
}

class Heap {
  #times = new Float64Array(16);
  #sequences = new Float64Array(16);
  #slots = new Int32Array(16);
  length = 0;

  get least(): number {
    return this.length === 0 ? Number.POSITIVE_INFINITY : this.#times[0];
  }

  get leastSequence(): number {
    return this.#sequences[0];
  }

  #isBefore(time: number, sequence: number, at: number): boolean {
    return time < this.#times[at] || (time === this.#times[at] && sequence < this.#sequences[at]);
  }

  #put(at: number, time: number, sequence: number, slot: number): void {
    this.#times[at] = time;
    this.#sequences[at] = sequence;
    this.#slots[at] = slot;
  }

  #move(to: number, from: number): void {
    this.#put(to, this.#times[from], this.#sequences[from], this.#slots[from]);
  }

  add(time: number, sequence: number, slot: number): void {
    if (this.length === this.#times.length) this.#grow();
    let at = this.length++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(time, sequence, parent)) break;
      this.#move(at, parent);
      at = parent;
    }
    this.#put(at, time, sequence, slot);
  }

  take(): number {
    const slot = this.#slots[0];
    const last = --this.length;
    const time = this.#times[last];
    const sequence = this.#sequences[last];
    const lastSlot = this.#slots[last];
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= last) break;
      if (child + 1 < last && this.#isBefore(this.#times[child + 1], this.#sequences[child + 1], child)) child++;
      if (this.#isBefore(time, sequence, child)) break;
      this.#move(at, child);
      at = child;
    }
    this.#put(at, time, sequence, lastSlot);
    return slot;
  }

  #grow(): void {
    const double = <T extends Float64Array | Int32Array>(from: T, to: T): T => {
      to.set(from);
      return to;
    };
    this.#times = double(this.#times, new Float64Array(this.length * 2));
    this.#sequences = double(this.#sequences, new Float64Array(this.length * 2));
    this.#slots = double(this.#slots, new Int32Array(this.length * 2));
  }
}
