import type { AggregateOverload, BindContext } from "../../catalog/function-types.ts";
import { runtimeError } from "../../core/errors.ts";
import { take } from "../../core/take.ts";
import { BIGINT, list } from "../../core/types.ts";
import type { Vector } from "../../core/vector.ts";
import { nullVector } from "../../core/vector-builder.ts";
import { doc } from "../define.ts";
import { aggregateFamily } from "./define.ts";
import { GroupValues, type RowChoice } from "./group-values.ts";
import { HolisticAccumulator, sortedRows } from "./holistic-accumulator.ts";
import { listOf } from "./list-result.ts";
import type { GroupedRows } from "./row-buffer.ts";

/** Aggregates that pick rows: by their place (first, last), or by another column (arg_min, arg_max), or the n least and greatest. */

const typeOf = (argument: number) => (bind: BindContext) => bind.types[argument];

const choosing = (args: AggregateOverload["args"], choice: RowChoice): AggregateOverload => ({
  args,
  returns: typeOf(0),
  create: ({ types }) => new GroupValues(types, choice),
});

/** The first n rows of each group in the order of column `by`; `n` is the last argument, read from the group's first row. */
function topRows(rows: GroupedRows, by: number, greatest: boolean, nullsLast: boolean): (group: number) => Int32Array {
  const counts = rows.columns[rows.columns.length - 1];
  const n = (group: number): number => {
    const row = rows.rows[rows.starts[group]];
    if (counts.validity !== null && counts.validity[row] === 0) throw runtimeError("n of min, max, arg_min or arg_max cannot be NULL");
    const value = Number((counts as { data: BigInt64Array }).data[row]);
    if (value <= 0) throw runtimeError(`n of min, max, arg_min or arg_max must be positive, not ${value}`);
    return value;
  };
  const sorted = sortedRows(nullsLast ? withoutNulls(rows, by) : rows, by, greatest);
  if (!nullsLast) return (group) => sorted.subarray(rows.starts[group], Math.min(rows.starts[group + 1], rows.starts[group] + n(group)));
  const known = withoutNulls(rows, by);
  const validity = rows.columns[by].validity;
  return (group) => {
    const limit = n(group);
    const values = sorted.subarray(known.starts[group], Math.min(known.starts[group + 1], known.starts[group] + limit));
    const all = rows.rows.subarray(rows.starts[group], rows.starts[group + 1]);
    const nulls = all.filter((row) => validity !== null && validity[row] === 0).subarray(0, limit - values.length);
    return Int32Array.from([...values, ...nulls]);
  };
}

function withoutNulls(rows: GroupedRows, column: number): GroupedRows {
  const { validity } = rows.columns[column];
  if (validity === null) return rows;
  const starts = new Int32Array(rows.starts.length);
  const kept = new Int32Array(rows.rows.length);
  let count = 0;
  for (let g = 0; g + 1 < starts.length; g++) {
    for (let k = rows.starts[g]; k < rows.starts[g + 1]; k++) if (validity[rows.rows[k]] !== 0) kept[count++] = rows.rows[k];
    starts[g + 1] = count;
  }
  return { starts, rows: kept.subarray(0, count), columns: rows.columns };
}

const several = (
  args: AggregateOverload["args"],
  required: readonly number[],
  by: number,
  greatest: boolean,
  nullsLast = false,
): AggregateOverload => ({
  args,
  returns: (bind) => list(bind.types[0]),
  keepsRows: true,
  create: ({ types }) =>
    new HolisticAccumulator(types, required, (rows, groups): Vector => {
      if (rows.rows.length === 0) return nullVector(list(types[0]), groups);
      const top = topRows(rows, by, greatest, nullsLast);
      const picked = Array.from({ length: groups }, (_, group) => (rows.starts[group] === rows.starts[group + 1] ? null : top(group)));
      const flat = Int32Array.from(picked.flatMap((group) => (group === null ? [] : [...group])));
      return listOf(
        types[0],
        picked.map((group) => (group === null ? null : group.length)),
        take(rows.columns[0], flat),
      );
    }),
});

