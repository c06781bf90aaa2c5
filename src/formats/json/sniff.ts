import { basename } from "node:path";
import { ioError } from "../files.ts";
import type { CheckedOptions } from "../format.ts";
import { type Compression, detectCompression, openSequential } from "../input.ts";
import { parseTypeName } from "../type-names.ts";
import { CLOSE_BRACKET, COMMA, OPEN_BRACE, OPEN_BRACKET, skipSpace, skipValue } from "./bytes.ts";
import type { JsonColumn } from "./decoder.ts";
import { Shape, uniqueFields } from "./infer.ts";

const SAMPLE_BYTES = 4 << 20;
const DEFAULT_SAMPLE_ROWS = 20_480;

export interface JsonDialect {
  /** `lines`: a record a line, so that any range of lines can be read alone; `values`: an array, or values one after another. */
  readonly layout: "lines" | "values";
  readonly compression: Compression;
  readonly ignoreErrors: boolean;
  readonly dateFormat: string | undefined;
  readonly timestampFormat: string | undefined;
}

/** Looks at the head of a file: how its records are laid out, and what their columns are. */
export function sniffJson(path: string, options: CheckedOptions): { columns: JsonColumn[]; dialect: JsonDialect } {
  const compression = detectCompression(path, options.text("compression"));
  const rowLimit = options.integer("sample_size") ?? DEFAULT_SAMPLE_ROWS;
  const head = readHead(path, compression, rowLimit === -1 ? Number.POSITIVE_INFINITY : SAMPLE_BYTES);
  const start = skipSpace(head.bytes, head.bytes[0] === 0xef && head.bytes[1] === 0xbb && head.bytes[2] === 0xbf ? 3 : 0, head.length);
  if (start >= head.length) throw ioError(`"${basename(path)}" is empty: there is no JSON in it`);
  const layout = layoutOf(head.bytes, start, head.length, options.text("format"));
  const dialect: JsonDialect = {
    layout,
    compression,
    ignoreErrors: options.boolean("ignore_errors") ?? true,
    dateFormat: options.text("dateformat"),
    timestampFormat: options.text("timestampformat"),
  };
  const given = options.pairs("columns");
  if (given !== undefined) return { columns: given.map(([name, type]) => ({ name, key: name, type: parseTypeName(type) })), dialect };
  const shape = sampleShape(
    path,
    head,
    start,
    layout,
    rowLimit === -1 ? Number.POSITIVE_INFINITY : rowLimit,
    options.integer("maximum_depth") ?? -1,
  );
  const wanted = options.text("records") ?? "auto";
  if (wanted !== "false" && shape.isStruct && shape.fields !== undefined) {
    const keys = [...shape.fields.keys()];
    return { columns: uniqueFields(shape.fields).map((field, i) => ({ ...field, key: keys[i] })), dialect };
  }
  if (wanted === "true")
    throw ioError(`the values of "${basename(path)}" are not all objects`, "records = false reads them into one column");
  return { columns: [{ name: "json", key: undefined, type: shape.type() }], dialect };
}

interface Head {
  readonly bytes: Uint8Array;
  readonly length: number;
  readonly complete: boolean;
}

function readHead(path: string, compression: Compression, limit: number): Head {
  const input = openSequential(path, compression);
  let bytes = new Uint8Array(1 << 20);
  let length = 0;
  let complete = false;
  while (length < limit) {
    if (length === bytes.length) {
      const larger = new Uint8Array(bytes.length * 2);
      larger.set(bytes);
      bytes = larger;
    }
    const count = input.read(bytes, length, bytes.length - length);
    if (count === 0) {
      complete = true;
      break;
    }
    length += count;
  }
  input.close();
  return { bytes: bytes.subarray(0, length), length, complete };
}

function layoutOf(bytes: Uint8Array, start: number, end: number, option: string | undefined): "lines" | "values" {
  if (option === "newline_delimited" || option === "nd") return "lines";
  if (option === "array" || option === "unstructured") return "values";
  // Lines it is when the first few lines each hold one whole value, and there is more than one or the value is an object.
  let at = start;
  let lines = 0;
  while (lines < 5 && at < end) {
    const lineEnd = bytes.subarray(0, end).indexOf(10, at);
    const stop = lineEnd < 0 ? end : lineEnd;
    const valueEnd = skipValue(bytes, at, stop);
    if (valueEnd < 0) return lines === 0 || bytes[at] === CLOSE_BRACKET ? "values" : "lines";
    if (skipSpace(bytes, valueEnd, stop) < stop) return "values";
    lines++;
    at = skipSpace(bytes, stop, end);
  }
  return lines > 1 || bytes[start] === OPEN_BRACE ? "lines" : "values";
}

/** The shape that all records of the sample have in common. Malformed ones are left to the decoder, which reports them. */
function sampleShape(path: string, head: Head, start: number, layout: JsonDialect["layout"], rowLimit: number, maxDepth: number): Shape {
  const { bytes, length } = head;
  const shape = new Shape();
  let at = start;
  let rows = 0;
  let bad = 0;
  let inArray = false;
  // A line `[1, 2]` of newline-delimited arrays is a record; an array that begins the file otherwise holds the records
  if (bytes[at] === OPEN_BRACKET && layout === "values") {
    inArray = true;
    at = skipSpace(bytes, at + 1, length);
  }
  while (rows < rowLimit && at < length) {
    if (inArray && (bytes[at] === COMMA || bytes[at] === CLOSE_BRACKET)) {
      at = skipSpace(bytes, at + 1, length);
      continue;
    }
    const stop = skipValue(bytes, at, length);
    if (stop < 0) {
      const lineEnd = bytes.subarray(0, length).indexOf(10, at);
      if (lineEnd < 0) break;
      bad++;
      at = skipSpace(bytes, lineEnd + 1, length);
      continue;
    }
    shape.add(bytes, at, length, maxDepth);
    rows++;
    at = skipSpace(bytes, stop, length);
  }
  if (rows === 0 && (bad > 0 || length > 0) && !inArray)
    throw ioError(`"${basename(path)}" holds no JSON`, "is it another format? read_csv reads delimited text");
  return shape;
}
