import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

/** One dimension: its length, or the name it has (empty where it has none) if it is open. */
export type Dim = number | string;

/** What the graph says of an input or output. Plain data: it crosses a process. */
export interface TensorInfo {
  readonly name: string;
  /** ONNX element type by number (TensorProto.DataType). */
  readonly elemType: number;
  /** Undefined where the graph leaves even the rank open. */
  readonly dims: readonly Dim[] | undefined;
  readonly doc?: string;
  /** Of an output that was a list of maps: the keys, in the order of the tensor's columns. int64 keys as decimal digits. */
  readonly classes?: { readonly kind: "int64" | "string"; readonly labels: readonly string[] };
  /** Of an output that is no tensor: what it is instead. */
  readonly refused?: string;
  /** Of an input: the least width that the nodes that read it need, where they say so. */
  readonly minWidth?: number;
}

export interface GraphInfo {
  readonly irVersion: string;
  readonly producer: string;
  readonly doc: string;
  readonly opsets: readonly { readonly domain: string; readonly version: string }[];
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  /** What was changed in the bytes, in words. */
  readonly rewritten: readonly string[];
}

/** Reads bytes of a file that the model names, relative to its own folder. */
export type ExternalReader = (location: string, offset: number, length: number | undefined) => Uint8Array;

/** Inputs of a graph that stand for one of texts: positions, and the texts that they point to. */
export interface CodedInput {
  readonly codes: string;
  readonly texts: string;
}

export interface ReadModel {
  readonly info: GraphInfo;
  /** The model in a form that a runtime of tensors can run. */
  readonly bytes: Uint8Array;
  /** By name of the input of texts that they replace. */
  readonly coded: ReadonlyMap<string, CodedInput>;
}

/** A model that cannot be taken: the message says what is wrong with the file, without its name. */
export class GraphError extends Error {}

/** A field of a protobuf message. */
export interface Field {
  readonly no: number;
  readonly wire: WireType;
  /** The field with its tag. */
  readonly raw: Uint8Array;
  /** Its content without tag and length; empty for groups. */
  readonly bytes: Uint8Array;
}

/** Messages inside one another deeper than this are refused (onnxruntime's own limit is 100). */
const MAX_DEPTH = 100;

/**
 * What a model takes and gives, and its bytes in a form that a runtime of tensors can run: ZipMap nodes, which make a list of maps of class
 * probabilities, are replaced by Identity, so that the output keeps its name and becomes the tensor of the probabilities; tensors that lie in other
 * files are read and put in place. With `codeTexts` every input of texts becomes two, codes (int32, of the input's shape) and the distinct texts, from
 * which a Gather node makes it again: then a batch hands over few texts. Throws a GraphError for bytes that are no model, and for inputs that are no
 * tensors.
 */
export function readModel(bytes: Uint8Array, external: ExternalReader, { codeTexts = false } = {}): ReadModel {
  try {
    return readModelFields(bytes, external, codeTexts);
  } catch (error) {
    if (error instanceof GraphError) throw error;
    throw new GraphError(`it is not an ONNX model (${(error as Error).message})`);
  }
}

