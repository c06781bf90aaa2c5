import { brotliCompressSync, gzipSync, constants as zlib } from "node:zlib";
import { plainText } from "../../core/concat.ts";
import { physicalOf } from "../../core/types.ts";
import type { BytesVector, Vector } from "../../core/vector.ts";
import { ByteDictionary } from "../byte-dictionary.ts";
import { CODECS } from "./codecs.ts";
import { ENCODING } from "./encodings.ts";
import { encodeHybrid, encodePlain, physicalFor } from "./plain-encode.ts";
import type { ShreddedLeaf } from "./shred.ts";
import { snappyCompress } from "./snappy-compress.ts";
import { binary, encodeThrift, i32, i64, listOf, structOf, type ThriftOut } from "./thrift-writer.ts";

export type WriteCodec = "UNCOMPRESSED" | "SNAPPY" | "GZIP" | "BROTLI";

const COMPRESS: Record<WriteCodec, (bytes: Uint8Array) => Uint8Array> = {
  UNCOMPRESSED: (bytes) => bytes,
  SNAPPY: snappyCompress,
  GZIP: (bytes) => gzipSync(bytes),
  BROTLI: (bytes) => brotliCompressSync(bytes, { params: { [zlib.BROTLI_PARAM_QUALITY]: 5 } }),
};

/** Texts longer than this make no statistics. */
const STATISTIC_LIMIT = 256;

/** A column chunk: its pages, and what the footer says of it. */
export interface WrittenColumn {
  readonly pages: readonly Uint8Array[];
  readonly metadata: ThriftOut;
  readonly uncompressed: number;
  readonly compressed: number;
}

/** Writes one leaf of a row group: a dictionary page where values repeat, and one data page. */
export function writeColumn(leaf: ShreddedLeaf, codec: WriteCodec, position: number): WrittenColumn {
  const pages: Uint8Array[] = [];
  let uncompressed = 0;
  let compressed = 0;
  const page = (body: Uint8Array, header: (packed: number) => ThriftOut): void => {
    const packed = COMPRESS[codec](body);
    const head = encodeThrift(header(packed.length));
    pages.push(head, packed);
    uncompressed += head.length + body.length;
    compressed += head.length + packed.length;
  };
  const coded = dictionaryOf(leaf.values);
  if (coded !== undefined) {
    const body = encodePlain(coded.dictionary);
    page(body, (packed) =>
      structOf(
        [1, i32(2)],
        [2, i32(body.length)],
        [3, i32(packed)],
        [7, structOf([1, i32(coded.dictionary.length)], [2, i32(ENCODING.PLAIN)])],
      ),
    );
  }
  const dataAt = position + compressed;
  const encoding = coded === undefined ? ENCODING.PLAIN : ENCODING.RLE_DICTIONARY;
  const values = coded === undefined ? encodePlain(plain(leaf.values)) : encodeCodes(coded.codes, coded.dictionary.length);
  const body = Buffer.concat([levels(leaf.repetitions, leaf.maxRepetition), levels(leaf.definitions, leaf.maxDefinition), values]);
  page(body, (packed) =>
    structOf(
      [1, i32(0)],
      [2, i32(body.length)],
      [3, i32(packed)],
      [5, structOf([1, i32(leaf.slots)], [2, i32(encoding)], [3, i32(ENCODING.RLE)], [4, i32(ENCODING.RLE)])],
    ),
  );
  const { physical } = physicalFor(leaf.values);
  const encodings = [ENCODING.PLAIN, ENCODING.RLE, ...(coded === undefined ? [] : [ENCODING.RLE_DICTIONARY])];
  const metadata = structOf(
    [1, i32(physical)],
    [2, listOf("i32", encodings.map(i32))],
    [3, listOf("binary", leaf.path.map(binary))],
    [4, i32(CODECS.indexOf(codec))],
    [5, i64(leaf.slots)],
    [6, i64(uncompressed)],
    [7, i64(compressed)],
    [9, i64(dataAt)],
    [11, coded === undefined ? undefined : i64(position)],
    [12, statistics(leaf, coded?.dictionary)],
  );
  return { pages, metadata, uncompressed, compressed };
}

