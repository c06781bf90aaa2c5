import type { BindContext, TypePattern } from "../../catalog/function-types.ts";
import { bindError, nearestName, runtimeError } from "../../core/errors.ts";
import { BIGINT, BOOLEAN, type DataType, DOUBLE, list, struct, TIMESTAMP, VARCHAR } from "../../core/types.ts";
import type { Value } from "../../core/value.ts";
import { doc, type ScalarEntry } from "../define.ts";

/**
 * Functions of whole series, as lists of numbers: how their files declare them.
 *
 * A series is a LIST of any numeric type; code sees a Float64Array with NaN for NULL, and NaN in results is NULL again.
 * Arguments may be named (`series_outliers(s, kind => 'tukey')`). NULL, or nothing, for an argument with a default is its default;
 * NULL for another makes the result NULL. A RangeError of the numeric code becomes an error of the call, with its place.
 */

/** A parameter, and how a call's argument becomes what the code sees. */
export interface Param<T> {
  readonly type: DataType;
  readonly pattern: TypePattern;
  /** Absent: the argument is needed. Given as `{ value: undefined }`, the code sees undefined and finds its own. */
  readonly default?: { readonly value: T };
  /** What it means, for the reference; the name alone says it of a series. */
  readonly doc?: string;
  /** The value that the code sees. Throws a RangeError that names the value where it is none that may be given. */
  readonly read: (value: Value, name: string) => T;
}

// biome-ignore lint/suspicious/noExplicitAny: the type of each parameter stands in the object that holds it
type Params = Readonly<Record<string, Param<any>>>;

type Arguments<P extends Params> = { readonly [K in keyof P]: P[K] extends Param<infer T> ? T : never };

function toSeries(value: Value): Float64Array {
  const elements = value as readonly (number | null)[];
  const series = new Float64Array(elements.length);
  for (let i = 0; i < elements.length; i++) series[i] = elements[i] ?? Number.NaN;
  return series;
}

function toTimes(value: Value): Float64Array {
  const elements = value as readonly (bigint | null)[];
  const times = new Float64Array(elements.length);
  for (let i = 0; i < elements.length; i++) {
    const time = elements[i];
    times[i] = time === null ? Number.NaN : Number(time);
  }
  return times;
}

/** A list of numbers that must be given. */
export const series = (doc?: string): Param<Float64Array> => ({
  type: list(DOUBLE),
  pattern: { listOf: "double" },
  doc,
  read: toSeries,
});

/** A list of numbers that may be left out. */
export const optionalSeries = (doc: string): Param<Float64Array | undefined> => ({ ...series(doc), default: { value: undefined } });

/** A list of timestamps, in microseconds. */
export const times = (doc?: string): Param<Float64Array> => ({
  type: list(TIMESTAMP),
  pattern: { listOf: "timestamp" },
  doc,
  read: toTimes,
});

/** A list of timestamps that may be left out. */
export const optionalTimes = (doc: string): Param<Float64Array | undefined> => ({ ...times(doc), default: { value: undefined } });

/** Bounds of a number, both included unless `above` or `below`. */
export interface Bounds {
  readonly least?: number;
  readonly most?: number;
  readonly above?: number;
  readonly below?: number;
}

function checkBounds(value: number, name: string, bounds: Bounds): number {
  const { least, most, above, below } = bounds;
  const wanted = [
    least !== undefined && !(value >= least) ? `at least ${least}` : "",
    most !== undefined && !(value <= most) ? `at most ${most}` : "",
    above !== undefined && !(value > above) ? `above ${above}` : "",
    below !== undefined && !(value < below) ? `below ${below}` : "",
  ].filter((text) => text !== "");
  if (wanted.length > 0) throw new RangeError(`${name} must be ${wanted.join(" and ")}, and is ${value}`);
  return value;
}

const numeric = (type: DataType, pattern: TypePattern, doc: string, bounds: Bounds): Param<number> => ({
  type,
  pattern,
  doc,
  read: (value, name) => checkBounds(Number(value), name, bounds),
});

/** A DOUBLE, with its default. */
export const number = (value: number, doc: string, bounds: Bounds = {}): Param<number> => ({
  ...numeric(DOUBLE, "double", doc, bounds),
  default: { value },
});

