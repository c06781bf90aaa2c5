/** Runs functions both here and on DuckDB, on the same arguments, in the same process. */
import { type DuckDBConnection, DuckDBInstance, type DuckDBType, DuckDBTypeId, type DuckDBValue } from "@duckdb/node-api";
import type { BindContext, ScalarFunction, ScalarOverload } from "../../src/catalog/function-types.ts";
import { bindError, runtimeError } from "../../src/core/errors.ts";
import type { DataType } from "../../src/core/types.ts";
import * as T from "../../src/core/types.ts";
import type { Value } from "../../src/core/value.ts";
import { registerClass } from "../../src/functions/define.ts";
import { builtinFunctions } from "../../src/functions/index.ts";
import { coercedTypes, resolveOverload } from "../../src/plan/types/overloads.ts";

export const registry = builtinFunctions();

let connection: DuckDBConnection | undefined;

export async function duckdb(): Promise<DuckDBConnection> {
  if (connection === undefined) {
    const instance = await DuckDBInstance.create(":memory:");
    connection = await instance.connect();
    await connection.run("SET TimeZone = 'UTC'");
  }
  return connection;
}

export interface Typed {
  readonly type: DataType;
  readonly value: Value;
}

const SIMPLE = new Map<number, DataType>([
  [DuckDBTypeId.BOOLEAN, T.BOOLEAN],
  [DuckDBTypeId.TINYINT, T.TINYINT],
  [DuckDBTypeId.SMALLINT, T.SMALLINT],
  [DuckDBTypeId.INTEGER, T.INTEGER],
  [DuckDBTypeId.BIGINT, T.BIGINT],
  [DuckDBTypeId.UTINYINT, T.UTINYINT],
  [DuckDBTypeId.USMALLINT, T.USMALLINT],
  [DuckDBTypeId.UINTEGER, T.UINTEGER],
  [DuckDBTypeId.UBIGINT, T.UBIGINT],
  [DuckDBTypeId.HUGEINT, T.HUGEINT],
  [DuckDBTypeId.FLOAT, T.FLOAT],
  [DuckDBTypeId.DOUBLE, T.DOUBLE],
  [DuckDBTypeId.VARCHAR, T.VARCHAR],
  [DuckDBTypeId.BLOB, T.BLOB],
  [DuckDBTypeId.DATE, T.DATE],
  [DuckDBTypeId.TIME, T.TIME],
  [DuckDBTypeId.TIMESTAMP, T.TIMESTAMP],
  [DuckDBTypeId.TIMESTAMP_TZ, T.TIMESTAMPTZ],
  [DuckDBTypeId.INTERVAL, T.INTERVAL],
  [DuckDBTypeId.UUID, T.UUID],
  [DuckDBTypeId.SQLNULL, T.NULL_TYPE],
]);

// biome-ignore-start lint/suspicious/noExplicitAny: DuckDB's value classes, told apart by the type beside them
function fromDuckType(type: DuckDBType): DataType {
  const any = type as any;
  if (any.alias === "JSON") return T.JSON_TYPE;
  switch (type.typeId) {
    case DuckDBTypeId.DECIMAL:
      return T.decimal(any.width, any.scale);
    case DuckDBTypeId.LIST:
      return T.list(fromDuckType(any.valueType));
    case DuckDBTypeId.STRUCT:
      return T.struct(any.entryNames.map((name: string, i: number) => ({ name, type: fromDuckType(any.entryTypes[i]) })));
    case DuckDBTypeId.MAP:
      return T.map(fromDuckType(any.keyType), fromDuckType(any.valueType));
    case DuckDBTypeId.ENUM:
      return T.enumType(any.values);
    default: {
      const simple = SIMPLE.get(type.typeId);
      if (simple === undefined) throw new Error(`no type for DuckDB's ${type}`);
      return simple;
    }
  }
}

