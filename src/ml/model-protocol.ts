import type { GraphInfo } from "./onnx-graph.ts";
import type { TensorType } from "./onnx-runtime.ts";

/**
 * What goes between the engine and the process of a model. A frame is a head of 16 bytes (length of the note, length of the columns), a note in
 * JSON, and the columns one after another, each at a multiple of 8 bytes. Everything is in the byte order of the machine.
 */

/** The child reads requests here, and answers there; the last is held open for as long as the engine lives. */
export const REQUEST_FD = 3;
export const ANSWER_FD = 4;
export const LIFELINE_FD = 5;

export const HEAD_BYTES = 16;

export interface LoadRequest {
  readonly kind: "load";
  readonly path: string;
  /** SHA-256 the file must have, when it has been loaded before. */
  readonly hash?: string;
  /** Most bytes of the file and of the files it names. */
  readonly maxBytes: number;
  readonly threads: number;
}

/** A tensor's place in a frame. Numbers lie there as they are; texts as codes (int32), offsets (int32) and UTF-8 bytes of the distinct ones. */
export interface TensorNote {
  readonly name: string;
  readonly type: TensorType;
  readonly dims: readonly number[];
  /** Bytes of its numbers, or of its codes. */
  readonly bytes: number;
  /** Its int64 numbers came as int8, a byte each: labels of classes are small, and pipes are slow. */
  readonly packed?: true;
  readonly texts?: { readonly count: number; readonly bytes: number };
}

export interface RunRequest {
  readonly kind: "run";
  readonly inputs: readonly TensorNote[];
  readonly fetch: readonly string[];
}

export type Request = LoadRequest | RunRequest;

export type Answer =
  | { readonly kind: "loaded"; readonly info: GraphInfo; readonly size: number; readonly hash: string }
  | { readonly kind: "result"; readonly outputs: readonly TensorNote[] }
  /** `file`: the file cannot be read or is not what it should be; `model`: the runtime refuses it or failed in a run. */
  | { readonly kind: "error"; readonly of: "file" | "model"; readonly message: string };

/** Memory of frames, for use after use: it is given back when the answer is there. Frames start at the start of their buffer. */
export class FramePool {
  readonly #free: ArrayBuffer[] = [];

  readonly take = (bytes: number): Uint8Array<ArrayBuffer> => {
    const at = this.#free.findIndex((buffer) => buffer.byteLength >= bytes);
    const buffer = at < 0 ? new ArrayBuffer(Math.ceil(bytes / 4096) * 4096) : this.#free.splice(at, 1)[0];
    return new Uint8Array(buffer, 0, bytes);
  };

  give({ buffer }: Uint8Array<ArrayBuffer>): void {
    if (this.#free.length < 8) this.#free.push(buffer);
  }
}

const align = (bytes: number): number => Math.ceil(bytes / 8) * 8;

/** Bytes that a tensor takes in a frame. */
export const tensorBytes = ({ bytes, texts }: TensorNote): number =>
  align(bytes) + (texts === undefined ? 0 : align(4 * (texts.count + 1)) + align(texts.bytes));

/** A frame with the note written and room for the tensors at `start`, to be filled in; in memory that `take` gives, which need not be empty. */
export function makeFrame(
  note: Request | Answer,
  tensors: readonly TensorNote[],
  take = (bytes: number): Uint8Array<ArrayBuffer> => new Uint8Array(bytes),
): { frame: Uint8Array<ArrayBuffer>; start: number } {
  const json = Buffer.from(JSON.stringify(note));
  const start = HEAD_BYTES + align(json.length);
  const payload = tensors.reduce((sum, tensor) => sum + tensorBytes(tensor), 0);
  const frame = take(start + payload);
  const head = new DataView(frame.buffer, frame.byteOffset);
  head.setUint32(0, json.length, true);
  head.setFloat64(8, payload, true);
  frame.set(json, HEAD_BYTES);
  return { frame, start };
}

/** Lengths of what follows a head. */
export function readHead(head: Uint8Array): { note: number; noteRoom: number; payload: number } {
  const view = new DataView(head.buffer, head.byteOffset, HEAD_BYTES);
  const note = view.getUint32(0, true);
  return { note, noteRoom: align(note), payload: view.getFloat64(8, true) };
}

/** Where the parts of each tensor start, from `start`. */
export function tensorOffsets(tensors: readonly TensorNote[], start: number): { data: number; offsets: number; texts: number }[] {
  let at = start;
  return tensors.map((tensor) => {
    const data = at;
    const offsets = data + align(tensor.bytes);
    const texts = offsets + (tensor.texts === undefined ? 0 : align(4 * (tensor.texts.count + 1)));
    at += tensorBytes(tensor);
    return { data, offsets, texts };
  });
}

/** Typed array of a tensor type's elements over some bytes. */
export function elementsOf(type: Exclude<TensorType, "string">, buffer: ArrayBuffer, offset: number, bytes: number) {
  switch (type) {
    case "float32":
      return new Float32Array(buffer, offset, bytes / 4);
    case "float64":
      return new Float64Array(buffer, offset, bytes / 8);
    case "float16":
    case "uint16":
      return new Uint16Array(buffer, offset, bytes / 2);
    case "int8":
      return new Int8Array(buffer, offset, bytes);
    case "int16":
      return new Int16Array(buffer, offset, bytes / 2);
    case "int32":
      return new Int32Array(buffer, offset, bytes / 4);
    case "int64":
      return new BigInt64Array(buffer, offset, bytes / 8);
    case "bool":
    case "uint8":
      return new Uint8Array(buffer, offset, bytes);
    case "uint32":
      return new Uint32Array(buffer, offset, bytes / 4);
    case "uint64":
      return new BigUint64Array(buffer, offset, bytes / 8);
  }
}
