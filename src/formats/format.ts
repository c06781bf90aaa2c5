import type { MorselSource, ScanRequest, SourceSpec } from "../catalog/source-spec.ts";
import type { Schema } from "../core/types.ts";
import type { RecordBatch } from "../core/vector.ts";

/**
 * A file format: how files of one kind become columns, and columns become files. Adding one is a folder and a line in registry.ts.
 * A source is bound once (schema and dialect are settled into plain data) and may then be opened in any thread.
 */
export interface FileFormat {
  readonly name: string;
  /** Lowercase, with the dot: ".csv". A further ".gz" is understood for every format. */
  readonly extensions: readonly string[];
  readonly options: readonly OptionSpec[];
  /** Settles the schema. `files` are absolute and exist; `options` are checked against `this.options`. */
  bind(files: readonly string[], options: CheckedOptions): FileSpec;
  open(spec: FileSpec, request: ScanRequest): MorselSource;
  readonly write?: FileWriterFactory;
}

export type FileSpec = Extract<SourceSpec, { kind: "file" }>;

export interface FileWriterFactory {
  readonly options: readonly OptionSpec[];
  /** Writes to a temporary name beside `path`; `finish` moves it into place, `abort` leaves nothing behind. */
  create(path: string, schema: Schema, options: CheckedOptions): FileWriter;
}

export interface FileWriter {
  write(batch: RecordBatch): void;
  finish(): void;
  abort(): void;
}

/** Option values as plain JavaScript: a SQL STRUCT or MAP is an object, a LIST an array. */
export type OptionValue = null | boolean | number | bigint | string | readonly OptionValue[] | { readonly [name: string]: OptionValue };
export type OptionValues = Readonly<Record<string, OptionValue>>;

export type OptionType = "boolean" | "integer" | "text" | "char" | "names" | "types" | "columns" | "text or texts" | "text or flag";

export interface OptionSpec {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly type: OptionType;
  /** What holds when it is not given, as shown in the reference; "detected" where sniffing decides. */
  readonly default: string;
  readonly doc: string;
  /** The only texts allowed, lowercase. */
  readonly choices?: readonly string[];
}

/** Options after checking: by main name, of the spec's type. What was not given is absent. */
export class CheckedOptions {
  readonly values: ReadonlyMap<string, OptionValue>;
  constructor(values: ReadonlyMap<string, OptionValue>) {
    this.values = values;
  }
  has(name: string): boolean {
    return this.values.has(name);
  }
  boolean(name: string): boolean | undefined {
    return this.values.get(name) as boolean | undefined;
  }
  integer(name: string): number | undefined {
    return this.values.get(name) as number | undefined;
  }
  text(name: string): string | undefined {
    return this.values.get(name) as string | undefined;
  }
  texts(name: string): readonly string[] | undefined {
    const value = this.values.get(name);
    return typeof value === "string" ? [value] : (value as readonly string[] | undefined);
  }
  /** Name to type text, for "columns", and for "types" given as an object. */
  pairs(name: string): readonly (readonly [string, string])[] | undefined {
    const value = this.values.get(name);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.entries(value as Record<string, string>)
      : undefined;
  }
}
