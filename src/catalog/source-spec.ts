import type { Schema } from "../core/types.ts";
import type { RecordBatch } from "../core/vector.ts";

/**
 * Where rows come from, as plain data: any thread can open it. Memory tables share their buffers.
 * `schema` is the full schema of the source, settled when it is bound (sniffed, or read from metadata).
 */
export type SourceSpec =
  | {
      readonly kind: "memory";
      readonly schema: Schema;
      readonly batches: readonly RecordBatch[];
      readonly rowCount: number;
      /** Each batch is a morsel, and comes as a whole. */
      readonly whole?: boolean;
    }
  | {
      readonly kind: "file";
      /** Name of the format in formats/registry.ts: csv, json, parquet, arrow. */
      readonly format: string;
      readonly schema: Schema;
      /** Absolute paths, in order. */
      readonly files: readonly string[];
      /** What the format settled when it was bound (delimiter, timestamp formats, …); only that format reads it. */
      readonly options: Readonly<Record<string, unknown>>;
      /** Where it is known without reading (Parquet, Arrow): the number of rows. */
      readonly rowCount?: number;
    }
  | StreamSpec;

/** A declared stream, named; the thread that declared it opens it. */
export interface StreamSpec {
  readonly kind: "stream";
  readonly name: string;
  readonly schema: Schema;
  /** False where the rows come to an end by themselves: a file that is not followed, a bounded generator. */
  readonly endless: boolean;
  /** The column that watermarks are made of, and how far behind the latest time they stay (microseconds). */
  readonly eventTime?: { readonly column: number; readonly delay: number };
  /** Where reading starts; absent: where the stream's connector starts by default. A number is an event time in microseconds. */
  readonly start?: "earliest" | "latest" | number;
  /** How its rows change, where they do not only come: the changes of a materialized view. `key`: columns that tell rows apart. */
  readonly changelog?: { readonly mode: "append" | "retract" | "upsert"; readonly key: readonly number[] | undefined };
  readonly rowCount?: undefined;
}

/** A simple comparison of a column with a constant, which readers may use to skip what cannot match. All of them hold (AND). */
export interface ScanPredicate {
  /** Position in the source's schema. */
  readonly column: number;
  readonly op: "=" | "<" | "<=" | ">" | ">=" | "is-null" | "is-not-null";
  /** In the form of core/value.ts, of the column's type. */
  readonly value: unknown;
}

export interface ScanRequest {
  /** Columns wanted, by position in the source's schema, in the order of the batches' columns. */
  readonly columns: readonly number[];
  readonly predicates: readonly ScanPredicate[];
  /** Rows that suffice. */
  readonly limit: number | undefined;
}

/**
 * An opened source, cut into morsels (row groups, byte ranges aligned to lines, runs of batches) that threads take one by one.
 * Rows of morsel i come before rows of morsel i + 1 in the source's order.
 */
export interface MorselSource {
  readonly morselCount: number;
  open(morsel: number): BatchReader;
  /** What went wrong without ending the scan: rows skipped and why. Called after all morsels were read. */
  warnings?(): readonly ScanWarning[];
  close(): void;
}

/** Synchronous pull of batches (reads block only on local files). */
export interface BatchReader {
  next(): RecordBatch | null;
}

export interface ScanWarning {
  readonly message: string;
  /** Sample of skipped records: file, 1-based line, reason, the text itself cut to 200 characters. */
  readonly rejected: readonly { file: string; line: number; reason: string; text: string }[];
  readonly rejectedCount: number;
}
