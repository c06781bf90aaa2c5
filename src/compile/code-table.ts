import { valueReader } from "../core/read.ts";
import { textAt } from "../core/text.ts";
import type { DataType } from "../core/types.ts";
import type { Value } from "../core/value.ts";
import { type BytesVector, type Dictionary, makeDictionary } from "../core/vector.ts";
import { BytesBuilder } from "../core/vector-builder.ts";
import type { RowFunction } from "./environment.ts";
import { needsWide, registerClass } from "./registers.ts";

/** Results of an expression over one dictionary column: worked out when a row first needs a code's, and kept as long as the dictionary. */

export const UNKNOWN = 0;
export const PRESENT = 1;
const NULL_RESULT = 2;
/** A 64-bit result that a narrow register cannot hold. */
export const TOO_WIDE = 3;

/** Generated code reads `state` and `values` by code, and calls `fill` where the state is UNKNOWN. The code after the last stands for NULL. */
export class CodeTable {
  readonly state: Uint8Array;
  readonly values: Uint8Array | Float64Array | Int32Array | unknown[];
  readonly #read: (code: number) => Value;
  readonly #nullCode: number;
  readonly #evaluate: RowFunction;
  readonly #narrow: boolean;
  readonly #intern: Interner | undefined;

  constructor(dictionary: BytesVector, type: DataType, evaluate: RowFunction, result: DataType, wide: boolean, intern?: Interner) {
    const size = dictionary.length + 1;
    this.state = new Uint8Array(size);
    this.#nullCode = dictionary.length;
    this.#read = valueReader({ ...dictionary, type });
    this.#evaluate = evaluate;
    this.#intern = intern;
    const kind = registerClass(result);
    this.#narrow = kind === "int64" && !wide;
    if (intern !== undefined) this.values = new Int32Array(size);
    else if (kind === "bool") this.values = new Uint8Array(size);
    else if (kind === "number" || this.#narrow) this.values = new Float64Array(size);
    // Slots of NULL hold a value of the right form too: comparisons read it before they look whether it counts.
    else this.values = new Array(size).fill(kind === "text" ? "" : kind === "object" ? null : 0n);
  }

  fill(code: number): void {
    const value = this.#evaluate(code === this.#nullCode ? null : this.#read(code));
    if (value === null) this.state[code] = NULL_RESULT;
    else if (this.#narrow && needsWide(value)) this.state[code] = TOO_WIDE;
    else {
      const values = this.values as unknown[];
      if (this.#intern !== undefined) values[code] = this.#intern.code(value as string);
      else values[code] = this.#narrow || typeof value === "boolean" ? Number(value) : value;
      this.state[code] = PRESENT;
    }
  }
}

/** Codes for text results. Its dictionary is the same object until a new text comes. */
export class Interner {
  readonly #type: DataType;
  readonly #codes = new Map<string, number>();
  #dictionary: Dictionary | undefined;
  constructor(type: DataType) {
    this.#type = type;
  }

  code(text: string): number {
    let code = this.#codes.get(text);
    if (code === undefined) {
      code = this.#codes.size;
      this.#codes.set(text, code);
      this.#dictionary = undefined;
    }
    return code;
  }

  dictionary(): Dictionary {
    if (this.#dictionary === undefined) {
      const builder = new BytesBuilder(this.#type, Math.max(1, this.#codes.size));
      for (const text of this.#codes.keys()) builder.append(text);
      this.#dictionary = makeDictionary(builder.finish() as BytesVector);
    }
    return this.#dictionary;
  }
}

/** The tables of one expression, by dictionary. */
export class CodeTables<T> {
  readonly #make: (dictionary: BytesVector) => T;
  readonly #tables = new WeakMap<BytesVector, T>();
  #last: BytesVector | undefined;
  #lastTable: T | undefined;

  constructor(make: (dictionary: BytesVector) => T) {
    this.#make = make;
  }

  of(dictionary: Dictionary): T {
    const { values } = dictionary;
    if (values === this.#last && this.#lastTable !== undefined) return this.#lastTable;
    let table = this.#tables.get(values);
    if (table === undefined) {
      table = this.#make(values);
      this.#tables.set(values, table);
    }
    this.#last = values;
    this.#lastTable = table;
    return table;
  }
}

/** The texts of a dictionary, decoded once each. */
class DictionaryText {
  readonly #values: BytesVector;
  readonly #texts: (string | undefined)[];
  constructor(values: BytesVector) {
    this.#values = values;
    this.#texts = new Array(values.length);
  }
  /** Text of a code; "" for a code that stands for NULL. */
  at(code: number): string {
    const text = this.#texts[code];
    if (text !== undefined) return text;
    if (code >= this.#values.length) return "";
    const decoded = textAt(this.#values, code);
    this.#texts[code] = decoded;
    return decoded;
  }
}

/** Decoded dictionaries, shared by all queries of a thread. */
export const dictionaryTexts = new CodeTables((values) => new DictionaryText(values));
