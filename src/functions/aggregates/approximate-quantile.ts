import type { Accumulator, AccumulatorState, AggregateOverload, BindContext } from "../../catalog/function-types.ts";
import { hugeAt } from "../../core/read.ts";
import { type DataType, list, physicalOf } from "../../core/types.ts";
import type { FlatVector, Vector } from "../../core/vector.ts";
import { flatData, flatVector, ValidityBuilder } from "./finish.ts";
import { listOf } from "./list-result.ts";
import { fractionsOf } from "./quantiles.ts";
import { type DigestState, TDigest } from "./t-digest.ts";

/** Quantiles of numbers and points in time from a t-digest a group: a few kilobytes however many rows there are. */
class ApproximateQuantile implements Accumulator {
  readonly #type: DataType;
  readonly #fractions: readonly number[];
  readonly #many: boolean;
  #digests: (TDigest | undefined)[] = [];

  constructor({ types, constants }: BindContext) {
    this.#type = types[0];
    const { fractions, many } = fractionsOf(constants[1], 0);
    this.#fractions = fractions;
    this.#many = many;
  }

  resize(groups: number): void {
    while (this.#digests.length < groups) this.#digests.push(undefined);
  }

  update(groups: Int32Array, args: readonly Vector[], length: number, filter: Uint8Array | null): void {
    const { data, validity } = args[0] as FlatVector;
    const at =
      physicalOf(this.#type) === "i128" ? (row: number) => Number(hugeAt(data as BigInt64Array, row)) : (row: number) => Number(data[row]);
    for (let i = 0; i < length; i++) {
      if ((filter !== null && filter[i] === 0) || (validity !== null && validity[i] === 0)) continue;
      const value = at(i);
      if (!Number.isNaN(value)) this.#digestOf(groups[i]).add(value);
    }
  }

  merge(other: AccumulatorState, mapping: Int32Array): void {
    (other as (DigestState | undefined)[]).forEach((state, group) => {
      if (state !== undefined) this.#digestOf(mapping[group]).merge(state);
    });
  }

  state(): AccumulatorState {
    return this.#digests.map((digest) => digest?.state());
  }

  evaluate(groups: number): Vector {
    const present = this.#digests.slice(0, groups);
    const rows = this.#many ? present.filter((digest) => digest !== undefined) : present;
    const values = rows.flatMap((digest) => this.#fractions.map((fraction) => digest?.quantile(fraction)));
    const data = flatData(this.#type, values.length);
    const validity = new ValidityBuilder(values.length);
    const whole = this.#type.kind !== "double" && this.#type.kind !== "float";
    values.forEach((value, i) => {
      if (value === undefined) validity.setNull(i);
      else if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
        const rounded = BigInt(Math.round(value));
        if (physicalOf(this.#type) === "i128") {
          data[2 * i] = rounded;
          data[2 * i + 1] = rounded >> 64n;
        } else data[i] = rounded;
      } else data[i] = whole ? Math.round(value) : value;
    });
    const flat = flatVector(this.#type, values.length, data, validity.mask);
    if (!this.#many) return flat;
    return listOf(
      this.#type,
      present.map((digest) => (digest === undefined ? null : this.#fractions.length)),
      flat,
    );
  }

  bytes(): number {
    return this.#digests.reduce((sum, digest) => sum + (digest?.bytes() ?? 8), 0);
  }

  #digestOf(group: number): TDigest {
    let digest = this.#digests[group];
    if (digest === undefined) {
      digest = new TDigest();
      this.#digests[group] = digest;
    }
    return digest;
  }
}

const overload = (pattern: AggregateOverload["args"][number], many: boolean): AggregateOverload => ({
  args: [pattern, many ? { listOf: "double" } : "double"],
  returns: ({ types }) => (many ? list(types[0]) : types[0]),
  create: (bind) => new ApproximateQuantile(bind),
});

export const approximateQuantiles: readonly AggregateOverload[] = (
  ["numeric", "date", "time", "timestamp", "timestamptz"] as const
).flatMap((pattern) => [overload(pattern, false), overload(pattern, true)]);
