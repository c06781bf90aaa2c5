import type { Schema } from "../../core/types.ts";
import type { RecordBatch } from "../../core/vector.ts";
import type { ByteChunk, Framing, Reject, Sample } from "../connector.ts";
import type { CheckedProperties, PropertySpec } from "../properties.ts";

/** How records are spelled, whatever carries them. Adding one is a file and a line in registry.ts. */
export interface RecordFormat {
  readonly name: string;
  readonly doc: string;
  readonly options: readonly PropertySpec[];
  /**
   * Settles columns and dialect from what was declared, and from a sample where there is one. Throws a bind error that says what to write when the
   * columns cannot be told.
   */
  bind(properties: CheckedProperties, declared: Schema | undefined, sample: Sample | undefined): BoundFormat;
}

export interface BoundFormat {
  readonly schema: Schema;
  readonly framing: Framing;
  /** A decoder of the columns wanted, by position in the schema. */
  open(columns: readonly number[], reject: Reject): RecordDecoder;
}

/** Turns whole records into columns. */
export interface RecordDecoder {
  /** Takes records from `chunk` on; `partition` is named in the positions of what is rejected. */
  enter(chunk: ByteChunk, partition: string): void;
  /** At most `capacity` rows; null when the chunk is used up. A batch without rows means that all records looked at were rejected. */
  decode(capacity: number): RecordBatch | null;
  /** Offset in the partition up to which records were used. */
  readonly used: number;
  /** Records used, rejected ones included. */
  readonly records: number;
}

export const RECORD_OPTIONS: readonly PropertySpec[] = [
  {
    name: "max_record_size",
    type: "bytes",
    default: "1MB",
    min: 16,
    max: 1 << 30,
    doc: "Longest record; what is longer goes to the dead letters.",
  },
];

export const TIME_OPTIONS: readonly PropertySpec[] = [
  {
    name: "timestamp_format",
    type: "text",
    default: "ISO 8601 and like it",
    doc: "How timestamps are written: a strptime pattern, or epoch_s, epoch_ms, epoch_us, epoch_ns for numbers since 1970.",
  },
  { name: "date_format", type: "text", default: "ISO 8601 and like it", doc: "strptime pattern of dates." },
];

export const maxRecordBytes = (properties: CheckedProperties): number => properties.number("max_record_size") ?? 1_000_000;

/** Framing of formats whose records are lines. */
export function lineFraming(maxBytes: number): Framing {
  return {
    preamble: (bytes, end) => (end >= 3 && hasByteOrderMark(bytes) ? 3 : 0),
    lastEnd: (bytes, start, end) => {
      const at = bytes.subarray(start, end).lastIndexOf(10);
      return at < 0 ? start : start + at + 1;
    },
    maxRecordBytes: maxBytes,
  };
}

export const hasByteOrderMark = (bytes: Uint8Array): boolean => bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;

export const chunkView = ({ bytes }: ByteChunk): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