function readModelFields(bytes: Uint8Array, external: ExternalReader, codeTexts: boolean): ReadModel {
  const fields = fieldsOf(bytes);
  const graphs = fields.filter((field) => field.no === 7 && field.wire === WireType.LengthDelimited);
  if (graphs.length !== 1) throw new GraphError("it is not an ONNX model (it holds no graph)");
  const opsets = messages(fields, 8).map((opset) => ({ domain: text(opset, 1), version: integer(opset, 2) }));
  const rewriter = new GraphRewriter(fieldsOf(graphs[0].bytes), external, codeTexts);
  const graph = rewriter.rewrite();
  const functions = fields.map((field) => (field.no === 25 ? inlineExternal(field, FUNCTION, external, 1) : field));
  const functionsChanged = functions.some((field, i) => field !== fields[i]);
  const info: GraphInfo = {
    irVersion: integer(fields, 1),
    producer: [text(fields, 2), text(fields, 3)].filter((part) => part !== "").join(" "),
    doc: text(fields, 6),
    opsets,
    inputs: rewriter.inputs(),
    outputs: rewriter.outputs(),
    rewritten: rewriter.changes(),
  };
  const { coded } = rewriter;
  if (graph === undefined && !functionsChanged) return { info, bytes, coded };
  const writer = new BinaryWriter();
  for (const field of functions) {
    if (field === graphs[0]) writer.tag(7, WireType.LengthDelimited).bytes(graph ?? field.bytes);
    else writer.raw(field.raw);
  }
  // Identity and Gather are operators of the default domain, which a graph of classifiers alone need not import.
  if (graph !== undefined && !opsets.some((opset) => opset.domain === "" || opset.domain === "ai.onnx")) {
    writer.tag(8, WireType.LengthDelimited).bytes(new BinaryWriter().tag(2, WireType.Varint).int64(9).finish());
  }
  return { info, bytes: writer.finish(), coded };
}

interface GraphNode {
  readonly field: Field;
  readonly opType: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

class GraphRewriter {
  readonly #fields: readonly Field[];
  readonly #external: ExternalReader;
  readonly #nodes: readonly GraphNode[];
  /** Values that were lists of maps, with the labels of their classes. */
  readonly #classes = new Map<string, NonNullable<TensorInfo["classes"]>>();
  #zipMaps = 0;
  #inlined = false;
  readonly coded = new Map<string, CodedInput>();

