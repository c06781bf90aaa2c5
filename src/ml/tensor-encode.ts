import { plainText } from "../core/concat.ts";
import { dictionaryEncode } from "../core/dictionary-encode.ts";
import { typeName } from "../core/types.ts";
import { type BytesVector, type DictionaryVector, type FlatVector, sliceVector, type Vector } from "../core/vector.ts";
import type { FramePool, RunRequest, TensorNote } from "./model-protocol.ts";
import { elementsOf, makeFrame, tensorOffsets } from "./model-protocol.ts";
import { fillNumbers, misfit, type NumberType } from "./number-loop.ts";
import type { TensorType } from "./onnx-runtime.ts";

/** One input of the graph, and the arguments that go to it. */
export interface EncodedInput {
  readonly name: string;
  readonly type: TensorType;
  /** Dimensions behind the rows: none, or those of one row; a name stands for any length. */
  readonly rowDims: readonly (number | string)[];
  /** Positions of its arguments: one LIST for all of a row where `list` says so, or a column for each element. */
  readonly args: readonly number[];
  readonly list: boolean;
  /** Least elements of a row that the graph reads. */
  readonly minWidth?: number;
}

/** A row that cannot go into a tensor. */
export class RowFault extends Error {
  readonly row: number;
  constructor(row: number, message: string) {
    super(message);
    this.row = row;
  }
}

interface Encoded {
  readonly note: TensorNote;
  /** Numbers: columns side by side. */
  readonly columns?: readonly FlatVector[];
  readonly codes?: Int32Array;
  readonly texts?: BytesVector;
}

/** A request that scores `rows` rows of `args`. NULLs stand for NaN in floating inputs; the others have none. Throws a RowFault. */
export function encodeRun(
  inputs: readonly EncodedInput[],
  args: readonly Vector[],
  rows: number,
  fetch: readonly string[],
  pool: FramePool,
): Uint8Array<ArrayBuffer> {
  const encoded = inputs.map((input) => {
    const own = input.args.map((at) => args[at]);
    return encodeInput(input, own, rows);
  });
  const notes = encoded.map(({ note }) => note);
  const request: RunRequest = { kind: "run", inputs: notes, fetch };
  const { frame, start } = makeFrame(request, notes, pool.take);
  const offsets = tensorOffsets(notes, start);
  for (const [i, { note, columns, codes, texts }] of encoded.entries()) {
    const { data, offsets: offsetsAt, texts: textsAt } = offsets[i];
    if (codes !== undefined && texts !== undefined) {
      new Int32Array(frame.buffer, data, codes.length).set(codes);
      const target = new Int32Array(frame.buffer, offsetsAt, texts.length + 1);
      const base = texts.offsets[0];
      for (let t = 0; t <= texts.length; t++) target[t] = texts.offsets[t] - base;
      frame.set(texts.bytes.subarray(base, texts.offsets[texts.length]), textsAt);
    } else if (columns !== undefined) {
      const type = note.type as NumberType;
      const length = columns[0]?.length ?? 0;
      if (!fillNumbers(elementsOf(type, frame.buffer, data, note.bytes), type, columns, length, true)) {
        const found = misfit(type, columns, length);
        if (found !== undefined) throw outOfRange(inputs[i], columns[found.column], found.row, rows);
      }
    }
  }
  return frame;
}

function outOfRange(input: EncodedInput, column: FlatVector, at: number, rows: number): RowFault {
  const row = Math.floor(at / Math.max(1, column.length / rows));
  return new RowFault(row, `${column.data[at]} is out of the range of ${input.type}, which input "${input.name}" takes`);
}