function levels(values: Uint8Array | null, max: number): Uint8Array {
  if (values === null || max === 0) return new Uint8Array(0);
  const encoded = encodeHybrid(values, values.length, 32 - Math.clz32(max));
  const length = Buffer.alloc(4);
  length.writeInt32LE(encoded.length);
  return Buffer.concat([length, encoded]);
}

function encodeCodes(codes: Int32Array, size: number): Uint8Array {
  const width = size <= 1 ? 1 : 32 - Math.clz32(size - 1);
  return Buffer.concat([Uint8Array.of(width), encodeHybrid(codes, codes.length, width)]);
}

interface Coded {
  readonly codes: Int32Array;
  readonly dictionary: BytesVector;
}

/** Codes for texts that repeat: at most half as many values as rows. */
function dictionaryOf(values: Vector): Coded | undefined {
  if (values.layout !== "bytes" && values.layout !== "dictionary") return undefined;
  if (values.type.kind === "uuid" || values.length < 8) return undefined;
  const limit = values.length / 2;
  const found = new ByteDictionary();
  const codes = new Int32Array(values.length);
  if (values.layout === "bytes") {
    for (let i = 0; i < values.length; i++) {
      codes[i] = found.codeOf(values.bytes, values.offsets[i], values.offsets[i + 1]);
      if (codes[i] < 0 || found.size > limit) return undefined;
    }
  } else {
    // Only the values that rows have, in the order they appear
    const { offsets, bytes, length } = values.dictionary.values;
    const mapping = new Int32Array(length).fill(-1);
    for (let i = 0; i < values.length; i++) {
      const code = values.codes[i];
      if (mapping[code] < 0) mapping[code] = found.codeOf(bytes, offsets[code], offsets[code + 1]);
      codes[i] = mapping[code];
      if (codes[i] < 0 || found.size > limit) return undefined;
    }
  }
  return { codes, dictionary: { ...found.snapshot(values.type).values } };
}

const plain = (values: Vector): Vector => (values.layout === "dictionary" ? plainText(values) : values);

function statistics(leaf: ShreddedLeaf, dictionary: BytesVector | undefined): ThriftOut {
  const nulls = leaf.slots - leaf.values.length;
  const nullCount = leaf.maxRepetition === 0 ? i64(nulls) : undefined;
  const range = rangeOf(dictionary ?? leaf.values);
  return structOf([3, nullCount], [5, range && binary(range.max)], [6, range && binary(range.min)]);
}

/** Smallest and largest value in the file's form, for types whose order readers agree on. */
function rangeOf(values: Vector): { min: Uint8Array; max: Uint8Array } | undefined {
  if (values.length === 0) return undefined;
  if (values.layout === "bytes") {
    if (values.type.kind !== "varchar") return undefined;
    const { offsets, bytes } = values;
    let min = bytes.subarray(offsets[0], offsets[1]);
    let max = min;
    for (let i = 1; i < values.length; i++) {
      const value = bytes.subarray(offsets[i], offsets[i + 1]);
      if (Buffer.compare(value, min) < 0) min = value;
      else if (Buffer.compare(value, max) > 0) max = value;
    }
    return Math.max(min.length, max.length) > STATISTIC_LIMIT ? undefined : { min, max };
  }
  if (values.layout !== "flat") return undefined;
  const physical = physicalOf(values.type);
  if (physical === "bool" || physical === "i128") return undefined;
  const { data } = values;
  let min = data[0];
  let max = data[0];
  for (let i = 0; i < values.length; i++) {
    const value = data[i];
    // NaN has no place in an order that readers agree on
    if (Number.isNaN(value)) return undefined;
    if (value < min) min = value;
    else if (value > max) max = value;
  }
  // Of two zeros the bounds must cover both
  if (physical === "f32" || physical === "f64") {
    if (min === 0) min = -0;
    if (max === 0) max = 0;
  }
  return { min: encodeOne(values, min), max: encodeOne(values, max) };
}

function encodeOne(values: Extract<Vector, { layout: "flat" }>, value: number | bigint): Uint8Array {
  const data = values.data.slice(0, 1);
  data.fill(value as never);
  return encodePlain({ ...values, length: 1, validity: null, data });
}
