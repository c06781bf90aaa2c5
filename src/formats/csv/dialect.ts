import type { DataType } from "../../core/types.ts";

/** How a CSV file is written, settled when it is bound: plain data. Characters are byte codes; -1 is none. */
export interface CsvDialect {
  readonly delimiter: number;
  readonly quote: number;
  readonly escape: number;
  readonly comment: number;
  /** 10, or 13 in files of old Macs. A carriage return before 10 belongs to the line break. */
  readonly newline: number;
  /** Byte offset of the first record, after a byte order mark, skipped lines and the header. */
  readonly dataStart: number;
  /** Texts that mean NULL when not quoted. */
  readonly nullTexts: readonly string[];
  readonly nullPadding: boolean;
  readonly ignoreErrors: boolean;
  /** False: text after a closing quote is not an error. */
  readonly strict: boolean;
  readonly maxLineSize: number;
  readonly decimalSeparator: number;
  readonly encoding: "utf-8" | "utf-16le" | "utf-16be" | "latin-1";
  readonly compression: "none" | "gzip";
}

/** A column of one file. */
export interface CsvColumn {
  readonly name: string;
  readonly type: DataType;
  /** strptime patterns, where the standard forms do not fit. */
  readonly dateFormat?: string;
  readonly timestampFormat?: string;
}