function encodeInput(input: EncodedInput, args: readonly Vector[], rows: number): Encoded {
  const { name, type } = input;
  let columns = args;
  let dims: number[];
  if (input.list) {
    const flat = flattenList(input, args[0], rows);
    columns = [flat.elements];
    dims = flat.dims;
  } else {
    dims = input.rowDims.length === 0 ? [] : [args.length];
  }
  const elements = columns.reduce((sum, column) => sum + column.length, 0);
  const note = { name, type, dims: [rows, ...dims] };
  if (type === "string") {
    const { codes, texts } = encodeTexts(columns as readonly (BytesVector | DictionaryVector)[]);
    const bytes = texts.offsets[texts.length] - texts.offsets[0];
    return { note: { ...note, bytes: codes.byteLength, texts: { count: texts.length, bytes } }, codes, texts };
  }
  return { note: { ...note, bytes: elements * ELEMENT_BYTES[type] }, columns: columns as readonly FlatVector[] };
}

const ELEMENT_BYTES: Readonly<Record<NumberType, number>> = {
  bool: 1,
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  float16: 2,
  int32: 4,
  uint32: 4,
  float32: 4,
  int64: 8,
  uint64: 8,
  float64: 8,
};

/** All elements of lists, one row after another, and the lengths they have in common, level by level. */
function flattenList(input: EncodedInput, lists: Vector, rows: number): { elements: Vector; dims: number[] } {
  let level: Vector = lists;
  let perRow = 1;
  const dims: number[] = [];
  for (const wanted of input.rowDims) {
    if (level.layout !== "list") throw new Error(`${typeName(level.type)} is no list`);
    const { offsets, length } = level;
    const width = length > 0 ? offsets[1] - offsets[0] : typeof wanted === "number" ? wanted : 0;
    for (let i = 0; i < length; i++) {
      const own = offsets[i + 1] - offsets[i];
      const expected = typeof wanted === "number" ? wanted : width;
      if (own !== expected) {
        const why = typeof wanted === "number" ? "takes" : "has in the rows before it";
        throw new RowFault(Math.floor(i / perRow), `a list of ${own} values came where input "${input.name}" ${why} ${expected}`);
      }
    }
    if (rows > 0 && width < (input.minWidth ?? 0)) {
      throw new RowFault(0, `a list of ${width} values came where input "${input.name}" needs at least ${input.minWidth}`);
    }
    dims.push(width);
    perRow *= width;
    level = sliceVector(level.child, offsets[0], offsets[length]);
  }
  return { elements: level, dims };
}

/** Codes of columns side by side, into one list of texts in which each stands once a column. */
function encodeTexts(columns: readonly (BytesVector | DictionaryVector)[]): { codes: Int32Array; texts: BytesVector } {
  const parts = columns.map(encodeText);
  if (parts.length === 1) return parts[0];
  const rows = columns[0].length;
  const codes = new Int32Array(rows * parts.length);
  let base = 0;
  let bytes = 0;
  for (const [column, part] of parts.entries()) {
    for (let row = 0, at = column; row < rows; row++, at += parts.length) codes[at] = base + part.codes[row];
    base += part.texts.length;
    bytes += part.texts.offsets[part.texts.length] - part.texts.offsets[0];
  }
  const offsets = new Int32Array(base + 1);
  const all = new Uint8Array(bytes);
  let text = 0;
  for (const { texts } of parts) {
    const shift = offsets[text] - texts.offsets[0];
    all.set(texts.bytes.subarray(texts.offsets[0], texts.offsets[texts.length]), offsets[text]);
    for (let i = 1; i <= texts.length; i++) offsets[text + i] = texts.offsets[i] + shift;
    text += texts.length;
  }
  return { codes, texts: { layout: "bytes", type: columns[0].type, length: base, validity: null, offsets, bytes: all } };
}

function encodeText(column: BytesVector | DictionaryVector): { codes: Int32Array; texts: BytesVector } {
  if (column.layout === "bytes") {
    const [encoded] = dictionaryEncode([column]) ?? [];
    if (encoded !== undefined) return { codes: encoded.codes, texts: encoded.dictionary.values };
    const codes = new Int32Array(column.length);
    for (let i = 0; i < codes.length; i++) codes[i] = i;
    return { codes, texts: column };
  }
  const { values } = column.dictionary;
  // A dictionary larger than the batch is not sent along for the few values that occur.
  if (values.length > column.length) return encodeText(plainText(column));
  return { codes: column.codes, texts: values };
}