function fromDuckValue(type: DataType, value: DuckDBValue): Value {
  if (value === null || value === undefined) return null;
  const any = value as any;
  switch (type.kind) {
    case "decimal":
      return any.value;
    case "date":
      return any.days;
    case "time":
    case "timestamp":
    case "timestamptz":
      return any.micros;
    case "interval":
      return { months: any.months, days: any.days, micros: Number(any.micros) };
    case "blob":
      return new Uint8Array(any.bytes);
    case "uuid":
      return any.toString();
    case "list":
      return any.items.map((item: DuckDBValue) => fromDuckValue(type.element, item));
    case "struct":
      return type.fields.map((field) => fromDuckValue(field.type, any.entries[field.name]));
    case "map":
      return any.entries.map((entry: any) => [fromDuckValue(type.key, entry.key), fromDuckValue(type.value, entry.value)]);
    default:
      return any;
  }
}
// biome-ignore-end lint/suspicious/noExplicitAny: see above

/** First row of a query, typed. */
export async function duckRow(sql: string): Promise<Typed[]> {
  const reader = await (await duckdb()).runAndReadAll(sql);
  const row = reader.getRows()[0];
  return row.map((value, i) => {
    const type = fromDuckType(reader.columnType(i));
    return { type, value: fromDuckValue(type, value) };
  });
}

export interface Resolved {
  readonly overload: ScalarOverload;
  readonly types: readonly DataType[];
}

/** The overload that the binder chooses for arguments whose types are settled, and what it casts them to. */
export function resolve(definition: ScalarFunction, types: readonly DataType[], context: Omit<BindContext, "types">): Resolved {
  const resolution = resolveOverload(
    definition.overloads,
    types.map((type) => ({ type })),
  );
  if (resolution === undefined) throw bindError(`no overload of ${definition.name}(${types.map(T.typeName).join(", ")})`);
  const overload = definition.overloads[resolution.overload];
  return { overload, types: coercedTypes(overload, { ...context, types: resolution.types as readonly DataType[] }) };
}

const SAFE = 2n ** 53n - 1n;
const isExact = (value: bigint) => value <= SAFE && value >= -SAFE;

/** A value as the register of the narrow or wide variant; undefined where it is not exact in the narrow one. */
function toRegister(type: DataType, value: Value, wide: boolean): unknown {
  if (value === null) return null;
  if (registerClass(type) !== "int64" || wide) return value;
  return isExact(value as bigint) ? Number(value) : undefined;
}

function fromRegister(type: DataType, register: unknown): Value {
  if (register === null || register === undefined) return null;
  switch (registerClass(type)) {
    case "int64":
    case "bigint":
      return typeof register === "number" ? BigInt(register) + 0n : (register as bigint);
    default:
      return register as Value;
  }
}

export interface Evaluated extends Typed {
  /** Results of the other forms the overload has: wide, inline. They must be the same. */
  readonly others: readonly { form: string; value: Value }[];
}

export const NOW_MICROS = 1_700_000_000_123_456;

