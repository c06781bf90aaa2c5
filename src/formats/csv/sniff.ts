import { isUtf8 } from "node:buffer";
import type { ScanWarning } from "../../catalog/source-spec.ts";
import { bindError, nearestName } from "../../core/errors.ts";
import { type DataType, VARCHAR } from "../../core/types.ts";
import { keywordClass } from "../../sql/keywords.ts";
import type { CheckedOptions } from "../format.ts";
import { detectCompression, openRandom, readHead } from "../input.ts";
import { compileDateFormat } from "../text/date-format.ts";
import { parseTypeName } from "../type-names.ts";
import type { CsvColumn, CsvDialect } from "./dialect.ts";
import { contentNotes, preambleNote } from "./notes.ts";
import { BARE, ESCAPED, RowTokenizer, withoutEscapes } from "./row-tokenizer.ts";
import { type DialectGuess, type DialectHints, guessDialect } from "./sniff-dialect.ts";
import { TypeGuess } from "./sniff-types.ts";

/** Records that types are guessed from, unless sample_size says otherwise. */
const SAMPLE_ROWS = 20_480;
const SAMPLE_BYTES = 4 << 20;

export interface SniffedCsv {
  readonly columns: readonly CsvColumn[];
  readonly dialect: CsvDialect;
  /** What a reader of the file should be told: lines that were left out, and content that is no table. */
  readonly notes: readonly ScanWarning[];
}

/** Finds out how a file is written, what its columns are called and which types they have. What the options fix is taken as given. */
export function sniffCsv(path: string, options: CheckedOptions): SniffedCsv {
  const compression = detectCompression(path, options.text("compression"));
  const sampleRows = options.integer("sample_size") ?? SAMPLE_ROWS;
  const maxLineSize = options.integer("max_line_size") ?? 2_097_152;
  const sampleBytes = sampleRows < 0 ? 256 << 20 : SAMPLE_BYTES;
  const head = readHead(path, compression, sampleBytes);
  const { encoding, bytes, bom } = toUtf8(head.bytes, options.text("encoding"), head.complete);
  const newline = newlineOf(bytes, options.text("new_line"));
  const comment = charCode(options.text("comment")) ?? -1;
  let start = bom;
  for (let skip = options.integer("skip") ?? 0; skip > 0 && start < bytes.length; skip--) {
    const lineEnd = bytes.indexOf(newline, start);
    start = lineEnd < 0 ? bytes.length : lineEnd + 1;
  }
  const separator = options.integer("skip") === undefined ? separatorLine(bytes, start) : undefined;
  if (separator !== undefined) start = separator.next;
  const fixed = fixedColumns(options);
  const isAuto = options.boolean("auto_detect") !== false;
  const delimiter = charCode(options.text("delim")) ?? separator?.delimiter ?? (isAuto ? undefined : 44);
  const quote = charCode(options.text("quote")) ?? (isAuto ? undefined : 34);
  const escapeByte = charCode(options.text("escape")) ?? (isAuto ? undefined : (quote ?? 34));
  const hints = { delimiter, quote, escape: escapeByte, columns: fixed?.length, nullPadding: options.boolean("null_padding") };
  const guess = isAuto
    ? notClockTimes(guessDialect(bytes, start, bytes.length, head.complete, newline, comment, hints), hints, bytes, start, newline)
    : { delimiter: delimiter!, quote: quote!, escape: escapeByte!, columns: 0, preamble: 0 };
  const tokenizer = new RowTokenizer({ ...guess, newline });
  let commentByte = comment;
  const notes = contentNotes(path, bytes.subarray(start));
  if (options.integer("skip") === undefined) {
    const skipped = skipPreamble(bytes, start, guess, tokenizer, comment);
    if (skipped.allComments) commentByte = 35;
    else notes.push(...preambleNote(path, bytes, skipped.offsets, skipped.start, newline));
    start = skipped.start;
  }
  const nullTexts = options.texts("nullstr") ?? [""];
  const nullPadding = options.boolean("null_padding") ?? false;
  const sample = new Sample(bytes, start, head.complete, newline, commentByte, guess, tokenizer, nullTexts, nullPadding);
  const decimalSeparator = charCode(options.text("decimal_separator")) ?? 46;
  const dateFormat = options.text("dateformat");
  const timestampFormat = options.text("timestampformat");
  const makeGuess = () =>
    new TypeGuess(
      decimalSeparator,
      dateFormat === undefined ? undefined : compileDateFormat(dateFormat),
      timestampFormat === undefined ? undefined : compileDateFormat(timestampFormat),
    );

  const first = sample.texts();
  const headerWidth = first?.length ?? 1;
  const width = Math.max(headerWidth, nullPadding ? guess.columns : 0, fixed?.length ?? 0);
  const guesses = Array.from({ length: fixed?.length ?? width }, makeGuess);
  const allText = options.boolean("all_varchar") === true;
  const needTypes = isAuto && !allText && fixed === undefined;
  const rest = sample.guess(guesses, sampleRows < 0 ? Number.POSITIVE_INFINITY : sampleRows, true);
  const header = options.boolean("header") ?? (isAuto ? isHeader(guesses, first, fixed, rest, makeGuess) : false);
  if (!header) sample.guess(guesses, 1, false);
  const names = columnNames(options, header ? first : undefined, width, fixed);
  let columns = names.map((name, i): CsvColumn => {
    if (!needTypes) return { name, type: VARCHAR };
    const { type, dateFormat, timestampFormat } = guesses[i]?.guess() ?? { type: VARCHAR };
    return { name, type, dateFormat, timestampFormat };
  });
  if (fixed !== undefined) columns = fixed.map(({ name, type }) => ({ name, type }));
  columns = withTypes(columns, options);
  columns = columns.map((column) => withFormats(column, dateFormat, timestampFormat));
  return {
    columns,
    notes,
    dialect: {
      delimiter: guess.delimiter,
      quote: guess.quote,
      escape: guess.escape,
      comment: commentByte,
      newline,
      dataStart: header ? sample.afterFirst : start,
      nullTexts,
      // A header with more names than records have fields: the last columns are NULL
      nullPadding: options.boolean("null_padding") ?? (header && isAuto && guess.columns < headerWidth && guess.columns > 1),
      ignoreErrors: options.boolean("ignore_errors") ?? true,
      strict: options.boolean("strict_mode") ?? true,
      maxLineSize,
      decimalSeparator,
      encoding,
      compression,
    },
  };
}

