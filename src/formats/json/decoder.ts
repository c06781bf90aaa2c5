import { isUtf8 } from "node:buffer";
import { type DataType, isInteger, isNested, physicalOf, typeName } from "../../core/types.ts";
import type { RecordBatch } from "../../core/vector.ts";
import { type ColumnSink, makeSink, type TextConversion, TextSink } from "../column-sink.ts";
import type { RejectSink } from "../rejects.ts";
import { POWERS_OF_TEN } from "../text/number.ts";
import { warmUp } from "../warm-up.ts";
import { BACKSLASH, CLOSE_BRACE, COLON, OPEN_BRACE, OPEN_BRACKET, QUOTE, skipSpace, skipString, skipValue, stringText } from "./bytes.ts";
import { type FastLoop, generateLoop, type Layout, type LoopColumn } from "./fast-loop.ts";
import { NestedSink } from "./nested-sink.ts";
import type { JsonChunk } from "./records.ts";

export interface JsonColumn {
  readonly name: string;
  /** Key in the records; undefined for the one column of values that are no objects. */
  readonly key: string | undefined;
  readonly type: DataType;
}

/** Where the generated loop stands, shared with the careful path. */
export interface LoopCursor {
  position: number;
  kept: number;
  /** The loop must be generated anew: a dictionary has become plain text. */
  stop: boolean;
}

/** Records after which a layout is judged, and layouts that are tried before every record is read carefully. */
const JUDGED_RECORDS = 100;
const MAX_LAYOUTS = 8;

/**
 * Decodes records into columns. From the first record a layout is guessed (which keys, in which order, spelled how), and a loop generated for it;
 * every byte of the guess is checked, and a record that differs goes to the careful path, which reads any JSON.
 */
export class JsonDecoder {
  readonly #columns: readonly JsonColumn[];
  readonly #byKey: ReadonlyMap<string, number>;
  /** By position in `#columns`; null: not wanted. */
  readonly #sinks: readonly (ColumnSink | NestedSink | null)[];
  readonly #wanted: readonly number[];
  readonly #rejects: RejectSink;
  readonly #cursor: LoopCursor = { position: 0, kept: 0, stop: false };
  #chunk: JsonChunk | undefined;
  #layout: Layout | undefined;
  #fast: FastLoop | undefined;
  #validText = true;
  /** Records that did not fit the layout, of those read since it was last judged. */
  #misses = 0;
  #records = 0;
  /** Layouts given up one after another because most records did not fit them. */
  #givenUp = 0;
  #seen: Uint8Array;

