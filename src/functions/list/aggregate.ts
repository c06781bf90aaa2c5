import type { AggregateOverload, BindContext, ScalarOverload, TypePattern } from "../../catalog/function-types.ts";
import { bindError, nearestName } from "../../core/errors.ts";
import { valueAt } from "../../core/read.ts";
import { type DataType, isInteger, isNumeric, isTemporal, type SimpleKind, typeName } from "../../core/types.ts";
import type { Value } from "../../core/value.ts";
import { constantVector, vectorFromValues } from "../../core/vector-builder.ts";
import { aggregates } from "../aggregates/index.ts";
import { castValue, castVector } from "../cast/index.ts";
import { doc, type ScalarEntry } from "../define.ts";
import { onValues } from "../value-form.ts";
import { elementType } from "./element-type.ts";

const BY_NAME = new Map(
  aggregates.flatMap((aggregate) => [aggregate.name, ...(aggregate.aliases ?? [])].map((name) => [name.toLowerCase(), aggregate] as const)),
);

/** How well a type fits a pattern, and what it is cast to; undefined where it does not fit. */
function accept(pattern: TypePattern, type: DataType): { readonly cost: number; readonly type: DataType } | undefined {
  const asIs = (cost: number) => ({ cost, type });
  if (typeof pattern === "object") {
    if ("exactly" in pattern) return pattern.exactly.kind === type.kind ? asIs(0) : accept(pattern.exactly.kind, type);
    if ("listOf" in pattern) return type.kind === "list" ? accept(pattern.listOf, type.element) && asIs(0) : undefined;
    return "sameAs" in pattern ? asIs(5) : undefined;
  }
  if (pattern === type.kind) return asIs(0);
  switch (pattern) {
    case "any":
    case "comparable":
      return asIs(50);
    case "integral":
      return isInteger(type) ? asIs(1) : undefined;
    case "numeric":
      return isNumeric(type) ? asIs(1) : undefined;
    case "temporal":
      return isTemporal(type) ? asIs(1) : undefined;
    case "bigint":
    case "hugeint":
      return isInteger(type) ? { cost: 10, type: { kind: pattern } } : undefined;
    case "double":
      return isNumeric(type) ? { cost: 20, type: { kind: pattern } } : undefined;
    case "timestamp":
      return type.kind === "date" ? { cost: 20, type: { kind: pattern } } : undefined;
    default:
      return type.kind === "null" ? { cost: 30, type: { kind: pattern as SimpleKind } } : undefined;
  }
}

interface Chosen {
  readonly overload: AggregateOverload;
  readonly types: readonly DataType[];
}

/** The aggregate that takes these arguments at the least cost. */
function choose(name: string, types: readonly DataType[]): Chosen {
  const aggregate = BY_NAME.get(name.toLowerCase());
  if (aggregate === undefined) {
    const nearest = nearestName(name, BY_NAME.keys());
    throw bindError(`there is no aggregate function '${name}'`, undefined, nearest === undefined ? undefined : `did you mean ${nearest}?`);
  }
  let best: (Chosen & { cost: number }) | undefined;
  for (const overload of aggregate.overloads) {
    const required = overload.args.length - (overload.optional ?? 0);
    if (types.length < required || (types.length > overload.args.length && overload.variadic === undefined)) continue;
    const fits = types.map((type, i) => accept(overload.args[i] ?? overload.variadic ?? "any", type));
    if (fits.some((one) => one === undefined)) continue;
    const cost = fits.reduce((sum, one) => sum + (one?.cost ?? 0), 0);
    if (best === undefined || cost < best.cost) best = { overload, types: fits.map((one) => one?.type as DataType), cost };
  }
  if (best === undefined) throw bindError(`${name} does not take a list of ${typeName(types[0])}`);
  return best;
}

/** The aggregate bound to its arguments, of which the first is the list's element type. */
function bindAggregate(name: string, bind: BindContext, extras: readonly number[]) {
  const inner: BindContext = {
    ...bind,
    types: [elementType(bind.types[0]), ...extras.map((i) => bind.types[i])],
    constants: [undefined, ...extras.map((i) => bind.constants[i])],
    names: [],
  };
  const chosen = choose(name, inner.types);
  const types = chosen.overload.coerce?.({ ...inner, types: chosen.types }) ?? chosen.types;
  const constants = inner.constants.map((value, i) =>
    value === undefined || value === null ? value : castValue(inner.types[i], types[i], value),
  );
  const context = { ...inner, types, constants };
  const { returns } = chosen.overload;
  return { context, inner, overload: chosen.overload, returns: typeof returns === "function" ? returns(context) : returns };
}