/** A DOUBLE that must be given. */
export const requiredNumber = (doc: string, bounds: Bounds = {}): Param<number> => numeric(DOUBLE, "double", doc, bounds);

/** A DOUBLE for which the code finds a value where none is given. */
export const optionalNumber = (doc: string, bounds: Bounds = {}): Param<number | undefined> => ({
  ...numeric(DOUBLE, "double", doc, bounds),
  default: { value: undefined },
});

/** Most points that a whole number may ask for (lags, windows, steps ahead), so that one call cannot take all memory. */
const MOST_POINTS = 1_000_000;

const whole = (doc: string, bounds: Bounds): Param<number> => numeric(BIGINT, "bigint", doc, { most: MOST_POINTS, ...bounds });

/** A whole number, a million at most unless told, with its default. */
export const integer = (value: number, doc: string, bounds: Bounds = {}): Param<number> => ({
  ...whole(doc, bounds),
  default: { value },
});

/** A whole number that must be given. */
export const requiredInteger = (doc: string, bounds: Bounds = {}): Param<number> => whole(doc, bounds);

/** A whole number for which the code finds a value where none is given. */
export const optionalInteger = (doc: string, bounds: Bounds = {}): Param<number | undefined> => ({
  ...whole(doc, bounds),
  default: { value: undefined },
});

/** A BOOLEAN, with its default. */
export const flag = (value: boolean, doc: string): Param<boolean> => ({
  type: BOOLEAN,
  pattern: "boolean",
  doc,
  default: { value },
  read: (given) => given as boolean,
});

/** One of some words in any case, with its default; it is seen as it stands in `words`. */
export const choice = <W extends string>(value: W, words: readonly W[], doc: string): Param<W> => ({
  type: VARCHAR,
  pattern: "varchar",
  doc: `${doc}: ${words.map((word) => `'${word}'`).join(", ")}`,
  default: { value },
  read: (given, name) => {
    const written = given as string;
    const found = words.find((word) => word.toLowerCase() === written.toLowerCase());
    if (found !== undefined) return found;
    const near = nearestName(written, words);
    const advice = near === undefined ? `it is one of ${words.join(", ")}` : `did you mean '${near}'?`;
    throw new RangeError(`there is no ${name} '${written}'; ${advice}`);
  },
});

/** How values of a result are written by the code: NaN is NULL in numbers and lists. */
interface Results {
  number: number;
  /** BIGINT. */
  integer: number;
  text: string | null;
  boolean: boolean | null;
  /** LIST(DOUBLE). */
  series: ArrayLike<number>;
  /** LIST(BIGINT). */
  integers: ArrayLike<number>;
  /** LIST(VARCHAR). */
  texts: readonly string[];
  /** LIST(BOOLEAN). */
  booleans: readonly (boolean | null)[];
  /** LIST(LIST(DOUBLE)). */
  table: readonly ArrayLike<number>[];
}

type ResultKind = keyof Results;
type ResultShape = ResultKind | Readonly<Record<string, ResultKind>>;
type ResultOf<R extends ResultShape> = R extends ResultKind
  ? Results[R]
  : { readonly [K in keyof R]: R[K] extends ResultKind ? Results[R[K]] : never };

const RESULT_TYPES: Readonly<Record<ResultKind, DataType>> = {
  number: DOUBLE,
  integer: BIGINT,
  text: VARCHAR,
  boolean: BOOLEAN,
  series: list(DOUBLE),
  integers: list(BIGINT),
  texts: list(VARCHAR),
  booleans: list(BOOLEAN),
  table: list(list(DOUBLE)),
};

function listOf(values: ArrayLike<number>): (number | null)[] {
  const elements = new Array<number | null>(values.length);
  for (let i = 0; i < values.length; i++) elements[i] = Number.isNaN(values[i]) ? null : values[i];
  return elements;
}

/** A value in the form it has inside lists and structs (core/value.ts). */
function toValue(kind: ResultKind, value: Results[ResultKind]): Value {
  switch (kind) {
    case "number":
      return Number.isNaN(value) ? null : (value as number);
    case "integer":
      return Number.isNaN(value) ? null : BigInt(value as number);
    case "series":
      return listOf(value as ArrayLike<number>);
    case "integers":
      return listOf(value as ArrayLike<number>).map((element) => (element === null ? null : BigInt(element)));
    case "table":
      return (value as readonly ArrayLike<number>[]).map(listOf);
    default:
      return value as Value;
  }
}

