import type { DuckDBConnection } from "@duckdb/node-api";
import { beforeAll, describe, expect, test } from "vitest";
import { valueReader } from "../../src/core/read.ts";
import { BIGINT, BOOLEAN, type DataType, DOUBLE, INTEGER, list, typeName, typesEqual, VARCHAR } from "../../src/core/types.ts";
import { isInterval, type Value } from "../../src/core/value.ts";
import type { RecordBatch } from "../../src/core/vector.ts";
import { vectorFromValues } from "../../src/core/vector-builder.ts";
import type { AggregateCall } from "../../src/exec/aggregate/group-states.ts";
import { GroupedAggregation } from "../../src/exec/aggregate/grouped-aggregation.ts";
import { aggregates } from "../../src/functions/aggregates/index.ts";
import { resolveOverload } from "../../src/plan/types/overloads.ts";
import { ask, close, fill, literal, openDuckdb, show } from "./duckdb.ts";
import { GENERATORS, generatorOf, plainDouble, type Random, randomFrom, rowsOf } from "./generate.ts";

interface Spec {
  readonly name: string;
  /** Types of the columns taken as arguments, c1 …; constants follow them. */
  readonly types: readonly DataType[];
  readonly make: readonly ((random: Random) => Value)[];
  readonly constants?: readonly (readonly [DataType, Value])[];
  readonly distinct?: boolean;
  readonly filter?: boolean;
  /** By the last column, descending. */
  readonly ordered?: boolean;
  /** Where DuckDB's order of a list's elements, or its last digits, are its own affair. */
  readonly loosen?: (value: Value) => Value;
  /** Share of NULLs in every column but the last; default: several. */
  readonly nulls?: number;
}

let duckdb: DuckDBConnection;
beforeAll(async () => {
  duckdb = await openDuckdb();
});

function callOf(spec: Spec): { call: AggregateCall; type: DataType } {
  const definition = aggregates.find(({ name, aliases }) => name === spec.name || aliases?.includes(spec.name));
  if (definition === undefined) throw new Error(`no aggregate ${spec.name}`);
  const constants = spec.constants ?? [];
  const given = [...spec.types, ...constants.map(([type]) => type)];
  const found = resolveOverload(
    definition.overloads,
    given.map((type) => ({ type })),
  );
  if (found === undefined) throw new Error(`no overload of ${spec.name} for ${given.map(typeName).join(", ")}`);
  const overload = definition.overloads[found.overload];
  const bind = {
    types: given,
    constants: [...spec.types.map(() => undefined), ...constants.map(([, value]) => value)],
    names: given.map(() => undefined),
    timeZone: "UTC",
    nowMicros: 0,
  };
  const types = overload.coerce?.(bind) ?? found.types;
  types.forEach((type, k) => {
    if (type === undefined || !typesEqual(type, given[k])) throw new Error(`${spec.name} casts argument ${k}`);
  });
  const type = typeof overload.returns === "function" ? overload.returns(bind) : overload.returns;
  const args = given.map((_, k) => k);
  const filter = spec.filter === true ? given.length : undefined;
  const orderBy = spec.ordered !== true ? undefined : [{ column: given.length + 1, descending: true, nullsFirst: false }];
  return { call: { create: () => overload.create(bind), args, filter, distinct: spec.distinct, orderBy }, type };
}

