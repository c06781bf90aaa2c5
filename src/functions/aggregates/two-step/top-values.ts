import type { AggregateOverload, BindContext } from "../../../catalog/function-types.ts";
import { valueReader } from "../../../core/read.ts";
import { BIGINT, type DataType, DOUBLE, INTEGER, list, struct, VARCHAR } from "../../../core/types.ts";
import type { Value } from "../../../core/value.ts";
import type { FlatVector, Vector } from "../../../core/vector.ts";
import { vectorFromValues } from "../../../core/vector-builder.ts";
import { FrequentItems } from "../../../timeseries/sketches/frequent-items.ts";
import { doc } from "../../define.ts";
import type { AggregateEntry } from "../define.ts";
import { constantNumber, type ObjectState, objectAccumulator, objectRollup, statesFinish } from "./object-state.ts";
import type { MergedState } from "./rollup.ts";
import { hasFields, wholeState } from "./state-kind.ts";

/** The most frequent values: topn_agg and approx_top_k. */

export interface TopValues {
  readonly wanted: number;
  readonly frequent: FrequentItems<Value>;
}

const VALUE_TYPES = [VARCHAR, BIGINT, DOUBLE] as const;

const typeOf = (value: DataType): DataType =>
  struct([
    { name: "top", type: INTEGER },
    { name: "capacity", type: INTEGER },
    { name: "num_vals", type: BIGINT },
    { name: "max_error", type: BIGINT },
    {
      name: "items",
      type: list(
        struct([
          { name: "value", type: value },
          { name: "count", type: BIGINT },
        ]),
      ),
    },
  ]);

const WORD = 4294967296;

/** Reads values as they are counted: whole numbers that are exact as doubles are doubles. */
function itemReader(vector: Vector): (row: number) => Value {
  if (vector.type.kind !== "bigint") return valueReader(vector);
  const data = (vector as FlatVector).data as BigInt64Array;
  const words = new Int32Array(data.buffer, data.byteOffset, 2 * data.length);
  return (row) => {
    const high = words[2 * row + 1];
    return high >= -0x200000 && high < 0x200000 ? high * WORD + (words[2 * row] >>> 0) : data[row];
  };
}

const EXACT = 1n << 53n;

/** A value as it is counted. */
export const asItem = (value: Value): Value => (typeof value === "bigint" && value >= -EXACT && value < EXACT ? Number(value) : value);

/** Values kept for each that is asked for, and at least so many. */
const KEPT_EACH = 10;
const LEAST_KEPT = 256;
const MOST_WANTED = 10_000;

const isTop = ([, capacity, , , items]: readonly Value[]): boolean =>
  Number(capacity) > 0 && (items as readonly Value[]).every((item) => Array.isArray(item) && !item.includes(null));

export const TOP_VALUES: ObjectState<TopValues> = {
  name: "topn_agg",
  matches: (type) => hasFields(type, ["top", "capacity", "num_vals", "max_error", "items"]),
  read: (value) => {
    const [top, capacity, rows, error, items] = wholeState("topn_agg", value, isTop);
    const counts = (items as readonly (readonly Value[])[]).map(([item, count]) => [asItem(item), Number(count)] as const);
    return { wanted: Number(top), frequent: FrequentItems.of(Number(capacity), Number(rows), Number(error), counts) };
  },
  write: ({ wanted, frequent }) => [
    wanted,
    frequent.capacity,
    BigInt(frequent.rows),
    BigInt(frequent.error),
    frequent.items(byValue).map(([item, count]) => [item, BigInt(count)]),
  ],
  merge: (into, from) => into.frequent.merge(from.frequent),
  bytes: ({ frequent }) => frequent.bytes(),
};

/** Values of one type, in its order; NaN last. */
export const byValue = (a: Value, b: Value): number => {
  const [noNumber, neither] = [Number.isNaN(a), Number.isNaN(b)];
  if (noNumber || neither) return Number(noNumber) - Number(neither);
  return (a as number) < (b as number) ? -1 : (a as number) > (b as number) ? 1 : 0;
};

/** The type that items of a state have. */
export const itemType = (type: DataType): DataType => {
  const items = type.kind === "struct" ? type.fields[4].type : undefined;
  return items?.kind === "list" && items.element.kind === "struct" ? items.element.fields[0].type : VARCHAR;
};

const overloads = (aggregate: string, count: number, place: number, gives: "state" | "values"): AggregateOverload[] =>
  VALUE_TYPES.map((value) => {
    const args: AggregateOverload["args"][number][] = [];
    args[count] = { exactly: BIGINT };
    args[place] = value.kind;
    const wantedOf = (bind: BindContext) => constantNumber(aggregate, bind, count, "the number of values", 1, MOST_WANTED);
    const type = typeOf(value);
    return {
      args,
      returns: (bind) => {
        wantedOf(bind);
        return gives === "state" ? type : list(value);
      },
      create: (bind) => {
        const wanted = wantedOf(bind);
        const capacity = Math.max(LEAST_KEPT, KEPT_EACH * wanted);
        const values = (states: readonly (TopValues | undefined)[]) =>
          vectorFromValues(
            list(value),
            states.map((state) => (state === undefined ? null : topOf(state, wanted).map(([item]) => item))),
          );
        return objectAccumulator(
          TOP_VALUES,
          () => ({ wanted, frequent: new FrequentItems<Value>(capacity) }),
          (columns, length, present, stateAt) => {
            const read = itemReader(columns[place]);
            for (let i = 0; i < length; i++) {
              if (present === null || present[i] === 1) stateAt(i).frequent.add(read(i));
            }
          },
          gives === "state" ? statesFinish(TOP_VALUES, type) : values,
        );
      },
    };
  });

/** The most frequent values and their counts, the most frequent first; of equal counts the least value. */
export const topOf = ({ frequent }: TopValues, count: number): (readonly [Value, number])[] => frequent.items(byValue).slice(0, count);

export const topValuesState: MergedState = {
  name: "topn_agg",
  types: VALUE_TYPES.map(typeOf),
  create: (type) => objectRollup(TOP_VALUES, type),
};

const SOURCE = "Misra and Gries 1982; Agarwal, Cormode, Huang, Phillips, Wei and Yi 2012";
const sample = "FROM (VALUES ('a'), ('b'), ('a'), ('c')) t(x)";

export const topValuesAggregates: readonly AggregateEntry[] = [
  {
    name: "topn_agg",
    aliases: ["mcv_agg"],
    doc: doc(
      "State of the `n` most frequent values, of texts or numbers: read by topn, into_values, min_frequency and max_frequency, merged by rollup. It keeps k = max(256, 10 n) values; their counts are too low by at most rows / (k + 1), and exact while there are no more than k distinct values.",
      ["n", "value"],
      `topn(topn_agg(1, x)) ${sample}`,
      "[a]",
      SOURCE,
    ),
    overloads: overloads("topn_agg", 0, 1, "state"),
  },
  {
    name: "approx_top_k",
    doc: doc(
      "About the `k` most frequent values, the most frequent first; exact while there are no more than max(256, 10 k) distinct ones. See topn_agg.",
      ["value", "k"],
      `approx_top_k(x, 2) ${sample}`,
      "[a, b]",
      SOURCE,
    ),
    overloads: overloads("approx_top_k", 1, 0, "values"),
  },
];