/** A function of series as its file declares it. */
export interface SeriesFunction<P extends Params, R extends ResultShape> {
  readonly name: string;
  readonly aliases?: readonly string[];
  /** What it gives, with its rules for NULL, short and constant series. Meanings and defaults of `params` are added to it. */
  readonly summary: string;
  /** One SQL expression, and its result as printed. */
  readonly example: string;
  readonly result: string;
  /** Source of the formula. */
  readonly source?: string;
  /** In the order of positional arguments; those with a default come last. */
  readonly params: P;
  /** One value, or the fields of a STRUCT. */
  readonly returns: R;
  /** Null: the result is NULL. A RangeError with a sentence for people is an error of the call. */
  readonly compute: (args: Arguments<P>) => ResultOf<R> | null;
}

const printDefault = (value: unknown): string => (typeof value === "string" ? `'${value}'` : String(value));

function describe(params: Params): string {
  return Object.entries(params)
    .filter(([, param]) => param.doc !== undefined)
    .map(([name, param]) => {
      const value = param.default?.value;
      const given = param.default === undefined ? "" : value === undefined ? " (optional)" : ` (default ${printDefault(value)})`;
      return ` \`${name}\`${given}: ${param.doc}.`;
    })
    .join("");
}

/** The function as the registry takes it (functions/define.ts). */
export function seriesFunction<const P extends Params, const R extends ResultShape>(spec: SeriesFunction<P, R>): ScalarEntry {
  const names = Object.keys(spec.params);
  const params = Object.values(spec.params);
  const shape: ResultShape = spec.returns;
  const fields = typeof shape === "string" ? undefined : Object.entries(shape);
  const type =
    typeof shape === "string" ? RESULT_TYPES[shape] : struct((fields ?? []).map(([name, kind]) => ({ name, type: RESULT_TYPES[kind] })));

  const toRegister = (result: ResultOf<R>): unknown => {
    if (fields !== undefined)
      return fields.map(([name, kind]) => toValue(kind, (result as Readonly<Record<string, Results[ResultKind]>>)[name]));
    // A BIGINT is a number in a register, and a bigint only inside lists and structs.
    if (shape === "integer") return Number.isNaN(result) ? null : result;
    return toValue(shape as ResultKind, result as Results[ResultKind]);
  };

  const call = (...registers: (Value | undefined)[]): unknown => {
    const args: Record<string, unknown> = {};
    for (let i = 0; i < params.length; i++) {
      const value = registers[i] ?? null;
      const param = params[i];
      if (value !== null) args[names[i]] = read(spec.name, param, value, names[i]);
      else if (param.default !== undefined) args[names[i]] = param.default.value;
      else return null;
    }
    try {
      const result = spec.compute(args as Arguments<P>);
      return result === null ? null : toRegister(result);
    } catch (error) {
      throw error instanceof RangeError ? runtimeError(`${spec.name}: ${error.message}`) : error;
    }
  };

  /** Arguments that are known when the query is bound are wrong there, not at the first row. */
  const checkConstants = ({ constants }: BindContext): void => {
    for (const [i, value] of constants.entries()) {
      if (value === undefined || value === null || params[i].type.kind === "list") continue;
      try {
        params[i].read(value, names[i]);
      } catch (error) {
        throw error instanceof RangeError ? bindError(`${spec.name}: ${error.message}`) : error;
      }
    }
  };

  return {
    name: spec.name,
    ...(spec.aliases === undefined ? {} : { aliases: spec.aliases }),
    named: true,
    doc: doc(spec.summary + describe(spec.params), names, spec.example, spec.result, spec.source),
    overloads: [
      {
        args: params.map((param) => param.pattern),
        optional: params.filter((param) => param.default !== undefined).length,
        returns: (bind) => {
          checkConstants(bind);
          return type;
        },
        coerce: ({ types }) => types.map((_, i) => params[i].type),
        nulls: "handles",
        mayReturnNull: true,
        impl: call,
        wide: call,
      },
    ],
  };
}

function read(name: string, param: Param<unknown>, value: Value, argument: string): unknown {
  try {
    return param.read(value, argument);
  } catch (error) {
    throw error instanceof RangeError ? runtimeError(`${name}: ${error.message}`) : error;
  }
}
