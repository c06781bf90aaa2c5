import type { Accumulator, AccumulatorState, AggregateOverload } from "../../catalog/function-types.ts";
import { INTERVAL } from "../../core/types.ts";
import type { IntervalVector, Vector } from "../../core/vector.ts";
import { ValidityBuilder } from "./finish.ts";

const DAYS_PER_MONTH = 30;
const MICROS_PER_DAY = 86_400_000_000;

/** Mean of intervals: what does not divide evenly is carried from months to days (30 to a month), and from both to microseconds, which may exceed a day. */
class IntervalAverage implements Accumulator {
  /** Count, months, days, microseconds of each group. */
  #sums = new Float64Array(0);

  resize(groups: number): void {
    if (groups * 4 <= this.#sums.length) return;
    const grown = new Float64Array(Math.max(groups * 4, this.#sums.length * 2));
    grown.set(this.#sums);
    this.#sums = grown;
  }

  update(groups: Int32Array, args: readonly Vector[], length: number, filter: Uint8Array | null): void {
    const { months, days, micros, validity } = args[0] as IntervalVector;
    for (let i = 0; i < length; i++) {
      if ((filter !== null && filter[i] === 0) || (validity !== null && validity[i] === 0)) continue;
      const at = groups[i] * 4;
      this.#sums[at] += 1;
      this.#sums[at + 1] += months[i];
      this.#sums[at + 2] += days[i];
      this.#sums[at + 3] += micros[i];
    }
  }

  merge(other: AccumulatorState, mapping: Int32Array): void {
    const from = other as Float64Array;
    for (let group = 0; group < mapping.length; group++) {
      for (let k = 0; k < 4; k++) this.#sums[mapping[group] * 4 + k] += from[group * 4 + k];
    }
  }

  state(): AccumulatorState {
    return this.#sums.slice();
  }

  evaluate(groups: number): Vector {
    const months = new Int32Array(groups);
    const days = new Int32Array(groups);
    const micros = new Float64Array(groups);
    const validity = new ValidityBuilder(groups);
    for (let group = 0; group < groups; group++) {
      const count = this.#sums[group * 4];
      if (count === 0) {
        validity.setNull(group);
        continue;
      }
      const [monthSum, daySum, microSum] = this.#sums.subarray(group * 4 + 1, group * 4 + 4);
      months[group] = Math.trunc(monthSum / count);
      const carried = (monthSum % count) * DAYS_PER_MONTH;
      days[group] = Math.trunc(daySum / count) + Math.trunc(carried / count);
      micros[group] = Math.trunc((microSum + ((daySum % count) + (carried % count)) * MICROS_PER_DAY) / count);
    }
    return { layout: "interval", type: INTERVAL, length: groups, validity: validity.mask, months, days, micros };
  }

  bytes(): number {
    return this.#sums.byteLength;
  }
}

export const intervalAverage: AggregateOverload = { args: ["interval"], returns: INTERVAL, create: () => new IntervalAverage() };