/** Rows are (group, arguments …, filter, order). Half of the batches go through a second aggregation that is merged. */
async function check(spec: Spec, seed: number, length: number, nulls: number): Promise<void> {
  const random = randomFrom(seed);
  const constants = spec.constants ?? [];
  const tableTypes = [INTEGER, ...spec.types, BOOLEAN, INTEGER];
  let order = 0;
  const rows = rowsOf(random, length, [(r) => Math.floor(r() * 7), ...spec.make, (r) => r() < 0.6], spec.nulls ?? nulls).map((row) => [
    ...row,
    order++,
  ]);
  await fill(duckdb, "t", tableTypes, rows);
  const args = [...spec.types.map((_, k) => `c${k + 1}`), ...constants.map(([type, value]) => literal(type, value))];
  const filterColumn = spec.types.length + 1;
  const distinct = spec.distinct ? "DISTINCT " : "";
  const sorted = spec.ordered !== true ? "" : ` ORDER BY c${filterColumn + 1} DESC NULLS LAST`;
  const filter = spec.filter ? ` FILTER (WHERE c${filterColumn})` : "";
  const expression = `${spec.name}(${distinct}${args.length === 0 ? "" : args.join(", ")}${sorted})${filter}`;
  const answer = await ask(duckdb, `SELECT c0, ${expression} FROM t GROUP BY c0`);

  const { call, type } = callOf(spec);
  const run = (): Map<Value, Value> => {
    const inputTypes = [...spec.types, ...constants.map(([constant]) => constant), BOOLEAN, INTEGER];
    const whole = new GroupedAggregation([INTEGER], inputTypes, [call]);
    const other = new GroupedAggregation([INTEGER], inputTypes, [call]);
    const cut = call.orderBy === undefined && length > 100 ? Math.floor(length / 2) : length;
    for (let from = 0; from < length; from += 64) {
      const part = rows.slice(from, Math.min(length, from + 64));
      const column = (k: number) =>
        vectorFromValues(
          tableTypes[k],
          part.map((row) => row[k]),
        );
      const inputs = [
        ...spec.types.map((_, k) => column(k + 1)),
        ...constants.map(([constant, value]) =>
          vectorFromValues(
            constant,
            part.map(() => value),
          ),
        ),
        column(filterColumn),
        column(filterColumn + 1),
      ];
      (from < cut ? whole : other).update([column(0)], inputs, part.length);
    }
    for (const _piece of whole.mergePieces(structuredClone(other.export())));
    const batches: RecordBatch[] = [];
    for (let from = 0; from < whole.size; from += 3) {
      const to = Math.min(whole.size, from + 3);
      const { keys, values } = whole.results(from, to);
      batches.push({ columns: [...keys, ...values], length: to - from });
    }
    const result = new Map<Value, Value>();
    for (const { columns, length: count } of batches) {
      expect(typesEqual(columns[1].type, type)).toBe(true);
      const [key, value] = columns.map(valueReader);
      for (let i = 0; i < count; i++) result.set(key(i), value(i));
    }
    return result;
  };
  if ("error" in answer) {
    expect(run, `${expression}: DuckDB says ${answer.error}`).toThrow();
    return;
  }
  const own = run();
  if (answer.rows.length > 0) expect(typeName(type).replaceAll('"', "")).toBe(answer.types[1].replaceAll('"', ""));
  expect(own.size).toBe(answer.rows.length);
  for (const [key, value] of answer.rows) {
    const loosen = spec.loosen ?? ((given: Value) => given);
    const mine = loosen(own.get(key) ?? null);
    if (!close(mine, loosen(value)))
      expect.fail(`${expression}, ${typeName(type)}, group ${key}: ${show(mine)} where DuckDB has ${show(value)}`);
  }
}

const lengths: readonly (readonly [number, number])[] = [
  [0, 0],
  [1, 0],
  [20, 0.6],
  [400, 0],
  [400, 0.15],
];

/** DuckDB averages intervals in floating point, and is a few microseconds off. */
const toSeconds = (value: Value): Value => (isInterval(value) ? { ...value, micros: Math.round(value.micros / 1e6) } : value);

/** DuckDB's own disagreements with its order of values: NaN in histogram, entropy and mode, and intervals in min and max of n. */
const withoutNan = (make: (random: Random) => Value) => (random: Random) => {
  const value = make(random);
  return typeof value === "number" && Number.isNaN(value) ? 7 : value;
};

function compare(title: string, spec: Spec): void {
  test(title, async () => {
    let seed = 1;
    for (const [length, nulls] of lengths) await check(spec, seed++, length, nulls);
  });
}

