/** Shortest time a rate is taken over, milliseconds. */
const SPAN_MS = 1000;

/** How fast a count grows, over about the last second. */
export class Rate {
  #from = { time: Number.NaN, count: 0 };
  #last = { time: Number.NaN, count: 0 };

  /** Units a second, given the count at `now` (milliseconds of any clock). */
  at(now: number, count: number): number {
    if (Number.isNaN(this.#from.time)) this.#from = this.#last = { time: now, count };
    if (now - this.#last.time >= SPAN_MS) {
      this.#from = this.#last;
      this.#last = { time: now, count };
    }
    const elapsed = now - this.#from.time;
    return elapsed <= 0 ? 0 : ((count - this.#from.count) / elapsed) * 1000;
  }
}
