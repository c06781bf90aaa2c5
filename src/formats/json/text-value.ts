import { valueAt } from "../../core/read.ts";
import type { DataType } from "../../core/types.ts";
import type { Value } from "../../core/value.ts";
import { type ColumnSink, makeSink } from "../column-sink.ts";

const sinks = new Map<string, ColumnSink>();

/** Text as a value of a scalar type, by the same conversions as columns of text files; undefined where it cannot be one. */
export function castText(type: DataType, text: string): Value | undefined {
  const key = JSON.stringify(type);
  let sink = sinks.get(key);
  if (sink === undefined) {
    sink = makeSink(type);
    sinks.set(key, sink);
  }
  const bytes = Buffer.from(text, "utf8");
  sink.begin(1);
  if (!sink.setText(0, bytes, 0, bytes.length)) return undefined;
  return valueAt(sink.finish(1), 0);
}