const double: readonly [DataType, (random: Random) => Value] = [DOUBLE, plainDouble];

describe("aggregates answer as DuckDB", () => {
  compare("count(*)", { name: "count", types: [], make: [] });
  for (const [type, make] of GENERATORS) {
    // Intervals of equal length in different units are one value here, and not everywhere in DuckDB.
    const orders = type.kind !== "struct" && type.kind !== "list" && type.kind !== "interval";
    for (const name of ["count", "min", "max", "first", "last", "any_value", "list"]) {
      compare(`${name} of ${typeName(type)}`, { name, types: [type], make: [make] });
    }
    if (orders) {
      for (const name of ["mode", "median", "histogram", "entropy"]) {
        const numbers = name === "median" ? make : withoutNan(make);
        compare(`${name} of ${typeName(type)}`, { name, types: [type], make: [numbers] });
      }
      for (const fraction of [0, 0.29, 0.5, 1, -0.25]) {
        compare(`quantile_disc(${fraction}) of ${typeName(type)}`, {
          name: "quantile_disc",
          types: [type],
          make: [make],
          constants: [[DOUBLE, fraction]],
        });
      }
      compare(`min n of ${typeName(type)}`, { name: "min", types: [type], make: [make], constants: [[BIGINT, 3n]] });
      compare(`max n of ${typeName(type)}`, { name: "max", types: [type], make: [make], constants: [[BIGINT, 3n]] });
    }
    for (const name of type.kind === "interval" ? ["count"] : ["count", "list"])
      compare(`${name} distinct of ${typeName(type)}`, {
        name,
        types: [type],
        make: [make],
        distinct: true,
        // DuckDB lists distinct values in the order of its hash table.
        loosen: (value) => (Array.isArray(value) ? [...value].sort((a, b) => (show(a) < show(b) ? -1 : 1)) : value),
        ...(name === "list" ? { orderBy: undefined } : {}),
      });
    compare(`list ordered of ${typeName(type)}`, { name: "list", types: [type], make: [make], ordered: true });
    compare(`first filtered of ${typeName(type)}`, { name: "first", types: [type], make: [make], filter: true });
    if (type.kind !== "interval")
      compare(`arg_min by ${typeName(type)}`, { name: "arg_min", types: [INTEGER, type], make: [generatorOf("integer")[1], make] });
    compare(`arg_max of ${typeName(type)}`, { name: "arg_max", types: [type, DOUBLE], make: [make, generatorOf("double")[1]] });
  }
  for (const kind of ["boolean", "tinyint", "integer", "bigint", "utinyint", "uinteger", "ubigint", "hugeint", "float", "double"]) {
    const [type, make] = generatorOf(kind);
    for (const extra of [{}, { filter: true }, { distinct: true }]) {
      compare(`sum of ${kind} ${Object.keys(extra)}`, { name: "sum", types: [type], make: [make], ...extra });
    }
    if (kind !== "boolean") compare(`avg of ${kind}`, { name: "avg", types: [type], make: [make] });
    if (!["boolean", "float", "double"].includes(kind)) {
      for (const name of ["bit_and", "bit_or", "bit_xor"]) compare(`${name} of ${kind}`, { name, types: [type], make: [make] });
    }
  }
  for (const [type, make] of GENERATORS.filter(([{ kind }]) =>
    ["decimal", "date", "time", "timestamp", "timestamptz", "interval"].includes(kind),
  )) {
    const name = typeName(type);
    if (type.kind === "decimal") compare(`sum of ${name}`, { name: "sum", types: [type], make: [make] });
    if (type.kind !== "date") compare(`avg of ${name}`, { name: "avg", types: [type], make: [make], loosen: toSeconds });
    if (type.kind === "decimal" || type.kind.startsWith("timestamp") || type.kind === "time")
      compare(`mad of ${name}`, { name: "mad", types: [type], make: [make] });
  }
  for (const kind of ["integer", "bigint", "double", "float", "decimal", "date", "time", "timestamp", "timestamptz"]) {
    const [type, make] = generatorOf(kind);
    const loosen = (value: Value) => (type.kind === "float" && typeof value === "number" ? Math.round(value * 1e4) : value);
    for (const fraction of [0, 0.25, 0.9, 1, -0.3]) {
      compare(`quantile_cont(${fraction}) of ${kind}`, {
        name: "quantile_cont",
        types: [type],
        make: [kind === "double" ? plainDouble : make],
        constants: [[DOUBLE, fraction]],
        loosen,
      });
    }
    compare(`quantile_cont of ${kind}, several`, {
      name: "quantile_cont",
      types: [type],
      make: [kind === "double" ? plainDouble : make],
      constants: [[list(DOUBLE), [0.1, 0.5, 1]]],
    });
  }
  compare("quantile_disc, several", {
    name: "quantile",
    types: [VARCHAR],
    make: [generatorOf("varchar")[1]],
    constants: [[list(DOUBLE), [0, 0.5]]],
  });
  for (const name of [
    "fsum",
    "favg",
    "product",
    "var_samp",
    "var_pop",
    "stddev",
    "stddev_pop",
    "sem",
    "skewness",
    "kurtosis",
    "kurtosis_pop",
    "mad",
    "mean",
  ]) {
    compare(name, { name, types: [DOUBLE], make: [plainDouble] });
  }
  for (const name of ["var_pop", "stddev", "skewness", "fsum", "mad"]) {
    compare(`${name} with NaN and infinities`, { name, types: [DOUBLE], make: [generatorOf("double")[1]] });
  }
  compare("geomean", { name: "geomean", types: [DOUBLE], make: [(r) => 0.5 + r()] });
  compare("geomean of negative numbers", { name: "geomean", types: [DOUBLE], make: [plainDouble] });
  for (const name of [
    "corr",
    "covar_pop",
    "covar_samp",
    "regr_slope",
    "regr_intercept",
    "regr_r2",
    "regr_count",
    "regr_avgx",
    "regr_avgy",
    "regr_sxx",
    "regr_syy",
    "regr_sxy",
  ]) {
    compare(name, { name, types: [DOUBLE, DOUBLE], make: [plainDouble, plainDouble] });
    compare(`${name} over a constant x`, { name, types: [DOUBLE, DOUBLE], make: [plainDouble, () => 2] });
  }
  compare("bool_and", { name: "bool_and", types: [BOOLEAN], make: [(r) => r() < 0.9] });
  compare("bool_or", { name: "bool_or", types: [BOOLEAN], make: [(r) => r() < 0.1] });
  compare("count_if", { name: "count_if", types: [BOOLEAN], make: [(r) => r() < 0.5] });
  compare("string_agg", { name: "string_agg", types: [VARCHAR], make: [generatorOf("varchar")[1]] });
  compare("string_agg with a separator", {
    name: "string_agg",
    types: [VARCHAR],
    make: [generatorOf("varchar")[1]],
    constants: [[VARCHAR, "-ä-"]],
  });
  compare("string_agg ordered and distinct", {
    name: "string_agg",
    types: [VARCHAR],
    make: [generatorOf("varchar")[1]],
    ordered: true,
    filter: true,
  });
  compare("arg_min n", {
    name: "arg_min",
    types: [INTEGER, ...[double[0]]],
    make: [generatorOf("integer")[1], (r) => r()],
    constants: [[BIGINT, 4n]],
  });
  compare("arg_max_null", { name: "arg_max_null", types: [INTEGER, DOUBLE], make: [generatorOf("integer")[1], (r) => r()] });
  compare("arg_max_nulls_last", {
    name: "arg_max_nulls_last",
    nulls: 0,
    types: [INTEGER, DOUBLE],
    make: [generatorOf("integer")[1], (r) => r()],
    constants: [[BIGINT, 4n]],
  });
});
