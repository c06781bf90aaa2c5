import {
  BIGINT,
  BOOLEAN,
  DATE,
  type DataType,
  DOUBLE,
  HUGEINT,
  JSON_TYPE,
  list,
  map,
  type Schema,
  struct,
  TIME,
  TIMESTAMP,
  UUID,
  VARCHAR,
} from "../../core/types.ts";
import { parseDate, parseTime, parseTimestamp } from "../text/temporal.ts";
import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COMMA,
  isIntegerText,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  skipNumber,
  skipSpace,
  skipString,
  stringText,
} from "./bytes.ts";

const DATE_TEXT = /^\d{4}-\d{2}-\d{2}$/;
const TIME_TEXT = /^\d{2}:\d{2}:\d{2}(\.\d{1,9})?$/;
const TIMESTAMP_TEXT = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}(:?\d{2})?)?$/;
const UUID_TEXT = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** What the values seen at one place of the records have in common: grows with every value, then names a type. */
export class Shape {
  #booleans = false;
  #integers = false;
  #wide = false;
  #doubles = false;
  #texts = false;
  #tooDeep = false;
  /** What all texts so far could be. */
  #dates = true;
  #times = true;
  #timestamps = true;
  #uuids = true;
  #anyTimestamp = false;
  element: Shape | undefined;
  fields: Map<string, Shape> | undefined;
  /** Fields in the order they were first seen, with their keys as bytes: the next record most likely has the same order. */
  readonly #order: { readonly key: Uint8Array; readonly shape: Shape }[] = [];

  /** True when every value was an object. */
  get isStruct(): boolean {
    return this.fields !== undefined && !this.#hasScalars() && this.element === undefined && !this.#tooDeep;
  }

  /** Takes in the well-formed value at `at`; returns where it ends. */
  add(bytes: Uint8Array, at: number, end: number, maxDepth: number, depth = 0): number {
    switch (bytes[at]) {
      case QUOTE: {
        const stop = skipString(bytes, at, end);
        this.#addText(bytes, at, stop);
        return stop;
      }
      case OPEN_BRACE:
        this.fields ??= new Map();
        this.#tooDeep ||= maxDepth >= 0 && depth >= maxDepth;
        return this.#addObject(bytes, at, end, maxDepth, depth);
      case OPEN_BRACKET:
        this.element ??= new Shape();
        this.#tooDeep ||= maxDepth >= 0 && depth >= maxDepth;
        return this.#addArray(bytes, at, end, maxDepth, depth);
      case 116:
        this.#booleans = true;
        return at + 4;
      case 102:
        this.#booleans = true;
        return at + 5;
      case 110:
        return at + 4;
      default:
        return this.#addNumber(bytes, at, end);
    }
  }

  #addNumber(bytes: Uint8Array, at: number, end: number): number {
    const stop = skipNumber(bytes, at, end);
    if (!isIntegerText(bytes, at, stop)) this.#doubles = true;
    else if (stop - at <= 18) this.#integers = true;
    else {
      const value = BigInt(Buffer.from(bytes.buffer, bytes.byteOffset + at, stop - at).toString("latin1"));
      if (BigInt.asIntN(64, value) === value) this.#integers = true;
      else if (BigInt.asIntN(128, value) === value) this.#wide = true;
      else this.#doubles = true;
    }
    return stop;
  }

  #addText(bytes: Uint8Array, start: number, stop: number): void {
    this.#texts = true;
    if (!(this.#dates || this.#times || this.#timestamps || this.#uuids)) return;
    const text = stringText(bytes, start, stop);
    const raw = Buffer.from(text, "utf8");
    const isDate = DATE_TEXT.test(text) && parseDate(raw, 0, raw.length);
    const isTimestamp = TIMESTAMP_TEXT.test(text) && parseTimestamp(raw, 0, raw.length);
    this.#dates &&= isDate;
    this.#times &&= TIME_TEXT.test(text) && parseTime(raw, 0, raw.length);
    // A date beside timestamps is midnight.
    this.#timestamps &&= isDate || isTimestamp;
    this.#anyTimestamp ||= isTimestamp;
    this.#uuids &&= UUID_TEXT.test(text);
  }

  #addObject(bytes: Uint8Array, at: number, end: number, maxDepth: number, depth: number): number {
    let i = skipSpace(bytes, at + 1, end);
    for (let n = 0; bytes[i] !== CLOSE_BRACE; n++) {
      const keyEnd = skipString(bytes, i, end);
      const shape = this.#field(bytes, i, keyEnd, n);
      i = skipSpace(bytes, skipSpace(bytes, keyEnd, end) + 1, end);
      i = skipSpace(bytes, shape.add(bytes, i, end, maxDepth, depth + 1), end);
      if (bytes[i] === COMMA) i = skipSpace(bytes, i + 1, end);
    }
    return i + 1;
  }

  #field(bytes: Uint8Array, start: number, stop: number, position: number): Shape {
    const guess = this.#order[position];
    if (guess !== undefined && guess.key.length === stop - start && guess.key.every((byte, i) => byte === bytes[start + i]))
      return guess.shape;
    const key = stringText(bytes, start, stop);
    let shape = this.fields?.get(key);
    if (shape === undefined) {
      shape = new Shape();
      this.fields?.set(key, shape);
      this.#order.push({ key: bytes.slice(start, stop), shape });
    }
    return shape;
  }

  #addArray(bytes: Uint8Array, at: number, end: number, maxDepth: number, depth: number): number {
    const element = this.element as Shape;
    let i = skipSpace(bytes, at + 1, end);
    while (bytes[i] !== CLOSE_BRACKET) {
      i = skipSpace(bytes, element.add(bytes, i, end, maxDepth, depth + 1), end);
      if (bytes[i] === COMMA) i = skipSpace(bytes, i + 1, end);
    }
    return i + 1;
  }

  #hasScalars(): boolean {
    return this.#booleans || this.#integers || this.#wide || this.#doubles || this.#texts;
  }

  type(): DataType {
    const numbers = this.#integers || this.#wide || this.#doubles;
    const kinds = [this.#booleans, numbers, this.#texts, this.element !== undefined, this.fields !== undefined].filter(Boolean).length;
    // Nothing but null, or values of different kinds: kept as JSON.
    if (kinds !== 1 || this.#tooDeep) return JSON_TYPE;
    if (this.#booleans) return BOOLEAN;
    if (numbers) return this.#doubles ? DOUBLE : this.#wide ? HUGEINT : BIGINT;
    if (this.#texts) return this.#textType();
    if (this.element !== undefined) return list(this.element.type());
    return this.fields === undefined || this.fields.size === 0 ? map(VARCHAR, JSON_TYPE) : struct(uniqueFields(this.fields));
  }

  #textType(): DataType {
    if (this.#dates) return DATE;
    if (this.#timestamps && this.#anyTimestamp) return TIMESTAMP;
    if (this.#times) return TIME;
    return this.#uuids ? UUID : VARCHAR;
  }
}

/** Names differ in more than case: a second one gets a number. */
export function uniqueFields(fields: ReadonlyMap<string, Shape>): Schema {
  const taken = new Set<string>();
  return [...fields].map(([name, shape]) => {
    let unique = name;
    for (let i = 1; taken.has(unique.toLowerCase()); i++) unique = `${name}_${i}`;
    taken.add(unique.toLowerCase());
    return { name: unique, type: shape.type() };
  });
}
