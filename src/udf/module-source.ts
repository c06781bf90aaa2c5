import type { DataType } from "../core/types.ts";
import type { ValueType } from "./value-type.ts";

/**
 * TypeScript of the user's own, made ready to run: types are stripped, signatures read, nothing was evaluated. Plain data that crosses threads;
 * each thread that calls its functions evaluates it once (load-module.ts), so that module variables are per thread.
 */
export interface ModuleSource {
  /** SHA-256 of code, signatures and the modules it depends on, hex; of a pack's module with its name. */
  readonly hash: string;
  /** For stack traces and errors: a function's name, "the module", or a pack's file. */
  readonly name: string;
  /** Body of an asynchronous function that returns the exported values by name. */
  readonly code: string;
  /** What that function is given, in order: modules of Node and `weir-sql/udf` as written, absolute file URLs, or other modules of the pack. */
  readonly imports: readonly (string | ModuleSource)[];
  /** The names that are taken from each of them. */
  readonly importedNames: readonly (readonly string[])[];
  /** Of the pack it belongs to. */
  readonly pack?: string;
  /** For each line of `code`: columns from which it comes from a line of the source, and that line, in turn (all from 0), for stack traces. */
  readonly lines: readonly (readonly number[])[];
  readonly functions: readonly Signature[];
}

export type FunctionKind =
  /** Values in, value out; called inside the generated loop. */
  | "scalar"
  /** Whole columns in, a column out. */
  | "vectorised"
  /** Values or lists of them in, a promise out. */
  | "async"
  /** `{ init, add, remove?, merge?, value }` */
  | "aggregate"
  /** The rows of a partition in order in, a value a row out. */
  | "window"
  /** Values in, rows out. */
  | "table";

export interface Signature {
  readonly kind: FunctionKind;
  /** Of the SQL function, without its pack. */
  readonly name: string;
  /** Of the export; another one where a `@name` tag says so. */
  readonly exported: string;
  readonly params: readonly Param[];
  /** The last parameter takes any number of arguments; its type is that of each. */
  readonly variadic: boolean;
  /** Of a table function: STRUCT of its columns. */
  readonly returns: DataType;
  /** The same as TypeScript has it: of a column, the type of its elements. */
  readonly result: ValueType;
  /** Of vectorised and window functions, and of asynchronous ones that take columns: what stands for the result's column. */
  readonly resultColumn?: ColumnForm;
  /** The result may be NULL. */
  readonly returnsNull: boolean;
  /** Set where a call for a row that needs none does no harm, since it is arithmetic alone (harmless.ts). */
  readonly harmless: "cheap" | "costly" | undefined;
  /** An `AbortSignal` is passed behind the last parameter. */
  readonly signal: boolean;
  /** First sentence and rest of its JSDoc. */
  readonly doc: string;
  readonly example?: string;
  readonly options: SignatureOptions;
}

/** What stands for a column: a typed array (NULL is 0 in it), or `Column<T>`, an array of values and nulls. */
export type ColumnForm =
  | "values"
  | "Float64Array"
  | "Float32Array"
  | "Int8Array"
  | "Int16Array"
  | "Int32Array"
  | "Uint16Array"
  | "Uint32Array"
  | "BigInt64Array"
  | "BigUint64Array";

export interface Param {
  readonly name: string;
  /** What its `@param` says. */
  readonly doc?: string;
  readonly type: DataType;
  /** The same as TypeScript has it: of a column, the type of its elements. */
  readonly value: ValueType;
  /** Set where the parameter is a whole column. */
  readonly column?: ColumnForm;
  /** It takes NULL (`x: number | null`, `Column<T>`); the function is not called where another argument is NULL. */
  readonly takesNull: boolean;
  /** It may be left out, and is then undefined (or its default). */
  readonly optional: boolean;
}

export interface SignatureOptions {
  /** Default immutable; for asynchronous functions volatile. */
  readonly volatility: "immutable" | "stable" | "volatile";
  /** What an exception becomes: the end of the query, or NULL for the row. */
  readonly onError: "fail" | "null";
  /** Of asynchronous functions. */
  readonly concurrency: number;
  /** Milliseconds one call may take. */
  readonly timeoutMs: number;
  /** Further attempts after a failed one. */
  readonly retries: number;
  readonly ordered: boolean;
  /** Rows of one call of a batching asynchronous function. */
  readonly batchRows: number;
}
