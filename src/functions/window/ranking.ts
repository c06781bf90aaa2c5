import type { WindowFunction, WindowPartition } from "../../catalog/function-types.ts";
import { runtimeError } from "../../core/errors.ts";
import { BIGINT, type DataType, DOUBLE } from "../../core/types.ts";
import type { FlatVector, Vector } from "../../core/vector.ts";
import { doc } from "../define.ts";

/** Functions of a row's place in its partition. */

function bigints(input: WindowPartition, value: (i: number) => number): Vector {
  const data = new BigInt64Array(input.length);
  const words = new Int32Array(data.buffer);
  // Places in a partition fit 32 bits and are not negative.
  for (let i = 0; i < input.length; i++) words[2 * i] = value(i);
  return { layout: "flat", type: BIGINT, length: input.length, validity: null, data };
}

function doubles(input: WindowPartition, value: (i: number) => number): Vector {
  const data = new Float64Array(input.length);
  for (let i = 0; i < input.length; i++) data[i] = value(i);
  return { layout: "flat", type: DOUBLE, length: input.length, validity: null, data };
}

const rank =
  ({ partitionStart, peerStart }: WindowPartition) =>
  (i: number) =>
    peerStart[i] - partitionStart[i] + 1;

function denseRank({ partitionStart, peerStart }: WindowPartition): (i: number) => number {
  let current = 0;
  // Rows are visited in order.
  return (i) => {
    if (i === partitionStart[i]) current = 1;
    else if (i === peerStart[i]) current++;
    return current;
  };
}

function ntile(input: WindowPartition): Vector {
  const [buckets] = input.args as [FlatVector];
  const counts = buckets.data as BigInt64Array;
  const { partitionStart, partitionEnd } = input;
  const result = bigints(input, (i) => {
    if (buckets.validity !== null && buckets.validity[i] === 0) return 0;
    const count = Number(counts[i]);
    if (count <= 0) throw runtimeError(`ntile needs a positive number of buckets, not ${count}`);
    const rows = partitionEnd[i] - partitionStart[i];
    const place = i - partitionStart[i];
    const size = Math.floor(rows / count);
    // The first buckets get one row more.
    const larger = rows - size * count;
    const inLarger = larger * (size + 1);
    return place < inLarger ? Math.floor(place / (size + 1)) + 1 : larger + Math.floor((place - inLarger) / size) + 1;
  });
  return { ...result, validity: buckets.validity };
}

const define = (
  name: string,
  summary: string,
  result: string,
  returns: DataType,
  compute: (input: WindowPartition) => Vector,
  aliases?: readonly string[],
): WindowFunction => ({
  kind: "window",
  name,
  ...(aliases === undefined ? {} : { aliases }),
  family: "window",
  doc: doc(summary, [], `${name}() OVER (ORDER BY x) FROM (VALUES (7)) t(x)`, result),
  overloads: [{ args: [], returns, compute }],
});

export const rankingFunctions: readonly WindowFunction[] = [
  define("row_number", "Place of the row in its partition, from 1.", "1", BIGINT, (input) =>
    bigints(input, (i) => i - input.partitionStart[i] + 1),
  ),
  define("rank", "One more than the number of rows before the row's peers.", "1", BIGINT, (input) => bigints(input, rank(input))),
  define("dense_rank", "Number of the row's group of peers, from 1.", "1", BIGINT, (input) => bigints(input, denseRank(input)), [
    "rank_dense",
  ]),
  define("percent_rank", "(rank - 1) / (rows - 1); 0 in a partition of one row.", "0.0", DOUBLE, (input) => {
    const place = rank(input);
    return doubles(input, (i) => {
      const rows = input.partitionEnd[i] - input.partitionStart[i];
      return rows === 1 ? 0 : (place(i) - 1) / (rows - 1);
    });
  }),
  define(
    "cume_dist",
    "Share of the partition's rows up to the row's last peer.",
    "1.0",
    DOUBLE,
    ({ partitionStart, partitionEnd, peerEnd, ...input }) =>
      doubles(
        { partitionStart, partitionEnd, peerEnd, ...input },
        (i) => (peerEnd[i] - partitionStart[i]) / (partitionEnd[i] - partitionStart[i]),
      ),
  ),
  {
    kind: "window",
    name: "ntile",
    family: "window",
    doc: doc(
      "Number of the bucket, from 1, when the partition is cut into `n` as equal as can be.",
      ["n"],
      "ntile(2) OVER (ORDER BY x) FROM (VALUES (7)) t(x)",
      "1",
    ),
    overloads: [{ args: [{ exactly: BIGINT }], returns: BIGINT, compute: ntile }],
  },
];
