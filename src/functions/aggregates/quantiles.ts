import type { Accumulator, AggregateOverload, BindContext } from "../../catalog/function-types.ts";
import { rowComparator } from "../../core/compare.ts";
import { bindError } from "../../core/errors.ts";
import { take } from "../../core/take.ts";
import { type DataType, DOUBLE, INTERVAL, isInteger, list, physicalOf, TIMESTAMP } from "../../core/types.ts";
import type { Value } from "../../core/value.ts";
import type { FlatVector, Vector } from "../../core/vector.ts";
import { doc } from "../define.ts";
import { aggregateFamily } from "./define.ts";
import { flatData, flatVector, ValidityBuilder } from "./finish.ts";
import { HolisticAccumulator, sortedWithinGroups } from "./holistic-accumulator.ts";
import { listOf } from "./list-result.ts";
import type { GroupedRows } from "./row-buffer.ts";
import { runsOf } from "./runs.ts";

/** Quantiles, median, mode, median absolute deviation and entropy: exact, over all values of a group. */

/** Type that interpolation happens in. */
function continuousType(type: DataType): DataType {
  if (isInteger(type)) return DOUBLE;
  return type.kind === "date" ? TIMESTAMP : type;
}

/** The constant fraction argument, from `least` to 1: one number, or a list of them. */
export function fractionsOf(constant: Value | undefined, least: number): { fractions: readonly number[]; many: boolean } {
  if (constant === undefined) throw bindError("the fraction of a quantile must be a constant");
  const check = (value: Value): number => {
    if (value === null) throw bindError("the fraction of a quantile must not be NULL");
    const fraction = Number(value);
    if (!(fraction >= least && fraction <= 1)) throw bindError(`a quantile's fraction lies in [${least}, 1], not at ${fraction}`);
    return fraction;
  };
  if (Array.isArray(constant)) return { fractions: constant.map(check), many: true };
  return { fractions: [check(constant)], many: false };
}

/** Position of a discrete quantile among n sorted values. Decimal digits count as written: 0.29 of 100 is 29. */
function discretePosition(fraction: number, n: number): number {
  const [whole, digits = ""] = String(Math.abs(fraction)).split(".");
  let below: number;
  if (digits.length <= 15 && !digits.includes("e") && !whole.includes("e")) {
    const scale = 10n ** BigInt(digits.length);
    const scaled = BigInt(n) * scale - BigInt(whole + digits) * BigInt(n);
    below = Number(scaled / scale);
  } else below = Math.floor(n - Math.abs(fraction) * n);
  const position = Math.max(1, n - below) - 1;
  return fraction < 0 ? n - 1 - position : position;
}

/** Values between two neighbours, for each group and fraction: number of the lower row, of the upper, and the share of the way. */
function interpolated(sorted: Vector, type: DataType, lower: Int32Array, upper: Int32Array, share: Float64Array): Vector {
  const length = lower.length;
  const result = flatData(type, length);
  const source = (sorted as FlatVector).data;
  const validity = new ValidityBuilder(length);
  if (type.kind === "double" || type.kind === "float") {
    const huge = physicalOf(sorted.type) === "i128" ? (source as BigInt64Array) : undefined;
    const at = (row: number) =>
      huge === undefined ? Number(source[row]) : Number((huge[2 * row + 1] << 64n) + BigInt.asUintN(64, huge[2 * row]));
    for (let i = 0; i < length; i++) {
      if (lower[i] < 0) validity.setNull(i);
      else if (lower[i] === upper[i]) (result as Float64Array)[i] = at(lower[i]);
      else (result as Float64Array)[i] = at(lower[i]) * (1 - share[i]) + at(upper[i]) * share[i];
    }
    return flatVector(type, length, result, validity.mask);
  }
  const wide = physicalOf(type) === "i128";
  const days = sorted.type.kind === "date";
  const at = (row: number): bigint => {
    if (days) return BigInt((source as Int32Array)[row]) * 86_400_000_000n;
    const data = source as BigInt64Array;
    return wide ? (data[2 * row + 1] << 64n) + BigInt.asUintN(64, data[2 * row]) : data[row];
  };
  const out = result as BigInt64Array;
  for (let i = 0; i < length; i++) {
    if (lower[i] < 0) {
      validity.setNull(i);
      continue;
    }
    const low = at(lower[i]);
    const value = between(low, at(upper[i]) - low, share[i], type.kind === "decimal");
    if (wide) {
      out[2 * i] = value;
      out[2 * i + 1] = value >> 64n;
    } else out[i] = value;
  }
  return flatVector(type, length, result, validity.mask);
}

/** low + way × share: of decimals the step is cut towards zero, points in time are rounded to the nearest, halves away from zero. */
function between(low: bigint, way: bigint, share: number, cut: boolean): bigint {
  const step = Number(way) * share;
  if (cut) return low + BigInt(Math.trunc(step));
  const sum = Number(low) + step;
  return BigInt(sum < 0 ? -Math.round(-sum) : Math.round(sum));
}

