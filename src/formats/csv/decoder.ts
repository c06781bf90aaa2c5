import { isUtf8 } from "node:buffer";
import { type DataType, integerRange, isInteger, physicalOf, typeName } from "../../core/types.ts";
import type { RecordBatch } from "../../core/vector.ts";
import { HASH_FACTOR, NULL_CODE } from "../byte-dictionary.ts";
import { type ColumnSink, makeSink, TextSink } from "../column-sink.ts";
import type { RejectLog } from "../rejects.ts";
import { compileDateFormat } from "../text/date-format.ts";
import { POWERS_OF_TEN, parseDouble } from "../text/number.ts";
import type { Chunk } from "./chunks.ts";
import type { CsvColumn, CsvDialect } from "./dialect.ts";
import { BARE, ESCAPED, RowTokenizer, withoutEscapes } from "./row-tokenizer.ts";

/** What the generated loop shares with the careful path: where it stands, and whether it must stop for new code. */
interface Cursor {
  position: number;
  /** 1 when the careful path kept the record it was given. */
  kept: number;
  stop: boolean;
}

type FastLoop = (bytes: Uint8Array, view: DataView, position: number, end: number, capacity: number) => number;

let nextLoopId = 1;
const INTEGER_POWERS = Int32Array.of(1, 10, 100, 1000);

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
  readonly #rejects: RejectLog;
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

  constructor(columns: readonly CsvColumn[], wanted: readonly number[], dialect: CsvDialect, rejects: RejectLog) {
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
        this.#fast = this.#generate();
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

  /** From now on the fast loop knows this spelling; one with a delimiter or line break inside is not for it. */
  #learn(sink: TextSink, index: number, code: number): void {
    const { bytes, view } = this.#chunk!;
    const start = this.#tokenizer.rawStarts[index];
    const end = this.#tokenizer.rawEnds[index];
    if (sink.dictionary === null || end - start > 256) return;
    for (let i = start; i < end; i++) if (bytes[i] === this.#dialect.newline || bytes[i] === this.#dialect.delimiter) return;
    sink.dictionary.addSpelling(view, start, end, code);
  }

  #reject(start: number, end: number, reason: string): void {
    const { bytes, offset } = this.#chunk!;
    this.#rejects.add(offset + start, reason, () =>
      Buffer.from(bytes.subarray(start, Math.min(end, start + 1000)))
        .toString("utf8")
        .replace(/\r?\n$/, ""),
    );
  }

  #generate(): FastLoop {
    const types = this.#columns.map((column) => column.type);
    const { bytes, start, end } = this.#chunk!;
    const firstBreak = bytes.subarray(start, end).indexOf(this.#dialect.newline);
    const crlf = this.#dialect.newline === 10 && firstBreak > 0 && bytes[start + firstBreak - 1] === 13;
    const source = generateLoop(types, this.#byColumn, this.#dialect, this.#nullTexts, this.#emptyIsNull, crlf);
    const careful = (start: number, row: number) => this.#careful(start, row);
    // The text is the engine's own: names and strings of the file never stand in it
    const make = new Function("sinks", "cursor", "careful", "powers", "integerPowers", source) as (
      sinks: readonly (ColumnSink | null)[],
      cursor: Cursor,
      careful: (start: number, row: number) => number,
      powers: Float64Array,
      integerPowers: Int32Array,
    ) => FastLoop;
    return make(this.#byColumn, this.#cursor, careful, POWERS_OF_TEN, INTEGER_POWERS);
  }
}

function conversionOf(column: CsvColumn, dialect: CsvDialect) {
  return {
    dateFormat: column.dateFormat === undefined ? undefined : compileDateFormat(column.dateFormat),
    timestampFormat: column.timestampFormat === undefined ? undefined : compileDateFormat(column.timestampFormat),
    decimalSeparator: dialect.decimalSeparator === 46 ? undefined : dialect.decimalSeparator,
  };
}

/** Text of the loop for one dialect, set of types and set of wanted columns. */
function generateLoop(
  types: readonly DataType[],
  sinks: readonly (ColumnSink | null)[],
  dialect: CsvDialect,
  nullTexts: readonly Buffer[],
  emptyIsNull: boolean,
  crlf: boolean,
): string {
  const nulls = { emptyIsNull, lengths: [...new Set(nullTexts.map((text) => text.length))] };
  const numbersAreNull = nullTexts.some((text) => parseDouble(text, 0, text.length));
  const load: string[] = [];
  const store: string[] = [];
  const before: string[] = [];
  const after: string[] = [];
  const reload: string[] = [];
  const fields: string[] = [];
  types.forEach((type, i) => {
    const sink = sinks[i];
    const terminator = i === types.length - 1 ? dialect.newline : dialect.delimiter;
    const code = new FieldCode(i, terminator, i === types.length - 1, dialect, nulls, crlf);
    if (sink === null) {
      fields.push(code.skip());
      return;
    }
    load.push(`const s${i} = sinks[${i}], v${i} = s${i}.validity; let n${i} = s${i}.nulls;`);
    store.push(`s${i}.nulls = n${i};`);
    before.push(`s${i}.nulls = n${i};`);
    after.push(`n${i} = s${i}.nulls;`);
    if (sink instanceof TextSink && type.kind === "varchar") {
      if (sink.dictionary !== null) {
        load.push(`const c${i} = s${i}.codes, y${i} = s${i}.dictionary; let ${code.dictionaryNames.join(", ")};`);
        const fresh = code.dictionaryNames.map((name, k) => `${name} = y${i}.${DICTIONARY_FIELDS[k]};`).join(" ");
        load.push(fresh);
        reload.push(fresh);
        fields.push(code.dictionary());
      } else {
        load.push(`const o${i} = s${i}.offsets; let b${i} = s${i}.bytes, p${i} = s${i}.position, l${i} = b${i}.length;`);
        before.push(`s${i}.position = p${i};`);
        after.push(`b${i} = s${i}.bytes; p${i} = s${i}.position; l${i} = b${i}.length;`);
        store.push(`s${i}.position = p${i};`);
        fields.push(code.plainText());
      }
      return;
    }
    const physical = physicalOf(type);
    if (!numbersAreNull && !(sink instanceof TextSink) && isInteger(type) && physical !== "i128" && physical !== "u64") {
      load.push(physical === "i64" ? `const h${i} = s${i}.halves;` : `const d${i} = s${i}.data;`);
      fields.push(code.integer(type));
    } else if (!numbersAreNull && (type.kind === "double" || type.kind === "float") && dialect.decimalSeparator === 46) {
      load.push(`const d${i} = s${i}.data;`);
      fields.push(code.double());
    } else fields.push(code.converted());
  });
  const id = nextLoopId++;
  return `"use strict";
return function csv_${id}(bytes, view, pos, end, capacity) {
  // csv ${id}: ${types.map((type) => type.kind).join(" ")}
  ${load.join("\n  ")}
  let row = 0;
  while (row < capacity && pos < end) {
    const start = pos;
    fast: {
      ${dialect.comment >= 0 ? `if (bytes[pos] === ${dialect.comment}) break fast;` : ""}
${fields.join("\n")}
      if (pos > end) break fast;
      row++;
      continue;
    }
    ${before.join(" ")}
    pos = careful(start, row);
    row += cursor.kept;
    ${after.join(" ")}
    if (cursor.stop) break;
    ${reload.join(" ")}
  }
  ${store.join(" ")}
  cursor.position = pos;
  return row;
};`;
}

const DICTIONARY_FIELDS = ["table", "mask", "entryStart", "entryLength", "entryCode", "words"];

/** Text that reads one field at `pos` and leaves `pos` after its terminator, or breaks out of `fast`. */
class FieldCode {
  readonly #i: number;
  readonly #terminator: number;
  readonly #isLast: boolean;
  readonly #dialect: CsvDialect;
  readonly #nulls: { readonly emptyIsNull: boolean; readonly lengths: readonly number[] };
  readonly #crlf: boolean;

  constructor(
    index: number,
    terminator: number,
    isLast: boolean,
    dialect: CsvDialect,
    nulls: { readonly emptyIsNull: boolean; readonly lengths: readonly number[] },
    crlf: boolean,
  ) {
    this.#i = index;
    this.#crlf = crlf;
    this.#nulls = nulls;
    this.#terminator = terminator;
    this.#isLast = isLast;
    this.#dialect = dialect;
  }

  get dictionaryNames(): string[] {
    return ["t", "m", "w", "e", "k", "x"].map((letter) => `${letter}y${this.#i}`);
  }

  /** What a value must be followed by; `c` holds the byte at `pos`. */
  #closeValue(): string {
    if (!this.#isLast) return `if (c !== ${this.#terminator}) break fast; pos++;`;
    if (this.#dialect.newline === 13) return `if (c !== 13) break fast; pos++;`;
    return `if (c !== 10) { if (c !== 13 || bytes[pos + 1] !== 10) break fast; pos++; } pos++;`;
  }

  /** The byte right after a value. */
  get #closer(): number {
    return this.#isLast && this.#crlf ? 13 : this.#terminator;
  }

  /** The same, where the value's own terminator is known to be behind `pos`. */
  #closeShort(): string {
    return this.#isLast && this.#crlf ? "if (bytes[pos] !== 10) break fast; pos++;" : "";
  }

  /** True for the byte that ends a field at once: an empty one. */
  #endsHere(c: string): string {
    return this.#isLast && this.#dialect.newline === 10
      ? `(${c} === 10 || (${c} === 13 && bytes[pos + 1] === 10))`
      : `${c} === ${this.#terminator}`;
  }

  #null(): string {
    const i = this.#i;
    return `v${i}[row] = 0; n${i}++;`;
  }

  double(): string {
    const i = this.#i;
    return `      {
        let c = bytes[pos];
        if (${this.#endsHere("c")}) { ${this.#null()} d${i}[row] = 0; ${this.#closeValue()} }
        else {
          const negative = ((c ^ 45) - 1) >>> 31;
          const first = pos + negative;
          // up to three digits, a point and up to three more, without a branch on how many
          const a = view.getInt32(first, true), za = a ^ 0x2e2e2e2e, ta = (za - 0x01010101) & ~za & 0x80808080;
          const na = (31 - Math.clz32(ta & -ta)) >> 3, sa = (4 - na) << 3;
          const b = view.getInt32(first + na + 1, true), zb = b ^ ${Math.imul(this.#closer, 0x01010101)}, tb = (zb - 0x01010101) & ~zb & 0x80808080;
          const nb = (31 - Math.clz32(tb & -tb)) >> 3, sb = (4 - nb) << 3;
          const da = (a << sa) ^ (0x30303030 << sa), db = (b << sb) ^ (0x30303030 << sb);
          if (na > 0 && nb > 0 && (((da + 0x06060606) | da | (db + 0x06060606) | db) & 0xf0f0f0f0) === 0) {
            const pa = (Math.imul(da, 2561) >>> 8) & 0x00ff00ff, pb = (Math.imul(db, 2561) >>> 8) & 0x00ff00ff;
            const m = ((Math.imul(pa, 6553601) >>> 16) * integerPowers[nb] + (Math.imul(pb, 6553601) >>> 16)) / powers[nb];
            d${i}[row] = negative === 1 ? -m : m;
            pos = first + na + nb + 2;
            ${this.#closeShort()}
          } else {
            pos = first;
            c = bytes[pos];
            let m = 0, d = c - 48;
            while (d >= 0 && d <= 9) { m = m * 10 + d; c = bytes[++pos]; d = c - 48; }
            let digits = pos - first, scale = 0;
            if (c === 46) {
              const point = pos;
              c = bytes[++pos]; d = c - 48;
              while (d >= 0 && d <= 9) { m = m * 10 + d; c = bytes[++pos]; d = c - 48; }
              scale = pos - point - 1;
              digits += scale;
            }
            if (digits === 0 || digits > 15) break fast;
            const value = scale === 0 ? m : m / powers[scale];
            d${i}[row] = negative === 1 ? -value : value;
            ${this.#closeValue()}
          }
        }
      }`;
  }

  integer(type: DataType): string {
    const i = this.#i;
    const wide = physicalOf(type) === "i64";
    const { min, max } = integerRange(type.kind);
    const digits = wide ? 15 : 10;
    const setNull = wide ? `h${i}[2 * row] = 0; h${i}[2 * row + 1] = 0;` : `d${i}[row] = 0;`;
    const set = wide
      ? `h${i}[2 * row] = m; h${i}[2 * row + 1] = Math.floor(m * ${2 ** -32});`
      : `if (m < ${min} || m > ${max}) break fast; d${i}[row] = m;`;
    const setShort = wide
      ? `h${i}[2 * row] = m; h${i}[2 * row + 1] = m >> 31;`
      : `if (m < ${min} || m > ${max}) break fast; d${i}[row] = m;`;
    return `      {
        let c = bytes[pos];
        if (${this.#endsHere("c")}) { ${this.#null()} ${setNull} ${this.#closeValue()} }
        else {
          const negative = ((c ^ 45) - 1) >>> 31;
          const first = pos + negative;
          // up to three digits without a branch on how many
          const a = view.getInt32(first, true), za = a ^ ${Math.imul(this.#closer, 0x01010101)}, ta = (za - 0x01010101) & ~za & 0x80808080;
          const na = (31 - Math.clz32(ta & -ta)) >> 3, sa = (4 - na) << 3;
          const da = (a << sa) ^ (0x30303030 << sa);
          if (na > 0 && (((da + 0x06060606) | da) & 0xf0f0f0f0) === 0) {
            const pa = (Math.imul(da, 2561) >>> 8) & 0x00ff00ff;
            const u = Math.imul(pa, 6553601) >>> 16;
            const m = (u ^ -negative) + negative;
            ${setShort}
            pos = first + na + 1;
            ${this.#closeShort()}
          } else {
            pos = first;
            c = bytes[pos];
            let m = 0, d = c - 48;
            while (d >= 0 && d <= 9) { m = m * 10 + d; c = bytes[++pos]; d = c - 48; }
            const digits = pos - first;
            if (digits === 0 || digits > ${digits}) break fast;
            if (negative === 1) m = 0 - m;
            ${set}
            ${this.#closeValue()}
          }
        }
      }`;
  }

  /** Finds the end of a spelling four bytes at a time, hashing it, and looks it up. Whatever is known holds no quote or line break to fear. */
  dictionary(): string {
    const i = this.#i;
    const [table, mask, starts, lengths, codes, words] = this.dictionaryNames;
    const pattern = Math.imul(this.#terminator, 0x01010101);
    return `      {
        let h = 0, at = pos, w = 0, t = 0;
        for (;;) {
          w = view.getInt32(at, true);
          const z = w ^ ${pattern};
          t = (z - 0x01010101) & ~z & 0x80808080;
          if (t !== 0) break;
          h = Math.imul(h ^ w, ${HASH_FACTOR});
          at += 4;
          if (at >= end) break fast;
        }
        const rest = (31 - Math.clz32(t & -t)) >> 3;
        w &= (1 << (rest << 3)) - 1;
        h = Math.imul(h ^ w, ${HASH_FACTOR});
        const length = at + rest - pos;
        let slot = (h ^ (h >>> 15)) & ${mask}, entry = 0;
        find: for (;;) {
          entry = ${table}[2 * slot + 1] - 1;
          if (entry < 0) break fast;
          if (${table}[2 * slot] === h && ${lengths}[entry] === length) {
            let word = ${starts}[entry], q = pos;
            for (; q < at; q += 4) if (view.getInt32(q, true) !== ${words}[word++]) break;
            if (q >= at && (rest === 0 || w === ${words}[word])) break find;
          }
          slot = (slot + 1) & ${mask};
        }
        const code = ${codes}[entry];
        if (code < 0) { ${this.#null()} c${i}[row] = 0; }
        else c${i}[row] = code;
        pos = at + rest + 1;
      }`;
  }

  plainText(): string {
    const i = this.#i;
    const { quote, delimiter, newline } = this.#dialect;
    const end = this.#isLast && newline === 10 ? `let to = p${i}; if (to > o${i}[row] && b${i}[to - 1] === 13) p${i} = to - 1;` : "";
    const quoted =
      quote < 0
        ? ""
        : `if (c === ${quote}) {
          const from = ++pos;
          while ((c = bytes[pos]) !== ${quote} && pos < end) { ${this.#dialect.escape >= 0 && this.#dialect.escape !== quote ? `if (c === ${this.#dialect.escape}) break fast;` : ""} pos++; }
          const length = pos - from;
          if (pos >= end || length === 0 || at + length > l${i}) break fast;
          c = bytes[++pos];
          if (!(${this.#endsHere("c")})) break fast;
          for (let q = from, to = from + length; q < to; ) b${i}[at++] = bytes[q++];
          p${i} = at;
          ${this.#closeValue()}
        } else `;
    return `      {
        let c = bytes[pos], at = p${i};
        ${quoted}{
          while (c !== ${delimiter} && c !== ${newline} && at < l${i}) { b${i}[at++] = c; c = bytes[++pos]; }
          if (c !== ${this.#terminator}) { p${i} = o${i}[row]; break fast; }
          p${i} = at;
          ${end}
          ${this.#maybeNull(`p${i} - o${i}[row]`, `p${i} = o${i}[row];`)}
          pos++;
          ${this.#nulls.emptyIsNull ? `if (p${i} === o${i}[row]) { ${this.#null()} }` : ""}
        }
        o${i}[row + 1] = p${i};
      }`;
  }

  #findEnd(): string {
    const { quote, delimiter, newline } = this.#dialect;
    return `let c = bytes[pos]; const from = pos;
        ${quote < 0 ? "" : `if (c === ${quote}) break fast;`}
        while (c !== ${delimiter} && c !== ${newline}) c = bytes[++pos];
        if (c !== ${this.#terminator} || pos >= end) break fast;
        let to = pos++;
        ${this.#isLast && newline === 10 ? "if (to > from && bytes[to - 1] === 13) to--;" : ""}`;
  }

  /** Types whose conversion is a call: the sink's own. */
  converted(): string {
    const i = this.#i;
    return `      {
        ${this.#findEnd()}
        ${this.#maybeNull("to - from", "")}
        if (to === from) { s${i}.nulls = n${i}; s${i}.setNull(row); n${i} = s${i}.nulls; }
        else if (!s${i}.setText(row, bytes, from, to)) break fast;
      }`;
  }

  /** A field as long as a text that means NULL is for the careful path to tell. */
  #maybeNull(length: string, undo: string): string {
    const test = this.#nulls.lengths.map((wanted) => `${length} === ${wanted}`).join(" || ");
    return test === "" ? "" : `if (${test}) { ${undo} break fast; }`;
  }

  skip(): string {
    const { quote, delimiter, newline } = this.#dialect;
    const quoted =
      quote < 0
        ? ""
        : `if (c === ${quote}) {
          c = bytes[++pos];
          while (c !== ${quote} && pos < end) { ${this.#dialect.escape >= 0 && this.#dialect.escape !== quote ? `if (c === ${this.#dialect.escape}) break fast;` : ""} c = bytes[++pos]; }
          c = bytes[++pos];
          ${this.#isLast && newline === 10 ? "if (c === 13) c = bytes[++pos];" : ""}
        } else `;
    return `      {
        let c = bytes[pos];
        ${quoted}while (c !== ${delimiter} && c !== ${newline}) c = bytes[++pos];
        if (c !== ${this.#terminator}) break fast;
        pos++;
      }`;
  }
}