/** Runs an aggregate over one list. */
function implementation(name: string, bind: BindContext, extras: readonly number[]) {
  const { context, inner, overload, returns } = bindAggregate(name, bind, extras);
  return onValues(bind.types, returns, (elements: readonly Value[], ...rest: Value[]) => {
    const length = elements.length;
    const constants = rest.slice(rest.length - extras.length);
    const columns = [
      vectorFromValues(inner.types[0], elements),
      ...constants.map((value, i) => constantVector(inner.types[i + 1], value, length)),
    ];
    const accumulator = overload.create(context);
    accumulator.resize(1);
    const args = columns.map((column, i) => castVector(column, context.types[i]));
    if (length > 0) accumulator.update(new Int32Array(length), args, length, null);
    return valueAt(accumulator.evaluate(1), 0);
  });
}

const aggregateName = ({ constants: [, name] }: BindContext): string => {
  if (typeof name !== "string") throw bindError("the name of the aggregate must be a constant");
  return name;
};

const extrasOf = (bind: BindContext, from: number) => bind.types.slice(from).map((_, i) => i + from);

const named: ScalarOverload = {
  args: ["list", "varchar"],
  variadic: "any",
  returns: (bind) => bindAggregate(aggregateName(bind), bind, extrasOf(bind, 2)).returns,
  mayReturnNull: true,
  specialise: (bind) => implementation(aggregateName(bind), bind, extrasOf(bind, 2)),
};

/** list_sum(list) and its kin. */
const shorthand = (name: string, example: string, result: string, summary: string): ScalarEntry => ({
  name: `list_${name}`,
  doc: doc(`${summary} of a list.`, ["list"], example, result),
  overloads: [
    {
      args: ["list"],
      returns: (bind) => bindAggregate(name, bind, []).returns,
      mayReturnNull: true,
      specialise: (bind) => implementation(name, bind, []),
    },
  ],
});

/** Aggregates that DuckDB has as list functions of their own; those that are not there (yet) are left out. */
const SHORTHANDS: readonly (readonly [name: string, example: string, result: string, summary: string])[] = [
  ["sum", "list_sum([1, 2, NULL])", "3", "Sum"],
  ["avg", "list_avg([1, 2, NULL])", "1.5", "Mean"],
  ["min", "list_min([3, 1, NULL])", "1", "Least element"],
  ["max", "list_max([3, 1, NULL])", "3", "Greatest element"],
  ["count", "list_count([1, NULL])", "1", "Number of non-NULL elements"],
  ["first", "list_first([3, 1])", "3", "First element"],
  ["last", "list_last([3, 1])", "1", "Last element"],
  ["any_value", "list_any_value([NULL, 1])", "1", "First non-NULL element"],
  ["median", "list_median([1, 2, 3, 4])", "2.5", "Median"],
  ["mode", "list_mode([1, 1, 2])", "1", "Most frequent element"],
  ["product", "list_product([2, 3])", "6.0", "Product"],
  ["string_agg", "list_string_agg(['a', 'b'])", "a,b", "Elements joined by commas"],
  ["bool_and", "list_bool_and([true, false])", "false", "Conjunction"],
  ["bool_or", "list_bool_or([true, false])", "true", "Disjunction"],
  ["bit_and", "list_bit_and([3, 1])", "1", "Bitwise AND"],
  ["bit_or", "list_bit_or([2, 1])", "3", "Bitwise OR"],
  ["bit_xor", "list_bit_xor([3, 1])", "2", "Bitwise XOR"],
  ["stddev_samp", "list_stddev_samp([1, 2, 3])", "1.0", "Sample standard deviation"],
  ["stddev_pop", "list_stddev_pop([1, 3])", "1.0", "Population standard deviation"],
  ["var_samp", "list_var_samp([1, 2, 3])", "1.0", "Sample variance"],
  ["var_pop", "list_var_pop([1, 3])", "1.0", "Population variance"],
  ["mad", "list_mad([1, 2, 3])", "1.0", "Median absolute deviation"],
  ["skewness", "list_skewness([1, 2, 3])", "0.0", "Skewness"],
  ["kurtosis", "round(list_kurtosis([1, 2, 3, 4]), 2)", "-1.2", "Excess kurtosis"],
  ["kurtosis_pop", "round(list_kurtosis_pop([1, 2, 3, 4]), 2)", "-1.36", "Population excess kurtosis"],
  ["sem", "list_sem([1, 3])", "0.7071067811865475", "Standard error of the mean"],
  ["entropy", "list_entropy([1, 2])", "1.0", "Entropy in bits"],
  ["histogram", "list_histogram([1, 1, 2])", "{1=2, 2=1}", "Number of each distinct element"],
  ["approx_count_distinct", "list_approx_count_distinct([1, 1, 2])", "2", "Approximate number of distinct elements"],
];

export const listAggregateEntries: readonly ScalarEntry[] = [
  {
    name: "list_aggregate",
    aliases: ["list_aggr", "aggregate", "array_aggregate", "array_aggr"],
    doc: doc(
      "An aggregate function, named by a constant, over the elements of a list.",
      ["list", "name", "..."],
      "list_aggregate([1, 2, NULL], 'min')",
      "1",
    ),
    overloads: [named],
  },
  ...SHORTHANDS.filter(([name]) => BY_NAME.has(name)).map(([name, example, result, summary]) => shorthand(name, example, result, summary)),
];
