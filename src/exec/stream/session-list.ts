/** Sessions of one key by their starts, the earliest first. No two start together. */
export class SessionList {
  #starts = new Float64Array(32);
  #sessions = new Int32Array(32);
  length = 0;

  /** The place of the last session that starts at `time` or before; -1: none does. */
  before(time: number): number {
    const starts = this.#starts;
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (starts[middle] <= time) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** The session at a place; -1 where there is none. */
  at(place: number): number {
    return place >= 0 && place < this.length ? this.#sessions[place] : -1;
  }

  insert(session: number, start: number): void {
    if (this.length === this.#starts.length) this.#grow();
    const place = this.before(start) + 1;
    this.#starts.copyWithin(place + 1, place, this.length);
    this.#sessions.copyWithin(place + 1, place, this.length);
    this.#starts[place] = start;
    this.#sessions[place] = session;
    this.length++;
  }

  remove(start: number): void {
    const place = this.before(start);
    this.#starts.copyWithin(place, place + 1, this.length);
    this.#sessions.copyWithin(place, place + 1, this.length);
    this.length--;
  }

  /** A session begins earlier now, and still behind the one before it. */
  move(start: number, earlier: number): void {
    this.#starts[this.before(start)] = earlier;
  }

  #grow(): void {
    const starts = new Float64Array(this.length * 2);
    const sessions = new Int32Array(this.length * 2);
    starts.set(this.#starts);
    sessions.set(this.#sessions);
    this.#starts = starts;
    this.#sessions = sessions;
  }
}