/** One value (or list) a group from fractions of its sorted values. */
function quantile(
  rows: GroupedRows,
  groups: number,
  type: DataType,
  continuous: boolean,
  fractions: readonly number[],
  many: boolean,
): Vector {
  const sorted = sortedWithinGroups(rows);
  const { starts } = rows;
  const present: number[] = [];
  for (let g = 0; g < groups; g++) if (!many || starts[g] < starts[g + 1]) present.push(g);
  const length = present.length * fractions.length;
  const lower = new Int32Array(length).fill(-1);
  const upper = new Int32Array(length).fill(-1);
  const share = new Float64Array(length);
  let at = 0;
  for (const g of present) {
    const n = starts[g + 1] - starts[g];
    for (const fraction of fractions) {
      if (n > 0) {
        if (continuous) {
          const place = (n - 1) * Math.abs(fraction);
          const below = Math.floor(place);
          const above = Math.ceil(place);
          share[at] = place - below;
          lower[at] = starts[g] + (fraction < 0 ? n - 1 - below : below);
          upper[at] = starts[g] + (fraction < 0 ? n - 1 - above : above);
        } else lower[at] = starts[g] + discretePosition(fraction, n);
      }
      at++;
    }
  }
  const values = continuous ? interpolated(sorted, type, lower, upper, share) : take(sorted, lower);
  if (!many) return values;
  const lengths = Array.from({ length: groups }, (_, g) => (starts[g] < starts[g + 1] ? fractions.length : null));
  return listOf(type, lengths, values);
}

const resultType = (continuous: boolean, many: boolean) => (bind: BindContext) => {
  const type = continuous ? continuousType(bind.types[0]) : bind.types[0];
  return many ? list(type) : type;
};

const quantileOverload = (pattern: AggregateOverload["args"][number], continuous: boolean, many: boolean): AggregateOverload => ({
  args: [pattern, many ? { listOf: "double" } : "double"],
  returns: resultType(continuous, many),
  keepsRows: true,
  create: ({ types, constants }): Accumulator => {
    const { fractions } = fractionsOf(constants[1], -1);
    const type = continuous ? continuousType(types[0]) : types[0];
    return new HolisticAccumulator(types, [0], (rows, groups) => quantile(rows, groups, type, continuous, fractions, many));
  },
});

const CONTINUOUS = ["numeric", "date", "timestamp", "timestamptz", "time"] as const;

const medianOverload = (pattern: AggregateOverload["args"][number], continuous: boolean): AggregateOverload => ({
  args: [pattern],
  returns: resultType(continuous, false),
  keepsRows: true,
  create: ({ types }) => {
    const type = continuous ? continuousType(types[0]) : types[0];
    return new HolisticAccumulator(types, [0], (rows, groups) => quantile(rows, groups, type, continuous, [0.5], false));
  },
});

/** The most frequent value; of several the one that came first. */
function mode(rows: GroupedRows, groups: number): Vector {
  const { starts, rows: order, columns } = rows;
  const sorted = sortedWithinGroups(rows);
  const runs = runsOf(sorted, starts);
  const compare = rowComparator(columns[0], sorted);
  const picked = new Int32Array(groups).fill(-1);
  for (let g = 0; g < groups; g++) {
    let most = 0;
    let best: number[] = [];
    for (let run = runs.starts[g]; run < runs.starts[g + 1]; run++) {
      if (runs.lengths[run] < most) continue;
      if (runs.lengths[run] > most) best = [];
      most = runs.lengths[run];
      best.push(runs.firsts[run]);
    }
    if (best.length === 0) continue;
    picked[g] = best[0];
    if (best.length === 1) continue;
    // Rows of a group are in input order: the first that equals one of the winners decides. Winners ascend, so they are searched by halves.
    for (let k = starts[g]; k < starts[g + 1]; k++) {
      let [from, to] = [0, best.length];
      while (from < to) {
        const middle = (from + to) >> 1;
        if (compare(order[k], best[middle]) > 0) from = middle + 1;
        else to = middle;
      }
      if (from < best.length && compare(order[k], best[from]) === 0) {
        picked[g] = best[from];
        break;
      }
    }
  }
  return take(sorted, picked);
}

function entropy(rows: GroupedRows, groups: number): Vector {
  const runs = runsOf(sortedWithinGroups(rows), rows.starts);
  const data = new Float64Array(groups);
  for (let g = 0; g < groups; g++) {
    const total = rows.starts[g + 1] - rows.starts[g];
    for (let run = runs.starts[g]; run < runs.starts[g + 1]; run++)
      data[g] += (runs.lengths[run] / total) * Math.log2(total / runs.lengths[run]);
  }
  return flatVector(DOUBLE, groups, data, null);
}

