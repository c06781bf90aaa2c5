import { isUtf8 } from "node:buffer";
import { generatedFunction } from "../../core/generated.ts";
import { typeName } from "../../core/types.ts";
import type { RecordBatch } from "../../core/vector.ts";
import { NULL_CODE } from "../byte-dictionary.ts";
import { type ColumnSink, makeSink, TextSink } from "../column-sink.ts";
import type { RejectSink } from "../rejects.ts";
import { compileDateFormat } from "../text/date-format.ts";
import { POWERS_OF_TEN } from "../text/number.ts";
import { warmUp } from "../warm-up.ts";
import type { Chunk } from "./chunks.ts";
import type { CsvColumn, CsvDialect } from "./dialect.ts";
import { generateLoop } from "./fast-loop.ts";
import { BARE, ESCAPED, RowTokenizer, withoutEscapes } from "./row-tokenizer.ts";

/** What the generated loop shares with the careful path: where it stands, and whether it must stop for new code. */
interface Cursor {
  position: number;
  /** 1 when the careful path kept the record it was given. */
  kept: number;
  stop: boolean;
}

type FastLoop = (bytes: Uint8Array, view: DataView, position: number, end: number, capacity: number) => number;

const INTEGER_POWERS = Int32Array.of(1, 10, 100, 1000);

type MakeLoop = (
  sinks: readonly (ColumnSink | null)[],
  cursor: Cursor,
  careful: (start: number, row: number) => number,
  powers: Float64Array,
  integerPowers: Int32Array,
) => FastLoop;

/**
 * Decodes records into columns. A loop is generated for the file's types and the columns wanted: it guesses that fields are written plainly,
 * checks every byte of that guess, and hands any record that differs to the careful path, which knows all of CSV.
 */
export class CsvDecoder {
  readonly #columns: readonly CsvColumn[];
  readonly #dialect: CsvDialect;
  /** Sinks of wanted columns, by the request's order, and by the file's (null: skipped). */
  readonly sinks: readonly ColumnSink[];
  readonly #byColumn: readonly (ColumnSink | null)[];
  readonly #rejects: RejectSink;
  readonly #tokenizer: RowTokenizer;
  readonly #nullTexts: readonly Buffer[];
  readonly #emptyIsNull: boolean;
  readonly #cursor: Cursor = { position: 0, kept: 0, stop: false };
  #fast: FastLoop | undefined;
  /** Columns that were dictionary-coded when the loop was generated; a column that stops being one needs another loop. */
  #dictionaries = 0;
  #chunk: Chunk | undefined;
  #validText = true;
  #scratch = new Uint8Array(256);

  constructor(columns: readonly CsvColumn[], wanted: readonly number[], dialect: CsvDialect, rejects: RejectSink) {
    this.#columns = columns;
    this.#dialect = dialect;
    this.#rejects = rejects;
    this.#tokenizer = new RowTokenizer(dialect);
    this.#nullTexts = dialect.nullTexts.filter((text) => text !== "").map((text) => Buffer.from(text));
    this.#emptyIsNull = dialect.nullTexts.includes("");
    this.sinks = wanted.map((index) => makeSink(columns[index].type, conversionOf(columns[index], dialect)));
    const byColumn: (ColumnSink | null)[] = columns.map(() => null);
    wanted.forEach((index, i) => {
      byColumn[index] = this.sinks[i];
    });
    this.#byColumn = byColumn;
  }

  /** Takes records from `chunk` on; `decode` then gives batches until it returns null. */
  enter(chunk: Chunk): void {
    this.#chunk = chunk;
    this.#cursor.position = chunk.start;
    this.#validText = isUtf8(chunk.bytes.subarray(chunk.start, chunk.end));
  }

  /** Position in the chunk up to which records were decoded or rejected. */
  get position(): number {
    return this.#cursor.position;
  }

