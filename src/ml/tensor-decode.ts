import { BIGINT, type DataType, list, map, physicalOf, typesEqual, VARCHAR } from "../core/types.ts";
import { type BytesVector, type Dictionary, type FlatData, makeDictionary, type Vector } from "../core/vector.ts";
import { FLAT_CLASSES, vectorFromValues } from "../core/vector-builder.ts";
import { fromHalf } from "./half.ts";
import type { ReceivedAnswer } from "./model-process.ts";
import { elementsOf, type TensorNote, tensorOffsets } from "./model-protocol.ts";
import type { ElementType } from "./model-types.ts";

/** How a column is made of an output of the graph. */
export interface DecodedOutput {
  readonly name: string;
  /** Output of the graph that it comes from. */
  readonly tensor: string;
  readonly element: ElementType;
  /** `value`: one a row; `list`: all of a row, nested as the tensor is; `map`: with the class labels; `class`: one column of the tensor. */
  readonly form: "value" | "list" | "map" | "class";
  /** Of `list`: dimensions of one row. */
  readonly depth: number;
  /** Of `map`. */
  readonly classes?: { readonly kind: "int64" | "string"; readonly labels: readonly string[] };
  /** Of `class`: position in the tensor's row. */
  readonly at: number;
  /** SQL type of the column; a wider number than the element's where OUTPUT asks for it. */
  readonly type: DataType;
}

/** Type of a column by its form. */
export function outputType(output: Pick<DecodedOutput, "element" | "form" | "depth" | "classes">): DataType {
  const { element, form, depth, classes } = output;
  if (form === "map") return map(classes?.kind === "string" ? VARCHAR : BIGINT, element.sql);
  let type: DataType = element.sql;
  if (form === "list") for (let i = 0; i < depth; i++) type = list(type);
  return type;
}

/** What outputs have in common from batch to batch: labels of classes, dictionaries of texts. One for each use of a model. */
export class OutputDecoder {
  readonly #outputs: readonly DecodedOutput[];
  readonly #dictionaries = new Map<string, Dictionary>();
  #keys: { readonly rows: number; readonly vector: Vector; readonly of: DecodedOutput["classes"] } | undefined;

  constructor(outputs: readonly DecodedOutput[]) {
    this.#outputs = outputs;
  }

  /** Columns of `rows` rows. Throws an error that says what is wrong with the tensors' shapes. */
  decode(notes: readonly TensorNote[], { buffer, start }: Pick<ReceivedAnswer, "buffer" | "start">, rows: number): Vector[] {
    const offsets = tensorOffsets(notes, start);
    return this.#outputs.map((output) => {
      const at = notes.findIndex((note) => note.name === output.tensor);
      return this.#column(output, notes[at], buffer, offsets[at], rows);
    });
  }

  #column(
    output: DecodedOutput,
    note: TensorNote,
    buffer: ArrayBuffer,
    offsets: { data: number; offsets: number; texts: number },
    rows: number,
  ): Vector {
    const { dims } = note;
    const width = dims.slice(1).reduce((product, dim) => product * dim, 1);
    const shape = `output "${note.name}" has the shape [${dims.join(", ")}] for ${rows} rows`;
    if (note.type !== output.element.tensor) throw new Error(`output "${note.name}" is of type ${note.type}, not ${output.element.tensor}`);
    if (dims[0] !== rows) throw new Error(`${shape}: it is not one value or list a row`);
    if (output.form === "value" && width !== 1) throw new Error(`${shape}, not one value a row`);
    if (output.form === "list" && dims.length - 1 !== output.depth) throw new Error(`${shape}, not ${output.depth} dimensions a row`);
    if (output.form === "map" && width !== output.classes?.labels.length) throw new Error(`${shape}, not one value a class`);
    if (output.form === "class" && output.at >= width) throw new Error(`${shape}, not one value a class`);
    const elements = this.#elements(output, note, buffer, offsets);
    switch (output.form) {
      case "value":
        return elements;
      case "class":
        return everyNth(elements, output.at, width, rows);
      case "map":
        return this.#map(output, elements, rows, width);
      case "list": {
        let inner = elements;
        const types = [output.type];
        for (let type = output.type; type.kind === "list"; type = type.element) types.push(type.element);
        for (let level = dims.length - 1; level >= 1; level--) {
          const length = dims.slice(0, level).reduce((product, dim) => product * dim, 1);
          inner = listsOf(types[level - 1], inner, length, dims[level]);
        }
        return inner;
      }
    }
  }

  /** All elements of a tensor as one column. */
  #elements(output: DecodedOutput, note: TensorNote, buffer: ArrayBuffer, at: { data: number; offsets: number; texts: number }): Vector {
    let type = output.type;
    while (type.kind === "list" || type.kind === "map") type = type.kind === "list" ? type.element : type.value;
    if (note.type === "string") {
      const count = note.texts?.count ?? 0;
      const codes = new Int32Array(buffer, at.data, note.bytes / 4);
      const offsets = new Int32Array(buffer, at.offsets, count + 1);
      const bytes = new Uint8Array(buffer, at.texts, note.texts?.bytes ?? 0);
      const values: BytesVector = { layout: "bytes", type, length: count, validity: null, offsets, bytes };
      return { layout: "dictionary", type, length: codes.length, validity: null, codes, dictionary: this.#dictionary(output.name, values) };
    }
    const elements = note.packed
      ? unpacked(new Int8Array(buffer, at.data, note.bytes))
      : elementsOf(note.type, buffer, at.data, note.bytes);
    let data: FlatData = elements;
    if (note.type === "float16") data = Float32Array.from(elements as Uint16Array, fromHalf);
    return { layout: "flat", type, length: data.length, validity: null, data: widened(data, output.element.sql, type) };
  }

  /** The dictionary of the batch before where it holds the same texts: what is kept by dictionary stays good. */
  #dictionary(name: string, values: BytesVector): Dictionary {
    const before = this.#dictionaries.get(name);
    if (before !== undefined && sameTexts(before.values, values)) return before;
    // The texts are few; the buffer they came in is large.
    const own = { ...values, offsets: values.offsets.slice(), bytes: values.bytes.slice() };
    const dictionary = makeDictionary(own);
    this.#dictionaries.set(name, dictionary);
    return dictionary;
  }

  #map(output: DecodedOutput, elements: Vector, rows: number, width: number): Vector {
    if (output.type.kind !== "map") throw new Error("a map is of type MAP");
    const { key, value } = output.type;
    if (this.#keys?.rows !== rows || this.#keys.of !== output.classes) {
      this.#keys = { rows, of: output.classes, vector: repeatedLabels(output.classes, rows) };
    }
    const fields = [
      { name: "key", type: key },
      { name: "value", type: value },
    ];
    const child: Vector = {
      layout: "struct",
      type: { kind: "struct", fields },
      length: rows * width,
      validity: null,
      children: [this.#keys.vector, elements],
    };
    return listsOf(output.type, child, rows, width);
  }
}

