import { createRequire } from "node:module";
import type * as arrow from "apache-arrow";
import { concatVectors, plainText } from "./concat.ts";
import { WeirError } from "./errors.ts";
import { take } from "./take.ts";
import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DATE,
  type DataType,
  DOUBLE,
  decimal,
  type Field,
  FLOAT,
  HUGEINT,
  INTEGER,
  INTERVAL,
  list,
  map,
  NULL_TYPE,
  physicalOf,
  type Schema,
  SMALLINT,
  struct,
  TIME,
  TIMESTAMP,
  TIMESTAMPTZ,
  TINYINT,
  UBIGINT,
  UINTEGER,
  USMALLINT,
  UTINYINT,
  VARCHAR,
} from "./types.ts";
import { type FlatData, makeDictionary, type RecordBatch, type Table, type Vector } from "./vector.ts";

/**
 * Arrow at the edges: the one place that imports apache-arrow. Values are exact in both directions. Types that Arrow lacks travel as their
 * storage with the SQL type in the field's metadata, so that our own files give back what was put in.
 */

/** Loaded at its first use: it takes longer to load than the rest of the engine, and most sessions never meet an Arrow file. */
let loaded: typeof arrow | undefined;
function lib(): typeof arrow {
  loaded ??= createRequire(import.meta.url)("apache-arrow") as typeof arrow;
  return loaded;
}

/** Metadata key under which a field names a SQL type that Arrow cannot tell from its storage. */
const TYPE_KEY = "weir:type";
const STORED_KINDS: ReadonlySet<string> = new Set(["json", "uuid", "enum", "hugeint"]);

export function toArrowTable(table: Table): arrow.Table {
  const schema = new (lib().Schema)(table.schema.map(toArrowField));
  const batches = table.batches.map((batch) => toArrowBatch(schema, table.schema, batch));
  return batches.length === 0 ? new (lib().Table)(schema) : new (lib().Table)(schema, batches);
}

export const arrowSchema = (schema: Schema): arrow.Schema => new (lib().Schema)(schema.map(toArrowField));

export function toArrowBatch(schema: arrow.Schema, fields: Schema, batch: RecordBatch): arrow.RecordBatch {
  const children = batch.columns.map((column, i) => toData(fields[i].type, column));
  const data = lib().makeData({ type: new (lib().Struct)(schema.fields), length: batch.length, nullCount: 0, children });
  return new (lib().RecordBatch)(schema, data);
}

/** Bytes of an Arrow IPC stream or file. */
export function toIpc(table: Table, format: "stream" | "file" = "stream"): Uint8Array {
  return lib().tableToIPC(toArrowTable(table), format);
}

/** Writes batches one by one; `bytes` drains what is ready. */
export class IpcWriter {
  readonly #writer: arrow.RecordBatchFileWriter | arrow.RecordBatchStreamWriter;
  readonly #schema: arrow.Schema;
  readonly #fields: Schema;

  constructor(fields: Schema, format: "stream" | "file") {
    this.#fields = fields;
    this.#schema = arrowSchema(fields);
    this.#writer = format === "file" ? new (lib().RecordBatchFileWriter)() : new (lib().RecordBatchStreamWriter)();
    this.#writer.reset(undefined, this.#schema);
  }

  write(batch: RecordBatch): void {
    this.#writer.write(toArrowBatch(this.#schema, this.#fields, batch));
  }

  /** All bytes; call once, at the end. */
  finish(): Uint8Array {
    this.#writer.finish();
    return this.#writer.toUint8Array(true);
  }
}

/** Decoders of compressed IPC bodies; set once by the format that owns them. */
export function registerIpcCodec(name: "lz4" | "zstd", decode: (bytes: Uint8Array) => Uint8Array): void {
  lib().compressionRegistry.set(name === "lz4" ? lib().CompressionType.LZ4_FRAME : lib().CompressionType.ZSTD, { decode });
}

