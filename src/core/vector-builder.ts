import { bufferOver, type TextBuffer } from "./text.ts";
import { type DataType, type Physical, physicalOf } from "./types.ts";
import type { IntervalValue, Value } from "./value.ts";
import { type FlatData, makeDictionary, type Vector } from "./vector.ts";

/** Vectors from single values, row by row. Growable; NULL slots hold 0; `validity` is null when no row is NULL. */
export interface VectorBuilder {
  readonly type: DataType;
  readonly length: number;
  /** Adds a value in the form of core/value.ts (narrow numbers are taken for 64-bit columns too); null adds NULL. */
  append(value: Value): void;
  appendNull(): void;
  /** The vector of what was appended. The builder must not be used after. */
  finish(): Vector;
}

export interface BuilderOptions {
  /** Puts the buffers in shared memory, so that pool workers can read them in place. */
  shared?: boolean;
}

export function makeBuilder(type: DataType, capacity = 1024, options: BuilderOptions = {}): VectorBuilder {
  const shared = options.shared === true;
  const rows = Math.max(1, capacity);
  const physical = physicalOf(type);
  switch (physical) {
    case "bytes":
      return new BytesBuilder(type, rows, shared);
    case "interval":
      return new IntervalBuilder(type, rows, shared);
    case "list":
      return new ListBuilder(type, rows, shared);
    case "struct":
      return new StructBuilder(type, rows, shared);
    case "i128":
      return new HugeBuilder(type, rows, shared);
    case "i64":
    case "u64":
      return new BigBuilder(type, rows, shared, physical);
    default:
      return new NumberBuilder(type, rows, shared, physical);
  }
}

export function vectorFromValues(type: DataType, values: readonly Value[], options: BuilderOptions = {}): Vector {
  const builder = makeBuilder(type, values.length, options);
  for (const value of values) builder.append(value);
  return builder.finish();
}

/** `length` rows of one value. */
export function constantVector(type: DataType, value: Value, length: number): Vector {
  if (value === null) return nullVector(type, length);
  if (physicalOf(type) === "bytes" && length > 1) {
    const one = vectorFromValues(type, [value]);
    if (one.layout !== "bytes") throw new Error("text is built as bytes");
    return {
      layout: "dictionary",
      type,
      length,
      validity: null,
      codes: new Int32Array(length),
      dictionary: makeDictionary(one),
    };
  }
  const builder = makeBuilder(type, length);
  for (let i = 0; i < length; i++) builder.append(value);
  return builder.finish();
}

/** `length` NULLs. */
export function nullVector(type: DataType, length: number): Vector {
  const builder = makeBuilder(type, length);
  for (let i = 0; i < length; i++) builder.appendNull();
  return builder.finish();
}

type ArrayClass<T> = { new (buffer: ArrayBufferLike, byteOffset?: number, length?: number): T; readonly BYTES_PER_ELEMENT: number };

/** A zeroed typed array, in shared memory where asked. */
export const allocate = <T>(arrayClass: ArrayClass<T>, length: number, shared: boolean): T => {
  const size = length * arrayClass.BYTES_PER_ELEMENT;
  return new arrayClass(shared ? new SharedArrayBuffer(size) : new ArrayBuffer(size), 0, length);
};

/** The typed array of a flat physical layout (i128: two elements a row). */
export const FLAT_CLASSES: Record<Exclude<Physical, "bytes" | "interval" | "list" | "struct">, ArrayClass<FlatData>> = {
  bool: Uint8Array,
  i8: Int8Array,
  i16: Int16Array,
  i32: Int32Array,
  u8: Uint8Array,
  u16: Uint16Array,
  u32: Uint32Array,
  i64: BigInt64Array,
  u64: BigUint64Array,
  i128: BigInt64Array,
  f32: Float32Array,
  f64: Float64Array,
};

abstract class BaseBuilder implements VectorBuilder {
  readonly type: DataType;
  length = 0;
  protected capacity: number;
  protected readonly shared: boolean;
  #validity: Uint8Array | null = null;

  constructor(type: DataType, capacity: number, shared: boolean) {
    this.type = type;
    this.capacity = capacity;
    this.shared = shared;
  }

