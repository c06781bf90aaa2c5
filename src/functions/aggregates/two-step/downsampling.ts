import type { AggregateOverload } from "../../../catalog/function-types.ts";
import { runtimeError } from "../../../core/errors.ts";
import { BIGINT, type DataType, DOUBLE, list, struct, TIMESTAMP, TIMESTAMPTZ } from "../../../core/types.ts";
import type { FlatVector, StructVector } from "../../../core/vector.ts";
import { lttb } from "../../../timeseries/downsampling/lttb.ts";
import { m4 } from "../../../timeseries/downsampling/m4.ts";
import { doc } from "../../define.ts";
import type { AggregateEntry } from "../define.ts";
import { flatVector } from "../finish.ts";
import { listOf } from "../list-result.ts";
import { pointsAccumulator } from "./points.ts";

/** lttb and m4: the points of a line that draw it. */

type Choice = (times: Float64Array, values: Float64Array, length: number, count: number) => Int32Array;

const pointType = (time: DataType): DataType =>
  struct([
    { name: "time", type: time },
    { name: "value", type: DOUBLE },
  ]);

/** The count of a group is that of its first row. */
const overloads = (name: string, least: number, choose: Choice): AggregateOverload[] =>
  [TIMESTAMP, TIMESTAMPTZ].map((time) => ({
    args: [time.kind, "double", { exactly: BIGINT }],
    returns: list(pointType(time)),
    keepsRows: true,
    create: ({ types }) =>
      pointsAccumulator(types, 0, (groups, pointsOf, { starts, rows, columns }) => {
        const lengths: (number | null)[] = [];
        const times: number[] = [];
        const values: number[] = [];
        const counts = columns[2] as FlatVector;
        for (let group = 0; group < groups; group++) {
          const { length, ...points } = pointsOf(group);
          if (length === 0) {
            lengths.push(null);
            continue;
          }
          const first = rows[starts[group]];
          if (counts.validity !== null && counts.validity[first] === 0) throw runtimeError(`n of ${name} cannot be NULL`);
          const count = Number(counts.data[first]);
          if (count < least) throw runtimeError(`n of ${name} is ${count}`, undefined, `it is at least ${least}`);
          const kept = choose(points.times, points.values, length, count);
          lengths.push(kept.length);
          for (const at of kept) {
            times.push(points.times[at]);
            values.push(points.values[at]);
          }
        }
        const child: StructVector = {
          layout: "struct",
          type: pointType(time),
          length: times.length,
          validity: null,
          children: [
            flatVector(
              time,
              times.length,
              BigInt64Array.from(times, (micros) => BigInt(micros)),
              null,
            ),
            flatVector(DOUBLE, values.length, Float64Array.from(values), null),
          ],
        };
        return listOf(pointType(time), lengths, child);
      }),
  }));

const sample =
  "FROM (VALUES (TIMESTAMP '2026-01-01', 1), ('2026-01-02', 9), ('2026-01-03', 2), ('2026-01-04', 3), ('2026-01-05', 4)) t(seen, x)";

export const downsamplingAggregates: readonly AggregateEntry[] = [
  {
    name: "lttb",
    doc: doc(
      "`n` of the points that keep the looks of their line, in the order of time, as a LIST of STRUCT(time, value); all where there are no more than `n`.",
      ["ts", "value", "n"],
      `list_transform(lttb(seen, x, 3), p -> p.value) ${sample}`,
      "[1.0, 9.0, 4.0]",
      "Steinarsson 2013",
    ),
    overloads: overloads("lttb", 2, lttb),
  },
  {
    name: "m4",
    doc: doc(
      "First, last, least and greatest point of each of `n` equal stretches of time, in the order of time, as a LIST of STRUCT(time, value): what a line chart of `n` pixel columns shows.",
      ["ts", "value", "n"],
      `list_transform(m4(seen, x, 1), p -> p.value) ${sample}`,
      "[1.0, 9.0, 4.0]",
      "Jugel, Jerzak, Hackenbroich and Markl 2014",
    ),
    overloads: overloads("m4", 1, m4),
  },
];