/** Calls a function on typed arguments, as generated code would. `constant` tells which arguments are literals. */
export function evaluate(name: string, args: readonly Typed[], types: Resolved, context: Omit<BindContext, "types">): Evaluated {
  const { overload } = types;
  const bind: BindContext = { ...context, types: types.types };
  const returns = typeof overload.returns === "function" ? overload.returns(bind) : overload.returns;
  const nulls = overload.nulls ?? "strict";
  if (returns.kind === "null" || (nulls === "strict" && args.some((arg) => arg.value === null)))
    return { type: returns, value: null, others: [] };
  const { impl, wide } = overload.specialise?.(bind) ?? { impl: overload.impl!, wide: overload.wide };
  const others: { form: string; value: Value }[] = [];
  const narrowArgs = args.map((arg) => toRegister(arg.type, arg.value, false));
  const wideArgs = args.map((arg) => toRegister(arg.type, arg.value, true));
  const exact = narrowArgs.every((arg) => arg !== undefined);
  const int64 = registerClass(returns) === "int64";
  const checked = overload.checkRange ?? int64;
  let value: Value | undefined;
  if (exact) {
    const result = impl(...narrowArgs);
    const overflowed = int64 && checked && typeof result === "number" && Math.abs(result) >= 2 ** 53;
    if (!overflowed) value = fromRegister(returns, result);
    if (!overflowed && overload.inline !== undefined && args.every((arg) => arg.value !== null)) {
      const names = args.map((_, i) => `a${i}`);
      const text = overload.inline(names, bind);
      if (text !== undefined) {
        const inlined = new Function(...names, `return ${text};`);
        others.push({ form: "inline", value: fromRegister(returns, inlined(...narrowArgs)) });
      }
    }
  }
  const step = exact && value !== null && value !== undefined ? overload.stepRange?.(bind) : undefined;
  if (step !== undefined) {
    // The range is that of the second argument, the time; its ends must give the value too, and the next microsecond another.
    const input = narrowArgs[1] as number;
    const range = step(input);
    const at = (micros: number) => fromRegister(returns, impl(...narrowArgs.map((arg, i) => (i === 1 ? micros : arg))));
    others.push({ form: "step", value: fromRegister(returns, range.value) });
    others.push({ form: "start of the step", value: at(range.from) }, { form: "end of the step", value: at(range.to - 1) });
    if (!(input >= range.from && input < range.to) || show(at(range.to)) === show(value))
      others.push({ form: "bounds of the step", value: null });
  }
  const usesWide = args.some((arg) => registerClass(arg.type) === "int64") || int64;
  if (wide !== undefined && usesWide) {
    const result = fromRegister(returns, wide(...wideArgs));
    if (value === undefined) value = result;
    else others.push({ form: "wide", value: result });
  }
  if (value === undefined) throw runtimeError(`${name}: an argument or the result is beyond 2^53, and there is no wide form`);
  return { type: returns, value, others };
}

export function show(value: Value | undefined): string {
  if (value === undefined) return "undefined";
  return JSON.stringify(value, (_, inner) => {
    if (typeof inner === "bigint") return `${inner}n`;
    if (typeof inner === "number" && (!Number.isFinite(inner) || Object.is(inner, -0))) return Object.is(inner, -0) ? "-0" : String(inner);
    if (inner instanceof Uint8Array) return `blob ${Buffer.from(inner).toString("hex")}`;
    return inner;
  });
}

/** Distance of doubles in units in the last place, for functions that libraries compute with slightly different last digits. */
function near(a: Value, b: Value, ulps: number): boolean {
  if (typeof a === "number" && typeof b === "number" && Number.isFinite(a) && Number.isFinite(b)) {
    return Math.abs(a - b) <= ulps * Number.EPSILON * Math.max(Math.abs(a), Math.abs(b), Number.MIN_VALUE);
  }
  return show(a) === show(b);
}

export interface CompareOptions {
  readonly ulps?: number;
  /** Result types are not compared (where DuckDB gives a type Weir lacks). */
  readonly anyType?: boolean;
}

const known = new Map<string, Typed | Error>();

/** Evaluates expressions on DuckDB, many in one query; a query that fails is halved until the expression that fails stands alone. */
async function prefetch(expressions: readonly string[]): Promise<void> {
  const missing = [...new Set(expressions)].filter((expression) => !known.has(expression));
  for (let i = 0; i < missing.length; i += 64) await fetchAll(missing.slice(i, i + 64));
}

async function fetchAll(expressions: readonly string[]): Promise<void> {
  if (expressions.length === 0) return;
  try {
    const row = await duckRow(`SELECT ${expressions.join(", ")}`);
    for (const [i, expression] of expressions.entries()) known.set(expression, row[i]);
  } catch (error) {
    if (expressions.length === 1) {
      known.set(expressions[0], error as Error);
      return;
    }
    const middle = expressions.length >> 1;
    await fetchAll(expressions.slice(0, middle));
    await fetchAll(expressions.slice(middle));
  }
}

async function duckValue(expression: string): Promise<Typed> {
  await prefetch([expression]);
  const found = known.get(expression) as Typed | Error;
  if (found instanceof Error) throw found;
  return found;
}

const duckValues = (expressions: readonly string[]): Promise<Typed[]> => Promise.all(expressions.map(duckValue));

/** The session's time zone on both sides, from here on. */
export async function setTimeZone(zone: string): Promise<void> {
  await (await duckdb()).run(`SET TimeZone = '${zone}'`);
  timeZone = zone;
  known.clear();
}

let timeZone = "UTC";

