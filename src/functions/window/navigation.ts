import type { BindContext, WindowFunction, WindowPartition } from "../../catalog/function-types.ts";
import { concatVectors } from "../../core/concat.ts";
import { take } from "../../core/take.ts";
import { BIGINT } from "../../core/types.ts";
import type { FlatVector, Vector } from "../../core/vector.ts";
import { doc } from "../define.ts";
import { framePieces } from "./frame-pieces.ts";

/** Values of other rows: before and after in the partition, or first, last and n-th of the frame. */

/** For IGNORE NULLS: rows whose value is not NULL, and how many of them stand before each row. */
interface PresentRows {
  readonly rows: Int32Array;
  readonly before: Int32Array;
}

function presentRows(vector: Vector, length: number): PresentRows {
  const { validity } = vector;
  const rows = new Int32Array(length);
  const before = new Int32Array(length + 1);
  let count = 0;
  for (let i = 0; i < length; i++) {
    before[i] = count;
    if (validity === null || validity[i] !== 0) rows[count++] = i;
  }
  before[length] = count;
  return { rows: rows.subarray(0, count), before };
}

const present = (vector: Vector, row: number) => vector.validity === null || vector.validity[row] !== 0;

/** A BIGINT column as numbers, without a bigint a row. */
function rowCounts(vector: Vector): (row: number) => number {
  const { data } = vector as FlatVector;
  const words = new Int32Array(data.buffer, data.byteOffset, 2 * vector.length);
  return (row) => words[2 * row + 1] * 4294967296 + (words[2 * row] >>> 0);
}

/** `direction` rows further on: 1 for lead, -1 for lag. Rows beyond the partition take the default. */
const shifted =
  (direction: 1 | -1) =>
  (input: WindowPartition): Vector => {
    const { args, length, partitionStart, partitionEnd, ignoreNulls } = input;
    const [values, offsets, defaults] = args;
    const known = ignoreNulls ? presentRows(values, length) : undefined;
    const distances = offsets === undefined ? undefined : rowCounts(offsets);
    const picked = new Int32Array(length);
    for (let i = 0; i < length; i++) {
      picked[i] = defaults === undefined ? -1 : values.length + i;
      if (offsets !== undefined && !present(offsets, i)) {
        picked[i] = -1;
        continue;
      }
      const distance = direction * (distances === undefined ? 1 : distances(i));
      if (known === undefined || distance === 0) {
        const row = i + distance;
        if (row >= partitionStart[i] && row < partitionEnd[i]) picked[i] = row;
        continue;
      }
      // The row itself does not count, whether it is NULL or not.
      const place = distance > 0 ? known.before[i + 1] + distance - 1 : known.before[i] + distance;
      const row = place >= 0 && place < known.rows.length ? known.rows[place] : -1;
      if (row >= partitionStart[i] && row < partitionEnd[i]) picked[i] = row;
    }
    return take(defaults === undefined ? values : concatVectors(values.type, [values, defaults]), picked);
  };

/** The row of each frame that `choose` picks among its pieces; -1 for none. */
function fromFrame(
  input: WindowPartition,
  choose: (pieces: Int32Array, count: number, known: PresentRows | undefined, i: number) => number,
): Vector {
  const [values] = input.args;
  const known = input.ignoreNulls ? presentRows(values, input.length) : undefined;
  const pieces = new Int32Array(6);
  const picked = new Int32Array(input.length);
  for (let i = 0; i < input.length; i++) picked[i] = choose(pieces, framePieces(input, i, pieces), known, i);
  return take(values, picked);
}

/** The n-th row (from 0) of the pieces, counting forwards; -1 if there are not so many. */
function nthOf(pieces: Int32Array, count: number, known: PresentRows | undefined, n: number): number {
  let left = n;
  for (let k = 0; k < count; k++) {
    const [start, end] = [pieces[2 * k], pieces[2 * k + 1]];
    const rows = known === undefined ? end - start : known.before[end] - known.before[start];
    if (left < rows) return known === undefined ? start + left : known.rows[known.before[start] + left];
    left -= rows;
  }
  return -1;
}

function lastOf(pieces: Int32Array, count: number, known: PresentRows | undefined): number {
  for (let k = count - 1; k >= 0; k--) {
    const [start, end] = [pieces[2 * k], pieces[2 * k + 1]];
    if (known === undefined) return end - 1;
    if (known.before[end] > known.before[start]) return known.rows[known.before[end] - 1];
  }
  return -1;
}

function nthValue(input: WindowPartition): Vector {
  const places = input.args[1] as FlatVector;
  const place = rowCounts(places);
  return fromFrame(input, (pieces, count, known, i) => {
    if (!present(places, i)) return -1;
    const n = place(i);
    return n < 1 ? -1 : nthOf(pieces, count, known, n - 1);
  });
}

const typeOfFirst = (bind: BindContext) => bind.types[0];
const table = "FROM (VALUES (1), (2)) t(x) LIMIT 1";
const offset = { exactly: BIGINT } as const;

export const navigationFunctions: readonly WindowFunction[] = [
  {
    kind: "window",
    name: "lag",
    family: "window",
    doc: doc(
      "Value `offset` rows (1) before in the partition, or `default` (NULL) where there is no such row.",
      ["arg", "offset", "default"],
      `lag(x, 1, 0) OVER (ORDER BY x) ${table}`,
      "0",
    ),
    overloads: [{ args: ["any", offset, { sameAs: 0 }], optional: 2, returns: typeOfFirst, compute: shifted(-1) }],
  },
  {
    kind: "window",
    name: "lead",
    family: "window",
    doc: doc(
      "Value `offset` rows (1) after in the partition, or `default` (NULL) where there is no such row.",
      ["arg", "offset", "default"],
      `lead(x) OVER (ORDER BY x) ${table}`,
      "2",
    ),
    overloads: [{ args: ["any", offset, { sameAs: 0 }], optional: 2, returns: typeOfFirst, compute: shifted(1) }],
  },
  {
    kind: "window",
    name: "first_value",
    family: "window",
    doc: doc("Value of the frame's first row.", ["arg"], `first_value(x) OVER (ORDER BY x) ${table}`, "1"),
    overloads: [
      {
        args: ["any"],
        returns: typeOfFirst,
        compute: (input) => fromFrame(input, (pieces, count, known) => nthOf(pieces, count, known, 0)),
      },
    ],
  },
  {
    kind: "window",
    name: "last_value",
    family: "window",
    doc: doc("Value of the frame's last row.", ["arg"], `last_value(x) OVER (ORDER BY x) ${table}`, "1"),
    overloads: [{ args: ["any"], returns: typeOfFirst, compute: (input) => fromFrame(input, lastOf) }],
  },
  {
    kind: "window",
    name: "nth_value",
    family: "window",
    doc: doc(
      "Value of the frame's n-th row, counted from 1; NULL where the frame is shorter.",
      ["arg", "n"],
      `nth_value(x, 1) OVER (ORDER BY x) ${table}`,
      "1",
    ),
    overloads: [{ args: ["any", offset], returns: typeOfFirst, compute: nthValue }],
  },
];