  constructor(columns: readonly JsonColumn[], wanted: readonly number[], conversion: TextConversion, rejects: RejectSink) {
    this.#columns = columns;
    this.#wanted = wanted;
    this.#rejects = rejects;
    this.#seen = new Uint8Array(columns.length);
    this.#byKey = new Map(columns.flatMap((column, i) => (column.key === undefined ? [] : [[column.key, i] as const])));
    const chosen = new Set(wanted);
    this.#sinks = columns.map(({ type }, i) =>
      !chosen.has(i) ? null : isNested(type) || type.kind === "json" ? new NestedSink(type) : makeSink(type, conversion),
    );
  }

  enter(chunk: JsonChunk): void {
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
    if (chunk === undefined) return null;
    const cursor = this.#cursor;
    cursor.position = skipSpace(chunk.bytes, cursor.position, chunk.end);
    if (cursor.position >= chunk.end) return null;
    for (const sink of this.#sinks) sink?.begin(capacity);
    let rows = 0;
    cursor.stop = false;
    if (this.#validText && this.#prepareLoop()) {
      rows = (this.#fast as FastLoop)(chunk.bytes, chunk.view, cursor.position, chunk.end, capacity);
      if (cursor.stop) this.#fast = undefined;
    } else rows = this.#carefulLoop(capacity);
    this.#records += rows;
    return { columns: this.#wanted.map((column) => (this.#sinks[column] as ColumnSink | NestedSink).finish(rows)), length: rows };
  }

  #carefulLoop(capacity: number): number {
    const cursor = this.#cursor;
    const { bytes, end } = this.#chunk as JsonChunk;
    let row = 0;
    while (row < capacity) {
      cursor.position = skipSpace(bytes, cursor.position, end);
      if (cursor.position >= end) break;
      cursor.position = this.#careful(cursor.position, row);
      row += cursor.kept;
      if (cursor.stop) cursor.stop = false;
    }
    return row;
  }

  /** Reads the record at `start` into row `row`, or rejects it; returns where the next one starts. */
  #careful(start: number, row: number): number {
    const { bytes, end } = this.#chunk as JsonChunk;
    this.#misses++;
    this.#cursor.kept = 0;
    for (const sink of this.#sinks) if (sink !== null && !(sink instanceof NestedSink)) sink.undo(row);
    const at = skipSpace(bytes, start, end);
    if (at >= end) return end;
    const stop = skipValue(bytes, at, end);
    const after = stop < 0 ? -1 : this.#endOfLine(stop);
    if (after < 0) {
      const lineEnd = bytes.subarray(0, end).indexOf(10, at);
      const next = lineEnd < 0 ? end : lineEnd + 1;
      this.#reject(at, next, "malformed JSON");
      return next;
    }
    const reason = this.#validText || isUtf8(bytes.subarray(at, stop)) ? this.#record(row, at, stop) : "the record is not valid UTF-8";
    if (reason === undefined) this.#cursor.kept = 1;
    else {
      for (const sink of this.#sinks) if (sink !== null && !(sink instanceof NestedSink)) sink.undo(row);
      this.#reject(at, stop, reason);
    }
    return after;
  }

  /** After a record nothing but space may follow on its line, or another record. */
  #endOfLine(at: number): number {
    const { bytes, end } = this.#chunk as JsonChunk;
    const next = skipSpace(bytes, at, end);
    if (next >= end || next > at || bytes[next] === OPEN_BRACE || bytes[next] === OPEN_BRACKET) return next;
    return -1;
  }

  #record(row: number, start: number, end: number): string | undefined {
    const { bytes } = this.#chunk as JsonChunk;
    this.#seen.fill(0);
    if (this.#columns.length === 1 && this.#columns[0].key === undefined) return this.#value(0, row, start, end);
    if (bytes[start] !== OPEN_BRACE) return "the record is not an object";
    let at = skipSpace(bytes, start + 1, end);
    while (bytes[at] === QUOTE) {
      const keyEnd = skipString(bytes, at, end);
      const column = this.#byKey.get(stringText(bytes, at, keyEnd));
      const from = skipSpace(bytes, skipSpace(bytes, keyEnd, end) + 1, end);
      const stop = skipValue(bytes, from, end);
      if (column !== undefined && this.#seen[column] === 0) {
        this.#seen[column] = 1;
        const reason = this.#value(column, row, from, stop);
        if (reason !== undefined) return reason;
      }
      at = skipSpace(bytes, stop, end);
      if (bytes[at] !== CLOSE_BRACE) at = skipSpace(bytes, at + 1, end);
    }
    for (let column = 0; column < this.#columns.length; column++) if (this.#seen[column] === 0) this.#sinks[column]?.setNull(row);
    return undefined;
  }

  #value(column: number, row: number, start: number, end: number): string | undefined {
    const sink = this.#sinks[column];
    if (sink === null) return undefined;
    const { bytes } = this.#chunk as JsonChunk;
    const first = bytes[start];
    if (first === 110) sink.setNull(row);
    else if (!(sink instanceof NestedSink ? sink.set(row, bytes, start, end) : this.#scalar(sink, row, start, end))) {
      const text = Buffer.from(bytes.subarray(start, Math.min(end, start + 60))).toString("utf8");
      return `"${this.#columns[column].name}": cannot read ${text} as ${typeName(sink.type)}`;
    }
    return undefined;
  }

  /** Quotes are taken off, escapes resolved; any other value is its own text. */
  #scalar(sink: ColumnSink, row: number, start: number, end: number): boolean {
    const { bytes } = this.#chunk as JsonChunk;
    const first = bytes[start];
    const wasDictionary = sink instanceof TextSink && sink.dictionary !== null;
    let fits: boolean;
    if (first === QUOTE) {
      const inner = bytes.subarray(start + 1, end - 1);
      if (inner.indexOf(BACKSLASH) < 0) fits = sink.setText(row, bytes, start + 1, end - 1);
      else {
        const text = Buffer.from(stringText(bytes, start, end), "utf8");
        fits = sink.setText(row, text, 0, text.length);
      }
    } else if ((first === OPEN_BRACE || first === OPEN_BRACKET) && sink.type.kind !== "varchar") fits = false;
    else fits = sink.setText(row, bytes, start, end);
    if (wasDictionary && (sink as TextSink).dictionary === null) this.#cursor.stop = true;
    return fits;
  }

  #reject(start: number, end: number, reason: string): void {
    const { bytes, offset } = this.#chunk as JsonChunk;
    const text = () =>
      Buffer.from(bytes.subarray(start, Math.min(end, start + 1000)))
        .toString("utf8")
        .trimEnd();
    this.#rejects.add(offset + start, reason, text, offset + end);
  }

  /** Makes the loop for the layout of the record at the cursor; false where a loop would not pay. */
  #prepareLoop(): boolean {
    this.#judgeLayout();
    if (this.#givenUp >= MAX_LAYOUTS) return false;
    if (this.#fast !== undefined) return true;
    this.#layout ??= this.#guessLayout();
    if (this.#layout === undefined) return false;
    const layout = this.#layout;
    const inLayout = new Set(layout.columns);
    const columns = layout.columns.map(
      (column): LoopColumn => ({ sink: column === -1 ? null : this.#sinks[column], kind: this.#kindOf(column) }),
    );
    const missing = this.#wanted.filter((column) => !inLayout.has(column)).map((column) => this.#sinks[column] as ColumnSink | NestedSink);
    const careful = (start: number, row: number): number => this.#careful(start, row);
    const fast = generateLoop(layout, columns, missing, this.#cursor, careful, POWERS_OF_TEN);
    const { bytes, view, end } = this.#chunk as JsonChunk;
    const { position } = this.#cursor;
    warmUp(() => fast(bytes, view, end, end, 1));
    this.#cursor.position = position;
    this.#fast = fast;
    return true;
  }

  /** A layout that most records do not fit is given up for that of the record at the cursor: the first record of a feed is often unlike the rest. */
  #judgeLayout(): void {
    if (this.#records <= JUDGED_RECORDS) return;
    if (this.#misses * 2 <= this.#records) this.#givenUp = 0;
    else {
      this.#givenUp++;
      this.#layout = undefined;
      this.#fast = undefined;
    }
    this.#misses = 0;
    this.#records = 0;
  }

  #kindOf(column: number): LoopColumn["kind"] {
    const sink = column === -1 ? null : this.#sinks[column];
    if (sink === null) return "skip";
    if (sink instanceof NestedSink) return "nested";
    const { type } = sink;
    if (sink instanceof TextSink) return type.kind === "varchar" ? (sink.dictionary === null ? "plain" : "dictionary") : "text";
    const physical = physicalOf(type);
    if (isInteger(type) && physical === "i64") return "int64";
    if (type.kind === "integer") return "int32";
    if (type.kind === "double") return "double";
    if (type.kind === "boolean") return "boolean";
    return "text";
  }

  /** Keys in order, and the bytes between the values, of the record at the cursor. */
  #guessLayout(): Layout | undefined {
    const { bytes, end } = this.#chunk as JsonChunk;
    const start = this.#cursor.position;
    if (bytes[start] !== OPEN_BRACE || this.#columns[0]?.key === undefined) return undefined;
    const stop = skipValue(bytes, start, end);
    if (stop < 0) return undefined;
    const separators: Uint8Array[] = [];
    const columns: number[] = [];
    let last = start;
    let at = skipSpace(bytes, start + 1, stop);
    while (bytes[at] === QUOTE) {
      const keyEnd = skipString(bytes, at, stop);
      const key = stringText(bytes, at, keyEnd);
      const colon = skipSpace(bytes, keyEnd, stop);
      if (bytes[colon] !== COLON) return undefined;
      const from = skipSpace(bytes, colon + 1, stop);
      separators.push(bytes.slice(last, from));
      const column = this.#byKey.get(key) ?? -1;
      if (column !== -1 && columns.includes(column)) return undefined;
      columns.push(column);
      last = skipValue(bytes, from, stop);
      at = skipSpace(bytes, last, stop);
      if (bytes[at] !== CLOSE_BRACE) at = skipSpace(bytes, at + 1, stop);
    }
    if (columns.length === 0 || columns.length > 200) return undefined;
    separators.push(bytes.slice(last, stop));
    return { columns, separators };
  }
}