/** An opened IPC file or stream: its schema, and its batches one by one. */
export interface IpcSource {
  readonly schema: Schema;
  /** Batches in the file; undefined for a stream, which only reading tells. */
  readonly batchCount: number | undefined;
  /** Batch `i` of a file, columns by position. */
  batch(i: number, columns: readonly number[]): RecordBatch;
  /** The batches of a stream in order. */
  batches(columns: readonly number[]): Generator<RecordBatch>;
}

export function openIpc(bytes: Uint8Array): IpcSource {
  const reader = lib().RecordBatchReader.from(bytes).open() as arrow.RecordBatchReader;
  const schema = reader.schema.fields.map(fromArrowField);
  const convert = (batch: arrow.RecordBatch, columns: readonly number[]): RecordBatch => ({
    length: batch.numRows,
    columns: columns.map((c) => fromData(schema[c].type, batch.data.children[c])),
  });
  return {
    schema,
    batchCount: reader.isFile() ? reader.numRecordBatches : undefined,
    batch(i, columns) {
      if (!reader.isFile()) throw new Error("a stream has no batch by number");
      const batch = reader.readRecordBatch(i) as arrow.RecordBatch | null;
      if (batch === null) throw new WeirError("io", `the Arrow file has no record batch ${i}`);
      return convert(batch, columns);
    },
    *batches(columns) {
      for (const batch of reader as Iterable<arrow.RecordBatch>) yield convert(batch, columns);
    },
  };
}

// ---------------------------------------------------------------- types

function toArrowField(field: Field): arrow.Field {
  const metadata = STORED_KINDS.has(field.type.kind) ? new Map([[TYPE_KEY, JSON.stringify(field.type)]]) : undefined;
  return new (lib().Field)(field.name, toArrowType(field.type), true, metadata);
}

function toArrowType(type: DataType): arrow.DataType {
  switch (type.kind) {
    case "null":
      return new (lib().Null)();
    case "boolean":
      return new (lib().Bool)();
    case "tinyint":
      return new (lib().Int8)();
    case "smallint":
      return new (lib().Int16)();
    case "integer":
      return new (lib().Int32)();
    case "bigint":
      return new (lib().Int64)();
    case "utinyint":
      return new (lib().Uint8)();
    case "usmallint":
      return new (lib().Uint16)();
    case "uinteger":
      return new (lib().Uint32)();
    case "ubigint":
      return new (lib().Uint64)();
    case "hugeint":
      return new (lib().Decimal)(0, 38);
    case "float":
      return new (lib().Float32)();
    case "double":
      return new (lib().Float64)();
    case "decimal":
      return new (lib().Decimal)(type.scale, type.precision);
    case "varchar":
    case "json":
    case "uuid":
    case "enum":
      return new (lib().Utf8)();
    case "blob":
      return new (lib().Binary)();
    case "date":
      return new (lib().DateDay)();
    case "time":
      return new (lib().TimeMicrosecond)();
    case "timestamp":
      return new (lib().TimestampMicrosecond)();
    case "timestamptz":
      return new (lib().TimestampMicrosecond)("UTC");
    case "interval":
      return new (lib().IntervalMonthDayNano)();
    case "list":
      return new (lib().List)(toArrowField({ name: "item", type: type.element }));
    case "struct":
      return new (lib().Struct)(type.fields.map(toArrowField));
    case "map":
      return new (lib().Map_)(entriesField(type));
  }
}

const entriesField = (type: DataType & { kind: "map" }) =>
  new (lib().Field)(
    "entries",
    new (lib().Struct)<arrow.TypeMap>([
      new (lib().Field)("key", toArrowType(type.key), false),
      toArrowField({ name: "value", type: type.value }),
    ]),
    false,
  ) as arrow.Field<arrow.Struct<{ key: arrow.DataType; value: arrow.DataType }>>;

