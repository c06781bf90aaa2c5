import type { FunctionDoc, SeriesBind, SeriesParam, SeriesTableFunction, TableFunctionDoc } from "../../catalog/function-types.ts";
import { bindError } from "../../core/errors.ts";
import { VARCHAR } from "../../core/types.ts";
import { makeDictionary, type Vector } from "../../core/vector.ts";
import { constantVector, vectorFromValues } from "../../core/vector-builder.ts";

/** Functions in FROM that are given whole series: `FORECAST(TABLE t, data_col => 'v', timestamp_col => 'ts', id_cols => ['k'], …)`. */

/** What a file says of one function. */
export interface SeriesEntry extends SeriesTableFunction {
  readonly name: string;
  readonly aliases?: readonly string[];
  /** Without `params`: these are the table, the columns, and the entry's own. */
  readonly doc: Omit<FunctionDoc, "params">;
}

/** Makes the definitions of one family. */
export const seriesFamily = (family: string, entries: readonly SeriesEntry[]): readonly TableFunctionDoc[] =>
  entries.map(({ name, aliases, doc, ...series }) => ({
    kind: "table",
    name,
    ...(aliases === undefined ? {} : { aliases }),
    family,
    doc: { ...doc, params: ["TABLE t", "data_col", "timestamp_col", "id_cols", ...series.params.map((param) => param.name)] },
    series,
  }));

/** A text column of few different texts, by number. */
export const textColumn = (texts: readonly string[], numbers: Int32Array): Vector => {
  const values = vectorFromValues(VARCHAR, texts);
  if (values.layout !== "bytes") throw new Error("text is built as bytes");
  return {
    layout: "dictionary",
    type: VARCHAR,
    length: numbers.length,
    validity: null,
    codes: numbers,
    dictionary: makeDictionary(values),
  };
};

/** Microseconds as a column of times. */
export function timeColumn(type: SeriesBind["time"], micros: Float64Array): Vector {
  const data = new BigInt64Array(micros.length);
  for (let i = 0; i < micros.length; i++) data[i] = BigInt(Math.round(micros[i]));
  return { layout: "flat", type, length: micros.length, validity: null, data };
}

/** The same text in every row. */
export const sameText = (text: string | null, length: number): Vector => constantVector(VARCHAR, text, length);

/** A number among the arguments, checked; undefined for NULL. */
export function numberArgument(
  { arguments: given }: SeriesBind,
  name: string,
  valid: { readonly test: (value: number) => boolean; readonly words: string },
): number | undefined {
  const value = given[name];
  if (value === null || value === undefined) return undefined;
  const number = Number(value);
  if (!valid.test(number)) throw bindError(`${name} must be ${valid.words}, not ${number}`);
  return number;
}

/** Checks that errors of pure code about arguments become errors of the statement. */
export function checked<T>(f: () => T): T {
  try {
    return f();
  } catch (error) {
    if (error instanceof RangeError) throw bindError(error.message);
    throw error;
  }
}

export const optionalParam = (name: string, type: SeriesParam["type"], doc: string, aliases?: readonly string[]): SeriesParam => ({
  name,
  type,
  default: null,
  doc,
  ...(aliases === undefined ? {} : { aliases }),
});
