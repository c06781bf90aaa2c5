import { unsupported } from "../core/errors.ts";
import { type DataType, integerRange, isInteger, physicalOf, typeName } from "../core/types.ts";
import type { FlatData, Vector } from "../core/vector.ts";
import { allocate, FLAT_CLASSES } from "../core/vector-builder.ts";
import { ByteDictionary } from "./byte-dictionary.ts";
import type { DateFormat } from "./text/date-format.ts";
import { lastDouble, lastInteger, parseDecimal, parseDouble, parseInteger, parseShortInteger } from "./text/number.ts";
import { lastTemporal, parseDate, parseTime, parseTimestamp } from "./text/temporal.ts";

/**
 * Collects one column of a batch from text fields, rows in order. Text decoders (CSV, JSON) write through it on their careful path, and
 * straight into its arrays on their fast one.
 */
export interface ColumnSink {
  readonly type: DataType;
  /** 1 = value, 0 = NULL; all 1 at the start of a batch. */
  validity: Uint8Array;
  nulls: number;
  begin(capacity: number): void;
  setNull(row: number): void;
  /** Converts a field; false when it cannot be a value of the type. The row's slot may hold anything then. */
  setText(row: number, bytes: Uint8Array, start: number, end: number): boolean;
  /** Takes back what was set at `row`, the last one. */
  undo(row: number): void;
  finish(rows: number): Vector;
}

/** What conversion of text depends on, settled when a file is bound. */
export interface TextConversion {
  readonly dateFormat?: DateFormat;
  readonly timestampFormat?: DateFormat;
  /** Byte that separates decimals, when it is not a point. */
  readonly decimalSeparator?: number;
}

export function makeSink(type: DataType, conversion: TextConversion = {}): ColumnSink {
  switch (type.kind) {
    case "varchar":
      return new TextSink(type);
    case "json":
    case "uuid":
    case "enum":
    case "blob":
      return new CheckedTextSink(type);
    case "list":
    case "struct":
    case "map":
    case "interval":
      throw unsupported(`a text column cannot be read as ${typeName(type)}`, undefined, "read it as VARCHAR and cast it");
    default:
      return new NumberSink(type, conversion);
  }
}

/** Every fixed-width type. */
export class NumberSink implements ColumnSink {
  readonly type: DataType;
  validity = new Uint8Array(0);
  nulls = 0;
  data: FlatData = new Uint8Array(0);
  /** The same memory as 32-bit halves (low, high), for 64-bit types. */
  halves = new Int32Array(0);
  readonly #convert: (row: number, bytes: Uint8Array, start: number, end: number) => boolean;
  readonly #array: (typeof FLAT_CLASSES)[keyof typeof FLAT_CLASSES];
  readonly #wide: number;

  constructor(type: DataType, conversion: TextConversion) {
    this.type = type;
    const physical = physicalOf(type);
    this.#array = FLAT_CLASSES[physical as keyof typeof FLAT_CLASSES];
    this.#wide = physical === "i128" ? 2 : 1;
    this.#convert = this.#converter(conversion);
  }