/** Values of argument expressions; a bare NULL, which DuckDB gives a type, has none. */
async function typedArguments(args: readonly string[]): Promise<Typed[]> {
  const row = await duckValues(args);
  return row.map((arg, i) => (args[i] === "NULL" ? { type: T.NULL_TYPE, value: null } : arg));
}

const callText = (name: string, args: readonly string[]) => `"${name}"(${args.join(", ")})`;

/** Compares one call, its arguments given as SQL; returns undefined when both agree, else what differs. */
export async function difference(name: string, args: readonly string[], options: CompareOptions = {}): Promise<string | undefined> {
  const call = callText(name, args);
  const definition = registry.lookup(name);
  if (definition?.kind !== "scalar") return `${name} is not a scalar function`;
  let expected: Typed | undefined;
  let expectedError: string | undefined;
  try {
    expected = await duckValue(call);
  } catch (error) {
    expectedError = (error as Error).message.split("\n")[0];
  }
  let actual: Evaluated | undefined;
  let actualError: string | undefined;
  try {
    const raw = await typedArguments(args);
    const context = { names: raw.map(() => undefined), timeZone, nowMicros: NOW_MICROS };
    const constants = raw.map((arg) => arg.value);
    const resolved = resolve(
      definition,
      raw.map((arg) => arg.type),
      { ...context, constants },
    );
    const casts = resolved.types.map((type, i) => (T.typesEqual(type, raw[i].type) ? args[i] : `CAST(${args[i]} AS ${T.typeName(type)})`));
    const cast = await duckValues(casts);
    const typed = cast.map((arg, i) => ({ type: resolved.types[i], value: arg.value }));
    actual = evaluate(name, typed, resolved, { ...context, constants: typed.map((arg) => arg.value) });
    // The same call with arguments that are not constants, where the overload allows it.
    if (resolved.overload.specialise !== undefined) {
      try {
        const column = evaluate(name, typed, resolved, { ...context, constants: typed.map(() => undefined) });
        actual = { ...actual, others: [...actual.others, { form: "not constant", value: column.value }] };
      } catch (error) {
        if ((error as { phase?: string }).phase !== "unsupported" && (error as { phase?: string }).phase !== "bind") throw error;
      }
    }
  } catch (error) {
    actualError = (error as Error).message;
    if ((error as { phase?: string }).phase === undefined) actualError = `NOT TYPED: ${(error as Error).stack}`;
  }
  if (actualError?.startsWith("NOT TYPED") || (expectedError === undefined) !== (actualError === undefined)) {
    return `${call}: DuckDB ${expectedError ?? show(expected?.value)}, Weir ${actualError ?? show(actual?.value)}`;
  }
  if (expected === undefined || actual === undefined) return undefined;
  // DuckDB folds a constant NULL into one of another type.
  if (!options.anyType && expected.value !== null && T.typeName(expected.type) !== T.typeName(actual.type)) {
    return `${call}: DuckDB gives ${T.typeName(expected.type)}, Weir ${T.typeName(actual.type)}`;
  }
  const ulps = options.ulps ?? 0;
  if (!near(expected.value, actual.value, ulps)) return `${call}: DuckDB ${show(expected.value)}, Weir ${show(actual.value)}`;
  for (const other of actual.others) {
    if (!near(other.value, actual.value, ulps))
      return `${call}: ${other.form} gives ${show(other.value)}, the narrow form ${show(actual.value)}`;
  }
  return undefined;
}

/** Every combination of one argument from each list. */
export function combinations(lists: readonly (readonly string[])[]): string[][] {
  return lists.reduce<string[][]>((heads, list) => heads.flatMap((head) => list.map((item) => [...head, item])), [[]]);
}

/** Differences over all combinations of arguments. */
export async function differences(name: string, lists: readonly (readonly string[])[], options: CompareOptions = {}): Promise<string[]> {
  const found: string[] = [];
  const all = combinations(lists);
  await prefetch([...lists.flat(), ...all.map((args) => callText(name, args))]);
  for (const args of all) {
    const text = await difference(name, args, options);
    if (text !== undefined) found.push(text);
  }
  return found;
}
