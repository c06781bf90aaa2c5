import { BIGINT, DOUBLE, type Schema } from "../../core/types.ts";
import type { RecordBatch, Vector } from "../../core/vector.ts";

const MICROS_OF: Readonly<Record<string, number>> = { epoch_s: 1e6, epoch_ms: 1e3, epoch_us: 1, epoch_ns: 1e-3 };

/** Timestamps that records spell as numbers since 1970. */
export interface EpochTimes {
  /** The schema to decode with: numbers where the stream has timestamps. */
  readonly decoded: Schema;
  /** Makes timestamps of the numbers; `columns` are the batch's, by position in the schema. */
  convert(batch: RecordBatch, columns: readonly number[]): RecordBatch;
}

/** undefined when the format is none of epoch_s, epoch_ms, epoch_us and epoch_ns. */
export function epochTimes(format: string | undefined, schema: Schema): EpochTimes | undefined {
  const micros = format === undefined ? undefined : MICROS_OF[format.toLowerCase()];
  if (micros === undefined) return undefined;
  const isTime = schema.map(({ type }) => type.kind === "timestamp" || type.kind === "timestamptz");
  // Seconds may have a fraction
  const numberType = micros === 1e6 ? DOUBLE : BIGINT;
  return {
    decoded: schema.map((field, i) => (isTime[i] ? { name: field.name, type: numberType } : field)),
    convert: (batch, columns) => ({
      ...batch,
      columns: batch.columns.map((vector, i) => (isTime[columns[i]] ? toTimes(vector, schema[columns[i]].type, micros) : vector)),
    }),
  };
}

function toTimes(vector: Vector, type: Vector["type"], micros: number): Vector {
  if (vector.layout !== "flat") throw new Error("numbers are flat");
  const data = new BigInt64Array(vector.length);
  const halves = new Int32Array(data.buffer);
  const from = vector.data;
  const whole = from instanceof BigInt64Array ? new Int32Array(from.buffer, from.byteOffset, 2 * vector.length) : undefined;
  for (let i = 0; i < vector.length; i++) {
    const number = whole === undefined ? (from[i] as number) : whole[2 * i + 1] * 4294967296 + (whole[2 * i] >>> 0);
    const time = micros < 1 ? Math.floor(number * micros) : Math.round(number * micros);
    halves[2 * i] = time;
    halves[2 * i + 1] = Math.floor(time / 4294967296);
  }
  return { layout: "flat", type, length: vector.length, validity: vector.validity, data };
}
