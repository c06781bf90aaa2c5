import { isUtf8 } from "node:buffer";
import { bindError } from "../../core/errors.ts";
import { type DataType, typeName, VARCHAR } from "../../core/types.ts";
import type { RecordBatch } from "../../core/vector.ts";
import type { ByteChunk, Reject } from "../connector.ts";
import { lineOf } from "./json-records.ts";
import { lineFraming, maxRecordBytes, RECORD_OPTIONS, type RecordDecoder, type RecordFormat } from "./record-format.ts";

/** A line a record, as it stands. */
export const rawRecords: RecordFormat = {
  name: "raw",
  doc: "One column that holds each line as it stands: `line VARCHAR`, or as declared (VARCHAR or BLOB).",
  options: RECORD_OPTIONS,
  bind(properties, declared) {
    const schema = declared ?? [{ name: "line", type: VARCHAR }];
    const [{ type, name }] = schema;
    if (schema.length !== 1 || (type.kind !== "varchar" && type.kind !== "blob")) {
      const what = schema.length === 1 ? `"${name}" is a ${typeName(type)}` : `the stream has ${schema.length}`;
      throw bindError(`format raw has one column of type VARCHAR or BLOB, but ${what}`);
    }
    return {
      schema,
      framing: { ...lineFraming(maxRecordBytes(properties)), preamble: () => 0 },
      open: (columns, reject) => new RawRecords(type, columns.length, reject),
    };
  },
};

class RawRecords implements RecordDecoder {
  readonly #type: DataType;
  /** How often the column is wanted: 0 where only rows are counted. */
  readonly #copies: number;
  readonly #reject: Reject;
  #chunk: ByteChunk | undefined;
  #partition = "";
  #position = 0;
  #isText = true;
  records = 0;

  constructor(type: DataType, copies: number, reject: Reject) {
    this.#type = type;
    this.#copies = copies;
    this.#reject = reject;
  }

  enter(chunk: ByteChunk, partition: string): void {
    this.#chunk = chunk;
    this.#partition = partition;
    this.#position = chunk.start;
    this.#isText = this.#type.kind === "blob" || isUtf8(chunk.bytes.subarray(chunk.start, chunk.end));
  }

  decode(capacity: number): RecordBatch | null {
    const { bytes, end, offset } = this.#chunk as ByteChunk;
    if (this.#position >= end) return null;
    const from = this.#position;
    const offsets = new Int32Array(capacity + 1);
    const kept = new Uint8Array(Math.min(end, from + 2 ** 30) - from);
    let used = 0;
    let rows = 0;
    while (rows < capacity && this.#position < end) {
      const start = this.#position;
      const lineEnd = bytes.subarray(0, end).indexOf(10, start);
      const next = lineEnd < 0 ? end : lineEnd + 1;
      let stop = lineEnd < 0 ? end : lineEnd;
      if (stop > start && bytes[stop - 1] === 13) stop--;
      this.#position = next;
      this.records++;
      if (!this.#isText && !isUtf8(bytes.subarray(start, stop))) {
        this.#reject(lineOf(bytes, start, next), "the line is not valid UTF-8", `${this.#partition}:${offset + start}`);
        continue;
      }
      kept.set(bytes.subarray(start, stop), used);
      used += stop - start;
      offsets[++rows] = used;
    }
    const column = {
      layout: "bytes",
      type: this.#type,
      length: rows,
      validity: null,
      offsets: offsets.subarray(0, rows + 1),
      bytes: kept.slice(0, used),
    } as const;
    return { length: rows, columns: Array.from({ length: this.#copies }, () => column) };
  }

  get used(): number {
    return (this.#chunk?.offset ?? 0) + this.#position;
  }
}
