import { bindError } from "../../core/errors.ts";
import { type Schema, typeName } from "../../core/types.ts";
import type { RecordBatch } from "../../core/vector.ts";
import { CsvDecoder } from "../../formats/csv/decoder.ts";
import type { CsvColumn, CsvDialect } from "../../formats/csv/dialect.ts";
import { RowTokenizer } from "../../formats/csv/row-tokenizer.ts";
import { sniffCsv } from "../../formats/csv/sniff.ts";
import { CheckedOptions, type OptionValue } from "../../formats/format.ts";
import { type ByteChunk, CHUNK_PADDING, type Framing, type Reject, type Sample } from "../connector.ts";
import type { CheckedProperties, PropertySpec } from "../properties.ts";
import { epochTimes } from "./epoch-times.ts";
import { lineOf } from "./json-records.ts";
import {
  chunkView,
  hasByteOrderMark,
  maxRecordBytes,
  RECORD_OPTIONS,
  type RecordDecoder,
  type RecordFormat,
  TIME_OPTIONS,
} from "./record-format.ts";
import { withSampleFile } from "./sample-file.ts";

const OPTIONS: readonly PropertySpec[] = [
  { name: "delimiter", type: "text", default: "detected, else ','", doc: "Character between fields; '\\t' is a tab." },
  { name: "header", type: "boolean", default: "detected, else true", doc: "Whether every file begins with a line of column names." },
  {
    name: "quote",
    type: "text",
    default: "detected, else '\"'",
    doc: "Character around fields that hold delimiters or line breaks; empty for none.",
  },
  { name: "null_text", type: "text", default: "''", doc: "Text that means NULL when not quoted." },
  { name: "decimal_separator", type: "text", default: "'.'", doc: "Character before the decimals of numbers." },
  ...TIME_OPTIONS,
  ...RECORD_OPTIONS,
];

/** Delimited text, as read_csv reads it. */
export const csvRecords: RecordFormat = {
  name: "csv",
  doc: "Delimited text. With a header that names all declared columns they are found by name, else by position.",
  options: OPTIONS,
  bind(properties, declared, sample) {
    const format = properties.text("timestamp_format");
    const epochs = declared === undefined ? undefined : epochTimes(format, declared);
    const decoded = epochs?.decoded ?? declared;
    const { columns, dialect, hasHeader } = settle(properties, decoded, sample, epochs === undefined ? format : undefined);
    const schema = declared ?? columns.map(({ name, type }) => ({ name, type }));
    // Position in the file of each column of the stream
    const places = schema.map(({ name }, i) => (declared === undefined ? i : columns.findIndex((column) => column.name === name)));
    return {
      schema,
      framing: csvFraming(dialect, hasHeader),
      open(wanted, reject) {
        const filePlaces = wanted.map((column) => places[column]);
        const decoder = new CsvRecords(columns, filePlaces, dialect, reject);
        return epochs === undefined ? decoder : decoder.converting((batch) => epochs.convert(batch, wanted));
      },
    };
  },
};

interface Settled {
  readonly columns: readonly CsvColumn[];
  readonly dialect: CsvDialect;
  readonly hasHeader: boolean;
}

/** Dialect and columns of the files, in their order: sniffed where there is a file to look at. */
function settle(
  properties: CheckedProperties,
  declared: Schema | undefined,
  sample: Sample | undefined,
  timestampFormat: string | undefined,
): Settled {
  const header = properties.flag("header");
  const given = new Map<string, OptionValue>();
  const delimiter = properties.text("delimiter");
  if (delimiter !== undefined) given.set("delim", oneByte("delimiter", delimiter === "\\t" ? "\t" : delimiter));
  const quote = properties.text("quote");
  if (quote !== undefined) given.set("quote", quote === "" ? "" : oneByte("quote", quote));
  if (header !== undefined) given.set("header", header);
  const separator = properties.text("decimal_separator");
  if (separator !== undefined) given.set("decimal_separator", oneByte("decimal_separator", separator));
  const nullText = properties.text("null_text");
  if (nullText !== undefined) given.set("nullstr", nullText);
  if (timestampFormat !== undefined) given.set("timestampformat", timestampFormat);
  const dateFormat = properties.text("date_format");
  if (dateFormat !== undefined) given.set("dateformat", dateFormat);
  const maxLineSize = maxRecordBytes(properties);
  if (sample !== undefined) {
    const { columns, dialect, isNamed } = sniffed(sample, given, declared);
    if (dialect.encoding !== "utf-8" || dialect.compression !== "none") {
      throw bindError(
        `a stream of CSV must be plain UTF-8, but "${sample.path ?? "the sample"}" is ${dialect.compression === "gzip" ? "gzip" : dialect.encoding}`,
      );
    }
    return { columns, dialect: { ...dialect, maxLineSize, ignoreErrors: true }, hasHeader: isNamed };
  }
  if (declared === undefined) {
    throw bindError(
      "the columns cannot be told, since there is no record yet",
      undefined,
      "declare them: CREATE STREAM s (a BIGINT, …) WITH (…)",
    );
  }
  const quoteByte = quote === "" ? -1 : (quote ?? '"').charCodeAt(0);
  return {
    columns: declared.map((field) => ({
      ...field,
      ...(timestampFormat !== undefined && { timestampFormat }),
      ...(dateFormat !== undefined && { dateFormat }),
    })),
    dialect: {
      delimiter: (given.get("delim") as string | undefined)?.charCodeAt(0) ?? 44,
      quote: quoteByte,
      escape: quoteByte,
      comment: -1,
      newline: 10,
      dataStart: 0,
      nullTexts: [nullText ?? ""],
      nullPadding: false,
      ignoreErrors: true,
      strict: true,
      maxLineSize,
      decimalSeparator: separator?.charCodeAt(0) ?? 46,
      encoding: "utf-8",
      compression: "none",
    },
    hasHeader: header ?? true,
  };
}

