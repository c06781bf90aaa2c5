import type { SlotProgram } from "../../functions/aggregates/slot-program.ts";

/** Records of an aggregate's slots merged level by level, 16 at a time, so that any stretch of rows is merged from few of them. */
const FAN_OUT = 16;

export class SlotTree {
  readonly #levels: Float64Array[];

  /** `leaves` holds one record a row. */
  constructor(leaves: SlotProgram, length: number) {
    this.#levels = [leaves.state];
    for (let count = length; count > FAN_OUT; ) {
      const above = Math.ceil(count / FAN_OUT);
      const program = leaves.fresh();
      program.resize(above);
      const below = this.#levels[this.#levels.length - 1];
      for (let i = 0; i < count; i++) program.mergeRecord(Math.floor(i / FAN_OUT), below, i);
      program.carry();
      this.#levels.push(program.state);
      count = above;
    }
  }

  /** Adds rows `from` up to `to`, in order, to a record of `into`. */
  mergeInto(into: SlotProgram, record: number, from: number, to: number): void {
    this.#merge(into, record, from, to, 0);
  }

  #merge(into: SlotProgram, record: number, from: number, to: number, level: number): void {
    const state = this.#levels[level];
    const innerFrom = Math.ceil(from / FAN_OUT);
    const innerTo = Math.floor(to / FAN_OUT);
    if (level + 1 >= this.#levels.length || innerFrom >= innerTo) {
      for (let i = from; i < to; i++) into.mergeRecord(record, state, i);
      return;
    }
    for (let i = from; i < innerFrom * FAN_OUT; i++) into.mergeRecord(record, state, i);
    this.#merge(into, record, innerFrom, innerTo, level + 1);
    for (let i = innerTo * FAN_OUT; i < to; i++) into.mergeRecord(record, state, i);
  }
}
