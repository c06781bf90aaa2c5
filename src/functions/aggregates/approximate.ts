import type { Accumulator, AccumulatorState, AggregateOverload } from "../../catalog/function-types.ts";
import { BIGINT } from "../../core/types.ts";
import type { Vector } from "../../core/vector.ts";
import { doc } from "../define.ts";
import { approximateQuantiles } from "./approximate-quantile.ts";
import { aggregateFamily } from "./define.ts";
import { flatVector } from "./finish.ts";
import { hashRows } from "./hash-rows.ts";

/** HyperLogLog after Flajolet (2007): 1024 registers a group, a standard error of 3.3 %; small counts are counted by empty registers. */

const BITS = 10;
const REGISTERS = 1 << BITS;

class DistinctEstimate implements Accumulator {
  #registers = new Uint8Array(0);
  #hashes = new Int32Array(0);

  resize(groups: number): void {
    if (groups * REGISTERS <= this.#registers.length) return;
    const grown = new Uint8Array(Math.max(groups * REGISTERS, this.#registers.length * 2));
    grown.set(this.#registers);
    this.#registers = grown;
  }

  update(groups: Int32Array, args: readonly Vector[], length: number, filter: Uint8Array | null): void {
    if (this.#hashes.length < 2 * length) this.#hashes = new Int32Array(2 * length);
    const hashes = this.#hashes;
    const [vector] = args;
    hashRows(vector, length, hashes);
    const registers = this.#registers;
    for (let i = 0; i < length; i++) {
      if ((filter !== null && filter[i] === 0) || (vector.validity !== null && vector.validity[i] === 0)) continue;
      const at = groups[i] * REGISTERS + (hashes[2 * i] >>> (32 - BITS));
      const rank = Math.clz32(hashes[2 * i + 1]) + 1;
      if (rank > registers[at]) registers[at] = rank;
    }
  }

  merge(other: AccumulatorState, mapping: Int32Array): void {
    const from = other as Uint8Array;
    for (let group = 0; group < mapping.length; group++) {
      const to = mapping[group] * REGISTERS;
      for (let k = 0; k < REGISTERS; k++) {
        if (from[group * REGISTERS + k] > this.#registers[to + k]) this.#registers[to + k] = from[group * REGISTERS + k];
      }
    }
  }

  state(): AccumulatorState {
    return this.#registers.slice();
  }

  evaluate(groups: number): Vector {
    const counts = new BigInt64Array(groups);
    for (let group = 0; group < groups; group++) {
      let sum = 0;
      let empty = 0;
      for (let k = group * REGISTERS; k < (group + 1) * REGISTERS; k++) {
        sum += 2 ** -this.#registers[k];
        if (this.#registers[k] === 0) empty++;
      }
      const raw = ((0.7213 / (1 + 1.079 / REGISTERS)) * REGISTERS * REGISTERS) / sum;
      const estimate = raw <= 2.5 * REGISTERS && empty > 0 ? REGISTERS * Math.log(REGISTERS / empty) : raw;
      counts[group] = BigInt(Math.round(estimate));
    }
    return flatVector(BIGINT, groups, counts, null);
  }

  bytes(): number {
    return this.#registers.byteLength;
  }
}

const countOverload: AggregateOverload = { args: ["any"], returns: BIGINT, create: () => new DistinctEstimate() };

export const approximateAggregates = aggregateFamily("aggregate", [
  {
    name: "approx_count_distinct",
    doc: doc(
      "About how many distinct values there are, with a standard error of 3.3 %.",
      ["arg"],
      "approx_count_distinct(x) FROM (VALUES (1), (2), (2)) t(x)",
      "2",
      "Flajolet, Fusy, Gandouet and Meunier 2007",
    ),
    overloads: [countOverload],
  },
  {
    name: "approx_quantile",
    doc: doc(
      "About the value below which the constant fraction (or each of a list of them) lies, in bounded memory. NaN is left out.",
      ["arg", "fraction"],
      "approx_quantile(x, 0.5) FROM (VALUES (1), (2), (4)) t(x)",
      "2",
      "Dunning and Ertl 2019",
    ),
    overloads: approximateQuantiles,
  },
]);