function fromArrowField(field: arrow.Field): Field {
  const stored = field.metadata.get(TYPE_KEY);
  return { name: field.name, type: (stored !== undefined && storedType(stored, field.type)) || fromArrowType(field.type, field.name) };
}

/** The SQL type a field's metadata names, if it is one of those we store and fits the storage. */
function storedType(text: string, type: arrow.DataType): DataType | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof parsed !== "object" || parsed === null || !("kind" in parsed)) return undefined;
  const { kind } = parsed;
  if (kind === "hugeint" && lib().DataType.isDecimal(type) && type.scale === 0) return HUGEINT;
  if (!lib().DataType.isUtf8(type)) return undefined;
  if (kind === "json" || kind === "uuid") return { kind };
  if (kind === "enum" && "values" in parsed && Array.isArray(parsed.values) && parsed.values.every((value) => typeof value === "string")) {
    return { kind, values: parsed.values };
  }
  return undefined;
}

function fromArrowType(type: arrow.DataType, name: string): DataType {
  if (lib().DataType.isNull(type)) return NULL_TYPE;
  if (lib().DataType.isBool(type)) return BOOLEAN;
  if (lib().DataType.isInt(type)) {
    const signed: Record<number, DataType> = { 8: TINYINT, 16: SMALLINT, 32: INTEGER, 64: BIGINT };
    const unsigned: Record<number, DataType> = { 8: UTINYINT, 16: USMALLINT, 32: UINTEGER, 64: UBIGINT };
    return (type.isSigned ? signed : unsigned)[type.bitWidth];
  }
  if (lib().DataType.isFloat(type)) return type.precision === lib().Precision.DOUBLE ? DOUBLE : FLOAT;
  if (lib().DataType.isDecimal(type) && type.bitWidth === 128) return decimal(type.precision, type.scale);
  if (lib().DataType.isUtf8(type) || lib().DataType.isLargeUtf8(type)) return VARCHAR;
  if (lib().DataType.isBinary(type) || lib().DataType.isLargeBinary(type) || lib().DataType.isFixedSizeBinary(type)) return BLOB;
  if (lib().DataType.isDate(type)) return DATE;
  if (lib().DataType.isTime(type)) return TIME;
  if (lib().DataType.isTimestamp(type)) return type.timezone ? TIMESTAMPTZ : TIMESTAMP;
  if (lib().DataType.isInterval(type) || lib().DataType.isDuration(type)) return INTERVAL;
  if (lib().DataType.isDictionary(type)) return fromArrowType(type.dictionary, name);
  if (lib().DataType.isList(type) || lib().DataType.isFixedSizeList(type)) return list(fromArrowField(type.children[0]).type);
  if (lib().DataType.isStruct(type)) return struct(type.children.map(fromArrowField));
  if (lib().DataType.isMap(type)) {
    const [key, value] = type.childType.children.map(fromArrowField);
    return map(key.type, value.type);
  }
  throw new WeirError("unsupported", `column "${name}": the Arrow type ${type} is not there yet`);
}

// ---------------------------------------------------------------- to Arrow

