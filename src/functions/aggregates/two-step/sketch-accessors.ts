import { runtimeError } from "../../../core/errors.ts";
import { BIGINT, type DataType, DOUBLE, list, struct } from "../../../core/types.ts";
import type { Value } from "../../../core/value.ts";
import { distinctEstimate, standardError } from "../../../timeseries/sketches/hyperloglog.ts";
import type { ScalarEntry } from "../../define.ts";
import { type AccessorCase, accessor, numberOf, reads } from "./accessor.ts";
import { HYPERLOGLOG } from "./hyperloglog.ts";
import { DIGEST, SKETCH } from "./percentile-sketches.ts";
import type { StateKind } from "./state-kind.ts";
import { asItem, byValue, itemType, TOP_VALUES, type TopValues, topOf } from "./top-values.ts";

/** What is read from sketches. */

/** What the sketches of percentiles have in common. */
interface Percentiles {
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  quantile(fraction: number): number;
  rank(value: number): number;
}

export const PERCENTILES: readonly StateKind<Percentiles>[] = [DIGEST, SKETCH];

function checked(fraction: number | null): number {
  if (fraction !== null && fraction >= 0 && fraction <= 1) return fraction;
  throw runtimeError(`a percentile of ${fraction === null ? "NULL" : fraction}`, undefined, "it is from 0 to 1: 0.95 for the 95th");
}

const sample = "FROM range(1, 1001) t(x)";
const top = "FROM (VALUES ('a'), ('b'), ('a'), ('c')) t(x)";

export const averageOfPercentiles: AccessorCase[] = numberOf(PERCENTILES, ({ sum, count }) => sum / count);

/** A case of top values; `give` makes of an item what stands in a list. */
const ofTop = (
  returns: (state: DataType) => DataType,
  get: (state: TopValues, give: (item: Value) => Value, given: number | undefined) => Value,
): AccessorCase => ({
  kind: TOP_VALUES,
  returns: (_bind, type) => returns(type),
  make: (_bind, type) => {
    const give = itemType(type).kind === "bigint" ? (item: Value) => BigInt(item as number | bigint) : (item: Value) => item;
    return (state, [given]) => get(TOP_VALUES.read(state), give, given);
  },
});

const share = (name: string, summary: string, get: (state: TopValues, value: Value) => number): ScalarEntry =>
  accessor(
    name,
    summary,
    [reads(TOP_VALUES, DOUBLE, (state, value: Value) => get(state, asItem(value)))],
    [`${name}(topn_agg(1, x), 'a') ${top}`, "0.5"],
    { params: ["value"], args: ["any"], coerce: ({ types }) => [types[0], itemType(types[0])] },
  );

const itemStruct = (state: DataType): DataType =>
  list(
    struct([
      { name: "value", type: itemType(state) },
      { name: "min_freq", type: DOUBLE },
      { name: "max_freq", type: DOUBLE },
    ]),
  );

export const sketchAccessors: readonly ScalarEntry[] = [
  accessor(
    "distinct_count",
    "About how many distinct values there were.",
    [reads(HYPERLOGLOG, BIGINT, (registers) => Math.round(distinctEstimate(registers)))],
    ["distinct_count(hyperloglog(x)) FROM (VALUES (1), (2), (2)) t(x)", "2"],
  ),
  accessor(
    "stderror",
    "Relative standard error of distinct_count.",
    [reads(HYPERLOGLOG, DOUBLE, (registers) => standardError(registers.length))],
    ["stderror(hyperloglog(x)) FROM (VALUES (1), (2), (2)) t(x)", "0.01625"],
  ),
  accessor(
    "approx_percentile",
    "About the value below which the share `percentile` (0 to 1) of values lies.",
    PERCENTILES.map((kind) => reads(kind, DOUBLE, (state, fraction: number) => state.quantile(checked(fraction)))),
    [`approx_percentile(0.9, tdigest(x)) ${sample}`, "900.5"],
    { params: ["percentile"], args: ["double"], place: 1 },
  ),
  accessor(
    "approx_percentile_array",
    "approx_percentile of each of a list.",
    PERCENTILES.map((kind) =>
      reads(kind, list(DOUBLE), (state, fractions: readonly (number | null)[]) => fractions.map((one) => state.quantile(checked(one)))),
    ),
    [`approx_percentile_array([0.0, 1.0], tdigest(x)) ${sample}`, "[1.0, 1000.0]"],
    { params: ["percentiles"], args: [{ listOf: "double" }], place: 1 },
  ),
  accessor(
    "approx_percentile_rank",
    "About the share of values below `value`.",
    PERCENTILES.map((kind) => reads(kind, DOUBLE, (state, value: number) => state.rank(value))),
    [`round(approx_percentile_rank(250.5, tdigest(x)), 3) ${sample}`, "0.25"],
    { params: ["value"], args: ["double"], place: 1 },
  ),
  accessor(
    "min_val",
    "The least value.",
    numberOf(PERCENTILES, (state) => state.min),
    [`min_val(tdigest(x)) ${sample}`, "1.0"],
  ),
  accessor(
    "max_val",
    "The greatest value.",
    numberOf(PERCENTILES, (state) => state.max),
    [`max_val(tdigest(x)) ${sample}`, "1000.0"],
  ),
  accessor(
    "max_error",
    "How far off percentiles may be, as a share of themselves.",
    numberOf([SKETCH], (state) => state.error),
    [`round(max_error(ddsketch(x, 0.02)), 6) ${sample}`, "0.02"],
  ),
  accessor(
    "topn",
    "About the most frequent values, the most frequent first: `n`, or as many as the state was made for.",
    [
      ofTop(
        (type) => list(itemType(type)),
        (state, give, count) => topOf(state, count ?? state.wanted).map(([item]) => give(item)),
      ),
    ],
    [`topn(topn_agg(2, x)) ${top}`, "[a, b]"],
    { params: ["n"], args: ["integer"], optional: 1 },
  ),
  accessor(
    "into_values",
    "All values that a state of topn_agg has, the most frequent first, with bounds of the share of rows that each makes up.",
    [
      ofTop(itemStruct, ({ frequent }, give) =>
        frequent.items(byValue).map(([item, count]) => [give(item), count / frequent.rows, (count + frequent.error) / frequent.rows]),
      ),
    ],
    [`into_values(topn_agg(1, x))[1] ${top}`, "{'value': a, 'min_freq': 0.5, 'max_freq': 0.5}"],
  ),
  share(
    "min_frequency",
    "The least share of rows that a value can make up.",
    ({ frequent }, value) => frequent.countOf(value) / frequent.rows,
  ),
  share(
    "max_frequency",
    "The greatest share of rows that a value can make up.",
    ({ frequent }, value) => (frequent.countOf(value) + frequent.error) / frequent.rows,
  ),
];