function oneByte(name: string, text: string): string {
  if (text.length === 1 && text.charCodeAt(0) < 128) return text;
  throw bindError(`property "${name}" must be a single ASCII character, not "${text}"`);
}

function sniffed(sample: Sample, given: Map<string, OptionValue>, declared: Schema | undefined) {
  const sniff = (extra: readonly (readonly [string, OptionValue])[]) =>
    withSampleFile(sample, (path) => sniffCsv(path, new CheckedOptions(new Map([...given, ...extra]))));
  const found = sniff([]);
  const isNamed = found.dialect.dataStart > 3;
  if (declared === undefined) return { ...found, isNamed };
  const byName = new Map(declared.map((field) => [field.name.toLowerCase(), field]));
  const names = new Set(found.columns.map(({ name }) => name.toLowerCase()));
  if (isNamed && declared.every(({ name }) => names.has(name.toLowerCase()))) {
    const columns = found.columns.map((column): CsvColumn => ({ ...column, ...byName.get(column.name.toLowerCase()) }));
    return { columns, dialect: found.dialect, isNamed };
  }
  const types = Object.fromEntries(declared.map(({ name, type }) => [name, typeName(type)]));
  const fixed = sniff([["columns", types]]);
  return { ...fixed, isNamed: fixed.dialect.dataStart > 3 };
}

function csvFraming(dialect: CsvDialect, hasHeader: boolean): Framing {
  const tokenizer = new RowTokenizer(dialect);
  return {
    maxRecordBytes: dialect.maxLineSize,
    preamble(bytes, end) {
      const mark = end >= 3 && hasByteOrderMark(bytes) ? 3 : 0;
      return hasHeader ? tokenizer.skip(bytes, mark, end, false) : mark;
    },
    lastEnd(bytes, start, end) {
      const lines = bytes.subarray(start, end);
      const lastBreak = start + lines.lastIndexOf(dialect.newline) + 1;
      if (dialect.quote < 0 || !lines.includes(dialect.quote)) return lastBreak;
      let at = start;
      for (;;) {
        const quoteAt = bytes.subarray(0, end).indexOf(dialect.quote, at);
        if (quoteAt < 0) return Math.max(at, lastBreak);
        at = Math.max(at, bytes.subarray(0, quoteAt).lastIndexOf(dialect.newline) + 1);
        const next = tokenizer.skip(bytes, at, end, false);
        if (next < 0) return at;
        at = next;
      }
    },
  };
}

class CsvRecords implements RecordDecoder {
  readonly #decoder: CsvDecoder;
  readonly #dialect: CsvDialect;
  #convert: ((batch: RecordBatch) => RecordBatch) | undefined;
  #chunk: ByteChunk | undefined;
  #partition = "";
  #rejected = 0;
  #rows = 0;

  constructor(columns: readonly CsvColumn[], wanted: readonly number[], dialect: CsvDialect, reject: Reject) {
    this.#dialect = dialect;
    this.#decoder = new CsvDecoder(columns, wanted, dialect, {
      add: (offset, reason, _text, end) => {
        const { bytes, offset: base } = this.#chunk as ByteChunk;
        this.#rejected++;
        reject(lineOf(bytes, offset - base, end - base), reason, `${this.#partition}:${offset}`);
      },
    });
  }

  /** The same decoder, whose batches pass through `convert`. */
  converting(convert: (batch: RecordBatch) => RecordBatch): this {
    this.#convert = convert;
    return this;
  }

  enter(chunk: ByteChunk, partition: string): void {
    this.#chunk = chunk;
    this.#partition = partition;
    for (let i = 0; i < CHUNK_PADDING; i += 2) {
      chunk.bytes[chunk.end + i] = this.#dialect.delimiter;
      chunk.bytes[chunk.end + i + 1] = this.#dialect.newline;
    }
    this.#decoder.enter({ ...chunk, view: chunkView(chunk) });
  }

  decode(capacity: number): RecordBatch | null {
    const batch = this.#decoder.decode(capacity);
    if (batch === null) return null;
    this.#rows += batch.length;
    return this.#convert === undefined ? batch : this.#convert(batch);
  }

  get used(): number {
    return (this.#chunk?.offset ?? 0) + this.#decoder.position;
  }

  get records(): number {
    return this.#rows + this.#rejected;
  }
}