  begin(capacity: number): void {
    this.data = allocate(this.#array, capacity * this.#wide, false);
    if (this.data.BYTES_PER_ELEMENT === 8 && !(this.data instanceof Float64Array)) {
      this.halves = new Int32Array(this.data.buffer as ArrayBuffer);
    }
    if (this.validity.length < capacity || this.nulls > 0) this.validity = new Uint8Array(capacity).fill(1);
    this.nulls = 0;
  }

  setNull(row: number): void {
    if (this.validity[row] === 1) {
      this.validity[row] = 0;
      this.nulls++;
    }
    if (this.#wide === 2) this.data.fill(0n as never, 2 * row, 2 * row + 2);
    else this.data.fill((typeof this.data[0] === "bigint" ? 0n : 0) as never, row, row + 1);
  }

  setText(row: number, bytes: Uint8Array, start: number, end: number): boolean {
    return this.#convert(row, bytes, start, end);
  }

  undo(row: number): void {
    if (this.validity[row] === 0) {
      this.validity[row] = 1;
      this.nulls--;
    }
  }

  finish(rows: number): Vector {
    const data = this.data.subarray(0, rows * this.#wide);
    return { layout: "flat", type: this.type, length: rows, validity: this.nulls === 0 ? null : this.validity.subarray(0, rows), data };
  }

  /** Sets a 64-bit value that a double holds exactly. */
  setExact(row: number, value: number): void {
    this.halves[2 * row] = value;
    this.halves[2 * row + 1] = Math.floor(value / 4294967296);
  }

  #converter(conversion: TextConversion): (row: number, bytes: Uint8Array, start: number, end: number) => boolean {
    const { type } = this;
    const { dateFormat, timestampFormat, decimalSeparator } = conversion;
    if (isInteger(type)) {
      const { min, max } = integerRange(type.kind);
      if (type.kind === "hugeint") return (row, bytes, start, end) => parseInteger(bytes, start, end) && this.#setWide(row, min, max);
      const big = physicalOf(type) === "i64" || physicalOf(type) === "u64";
      const [low, high] = [Number(min), Number(max)];
      return (row, bytes, start, end) => {
        if (parseShortInteger(bytes, start, end)) {
          const value = lastDouble();
          if (value < low || value > high) return false;
          if (big) this.setExact(row, value);
          else this.data[row] = value;
          return true;
        }
        if (!parseInteger(bytes, start, end)) return false;
        const value = lastInteger();
        if (value < min || value > max) return false;
        this.data[row] = big ? value : Number(value);
        return true;
      };
    }
    switch (type.kind) {
      case "float":
      case "double":
        return (row, bytes, start, end) => {
          if (decimalSeparator !== undefined) {
            bytes = bytes.slice(start, end).map((byte) => (byte === decimalSeparator ? 46 : byte));
            end -= start;
            start = 0;
          }
          if (!parseDouble(bytes, start, end)) return false;
          this.data[row] = lastDouble();
          return true;
        };
      case "decimal": {
        const limit = 10n ** BigInt(type.precision) - 1n;
        const { scale } = type;
        return (row, bytes, start, end) => {
          if (decimalSeparator !== undefined) {
            bytes = bytes.slice(start, end).map((byte) => (byte === decimalSeparator ? 46 : byte));
            end -= start;
            start = 0;
          }
          if (!parseDecimal(bytes, start, end, scale)) return false;
          if (this.#wide === 2) return this.#setWide(row, -limit, limit);
          const value = lastInteger();
          if (value < -limit || value > limit) return false;
          this.data[row] = value;
          return true;
        };
      }
      case "boolean":
        return (row, bytes, start, end) => {
          const value = readBoolean(bytes, start, end);
          if (value < 0) return false;
          this.data[row] = value;
          return true;
        };
      case "date":
        return (row, bytes, start, end) => {
          if (dateFormat !== undefined) {
            const days = dateFormat.read(bytes, start, end);
            if (Number.isNaN(days)) return false;
            this.data[row] = dateFormat.hasTime ? Math.floor(days / 86_400_000_000) : days;
            return true;
          }
          if (!parseDate(bytes, start, end)) return false;
          this.data[row] = lastTemporal();
          return true;
        };
      case "time":
        return (row, bytes, start, end) => {
          if (!parseTime(bytes, start, end)) return false;
          this.setExact(row, lastTemporal());
          return true;
        };
      case "timestamp":
      case "timestamptz":
        return (row, bytes, start, end) => {
          if (timestampFormat !== undefined) {
            const micros = timestampFormat.read(bytes, start, end);
            if (Number.isNaN(micros)) return false;
            this.setExact(row, timestampFormat.hasTime ? micros : micros * 86_400_000_000);
            return true;
          }
          if (!parseTimestamp(bytes, start, end)) return false;
          this.setExact(row, lastTemporal());
          return true;
        };
      case "null":
        return () => false;
      default:
        throw unsupported(`a text column cannot be read as ${typeName(type)}`);
    }
  }

  #setWide(row: number, min: bigint, max: bigint): boolean {
    const value = lastInteger();
    if (value < min || value > max) return false;
    const data = this.data as BigInt64Array;
    data[2 * row] = BigInt.asIntN(64, value);
    data[2 * row + 1] = value >> 64n;
    return true;
  }
}

/** `true`, `t`, `yes`, `y`, `1` and their opposites, in any case: 1, 0, or -1 for none of them. */
export function readBoolean(bytes: Uint8Array, start: number, end: number): number {
  switch (end - start) {
    case 1: {
      const c = bytes[start] | 32;
      if (c === 116 || c === 121 || bytes[start] === 49) return 1;
      return c === 102 || c === 110 || bytes[start] === 48 ? 0 : -1;
    }
    case 2:
      return isWord(bytes, start, "no") ? 0 : -1;
    case 3:
      return isWord(bytes, start, "yes") ? 1 : -1;
    case 4:
      return isWord(bytes, start, "true") ? 1 : -1;
    case 5:
      return isWord(bytes, start, "false") ? 0 : -1;
    default:
      return -1;
  }
}

function isWord(bytes: Uint8Array, start: number, word: string): boolean {
  for (let i = 0; i < word.length; i++) if ((bytes[start + i] | 32) !== word.charCodeAt(i)) return false;
  return true;
}

/** VARCHAR: codes into a dictionary that lives as long as the reader, or plain bytes once there are too many values. */
export class TextSink implements ColumnSink {
  readonly type: DataType;
  validity = new Uint8Array(0);
  nulls = 0;
  dictionary: ByteDictionary | null = new ByteDictionary();
  codes = new Int32Array(0);
  offsets = new Int32Array(0);
  bytes = new Uint8Array(0);
  /** End of the last row in `bytes`. */
  position = 0;
  #capacity = 0;
  #rowsSeen = 0;
  #bytesPerRow = 16;

  constructor(type: DataType, plain = false) {
    this.type = type;
    if (plain) this.dictionary = null;
  }

  begin(capacity: number): void {
    this.#capacity = capacity;
    if (this.dictionary !== null && this.#rowsSeen >= 8192 && this.dictionary.size * 2 > this.#rowsSeen) this.dictionary = null;
    if (this.dictionary !== null) this.codes = new Int32Array(capacity);
    else this.#beginPlain();
    if (this.validity.length < capacity || this.nulls > 0) this.validity = new Uint8Array(capacity).fill(1);
    this.nulls = 0;
  }

  #beginPlain(): void {
    this.offsets = new Int32Array(this.#capacity + 1);
    this.bytes = new Uint8Array(Math.ceil(this.#bytesPerRow * this.#capacity * 1.1) + 1024);
    this.position = 0;
  }

  setNull(row: number): void {
    if (this.validity[row] === 1) {
      this.validity[row] = 0;
      this.nulls++;
    }
    if (this.dictionary !== null) this.codes[row] = 0;
    else this.offsets[row + 1] = this.position;
  }

  setText(row: number, bytes: Uint8Array, start: number, end: number): boolean {
    if (this.dictionary !== null) {
      const code = this.dictionary.codeOf(bytes, start, end);
      if (code >= 0) {
        this.codes[row] = code;
        return true;
      }
      this.#becomePlain(row);
    }
    this.reserve(end - start);
    this.bytes.set(bytes.subarray(start, end), this.position);
    this.position += end - start;
    this.offsets[row + 1] = this.position;
    return true;
  }

  /** Makes room for `length` more bytes. */
  reserve(length: number): void {
    if (this.position + length <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(this.position + length, 2 * this.bytes.length));
    larger.set(this.bytes.subarray(0, this.position));
    this.bytes = larger;
  }

  /** The dictionary is full: the batch's rows so far are spelled out, and the column is plain from here on. */
  #becomePlain(rows: number): void {
    const dictionary = this.dictionary!;
    this.dictionary = null;
    this.#beginPlain();
    for (let row = 0; row < rows; row++) {
      if (this.validity[row] === 1) {
        const value = dictionary.valueOf(this.codes[row]);
        this.reserve(value.length);
        this.bytes.set(value, this.position);
        this.position += value.length;
      }
      this.offsets[row + 1] = this.position;
    }
  }

  undo(row: number): void {
    if (this.validity[row] === 0) {
      this.validity[row] = 1;
      this.nulls--;
    }
    if (this.dictionary === null) this.position = this.offsets[row];
  }

  finish(rows: number): Vector {
    this.#rowsSeen += rows;
    const validity = this.nulls === 0 ? null : this.validity.subarray(0, rows);
    if (this.dictionary !== null) {
      const dictionary = this.dictionary.snapshot();
      return { layout: "dictionary", type: this.type, length: rows, validity, codes: this.codes.subarray(0, rows), dictionary };
    }
    if (rows > 0) this.#bytesPerRow = this.position / rows;
    const bytes = this.bytes.subarray(0, this.position);
    return { layout: "bytes", type: this.type, length: rows, validity, offsets: this.offsets.subarray(0, rows + 1), bytes };
  }
}

const UUID_TEXT = /^\{?[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}\}?$/i;

/** Text-like types whose values are checked: JSON, UUID, ENUM, BLOB. */
class CheckedTextSink extends TextSink {
  readonly #normalise: (text: string) => Uint8Array | undefined;

  constructor(type: DataType) {
    super(type, true);
    this.#normalise = normaliser(type);
  }

  override setText(row: number, bytes: Uint8Array, start: number, end: number): boolean {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("utf8");
    const value = this.#normalise(text);
    return value !== undefined && super.setText(row, value, 0, value.length);
  }
}

function normaliser(type: DataType): (text: string) => Uint8Array | undefined {
  const utf8 = (text: string) => Buffer.from(text, "utf8");
  switch (type.kind) {
    case "json":
      return (text) => {
        try {
          JSON.parse(text);
          return utf8(text);
        } catch {
          return undefined;
        }
      };
    case "uuid":
      return (text) => {
        if (!UUID_TEXT.test(text)) return undefined;
        const hex = text.replace(/[{}-]/g, "").toLowerCase();
        return utf8(`${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`);
      };
    case "enum": {
      const values = new Set(type.values);
      return (text) => (values.has(text) ? utf8(text) : undefined);
    }
    default:
      return (text) => {
        const bytes: number[] = [];
        for (let i = 0; i < text.length; i++) {
          const code = text.charCodeAt(i);
          if (text[i] === "\\") {
            const hex = /^x([0-9a-f]{2})/i.exec(text.slice(i + 1, i + 4));
            if (hex === null) return undefined;
            bytes.push(Number.parseInt(hex[1], 16));
            i += 3;
          } else if (code > 127) return undefined;
          else bytes.push(code);
        }
        return Uint8Array.from(bytes);
      };
  }
}