/** `sep=;` on the first line is a note for spreadsheet programs, and settles the delimiter. */
function separatorLine(bytes: Buffer, start: number): { delimiter: number; next: number } | undefined {
  const match = /^sep=([^\r\n])\r?\n/i.exec(bytes.toString("latin1", start, start + 8));
  return match === null ? undefined : { delimiter: match[1].charCodeAt(0), next: start + match[0].length };
}

/** Colons separate columns only where whole lines are not times. */
function notClockTimes(guess: DialectGuess, hints: DialectHints, bytes: Buffer, start: number, newline: number): DialectGuess {
  if (guess.delimiter !== 58 || hints.delimiter !== undefined) return guess;
  const lines = new TypeGuess();
  let at = bytes.indexOf(newline, start) + 1;
  for (let i = 0; i < 20 && at > 0 && at < bytes.length; i++) {
    const lineEnd = bytes.indexOf(newline, at);
    let end = lineEnd < 0 ? bytes.length : lineEnd;
    if (bytes[end - 1] === 13) end--;
    if (end > at) lines.add(bytes, at, end);
    at = lineEnd + 1;
  }
  return lines.guess().type === VARCHAR ? guess : { ...guess, delimiter: 44, columns: 1, preamble: 0 };
}

/** A UTF-8 view of the head of a file, and which encoding that took. */
function toUtf8(
  raw: Uint8Array,
  option: string | undefined,
  complete: boolean,
): { encoding: CsvDialect["encoding"]; bytes: Buffer; bom: number } {
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.length);
  let encoding: CsvDialect["encoding"] = "utf-8";
  if (option === "utf-16" || option === "utf-16le") encoding = "utf-16le";
  else if (option === "utf-16be") encoding = "utf-16be";
  else if (option === "latin-1" || option === "latin1" || option === "iso-8859-1") encoding = "latin-1";
  else if (option === undefined) {
    if (bytes[0] === 0xff && bytes[1] === 0xfe) encoding = "utf-16le";
    else if (bytes[0] === 0xfe && bytes[1] === 0xff) encoding = "utf-16be";
    else if (looksLikeUtf16(bytes)) encoding = bytes[0] === 0 ? "utf-16be" : "utf-16le";
    else if (!isUtf8(cutToCharacter(bytes, complete)) && isMostlyLatin(bytes)) encoding = "latin-1";
  }
  if (encoding === "utf-8") return { encoding, bytes, bom: bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0 };
  const text = new TextDecoder(encoding === "latin-1" ? "windows-1252" : encoding).decode(bytes);
  return { encoding, bytes: Buffer.from(text, "utf8"), bom: 0 };
}

