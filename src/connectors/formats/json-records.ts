import { bindError } from "../../core/errors.ts";
import type { Schema } from "../../core/types.ts";
import type { RecordBatch } from "../../core/vector.ts";
import { CheckedOptions } from "../../formats/format.ts";
import { type JsonColumn, JsonDecoder } from "../../formats/json/decoder.ts";
import { sniffJson } from "../../formats/json/sniff.ts";
import { compileDateFormat } from "../../formats/text/date-format.ts";
import { type ByteChunk, CHUNK_PADDING, type Reject } from "../connector.ts";
import { epochTimes } from "./epoch-times.ts";
import {
  chunkView,
  lineFraming,
  maxRecordBytes,
  RECORD_OPTIONS,
  type RecordDecoder,
  type RecordFormat,
  TIME_OPTIONS,
} from "./record-format.ts";
import { withSampleFile } from "./sample-file.ts";

/** Newline-delimited JSON: an object a line. */
export const jsonRecords: RecordFormat = {
  name: "json",
  doc: "JSON, an object a line (NDJSON). Keys are columns; a key that is missing is NULL, one that is no column is left out.",
  options: [...TIME_OPTIONS, ...RECORD_OPTIONS],
  bind(properties, declared, sample) {
    const sniffed = sample === undefined ? undefined : sniffColumns(sample, declared);
    const schema = declared ?? sniffed?.map(({ name, type }) => ({ name, type }));
    if (schema === undefined) {
      throw bindError(
        "the columns cannot be told, since there is no record yet",
        undefined,
        "declare them: CREATE STREAM s (a BIGINT, …) WITH (…)",
      );
    }
    const format = properties.text("timestamp_format");
    const epochs = epochTimes(format, schema);
    const keys = new Map(sniffed?.map(({ key }) => [key?.toLowerCase(), key]));
    const columns = (epochs?.decoded ?? schema).map(({ name, type }): JsonColumn => {
      const exact = sniffed?.some(({ key }) => key === name) === true;
      return { name, type, key: exact ? name : (keys.get(name.toLowerCase()) ?? name) };
    });
    const dateFormat = properties.text("date_format");
    const conversion = {
      dateFormat: dateFormat === undefined ? undefined : compileDateFormat(dateFormat),
      timestampFormat: format === undefined || epochs !== undefined ? undefined : compileDateFormat(format),
    };
    return {
      schema,
      framing: lineFraming(maxRecordBytes(properties)),
      open(wanted, reject) {
        const decoder = new JsonRecords(columns, wanted, conversion, reject);
        if (epochs === undefined) return decoder;
        return {
          enter: (chunk, partition) => decoder.enter(chunk, partition),
          decode(capacity) {
            const batch = decoder.decode(capacity);
            return batch === null ? null : epochs.convert(batch, wanted);
          },
          get used() {
            return decoder.used;
          },
          get records() {
            return decoder.records;
          },
        };
      },
    };
  },
};

function sniffColumns(sample: Parameters<RecordFormat["bind"]>[2] & object, declared: Schema | undefined): JsonColumn[] | undefined {
  try {
    const { columns, dialect } = withSampleFile(sample, (path) => sniffJson(path, new CheckedOptions(new Map())));
    if (dialect.layout !== "lines" && sample.path !== undefined) {
      throw bindError(
        `"${sample.path}" is not JSON line by line`,
        undefined,
        "REPLAY(TABLE …) over read_json reads arrays and documents as a stream",
      );
    }
    return columns;
  } catch (error) {
    // With columns declared, a first record that cannot be read is a dead letter like any other
    if (declared !== undefined && (error as { phase?: string }).phase === "io") return undefined;
    throw error;
  }
}

class JsonRecords implements RecordDecoder {
  readonly #decoder: JsonDecoder;
  #chunk: ByteChunk | undefined;
  #partition = "";
  #rejected = 0;
  #rows = 0;

  constructor(
    columns: readonly JsonColumn[],
    wanted: readonly number[],
    conversion: ConstructorParameters<typeof JsonDecoder>[2],
    reject: Reject,
  ) {
    this.#decoder = new JsonDecoder(columns, wanted, conversion, {
      add: (offset, reason, _text, end) => {
        const { bytes, offset: base } = this.#chunk as ByteChunk;
        this.#rejected++;
        reject(lineOf(bytes, offset - base, end - base), reason, `${this.#partition}:${offset}`);
      },
    });
  }

  enter(chunk: ByteChunk, partition: string): void {
    this.#chunk = chunk;
    this.#partition = partition;
    chunk.bytes.fill(0, chunk.end, chunk.end + CHUNK_PADDING);
    this.#decoder.enter({ ...chunk, view: chunkView(chunk) });
  }

  decode(capacity: number): RecordBatch | null {
    const batch = this.#decoder.decode(capacity);
    if (batch !== null) this.#rows += batch.length;
    return batch;
  }

  get used(): number {
    return (this.#chunk?.offset ?? 0) + this.#decoder.position;
  }

  get records(): number {
    return this.#rows + this.#rejected;
  }
}

/** A copy of bytes without the line break that ends them. */
export function lineOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  let stop = end;
  while (stop > start && (bytes[stop - 1] === 10 || bytes[stop - 1] === 13)) stop--;
  return bytes.slice(start, stop);
}
