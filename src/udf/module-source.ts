import type { DataType } from "../core/types.ts";

/**
 * TypeScript of the user's own, made ready to run: types are stripped, signatures read, nothing was evaluated. Plain data that crosses threads;
 * each thread that calls its functions evaluates it once (load-module.ts), so that module variables are per thread.
 */
export interface ModuleSource {
  /** SHA-256 of code and signatures, hex. */
  readonly hash: string;
  /** For stack traces and errors: a function's name, "cell", or a pack's file. */
  readonly name: string;
  /** Body of an asynchronous function that returns the exported values by name. */
  readonly code: string;
  /** Modules it imports, as written or as absolute file URLs. */
  readonly imports: readonly string[];
  /** Of the pack it belongs to. */
  readonly pack?: string;
  /** From a line of `code` back to the line of the source (both from 0), for stack traces. */
  readonly lines: readonly number[];
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
  /** Of the SQL function, and of the export. */
  readonly name: string;
  readonly params: readonly Param[];
  /** Of a table function: STRUCT of its columns. */
  readonly returns: DataType;
  /** The result may be NULL. */
  readonly returnsNull: boolean;
  /** First sentence and rest of its JSDoc. */
  readonly doc: string;
  readonly example?: string;
  readonly options: SignatureOptions;
}

export interface Param {
  readonly name: string;
  readonly type: DataType;
  /** It takes NULL (`x: number | null`); the function is not called where another argument is NULL. */
  readonly takesNull: boolean;
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