function toData(type: DataType, vector: Vector): arrow.Data {
  const { length } = vector;
  const { nullBitmap, nullCount } = packValidity(vector.validity, length);
  const common = { length, nullCount, nullBitmap };
  const target = toArrowType(type);
  switch (vector.layout) {
    case "flat":
      if (type.kind === "null") return lib().makeData({ type: new (lib().Null)(), length });
      return lib().makeData({ ...common, type: target as arrow.Int, data: flatData(type, vector.data, length) as Int32Array });
    case "dictionary":
    case "bytes": {
      const plain = vector.layout === "dictionary" ? plainText(vector) : vector;
      const start = plain.offsets[0];
      const valueOffsets =
        start === 0 ? plain.offsets.slice(0, length + 1) : plain.offsets.slice(0, length + 1).map((offset) => offset - start);
      const data = plain.bytes.slice(start, plain.offsets[length]);
      return lib().makeData({ ...common, type: target as arrow.Utf8, valueOffsets, data });
    }
    case "interval": {
      const data = new Int32Array(length * 4);
      const nanos = new BigInt64Array(data.buffer);
      for (let i = 0; i < length; i++) {
        data[i * 4] = vector.months[i];
        data[i * 4 + 1] = vector.days[i];
        nanos[i * 2 + 1] = BigInt(vector.micros[i]) * 1000n;
      }
      return lib().makeData({ ...common, type: new (lib().IntervalMonthDayNano)(), data });
    }
    case "list": {
      const valueOffsets = Int32Array.from(vector.offsets.subarray(0, length + 1));
      if (type.kind === "map") {
        const entries = entriesField(type);
        const child = vector.child as Vector & { layout: "struct" };
        const children = [toData(type.key, child.children[0]), toData(type.value, child.children[1])];
        const inner = lib().makeData({ type: entries.type, length: child.length, nullCount: 0, children });
        return lib().makeData({ ...common, type: new (lib().Map_)(entries), valueOffsets, child: inner });
      }
      const element = (type as DataType & { kind: "list" }).element;
      return lib().makeData({ ...common, type: target as arrow.List, valueOffsets, child: toData(element, vector.child) });
    }
    case "struct": {
      const fields = (type as DataType & { kind: "struct" }).fields;
      const children = vector.children.map((child, i) => toData(fields[i].type, child));
      return lib().makeData({ ...common, type: target as arrow.Struct, children });
    }
  }
}

/** Arrow's form of fixed-width values; buffers are copied, since shared memory cannot be handed out. */
function flatData(type: DataType, data: FlatData, length: number): ArrayBufferView {
  if (type.kind === "boolean") return packBits(data as Uint8Array, length);
  if (type.kind === "decimal" && type.precision <= 18) {
    const wide = new BigInt64Array(length * 2);
    for (let i = 0; i < length; i++) {
      const value = (data as BigInt64Array)[i];
      wide[i * 2] = value;
      wide[i * 2 + 1] = value < 0n ? -1n : 0n;
    }
    return new Uint32Array(wide.buffer);
  }
  if (physicalOf(type) === "i128") return new Uint32Array((data as BigInt64Array).slice().buffer);
  return data.slice();
}

function packValidity(validity: Uint8Array | null, length: number): { nullBitmap: Uint8Array | undefined; nullCount: number } {
  if (validity === null) return { nullBitmap: undefined, nullCount: 0 };
  let nullCount = 0;
  for (let i = 0; i < length; i++) nullCount += 1 - validity[i];
  return { nullBitmap: packBits(validity, length), nullCount };
}

function packBits(mask: Uint8Array, length: number): Uint8Array {
  const bits = new Uint8Array((length + 7) >> 3);
  for (let i = 0; i < length; i++) bits[i >> 3] |= mask[i] << (i & 7);
  return bits;
}

function unpackBits(bits: Uint8Array, offset: number, length: number): Uint8Array {
  const mask = new Uint8Array(length);
  for (let i = 0; i < length; i++) mask[i] = (bits[(offset + i) >> 3] >> ((offset + i) & 7)) & 1;
  return mask;
}

// ---------------------------------------------------------------- from Arrow

function fromData(type: DataType, data: arrow.Data): Vector {
  const { length } = data;
  const validity = data.nullCount > 0 && data.nullBitmap ? unpackBits(data.nullBitmap, data.offset, length) : null;
  const source = data.type as arrow.DataType;
  const base = { type, length, validity };
  if (lib().DataType.isDictionary(source)) return fromDictionary(type, data, validity);
  switch (physicalOf(type)) {
    case "bytes":
      return fromBytes(type, data, validity);
    case "interval":
      return fromInterval(source, data, validity);
    case "list":
      return fromList(type, data, validity);
    case "struct": {
      const fields = (type as DataType & { kind: "struct" }).fields;
      return { ...base, layout: "struct", children: data.children.map((child, i) => fromData(fields[i].type, child)) };
    }
    case "bool":
      return { ...base, layout: "flat", data: zeroed(unpackBits(data.values, data.offset, length), validity, 1) };
    default:
      if (type.kind === "null") return { ...base, layout: "flat", validity: new Uint8Array(length), data: new Int8Array(length) };
      return fromFixed(type, source, data, validity);
  }
}

