import type { FlatData, Vector } from "../core/vector.ts";
import { ResultError, shortValue } from "./call-error.ts";
import type { ColumnForm, Param, Signature } from "./module-source.ts";
import { argumentReader, resultColumn } from "./value-map.ts";

/** Columns as TypeScript has them: typed arrays, or arrays of values and nulls. */

type NumberArray = Exclude<FlatData, Uint8Array>;

const CLASSES: Readonly<Record<Exclude<ColumnForm, "values">, { new (length: number): NumberArray; readonly name: string }>> = {
  Float64Array,
  Float32Array,
  Int8Array,
  Int16Array,
  Int32Array,
  Uint16Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
};

/** A column as a parameter takes it: a copy, so that a function that changes it changes nothing else. NULL is 0 in a typed array. */
export function columnArgument(vector: Vector, param: Param): unknown {
  if (param.column !== "values" && vector.layout === "flat") return vector.data.slice(0, vector.length);
  const read = argumentReader(vector, param.value);
  return Array.from({ length: vector.length }, (_, row) => read(row));
}

/** The mask of rows where a typed array stands for NULL; null where no row is. */
export function typedNulls(args: readonly Vector[], params: readonly Param[], length: number): Uint8Array | null {
  let mask: Uint8Array | null = null;
  for (const [i, { validity }] of args.entries()) {
    if (validity === null || params[i].column === "values") continue;
    if (mask === null) mask = validity.slice(0, length);
    else for (let row = 0; row < length; row++) mask[row] &= validity[row];
  }
  return mask;
}

/**
 * The column that a function returned. Rows that `nulls` marks with 0 are NULL. Throws ResultError for what is no column of `length` rows; a single value
 * that does not fit is told to `refuse`.
 */
export function columnResult(
  signature: Signature,
  returned: unknown,
  length: number,
  nulls: Uint8Array | null,
  refuse: (error: ResultError, row: number) => null,
): Vector {
  const { result, resultColumn: form } = signature;
  const given = returned as { readonly length?: unknown };
  const isTyped = ArrayBuffer.isView(returned) && !(returned instanceof DataView);
  if (!Array.isArray(returned) && !isTyped) throw new ResultError(`it returned ${shortValue(returned)}, and its signature says a column`);
  if (given.length !== length)
    throw new ResultError(`it returned a column of ${given.length} rows for ${length} rows`, "one value for each row");
  if (isTyped && form !== undefined && form !== "values") {
    const wanted = CLASSES[form];
    if (!(returned instanceof wanted)) {
      throw new ResultError(`it returned a ${(returned as object).constructor.name}, and its signature says ${form}`);
    }
    const data = returned.slice();
    if (nulls !== null)
      for (let row = 0; row < length; row++)
        if (nulls[row] === 0) data[row] = (data instanceof BigInt64Array || data instanceof BigUint64Array ? 0n : 0) as never;
    return { layout: "flat", type: result.type, length, validity: nulls, data };
  }
  if (form !== "values" && form !== undefined) throw new ResultError(`it returned ${shortValue(returned)}, and its signature says ${form}`);
  const values = returned as ArrayLike<unknown>;
  if (nulls === null) return resultColumn(result, values, refuse);
  const kept = Array.from({ length }, (_, row) => (nulls[row] === 0 ? null : values[row]));
  return resultColumn({ ...result, nullable: true }, kept, refuse);
}