function unpacked(small: Int8Array): BigInt64Array {
  const numbers = new BigInt64Array(small.length);
  const words = new Int32Array(numbers.buffer);
  let signs = 0;
  for (let i = 0; i < small.length; i++) {
    const value = small[i];
    words[2 * i] = value;
    signs |= value;
  }
  // The high words are 0 already: labels are hardly ever negative.
  if (signs < 0) for (let i = 0; i < small.length; i++) words[2 * i + 1] = small[i] >> 31;
  return numbers;
}

function repeatedLabels(classes: DecodedOutput["classes"], rows: number): Vector {
  const labels = classes?.labels ?? [];
  const length = rows * labels.length;
  if (classes?.kind === "string") {
    const codes = new Int32Array(length);
    for (let i = 0; i < length; i++) codes[i] = i % labels.length;
    // Labels may repeat in a broken model; a dictionary's values may not.
    const distinct = [...new Set(labels)];
    const positions = labels.map((label) => distinct.indexOf(label));
    const dictionary = makeDictionary(vectorFromValues(VARCHAR, distinct) as BytesVector);
    return { layout: "dictionary", type: VARCHAR, length, validity: null, codes: codes.map((code) => positions[code]), dictionary };
  }
  const numbers = labels.map(BigInt);
  const data = new BigInt64Array(length);
  for (let i = 0; i < length; i++) data[i] = numbers[i % labels.length];
  return { layout: "flat", type: BIGINT, length, validity: null, data };
}

function listsOf(type: DataType, child: Vector, length: number, width: number): Vector {
  const offsets = new Int32Array(length + 1);
  for (let i = 0; i <= length; i++) offsets[i] = i * width;
  return { layout: "list", type, length, validity: null, offsets, child };
}

function everyNth(elements: Vector, first: number, step: number, rows: number): Vector {
  if (elements.layout === "dictionary") {
    const codes = new Int32Array(rows);
    for (let i = 0; i < rows; i++) codes[i] = elements.codes[first + i * step];
    return { ...elements, length: rows, codes };
  }
  if (elements.layout !== "flat") throw new Error(`${elements.layout} vectors hold no elements of tensors`);
  // All flat arrays are read and written alike; Float64Array stands for any of them.
  const source = elements.data as Float64Array;
  const data = new (source.constructor as Float64ArrayConstructor)(rows);
  for (let i = 0; i < rows; i++) data[i] = source[first + i * step];
  return { ...elements, length: rows, data };
}

/** The numbers in the layout of a wider type. */
function widened(data: FlatData, from: DataType, to: DataType): FlatData {
  if (typesEqual(from, to)) return data;
  const target = new FLAT_CLASSES[physicalOf(to) as keyof typeof FLAT_CLASSES](new ArrayBuffer(8 * data.length), 0, data.length);
  const wide = target instanceof BigInt64Array && !(data instanceof BigInt64Array);
  for (let i = 0; i < data.length; i++) (target as Float64Array)[i] = (wide ? BigInt(data[i] as number) : data[i]) as number;
  return target;
}

function sameTexts(a: BytesVector, b: BytesVector): boolean {
  if (a.length !== b.length || a.bytes.length !== b.bytes.length) return false;
  return a.offsets.every((offset, i) => offset === b.offsets[i]) && a.bytes.every((byte, i) => byte === b.bytes[i]);
}