/** NULL slots hold 0 inside the engine. */
function zeroed<T extends FlatData>(values: T, validity: Uint8Array | null, width: number): T {
  if (validity === null) return values;
  const none = values instanceof BigInt64Array || values instanceof BigUint64Array ? 0n : 0;
  for (let i = 0; i < validity.length; i++) if (validity[i] === 0) (values as Int32Array).fill(none as number, i * width, (i + 1) * width);
  return values;
}

function fromFixed(type: DataType, source: arrow.DataType, data: arrow.Data, validity: Uint8Array | null): Vector {
  const { length } = data;
  const base = { type, length, validity, layout: "flat" as const };
  if (lib().DataType.isDecimal(source)) {
    const limbs = new BigInt64Array(data.values.slice(0, length * 4).buffer);
    if (physicalOf(type) === "i128") return { ...base, data: zeroed(limbs, validity, 2) };
    const narrow = new BigInt64Array(length);
    for (let i = 0; i < length; i++) narrow[i] = limbs[i * 2];
    return { ...base, data: zeroed(narrow, validity, 1) };
  }
  if (lib().DataType.isTimestamp(source) || lib().DataType.isTime(source)) {
    return { ...base, data: zeroed(toMicros(data.values, length, source.unit), validity, 1) };
  }
  if (lib().DataType.isDate(source) && source.unit === lib().DateUnit.MILLISECOND) {
    const days = new Int32Array(length);
    for (let i = 0; i < length; i++) days[i] = Number((data.values as BigInt64Array)[i] / 86_400_000n);
    return { ...base, data: zeroed(days, validity, 1) };
  }
  if (lib().DataType.isFloat(source) && source.precision === lib().Precision.HALF) {
    return { ...base, data: zeroed(Float32Array.from(data.values.subarray(0, length), halfToNumber), validity, 1) };
  }
  return { ...base, data: zeroed(data.values.slice(0, length) as FlatData, validity, 1) };
}

/** Microseconds of one second, millisecond and microsecond, by Arrow's number of the unit. */
const MICROS_PER_UNIT = [1_000_000n, 1000n, 1n];

function toMicros(values: Int32Array | BigInt64Array, length: number, unit: arrow.TimeUnit): BigInt64Array {
  if (values instanceof BigInt64Array && unit === lib().TimeUnit.MICROSECOND) return values.slice(0, length);
  const out = new BigInt64Array(length);
  for (let i = 0; i < length; i++) {
    const value = BigInt(values[i]);
    out[i] = unit === lib().TimeUnit.NANOSECOND ? BigInt.asIntN(64, value / 1000n) : value * MICROS_PER_UNIT[unit];
  }
  return out;
}