  decode(capacity: number): RecordBatch | null {
    const chunk = this.#chunk;
    const cursor = this.#cursor;
    if (chunk === undefined || cursor.position >= chunk.end) return null;
    for (const sink of this.sinks) sink.begin(capacity);
    cursor.stop = false;
    let rows: number;
    if (this.#validText) {
      const dictionaries = this.sinks.filter((sink) => sink instanceof TextSink && sink.dictionary !== null).length;
      if (this.#fast === undefined || dictionaries !== this.#dictionaries) {
        const fast = this.#generate();
        const { position } = cursor;
        warmUp(() => fast(chunk.bytes, chunk.view, chunk.end, chunk.end, capacity));
        cursor.position = position;
        this.#fast = fast;
        this.#dictionaries = dictionaries;
      }
      rows = this.#fast(chunk.bytes, chunk.view, cursor.position, chunk.end, capacity);
    } else rows = this.#carefulLoop(capacity);
    if (cursor.stop) this.#fast = undefined;
    return { columns: this.sinks.map((sink) => sink.finish(rows)), length: rows };
  }

  #carefulLoop(capacity: number): number {
    const cursor = this.#cursor;
    const { end } = this.#chunk!;
    let row = 0;
    while (row < capacity && cursor.position < end) {
      cursor.position = this.#careful(cursor.position, row);
      row += cursor.kept;
    }
    return row;
  }

  /** Reads the record at `start` into row `row`, or rejects it; returns where the next one starts. */
  #careful(start: number, row: number): number {
    const { bytes, end } = this.#chunk!;
    const tokenizer = this.#tokenizer;
    const dialect = this.#dialect;
    this.#cursor.kept = 0;
    for (const sink of this.sinks) sink.undo(row);
    if (dialect.comment >= 0 && bytes[start] === dialect.comment) {
      const lineEnd = bytes.indexOf(dialect.newline, start);
      return lineEnd < 0 ? end : lineEnd + 1;
    }
    let next = tokenizer.read(bytes, start, end, true);
    if (next < 0) {
      const lineEnd = bytes.indexOf(dialect.newline, start);
      next = lineEnd < 0 || lineEnd >= end ? end : lineEnd + 1;
      this.#reject(start, next, "a quote is opened and never closed");
      return next;
    }
    const expected = this.#columns.length;
    const { count } = tokenizer;
    // An empty line is no record, unless there is one column
    if (count === 1 && tokenizer.kinds[0] === BARE && tokenizer.ends[0] === tokenizer.starts[0] && expected > 1) return next;
    const reason = this.#fields(row, count, expected);
    if (reason === undefined) this.#cursor.kept = 1;
    else {
      for (const sink of this.sinks) sink.undo(row);
      this.#reject(start, next, reason);
    }
    return next;
  }

  /** Converts the fields that the tokenizer found; returns why it cannot. */
  #fields(row: number, count: number, expected: number): string | undefined {
    const tokenizer = this.#tokenizer;
    if (tokenizer.textAfterQuote && this.#dialect.strict) return "text follows a closing quote";
    if (count > expected) {
      // A delimiter at the end of the line adds no field
      const isEmptyTail =
        count === expected + 1 && tokenizer.starts[expected] === tokenizer.ends[expected] && tokenizer.kinds[expected] === BARE;
      if (!isEmptyTail) return `expected ${expected} columns, found ${count}`;
    }
    if (count < expected && !this.#dialect.nullPadding) return `expected ${expected} columns, found ${count}`;
    for (let i = 0; i < expected; i++) {
      const sink = this.#byColumn[i];
      if (sink === null) continue;
      if (i >= count) sink.setNull(row);
      else {
        const reason = this.#field(sink, i, row);
        if (reason !== undefined) return reason;
      }
    }
    return undefined;
  }

  #field(sink: ColumnSink, index: number, row: number): string | undefined {
    const tokenizer = this.#tokenizer;
    let { bytes } = this.#chunk!;
    let start = tokenizer.starts[index];
    let end = tokenizer.ends[index];
    const kind = tokenizer.kinds[index];
    const isText = sink instanceof TextSink;
    if (this.#isNull(bytes, start, end, kind, isText)) {
      sink.setNull(row);
      if (isText) this.#learn(sink, index, NULL_CODE);
      return undefined;
    }
    if (kind === ESCAPED) {
      if (this.#scratch.length < end - start) this.#scratch = new Uint8Array(2 * (end - start));
      end = withoutEscapes(bytes, start, end, this.#dialect.escape, this.#scratch);
      bytes = this.#scratch;
      start = 0;
    }
    if (!this.#validText && !isUtf8(bytes.subarray(start, end))) return `column "${this.#columns[index].name}" is not valid UTF-8`;
    const wasDictionary = isText && sink.dictionary !== null;
    if (!sink.setText(row, bytes, start, end)) {
      const text = Buffer.from(bytes.subarray(start, Math.min(end, start + 60))).toString("utf8");
      return `column "${this.#columns[index].name}": cannot read "${text}" as ${typeName(sink.type)}`;
    }
    if (wasDictionary) {
      if (sink.dictionary === null) this.#cursor.stop = true;
      else this.#learn(sink, index, sink.codes[row]);
    }
    return undefined;
  }

  #isNull(bytes: Uint8Array, start: number, end: number, kind: number, isText: boolean): boolean {
    const length = end - start;
    // As DuckDB: an empty field is NULL, in quotes too
    if (length === 0) return this.#emptyIsNull || !isText;
    if (kind !== BARE) return false;
    return this.#nullTexts.some((text) => text.length === length && text.compare(bytes, start, end) === 0);
  }

  /** From now on the fast loop knows this spelling. */
  #learn(sink: TextSink, index: number, code: number): void {
    const { bytes, view } = this.#chunk!;
    const start = this.#tokenizer.rawStarts[index];
    const isQuoted = this.#tokenizer.kinds[index] !== BARE;
    const end = isQuoted ? this.#tokenizer.ends[index] + 1 : this.#tokenizer.rawEnds[index];
    if (sink.dictionary === null || end - start > 256) return;
    if (!isQuoted) for (let i = start; i < end; i++) if (bytes[i] === this.#dialect.newline || bytes[i] === this.#dialect.delimiter) return;
    sink.dictionary.addSpelling(view, start, end, code);
  }

  #reject(start: number, end: number, reason: string): void {
    const { bytes, offset } = this.#chunk!;
    const text = () =>
      Buffer.from(bytes.subarray(start, Math.min(end, start + 1000)))
        .toString("utf8")
        .replace(/\r?\n$/, "");
    this.#rejects.add(offset + start, reason, text, offset + end);
  }

  #generate(): FastLoop {
    const types = this.#columns.map((column) => column.type);
    const { bytes, start, end } = this.#chunk!;
    const firstBreak = bytes.subarray(start, end).indexOf(this.#dialect.newline);
    const crlf = this.#dialect.newline === 10 && firstBreak > 0 && bytes[start + firstBreak - 1] === 13;
    const source = generateLoop(types, this.#byColumn, this.#dialect, this.#nullTexts, this.#emptyIsNull, crlf);
    const careful = (start: number, row: number) => this.#careful(start, row);
    const params = ["sinks", "cursor", "careful", "powers", "integerPowers"];
    // The text fixes dialect, types and layouts, so nothing more is needed to tell loops apart.
    return generatedFunction<MakeLoop>(params, source, "csv")(this.#byColumn, this.#cursor, careful, POWERS_OF_TEN, INTEGER_POWERS);
  }
}

function conversionOf(column: CsvColumn, dialect: CsvDialect) {
  return {
    dateFormat: column.dateFormat === undefined ? undefined : compileDateFormat(column.dateFormat),
    timestampFormat: column.timestampFormat === undefined ? undefined : compileDateFormat(column.timestampFormat),
    decimalSeparator: dialect.decimalSeparator === 46 ? undefined : dialect.decimalSeparator,
  };
}