const looksLikeUtf16 = (bytes: Uint8Array) =>
  bytes.length >= 8 && [0, 1].some((odd) => [0, 2, 4, 6].every((i) => bytes[i + odd] === 0 && bytes[i + 1 - odd] !== 0));

/** Without a character that the sample's end may have cut. */
function cutToCharacter(bytes: Uint8Array, complete: boolean): Uint8Array {
  if (complete) return bytes;
  let end = bytes.length;
  while (end > bytes.length - 4 && end > 0 && (bytes[end - 1] & 0xc0) === 0x80) end--;
  return bytes.subarray(0, Math.max(0, end - 1));
}

/** Whether bytes over 127 make no UTF-8 more often than they do; else the file is damaged UTF-8, reported record by record. */
function isMostlyLatin(bytes: Uint8Array): boolean {
  let sequences = 0;
  let strays = 0;
  for (let i = 0; i < bytes.length; ) {
    const byte = bytes[i];
    const length = byte < 128 ? 1 : byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 0;
    if (length === 1) i++;
    else if (length > 0 && isUtf8(bytes.subarray(i, i + length))) {
      sequences++;
      i += length;
    } else {
      strays++;
      i++;
    }
  }
  return strays > sequences;
}

function newlineOf(bytes: Buffer, option: string | undefined): number {
  if (option === "\\r" || option === "\r") return 13;
  if (option !== undefined) return 10;
  return bytes.includes(13) && !bytes.includes(10) ? 13 : 10;
}

/** Byte of a character option; -1 for an empty text (none), undefined when not given. */
function charCode(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  return text === "" ? -1 : text.charCodeAt(0);
}

function fixedColumns(options: CheckedOptions): { name: string; type: DataType }[] | undefined {
  return options.pairs("columns")?.map(([name, type]) => ({ name, type: parseTypeName(type) }));
}

/** Where the table starts, and the lines above it that are no comments. */
interface Skipped {
  readonly start: number;
  readonly allComments: boolean;
  readonly offsets: readonly number[];
}

function skipPreamble(bytes: Buffer, start: number, guess: DialectGuess, tokenizer: RowTokenizer, comment: number): Skipped {
  let at = start;
  let left = guess.preamble;
  let allComments = left > 0;
  const offsets: number[] = [];
  while (left > 0 && at < bytes.length) {
    if (bytes[at] === comment) {
      at = bytes.indexOf(10, at) + 1;
      continue;
    }
    const next = tokenizer.read(bytes, at, bytes.length, true);
    if (next < 0) break;
    const isEmpty = tokenizer.count === 1 && tokenizer.ends[0] === tokenizer.starts[0];
    if (!isEmpty) {
      left--;
      if (bytes[at] !== 35) {
        allComments = false;
        offsets.push(at);
      }
    }
    at = next;
  }
  return { start: at, allComments, offsets };
}