  constructor(fields: readonly Field[], external: ExternalReader, codeTexts: boolean) {
    this.#fields = fields;
    this.#external = external;
    this.#nodes = fields
      .filter((field) => field.no === 1)
      .map((field) => {
        const parts = fieldsOf(field.bytes);
        return { field, opType: text(parts, 4), domain: text(parts, 7), inputs: texts(parts, 1), outputs: texts(parts, 2) };
      });
    for (const { field, opType, domain, inputs, outputs } of this.#nodes) {
      if (opType === "ZipMap" && domain === "ai.onnx.ml" && outputs.length > 0) {
        this.#zipMaps++;
        this.#classes.set(outputs[0], labelsOf(fieldsOf(field.bytes)));
      } else if (opType === "Identity" && this.#classes.has(inputs[0])) {
        this.#classes.set(outputs[0], this.#classes.get(inputs[0]) as NonNullable<TensorInfo["classes"]>);
      }
    }
    if (!codeTexts) return;
    const taken = new Set(this.#nodes.flatMap(({ inputs, outputs }) => [...inputs, ...outputs]));
    for (const name of this.#inputNames()) taken.add(name);
    const free = (name: string): string => (taken.has(name) ? free(`${name}_`) : name);
    for (const { name, elemType } of this.inputs()) {
      if (elemType === STRING) this.coded.set(name, { codes: free(`${name}/codes`), texts: free(`${name}/texts`) });
    }
  }

  changes(): string[] {
    return [...(this.#zipMaps > 0 ? ["ZipMap removed"] : []), ...(this.#inlined ? ["external data read in"] : [])];
  }

  /** The graph's bytes, or undefined where nothing had to be changed. */
  rewrite(): Uint8Array | undefined {
    const zipMaps = new Set(
      this.#nodes.filter((node) => node.opType === "ZipMap" && node.domain === "ai.onnx.ml").map((node) => node.field),
    );
    const writer = new BinaryWriter();
    for (const [name, { codes, texts }] of this.coded) {
      const gather = new BinaryWriter();
      for (const input of [texts, codes]) gather.tag(1, WireType.LengthDelimited).string(input);
      gather.tag(2, WireType.LengthDelimited).string(name).tag(4, WireType.LengthDelimited).string("Gather");
      writer.tag(1, WireType.LengthDelimited).bytes(gather.finish());
    }
    for (const field of this.#fields) {
      const coded = field.no === 11 ? this.coded.get(text(fieldsOf(field.bytes), 1)) : undefined;
      if (coded !== undefined) {
        const [tensor] = messages(messages(fieldsOf(field.bytes), 2)[0], 1);
        const shape = tensor.find((part) => part.no === 2);
        writer.raw(delimited(11, tensorValue(coded.codes, INT32, shape?.raw)));
        writer.raw(delimited(11, tensorValue(coded.texts, STRING, delimited(2, delimited(1, new Uint8Array(0))))));
      } else if (zipMaps.has(field)) writer.tag(1, WireType.LengthDelimited).bytes(identityNode(fieldsOf(field.bytes)));
      else if (field.no === 12 && this.#classes.has(text(fieldsOf(field.bytes), 1))) {
        writer.tag(12, WireType.LengthDelimited).bytes(this.#tensorOutput(field));
      } else if (field.no === 13 && this.#classes.has(text(fieldsOf(field.bytes), 1))) {
        // A note on a value between two nodes that is of another type now: the runtime finds the type by itself.
      } else {
        const inlined = inlineExternal(field, GRAPH, this.#external, 1);
        if (inlined !== field) this.#inlined = true;
        writer.raw(inlined.raw);
      }
    }
    return this.#zipMaps > 0 || this.#inlined || this.coded.size > 0 ? writer.finish() : undefined;
  }

  #inputNames(): string[] {
    return messages(this.#fields, 11).map((value) => text(value, 1));
  }

  inputs(): TensorInfo[] {
    const initialized = new Set(messages(this.#fields, 5).map((tensor) => text(tensor, 8)));
    for (const sparse of messages(this.#fields, 15)) for (const values of messages(sparse, 1)) initialized.add(text(values, 8));
    return messages(this.#fields, 11)
      .map((value) => this.#describe(value, "input"))
      .filter((input) => !initialized.has(input.name))
      .map((input) => ({ ...input, ...this.#minWidth(input.name) }));
  }

  outputs(): TensorInfo[] {
    return messages(this.#fields, 12).map((value) => {
      const name = text(value, 1);
      const classes = this.#classes.get(name);
      if (classes === undefined) return this.#describe(value, "output");
      return { name, elemType: 1, dims: ["", classes.labels.length], classes, ...docOf(value) };
    });
  }

  #describe(value: readonly Field[], role: "input" | "output"): TensorInfo {
    const name = text(value, 1);
    const type = messages(value, 2)[0] ?? [];
    const [tensor] = messages(type, 1);
    if (tensor === undefined) {
      const kind = messages(type, 4).length > 0 ? "a sequence" : messages(type, 5).length > 0 ? "a map" : "of no known type";
      const known = messages(type, 8).length > 0 ? "a sparse tensor" : messages(type, 9).length > 0 ? "an optional value" : kind;
      if (role === "input") throw new GraphError(`its input "${name}" is ${known}, not a tensor`);
      const mend = known === "a sequence" ? "; a list of maps can be taken only where a ZipMap node makes it" : "";
      return { name, elemType: 0, dims: undefined, refused: `is ${known}, not a tensor${mend}` };
    }
    const [shape] = messages(tensor, 2);
    const dims = shape === undefined ? undefined : messages(shape, 1).map(dimOf);
    return { name, elemType: Number(integer(tensor, 1)), dims, ...docOf(value) };
  }

  /** Trees and linear models that read an input themselves name the features they use: fewer columns would make them read beyond a row. */
  #minWidth(input: string): { minWidth?: number } {
    let width = 0;
    for (const { field, opType, domain, inputs } of this.#nodes) {
      if (domain !== "ai.onnx.ml" || inputs[0] !== input) continue;
      const attributes = messages(fieldsOf(field.bytes), 5);
      const ids = opType.startsWith("TreeEnsemble") ? integers(attributes, "nodes_featureids") : [];
      for (const id of ids) width = Math.max(width, id + 1);
    }
    return width === 0 ? {} : { minWidth: width };
  }

  #tensorOutput(field: Field): Uint8Array {
    const name = text(fieldsOf(field.bytes), 1);
    const columns = new BinaryWriter().tag(1, WireType.Varint).int64(this.#classes.get(name)?.labels.length ?? 0);
    const dims = new BinaryWriter().raw(delimited(1, new Uint8Array(0))).raw(delimited(1, columns.finish()));
    return tensorValue(name, FLOAT, delimited(2, dims.finish()));
  }
}

/** Numbers of TensorProto.DataType. */
const FLOAT = 1;
const INT32 = 6;
const STRING = 8;

/** A field that holds `content`. */
export const delimited = (no: number, content: Uint8Array): Uint8Array =>
  new BinaryWriter().tag(no, WireType.LengthDelimited).bytes(content).finish();

/** A ValueInfoProto of a tensor; `shape` is the field with its tag. */
function tensorValue(name: string, elemType: number, shape: Uint8Array | undefined): Uint8Array {
  const tensor = new BinaryWriter().tag(1, WireType.Varint).int32(elemType);
  if (shape !== undefined) tensor.raw(shape);
  const value = new BinaryWriter().tag(1, WireType.LengthDelimited).string(name);
  return value.raw(delimited(2, delimited(1, tensor.finish()))).finish();
}

/** The node with its inputs, outputs and name, as Identity of the default domain. */
function identityNode(node: readonly Field[]): Uint8Array {
  const writer = new BinaryWriter();
  for (const field of node) if (field.no <= 3) writer.raw(field.raw);
  return writer.tag(4, WireType.LengthDelimited).string("Identity").finish();
}

function labelsOf(zipMap: readonly Field[]): NonNullable<TensorInfo["classes"]> {
  const attributes = messages(zipMap, 5);
  const named = attributes.find((attribute) => text(attribute, 1) === "classlabels_strings");
  if (named !== undefined && texts(named, 9).length > 0) return { kind: "string", labels: texts(named, 9) };
  const ids = attributes.find((attribute) => text(attribute, 1) === "classlabels_int64s");
  return { kind: "int64", labels: ids === undefined ? [] : varints(ids, 8).map(String) };
}

/** Kinds of messages that may hold tensors, and the fields that lead there. */
type Holder = Readonly<Record<number, () => Holder | "tensor">>;
const SPARSE: Holder = { 1: () => "tensor", 2: () => "tensor" };
const ATTRIBUTE: Holder = { 5: () => "tensor", 6: () => GRAPH, 10: () => "tensor", 11: () => GRAPH, 22: () => SPARSE, 23: () => SPARSE };
const NODE: Holder = { 5: () => ATTRIBUTE };
const GRAPH: Holder = { 1: () => NODE, 5: () => "tensor", 15: () => SPARSE };
const FUNCTION: Holder = { 7: () => NODE, 11: () => ATTRIBUTE };

/** A field of a message of kind `within` with the tensors of other files put in place; the very same where there are none. */
function inlineExternal(field: Field, within: Holder, external: ExternalReader, depth: number): Field {
  const kind = within[field.no]?.();
  if (kind === undefined || field.wire !== WireType.LengthDelimited) return field;
  if (depth > MAX_DEPTH) throw new GraphError(`its graphs stand inside one another more than ${MAX_DEPTH} deep`);
  // Most bytes of a model are weights: a tensor is only looked into as far as its location.
  const parts = fieldsOf(field.bytes);
  let content: Uint8Array | undefined;
  if (kind === "tensor") {
    if (integer(parts, 14) === "1") content = inlineTensor(parts, external);
  } else {
    const changed = parts.map((part) => inlineExternal(part, kind, external, depth + 1));
    if (changed.some((part, i) => part !== parts[i])) content = joined(changed.map(({ raw }) => raw));
  }
  if (content === undefined) return field;
  const raw = new BinaryWriter().tag(field.no, WireType.LengthDelimited).bytes(content).finish();
  return { ...field, raw, bytes: content };
}

function inlineTensor(tensor: readonly Field[], external: ExternalReader): Uint8Array {
  const name = text(tensor, 8);
  const entries = new Map(messages(tensor, 13).map((entry) => [text(entry, 1), text(entry, 2)]));
  const location = entries.get("location");
  if (location === undefined) throw new GraphError(`its tensor "${name}" lies in another file but names none`);
  const number = (key: string) => {
    const written = entries.get(key);
    if (written === undefined) return undefined;
    const value = Number(written);
    if (!Number.isSafeInteger(value) || value < 0) throw new GraphError(`its tensor "${name}" has the ${key} '${written}' in another file`);
    return value;
  };
  const data = external(location, number("offset") ?? 0, number("length"));
  const writer = new BinaryWriter();
  for (const field of tensor) if (field.no !== 13 && field.no !== 14) writer.raw(field.raw);
  return writer.tag(9, WireType.LengthDelimited).bytes(data).finish();
}

/** Fields one after another. */
export function joined(fields: readonly Uint8Array[]): Uint8Array {
  const writer = new BinaryWriter();
  for (const field of fields) writer.raw(field);
  return writer.finish();
}

/** Top-level fields of one message. Views of its bytes, nothing is copied. */
export function fieldsOf(bytes: Uint8Array): Field[] {
  const reader = new BinaryReader(bytes);
  const fields: Field[] = [];
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const [no, wire] = reader.tag();
    const contentStart = reader.pos;
    if (wire === WireType.LengthDelimited) {
      const content = reader.bytes();
      fields.push({ no, wire, raw: bytes.subarray(start, reader.pos), bytes: content });
    } else {
      reader.skip(wire, no);
      fields.push({ no, wire, raw: bytes.subarray(start, reader.pos), bytes: bytes.subarray(contentStart, reader.pos) });
    }
  }
  return fields;
}

/** The messages in a field that may stand several times. */
export const messages = (fields: readonly Field[], no: number): Field[][] =>
  fields.filter((field) => field.no === no && field.wire === WireType.LengthDelimited).map((field) => fieldsOf(field.bytes));

const decoder = new TextDecoder();
/** The texts in a field that may stand several times. */
export const texts = (fields: readonly Field[], no: number): string[] =>
  fields.filter((field) => field.no === no && field.wire === WireType.LengthDelimited).map((field) => decoder.decode(field.bytes));
/** The text in a field; empty where there is none. */
export const text = (fields: readonly Field[], no: number): string => texts(fields, no).at(-1) ?? "";

/** Integers of a repeated field, packed or not. */
function varints(fields: readonly Field[], no: number): bigint[] {
  const values: bigint[] = [];
  for (const field of fields) {
    if (field.no !== no) continue;
    const reader = new BinaryReader(field.bytes);
    while (reader.pos < reader.len) values.push(BigInt(reader.int64()));
  }
  return values;
}
const integer = (fields: readonly Field[], no: number): string => String(varints(fields, no).at(-1) ?? 0n);

const integers = (attributes: readonly Field[][], name: string): number[] =>
  attributes.filter((attribute) => text(attribute, 1) === name).flatMap((attribute) => varints(attribute, 8).map(Number));

function dimOf(dim: readonly Field[]): Dim {
  const length = dim.find((field) => field.no === 1 && field.wire === WireType.Varint);
  return length === undefined ? text(dim, 2) : Number(integer(dim, 1));
}

function docOf(value: readonly Field[]): { doc?: string } {
  const doc = text(value, 3);
  return doc === "" ? {} : { doc };
}