const n = { exactly: BIGINT } as const;

export const minSeveral = several(["comparable", n], [0], 0, false);
export const maxSeveral = several(["comparable", n], [0], 0, true);

const byExample = "FROM (VALUES ('a', 3), ('b', 1)) t(arg, val)";
const byOverloads = (greatest: boolean) => [
  choosing(["any", "comparable"], { required: [0, 1], pick: greatest ? "greatest" : "least", by: 1 }),
  several(["any", "comparable", n], [0, 1], 1, greatest),
];

export const positionalAggregates = aggregateFamily("aggregate", [
  {
    name: "first",
    aliases: ["arbitrary"],
    ordered: true,
    doc: doc("Value of the first row, NULL or not.", ["arg"], "first(x) FROM (VALUES (3), (1)) t(x)", "3"),
    overloads: [choosing(["any"], { required: [], pick: "first" })],
  },
  {
    name: "last",
    ordered: true,
    doc: doc("Value of the last row, NULL or not.", ["arg"], "last(x) FROM (VALUES (3), (1)) t(x)", "1"),
    overloads: [choosing(["any"], { required: [], pick: "last" })],
  },
  {
    name: "any_value",
    ordered: true,
    doc: doc("First value that is not NULL.", ["arg"], "any_value(x) FROM (VALUES (NULL), (1)) t(x)", "1"),
    overloads: [choosing(["any"], { required: [0], pick: "first" })],
  },
  {
    name: "arg_min",
    aliases: ["argmin", "min_by"],
    ordered: true,
    doc: doc(
      "`arg` of the row with the least `val`, or a list of the `n` least; rows where either is NULL are left out.",
      ["arg", "val", "n"],
      `arg_min(arg, val) ${byExample}`,
      "b",
    ),
    overloads: byOverloads(false),
  },
  {
    name: "arg_max",
    aliases: ["argmax", "max_by"],
    ordered: true,
    doc: doc(
      "`arg` of the row with the greatest `val`, or a list of the `n` greatest; rows where either is NULL are left out.",
      ["arg", "val", "n"],
      `arg_max(arg, val) ${byExample}`,
      "a",
    ),
    overloads: byOverloads(true),
  },
  {
    name: "arg_min_null",
    ordered: true,
    doc: doc(
      "`arg` of the row with the least `val`, even where `arg` is NULL.",
      ["arg", "val"],
      `arg_min_null(arg, val) ${byExample}`,
      "b",
    ),
    overloads: [choosing(["any", "comparable"], { required: [1], pick: "least", by: 1 })],
  },
  {
    name: "arg_max_null",
    ordered: true,
    doc: doc(
      "`arg` of the row with the greatest `val`, even where `arg` is NULL.",
      ["arg", "val"],
      `arg_max_null(arg, val) ${byExample}`,
      "a",
    ),
    overloads: [choosing(["any", "comparable"], { required: [1], pick: "greatest", by: 1 })],
  },
  {
    name: "arg_min_nulls_last",
    ordered: true,
    doc: doc(
      "List of `arg` of the `n` rows with the least `val`, rows without `val` last.",
      ["arg", "val", "n"],
      `arg_min_nulls_last(arg, val, 2) ${byExample}`,
      "[b, a]",
    ),
    overloads: [several(["any", "comparable", n], [], 1, false, true)],
  },
  {
    name: "arg_max_nulls_last",
    ordered: true,
    doc: doc(
      "List of `arg` of the `n` rows with the greatest `val`, rows without `val` last.",
      ["arg", "val", "n"],
      `arg_max_nulls_last(arg, val, 2) ${byExample}`,
      "[a, b]",
    ),
    overloads: [several(["any", "comparable", n], [], 1, true, true)],
  },
]);