/** Goes over the sample's records. */
class Sample {
  readonly #bytes: Buffer;
  readonly #start: number;
  readonly #complete: boolean;
  readonly #newline: number;
  readonly #comment: number;
  readonly #escape: number;
  readonly #columns: number;
  readonly #tokenizer: RowTokenizer;
  readonly #nulls: readonly Buffer[];
  readonly #nullPadding: boolean;
  /** Offset after the first record. */
  afterFirst: number;

  constructor(
    bytes: Buffer,
    start: number,
    complete: boolean,
    newline: number,
    comment: number,
    guess: DialectGuess,
    tokenizer: RowTokenizer,
    nullTexts: readonly string[],
    nullPadding: boolean,
  ) {
    this.#bytes = bytes;
    this.#start = start;
    this.#complete = complete;
    this.#newline = newline;
    this.#comment = comment;
    this.#escape = guess.escape;
    this.#columns = guess.columns;
    this.#tokenizer = tokenizer;
    this.#nulls = nullTexts.map((text) => Buffer.from(text));
    this.#nullPadding = nullPadding;
    this.afterFirst = start;
  }

  /** The next record from `at`, past comments and (where there are several columns) empty lines; its end, or -1. */
  #read(at: number): number {
    const tokenizer = this.#tokenizer;
    for (;;) {
      if (at >= this.#bytes.length) return -1;
      if (this.#bytes[at] === this.#comment) {
        const lineEnd = this.#bytes.indexOf(this.#newline, at);
        if (lineEnd < 0) return -1;
        at = lineEnd + 1;
        continue;
      }
      const next = tokenizer.read(this.#bytes, at, this.#bytes.length, this.#complete);
      if (next < 0) return -1;
      const isEmpty = tokenizer.count === 1 && tokenizer.kinds[0] === BARE && tokenizer.starts[0] === tokenizer.ends[0];
      if (!isEmpty || this.#columns === 1) return next;
      at = next;
    }
  }

  /** The first record's fields as text; undefined when there is none. */
  texts(): string[] | undefined {
    const next = this.#read(this.#start);
    if (next < 0) return undefined;
    this.afterFirst = next;
    return Array.from({ length: this.#tokenizer.count }, (_, i) => this.#text(i));
  }

  #text(field: number): string {
    const { starts, ends, kinds } = this.#tokenizer;
    const raw = this.#bytes.subarray(starts[field], ends[field]);
    if (kinds[field] !== ESCAPED) return raw.toString("utf8");
    const target = Buffer.alloc(raw.length);
    return target.toString("utf8", 0, withoutEscapes(this.#bytes, starts[field], ends[field], this.#escape, target));
  }

  /** Feeds up to `limit` records to the guesses, from the second or the first on; returns how many there were. */
  guess(guesses: readonly TypeGuess[], limit: number, fromSecond: boolean): number {
    let at = fromSecond ? this.afterFirst : this.#start;
    let rows = 0;
    for (; rows < limit; rows++) {
      const next = this.#read(at);
      if (next < 0) break;
      at = next;
      // Records of another width are not part of the table (or will be reported)
      if (this.#tokenizer.count < this.#columns && !this.#nullPadding) continue;
      const count = Math.min(guesses.length, this.#tokenizer.count);
      for (let i = 0; i < count; i++) {
        const start = this.#tokenizer.starts[i];
        const end = this.#tokenizer.ends[i];
        if (start < end && !this.#isNull(start, end)) guesses[i].add(this.#bytes, start, end);
      }
    }
    return rows;
  }

  #isNull(start: number, end: number): boolean {
    return this.#nulls.some((text) => text.length === end - start && text.compare(this.#bytes, start, end) === 0);
  }
}

/** A first record is a header when it cannot be data: a field that does not fit its column, or nothing but text everywhere. */
function isHeader(
  guesses: readonly TypeGuess[],
  first: readonly string[] | undefined,
  fixed: readonly { name: string }[] | undefined,
  rows: number,
  makeGuess: () => TypeGuess,
): boolean {
  if (first === undefined) return false;
  if (fixed?.every(({ name }, i) => name.toLowerCase() === first[i]?.trim().toLowerCase())) return true;
  const texts = first.map((text) => Buffer.from(text));
  if (rows === 0) {
    const own = texts.map((text) => {
      const guess = makeGuess();
      if (text.length > 0) guess.add(text, 0, text.length);
      return guess.guess().type;
    });
    return own.every((type) => type === VARCHAR);
  }
  const types = guesses.map((guess) => guess.guess().type);
  if (types.every((type) => type === VARCHAR)) {
    // Numbers above text are data
    return texts.every((text) => {
      const guess = makeGuess();
      if (text.length > 0) guess.add(text, 0, text.length);
      return guess.guess().type === VARCHAR;
    });
  }
  return texts.some((text, i) => text.length > 0 && guesses[i] !== undefined && !guesses[i].fits(text, 0, text.length));
}

function columnNames(
  options: CheckedOptions,
  header: readonly string[] | undefined,
  width: number,
  fixed: readonly { name: string }[] | undefined,
): string[] {
  const given = options.texts("names") ?? fixed?.map(({ name }) => name);
  const normalize = options.boolean("normalize_names") === true;
  const taken = new Map<string, number>();
  return Array.from({ length: width }, (_, i) => {
    const raw = given?.[i] ?? header?.[i] ?? "";
    let name =
      raw.trim() === ""
        ? `column${String(i).padStart(width > 10 ? String(width - 1).length : 1, "0")}`
        : given?.[i] !== undefined
          ? raw
          : raw.trim();
    if (normalize) name = normalizeName(name);
    const base = name;
    let key = name.toLowerCase();
    while (taken.has(key)) {
      const again = taken.get(base.toLowerCase())!;
      taken.set(base.toLowerCase(), again + 1);
      name = `${base}_${again}`;
      key = name.toLowerCase();
    }
    taken.set(key, 1);
    return name;
  });
}

/** As DuckDB's normalize_names: letters without accents, digits and underscores, in lowercase; spaces become underscores. */
function normalizeName(name: string): string {
  const plain = name
    .normalize("NFKD")
    .replace(/\s+/g, " ")
    .replace(/[^A-Za-z0-9_ ]/g, "")
    .trim()
    .replaceAll(" ", "_")
    .toLowerCase();
  return plain === "" || /^[0-9]/.test(plain) || keywordClass(plain) === "reserved" ? `_${plain}` : plain;
}

function withTypes(columns: readonly CsvColumn[], options: CheckedOptions): CsvColumn[] {
  const pairs = options.pairs("types");
  const result = [...columns];
  if (pairs !== undefined) {
    for (const [name, type] of pairs) {
      const at = columns.findIndex((column) => column.name.toLowerCase() === name.toLowerCase());
      if (at < 0) {
        const names = columns.map((column) => column.name);
        const near = nearestName(name, names);
        throw bindError(
          `types: the file has no column "${name}"`,
          undefined,
          near === undefined ? `columns are ${names.join(", ")}` : `did you mean "${near}"?`,
        );
      }
      result[at] = { name: columns[at].name, type: parseTypeName(type) };
    }
    return result;
  }
  const list = options.texts("types");
  if (list === undefined) return result;
  if (list.length > columns.length) throw bindError(`types: ${list.length} types are given for ${columns.length} columns`);
  list.forEach((type, i) => {
    result[i] = { name: columns[i].name, type: parseTypeName(type) };
  });
  return result;
}

function withFormats(column: CsvColumn, dateFormat: string | undefined, timestampFormat: string | undefined): CsvColumn {
  const { kind } = column.type;
  if (kind === "date" && dateFormat !== undefined) return { ...column, dateFormat };
  if ((kind === "timestamp" || kind === "timestamptz") && timestampFormat !== undefined) return { ...column, timestampFormat };
  return column;
}

/** Size of a file in bytes. */
export function fileSize(path: string): number {
  const input = openRandom(path);
  input.close();
  return input.size;
}