/** Median of the distances from the median. */
const deviationOverload = (pattern: AggregateOverload["args"][number], coerced?: DataType): AggregateOverload => ({
  args: [pattern],
  returns: ({ types }) => deviationType(coerced ?? types[0]),
  ...(coerced === undefined ? {} : { coerce: () => [coerced] }),
  keepsRows: true,
  create: ({ types }) => {
    const [type] = types;
    return new HolisticAccumulator(types, [0], (rows, groups): Vector => {
      const middle = quantile(rows, groups, type, true, [0.5], false) as FlatVector;
      const source = rows.columns[0] as FlatVector;
      const distances = flatData(type, source.length);
      const wide = physicalOf(type) === "i128";
      const at = (data: BigInt64Array, row: number) => (wide ? (data[2 * row + 1] << 64n) + BigInt.asUintN(64, data[2 * row]) : data[row]);
      for (let g = 0; g < groups; g++) {
        for (let k = rows.starts[g]; k < rows.starts[g + 1]; k++) {
          const row = rows.rows[k];
          if (distances instanceof BigInt64Array) {
            const away = at(source.data as BigInt64Array, row) - at(middle.data as BigInt64Array, g);
            const distance = away < 0n ? -away : away;
            if (wide) {
              distances[2 * row] = distance;
              distances[2 * row + 1] = distance >> 64n;
            } else distances[row] = distance;
          } else (distances as Float64Array)[row] = Math.abs((source.data as Float64Array)[row] - (middle.data as Float64Array)[g]);
        }
      }
      const columns = [flatVector(type, source.length, distances, null)];
      const result = quantile({ ...rows, columns }, groups, type, true, [0.5], false) as FlatVector;
      if (deviationType(type).kind !== "interval") return result;
      const micros = Float64Array.from(result.data as BigInt64Array, Number);
      return intervalsOf(micros, result.validity);
    });
  },
});

const deviationType = (type: DataType) => (physicalOf(type) === "i64" && type.kind !== "decimal" ? INTERVAL : type);

const MICROS_PER_DAY = 86_400_000_000;

/** Differences of points in time as days and microseconds. */
function intervalsOf(micros: Float64Array, validity: Uint8Array | null): Vector {
  const days = Int32Array.from(micros, (value) => Math.trunc(value / MICROS_PER_DAY));
  return {
    layout: "interval",
    type: INTERVAL,
    length: micros.length,
    validity,
    months: new Int32Array(micros.length),
    days,
    micros: micros.map((value) => value % MICROS_PER_DAY),
  };
}

const sample = "FROM (VALUES (1), (2), (4)) t(x)";

export const quantileAggregates = aggregateFamily("aggregate", [
  {
    name: "median",
    doc: doc(
      "Middle value; the mean of the two middle ones for numbers and times, the lower of them for other types.",
      ["arg"],
      `median(x) ${sample}`,
      "2.0",
    ),
    overloads: [...CONTINUOUS.map((pattern) => medianOverload(pattern, true)), medianOverload("comparable", false)],
  },
  {
    name: "quantile_cont",
    doc: doc(
      "Interpolated quantile, for a constant fraction or a list of them; a negative fraction counts from the greatest value down.",
      ["arg", "fraction"],
      `quantile_cont(x, 0.25) ${sample}`,
      "1.5",
    ),
    overloads: CONTINUOUS.flatMap((pattern) => [quantileOverload(pattern, true, false), quantileOverload(pattern, true, true)]),
  },
  {
    name: "quantile_disc",
    aliases: ["quantile"],
    doc: doc(
      "Least value below or at which the fraction of all values lies, for a constant fraction or a list of them.",
      ["arg", "fraction"],
      `quantile_disc(x, 0.5) ${sample}`,
      "2",
    ),
    overloads: [quantileOverload("comparable", false, false), quantileOverload("comparable", false, true)],
  },
  {
    name: "mode",
    ordered: true,
    doc: doc("Most frequent value; of several the one that came first.", ["arg"], "mode(x) FROM (VALUES (1), (2), (2)) t(x)", "2"),
    overloads: [
      {
        args: ["comparable"],
        returns: ({ types }) => types[0],
        keepsRows: true,
        create: ({ types }) => new HolisticAccumulator(types, [0], mode),
      },
    ],
  },
  {
    name: "mad",
    doc: doc("Median absolute deviation from the median; an interval for dates and times.", ["arg"], `mad(x) ${sample}`, "1.0"),
    overloads: [
      deviationOverload("decimal"),
      deviationOverload("float"),
      deviationOverload("double"),
      deviationOverload("date", TIMESTAMP),
      deviationOverload("timestamp"),
      deviationOverload("timestamptz"),
      deviationOverload("time"),
    ],
  },
  {
    name: "entropy",
    doc: doc("Shannon entropy of the values, in bits; 0 without values.", ["arg"], "entropy(x) FROM (VALUES (1), (2)) t(x)", "1.0"),
    overloads: [
      { args: ["comparable"], returns: DOUBLE, keepsRows: true, create: ({ types }) => new HolisticAccumulator(types, [0], entropy) },
    ],
  },
]);