function halfToNumber(bits: number): number {
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function fromBytes(type: DataType, data: arrow.Data, validity: Uint8Array | null): Vector {
  const { length } = data;
  const base = { type, length, validity, layout: "bytes" as const };
  const source = data.type as arrow.DataType;
  if (lib().DataType.isFixedSizeBinary(source)) {
    return {
      ...base,
      offsets: Int32Array.from({ length: length + 1 }, (_, i) => i * source.byteWidth),
      bytes: data.values.slice(0, length * source.byteWidth),
    };
  }
  if (data.values === undefined || data.values === null) return { ...base, offsets: new Int32Array(length + 1), bytes: new Uint8Array(0) };
  return { ...base, offsets: Int32Array.from(data.valueOffsets.subarray(0, length + 1), Number), bytes: data.values };
}

function fromDictionary(type: DataType, data: arrow.Data, validity: Uint8Array | null): Vector {
  const { length } = data;
  const source = data.type as arrow.Dictionary;
  const indices = data.values as Int8Array | Int16Array | Int32Array | BigInt64Array;
  const dictionary = data.dictionary as arrow.Vector;
  const parts = dictionary.data.map((part) => fromData(type, part));
  if (
    physicalOf(type) === "bytes" &&
    lib().DataType.isUtf8(source.dictionary) &&
    parts.length === 1 &&
    parts[0].validity === null &&
    parts[0].layout === "bytes"
  ) {
    const codes = Int32Array.from(indices.subarray(0, length) as Int32Array, Number);
    return {
      type,
      length,
      validity,
      layout: "dictionary",
      codes: zeroed(codes, validity, 1),
      dictionary: sharedDictionary(dictionary, parts[0]),
    };
  }
  // Dictionaries of other types, in several pieces or with NULLs inside are looked up at once; row -1 is NULL.
  const rows = Int32Array.from({ length }, (_, i) => (validity !== null && validity[i] === 0 ? -1 : Number(indices[i])));
  return take(concatVectors(type, parts), rows, length);
}

/** One Dictionary object per Arrow dictionary, so that what is computed per code is computed once for all batches. */
const dictionaries = new WeakMap<object, ReturnType<typeof makeDictionary>>();

function sharedDictionary(key: object, values: Vector & { layout: "bytes" }) {
  let dictionary = dictionaries.get(key);
  if (dictionary === undefined) {
    dictionary = makeDictionary(values);
    dictionaries.set(key, dictionary);
  }
  return dictionary;
}

function fromInterval(source: arrow.DataType, data: arrow.Data, validity: Uint8Array | null): Vector {
  const { length } = data;
  const months = new Int32Array(length);
  const days = new Int32Array(length);
  const micros = new Float64Array(length);
  const values = data.values as Int32Array | BigInt64Array;
  const nanos =
    lib().DataType.isInterval(source) && source.unit === lib().IntervalUnit.MONTH_DAY_NANO
      ? new BigInt64Array(values.buffer, values.byteOffset, length * 2)
      : undefined;
  for (let i = 0; i < length; i++) {
    if (validity !== null && validity[i] === 0) continue;
    if (lib().DataType.isDuration(source)) {
      micros[i] = Number(toMicros(values.subarray(i, i + 1) as BigInt64Array, 1, source.unit)[0]);
    } else if (nanos !== undefined) {
      months[i] = Number(values[i * 4]);
      days[i] = Number(values[i * 4 + 1]);
      micros[i] = Number(nanos[i * 2 + 1] / 1000n);
    } else if (lib().DataType.isInterval(source) && source.unit === lib().IntervalUnit.YEAR_MONTH) {
      months[i] = Number(values[i]);
    } else {
      days[i] = Number(values[i * 2]);
      micros[i] = Number(values[i * 2 + 1]) * 1000;
    }
  }
  return { type: INTERVAL, length, validity, layout: "interval", months, days, micros };
}

function fromList(type: DataType, data: arrow.Data, validity: Uint8Array | null): Vector {
  const { length } = data;
  const source = data.type as arrow.DataType;
  const base = { type, length, validity, layout: "list" as const };
  if (type.kind === "map") {
    const entries = struct([
      { name: "key", type: type.key },
      { name: "value", type: type.value },
    ]);
    return { ...base, offsets: data.valueOffsets.slice(0, length + 1), child: fromData(entries, data.children[0]) };
  }
  const element = (type as DataType & { kind: "list" }).element;
  const child = fromData(element, data.children[0]);
  if (!lib().DataType.isFixedSizeList(source)) return { ...base, offsets: data.valueOffsets.slice(0, length + 1), child };
  const start = data.offset * source.listSize;
  return { ...base, offsets: Int32Array.from({ length: length + 1 }, (_, i) => start + i * source.listSize), child };
}