  append(value: Value): void {
    if (value === null || value === undefined) {
      this.appendNull();
      return;
    }
    if (this.length === this.capacity) this.#grow();
    this.put(this.length, value);
    if (this.#validity !== null) this.#validity[this.length] = 1;
    this.length++;
  }

  appendNull(): void {
    if (this.length === this.capacity) this.#grow();
    if (this.#validity === null) {
      this.#validity = allocate<Uint8Array>(Uint8Array, this.capacity, this.shared);
      this.#validity.fill(1, 0, this.length);
    }
    this.putNull(this.length);
    this.length++;
  }

  #grow(): void {
    this.capacity *= 2;
    this.resize(this.capacity);
    if (this.#validity !== null) this.#validity = this.enlarge(Uint8Array, this.#validity, this.capacity);
  }

  protected enlarge<T extends { set(from: T): void }>(arrayClass: ArrayClass<T>, from: T, length: number): T {
    const to = allocate(arrayClass, length, this.shared);
    to.set(from);
    return to;
  }

  protected base() {
    return { type: this.type, length: this.length, validity: this.#validity === null ? null : this.#validity.subarray(0, this.length) };
  }

  abstract finish(): Vector;
  protected abstract put(row: number, value: NonNullable<Value>): void;
  protected abstract putNull(row: number): void;
  protected abstract resize(capacity: number): void;
}

class NumberBuilder extends BaseBuilder {
  #data: Float64Array;
  readonly #class: ArrayClass<Float64Array>;
  constructor(type: DataType, capacity: number, shared: boolean, physical: keyof typeof FLAT_CLASSES) {
    super(type, capacity, shared);
    // All number layouts are written alike; Float64Array stands for any of them.
    this.#class = FLAT_CLASSES[physical] as ArrayClass<unknown> as ArrayClass<Float64Array>;
    this.#data = allocate(this.#class, capacity, shared);
  }
  protected put(row: number, value: NonNullable<Value>): void {
    this.#data[row] = Number(value);
  }
  protected putNull(): void {}
  protected resize(capacity: number): void {
    this.#data = this.enlarge(this.#class, this.#data, capacity);
  }
  finish(): Vector {
    return { layout: "flat", ...this.base(), data: this.#data.subarray(0, this.length) };
  }
}

class BigBuilder extends BaseBuilder {
  #data: BigInt64Array;
  readonly #class: ArrayClass<BigInt64Array>;
  constructor(type: DataType, capacity: number, shared: boolean, physical: "i64" | "u64") {
    super(type, capacity, shared);
    this.#class = FLAT_CLASSES[physical] as ArrayClass<unknown> as ArrayClass<BigInt64Array>;
    this.#data = allocate(this.#class, capacity, shared);
  }
  protected put(row: number, value: NonNullable<Value>): void {
    this.#data[row] = typeof value === "bigint" ? value : BigInt(value as number);
  }
  protected putNull(): void {}
  protected resize(capacity: number): void {
    this.#data = this.enlarge(this.#class, this.#data, capacity);
  }
  finish(): Vector {
    return { layout: "flat", ...this.base(), data: this.#data.subarray(0, this.length) };
  }
}

class HugeBuilder extends BaseBuilder {
  #data: BigInt64Array;
  constructor(type: DataType, capacity: number, shared: boolean) {
    super(type, capacity, shared);
    this.#data = allocate<BigInt64Array>(BigInt64Array, 2 * capacity, shared);
  }
  protected put(row: number, value: NonNullable<Value>): void {
    const wide = typeof value === "bigint" ? value : BigInt(value as number);
    this.#data[2 * row] = wide;
    this.#data[2 * row + 1] = wide >> 64n;
  }
  protected putNull(): void {}
  protected resize(capacity: number): void {
    this.#data = this.enlarge<BigInt64Array>(BigInt64Array, this.#data, 2 * capacity);
  }
  finish(): Vector {
    return { layout: "flat", ...this.base(), data: this.#data.subarray(0, 2 * this.length) };
  }
}

/** Text and bytes. Its `write` is what generated code appends strings with. */
export class BytesBuilder extends BaseBuilder {
  #offsets: Int32Array;
  #bytes: Uint8Array;
  #buffer: TextBuffer;
  #used = 0;
  constructor(type: DataType, capacity: number, shared = false) {
    super(type, capacity, shared);
    this.#offsets = allocate<Int32Array>(Int32Array, capacity + 1, shared);
    this.#bytes = allocate<Uint8Array>(Uint8Array, Math.max(64, capacity * 8), shared);
    this.#buffer = bufferOver(this.#bytes);
  }
  protected put(row: number, value: NonNullable<Value>): void {
    if (typeof value === "string") this.#putString(value);
    else {
      const bytes = value as Uint8Array;
      if (this.#used + bytes.length > this.#bytes.length) this.#reserve(bytes.length);
      this.#bytes.set(bytes, this.#used);
      this.#used += bytes.length;
    }
    this.#offsets[row + 1] = this.#used;
  }
  #putString(text: string): void {
    const length = text.length;
    if (this.#used + 3 * length > this.#bytes.length) this.#reserve(3 * length);
    let at = this.#used;
    if (length <= SHORT_TEXT) {
      const bytes = this.#bytes;
      let i = 0;
      for (; i < length; i++) {
        const unit = text.charCodeAt(i);
        if (unit > 127) break;
        bytes[at++] = unit;
      }
      if (i === length) {
        this.#used = at;
        return;
      }
    }
    this.#used += this.#buffer.utf8Write(text, this.#used, 3 * length);
  }
  #reserve(more: number): void {
    const size = Math.max(this.#bytes.length * 2, this.#used + more);
    if (size > MAX_BYTES && this.#used + more > MAX_BYTES) throw new RangeError("text column over 2 GB in one vector");
    this.#bytes = this.enlarge<Uint8Array>(Uint8Array, this.#bytes, Math.min(size, MAX_BYTES));
    this.#buffer = bufferOver(this.#bytes);
  }
  protected putNull(row: number): void {
    this.#offsets[row + 1] = this.#used;
  }
  protected resize(capacity: number): void {
    this.#offsets = this.enlarge<Int32Array>(Int32Array, this.#offsets, capacity + 1);
  }
  finish(): Vector {
    return {
      layout: "bytes",
      ...this.base(),
      offsets: this.#offsets.subarray(0, this.length + 1),
      bytes: this.#bytes.subarray(0, this.#used),
    };
  }
}

/** Up to here a loop over characters beats the call into the runtime. */
const SHORT_TEXT = 32;
const MAX_BYTES = 2 ** 31 - 1;

class IntervalBuilder extends BaseBuilder {
  #months: Int32Array;
  #days: Int32Array;
  #micros: Float64Array;
  constructor(type: DataType, capacity: number, shared: boolean) {
    super(type, capacity, shared);
    this.#months = allocate<Int32Array>(Int32Array, capacity, shared);
    this.#days = allocate<Int32Array>(Int32Array, capacity, shared);
    this.#micros = allocate<Float64Array>(Float64Array, capacity, shared);
  }
  protected put(row: number, value: NonNullable<Value>): void {
    const interval = value as IntervalValue;
    this.#months[row] = interval.months;
    this.#days[row] = interval.days;
    this.#micros[row] = interval.micros;
  }
  protected putNull(): void {}
  protected resize(capacity: number): void {
    this.#months = this.enlarge<Int32Array>(Int32Array, this.#months, capacity);
    this.#days = this.enlarge<Int32Array>(Int32Array, this.#days, capacity);
    this.#micros = this.enlarge<Float64Array>(Float64Array, this.#micros, capacity);
  }
  finish(): Vector {
    const n = this.length;
    return {
      layout: "interval",
      ...this.base(),
      months: this.#months.subarray(0, n),
      days: this.#days.subarray(0, n),
      micros: this.#micros.subarray(0, n),
    };
  }
}

class ListBuilder extends BaseBuilder {
  #offsets: Int32Array;
  readonly #child: VectorBuilder;
  constructor(type: DataType, capacity: number, shared: boolean) {
    super(type, capacity, shared);
    this.#offsets = allocate<Int32Array>(Int32Array, capacity + 1, shared);
    this.#child = makeBuilder(listChildType(type), capacity, { shared });
  }
  protected put(row: number, value: NonNullable<Value>): void {
    for (const element of value as readonly Value[]) this.#child.append(element);
    this.#offsets[row + 1] = this.#child.length;
  }
  protected putNull(row: number): void {
    this.#offsets[row + 1] = this.#child.length;
  }
  protected resize(capacity: number): void {
    this.#offsets = this.enlarge<Int32Array>(Int32Array, this.#offsets, capacity + 1);
  }
  finish(): Vector {
    return { layout: "list", ...this.base(), offsets: this.#offsets.subarray(0, this.length + 1), child: this.#child.finish() };
  }
}

/** Type of a list vector's child: the element, or for a MAP STRUCT(key, value). */
export function listChildType(type: DataType): DataType {
  if (type.kind === "list") return type.element;
  if (type.kind !== "map") throw new Error(`${type.kind} is not a list`);
  return {
    kind: "struct",
    fields: [
      { name: "key", type: type.key },
      { name: "value", type: type.value },
    ],
  };
}

class StructBuilder extends BaseBuilder {
  readonly #children: VectorBuilder[];
  constructor(type: DataType, capacity: number, shared: boolean) {
    super(type, capacity, shared);
    if (type.kind !== "struct") throw new Error(`${type.kind} is not a struct`);
    this.#children = type.fields.map((field) => makeBuilder(field.type, capacity, { shared }));
  }
  protected put(_row: number, value: NonNullable<Value>): void {
    const fields = value as readonly Value[];
    for (let i = 0; i < this.#children.length; i++) this.#children[i].append(fields[i]);
  }
  protected putNull(): void {
    for (const child of this.#children) child.appendNull();
  }
  protected resize(): void {}
  finish(): Vector {
    return { layout: "struct", ...this.base(), children: this.#children.map((child) => child.finish()) };
  }
}
