import { stringReader, valueReader } from "../../core/read.ts";
import { type DataType, isInteger, type Schema } from "../../core/types.ts";
import type { Dictionary, RecordBatch, Vector } from "../../core/vector.ts";
import { jsonText, uniqueNames } from "../../formats/json/json-value.ts";

/** Each row of a batch as one JSON object, as formats/json writes it. */
export function rowTexts(schema: Schema, batch: RecordBatch): string[] {
  const names = uniqueNames(schema.map((field) => field.name));
  const before = names.map((name, i) => `${i === 0 ? "{" : ","}${JSON.stringify(name)}:`);
  const columns = batch.columns.map((vector, i) => textsOf(vector, schema[i].type));
  const texts: string[] = [];
  for (let row = 0; row < batch.length; row++) {
    let text = "";
    for (let i = 0; i < columns.length; i++) text += before[i] + columns[i](row);
    texts.push(columns.length === 0 ? "{}" : `${text}}`);
  }
  return texts;
}

/** A batch as lines of JSON. */
export const jsonLines = (schema: Schema, batch: RecordBatch): string =>
  batch.length === 0 ? "" : `${rowTexts(schema, batch).join("\n")}\n`;

/** A column's values as JSON. The common types are read from their arrays; all others as values. */
function textsOf(vector: Vector, type: DataType): (row: number) => string {
  const text = plainTexts(vector, type);
  if (text === undefined) {
    const read = valueReader(vector);
    return (row) => jsonText(type, read(row));
  }
  const { validity } = vector;
  return validity === null ? text : (row) => (validity[row] === 0 ? "null" : text(row));
}

function plainTexts(vector: Vector, type: DataType): ((row: number) => string) | undefined {
  if (vector.layout === "dictionary" && type.kind === "varchar") return dictionaryTexts(vector.codes, vector.dictionary);
  if (vector.layout === "bytes" && type.kind === "varchar") {
    const read = stringReader(vector);
    return (row) => JSON.stringify(read(row));
  }
  if (vector.layout !== "flat") return undefined;
  const { data } = vector;
  if (type.kind === "double" && data instanceof Float64Array) {
    return (row) => (Number.isFinite(data[row]) ? String(data[row]) : jsonText(type, data[row]));
  }
  if (type.kind === "boolean") return (row) => (data[row] === 1 ? "true" : "false");
  if (data instanceof BigInt64Array && (type.kind === "bigint" || type.kind === "timestamp")) {
    return wideTexts(data, type);
  }
  if (isInteger(type) && !(data instanceof BigInt64Array || data instanceof BigUint64Array)) return (row) => String(data[row]);
  return undefined;
}

/** Texts of dictionaries, made as they are asked for. */
const dictionaries = new WeakMap<Dictionary, (string | undefined)[]>();

function dictionaryTexts(codes: Int32Array, dictionary: Dictionary): (row: number) => string {
  let known = dictionaries.get(dictionary);
  if (known === undefined) {
    known = [];
    dictionaries.set(dictionary, known);
  }
  const texts = known;
  const read = stringReader(dictionary.values);
  return (row) => {
    const code = codes[row];
    texts[code] ??= JSON.stringify(read(code));
    return texts[code];
  };
}

/** 64-bit integers and times. What a double does not hold exactly goes the long way. */
function wideTexts(data: BigInt64Array, type: DataType): (row: number) => string {
  const halves = new Int32Array(data.buffer, data.byteOffset, 2 * data.length);
  const numberAt = (row: number) => halves[2 * row + 1] * 4294967296 + (halves[2 * row] >>> 0);
  if (type.kind === "bigint") {
    return (row) => {
      const number = numberAt(row);
      return Number.isSafeInteger(number) ? String(number) : jsonText(type, data[row]);
    };
  }
  // Rows next to one another are mostly of the same second
  let second = Number.NaN;
  let secondText = "";
  return (row) => {
    const micros = numberAt(row);
    if (!Number.isSafeInteger(micros)) return jsonText(type, data[row]);
    const whole = Math.floor(micros / 1e6);
    if (whole !== second) {
      second = whole;
      secondText = jsonText(type, BigInt(whole) * 1_000_000n).slice(0, -1);
    }
    const rest = micros - whole * 1e6;
    return rest === 0 ? `${secondText}"` : `${secondText}.${String(rest).padStart(6, "0").replace(/0+$/, "")}"`;
  };
}
