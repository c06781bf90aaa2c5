import { createHash } from "node:crypto";
import { closeSync, fstatSync, openSync, readFileSync, readSync, realpathSync, statSync, writeFileSync, writevSync } from "node:fs";
import { dirname, isAbsolute, relative, resolve, sep } from "node:path";
import { Worker } from "node:worker_threads";
import {
  ANSWER_FD,
  type Answer,
  elementsOf,
  HEAD_BYTES,
  type LoadRequest,
  makeFrame,
  REQUEST_FD,
  type Request,
  type RunRequest,
  readHead,
  type TensorNote,
  tensorOffsets,
} from "./model-protocol.ts";
import { type CodedInput, GraphError, type GraphInfo, readModel } from "./onnx-graph.ts";
import type { RuntimeTensor } from "./onnx-runtime.ts";
import { Sessions } from "./sessions.ts";

/**
 * The process of one model: reads its file, loads it, and scores batches one after another until the pipe is closed. Reads block; while a batch runs,
 * the next one waits in the pipe. Whatever happens in here (a crash, a loop without an end, all memory gone) costs this process alone.
 */

/** A fault of the file, said without its name. */
class FileFault extends Error {}

let sessions: Sessions | undefined;
let coded: ReadonlyMap<string, CodedInput> = new Map();
let requestBuffer = new ArrayBuffer(1 << 16);

async function main(): Promise<void> {
  // Ends this process when the engine is gone, even in the middle of a run.
  new Worker(new URL("./model-process-watch.js", import.meta.url)).unref();
  if (process.platform === "linux") writeFileSync("/proc/self/oom_score_adj", "1000");
  const head = new Uint8Array(HEAD_BYTES);
  while (readExactly(head)) {
    const { note, noteRoom, payload } = readHead(head);
    if (requestBuffer.byteLength < noteRoom + payload) requestBuffer = new ArrayBuffer(noteRoom + payload);
    if (!readExactly(new Uint8Array(requestBuffer, 0, noteRoom + payload))) break;
    const request = JSON.parse(Buffer.from(requestBuffer, 0, note).toString()) as Request;
    try {
      if (request.kind === "load") await load(request);
      else await run(request, noteRoom);
    } catch (error) {
      const of = error instanceof FileFault || error instanceof GraphError ? "file" : "model";
      answer({ kind: "error", of, message: (error as Error).message });
    }
  }
  // The watching thread blocks for as long as the engine lives, so that an ordinary exit would wait for it.
  process.kill(process.pid, "SIGKILL");
}

async function load({ path, hash: expected, maxBytes, threads }: LoadRequest): Promise<void> {
  const file = readModelFile(path, maxBytes);
  const hash = createHash("sha256").update(file).digest("hex");
  if (expected !== undefined && hash !== expected)
    throw new FileFault("the file has changed since CREATE MODEL; CREATE OR REPLACE MODEL takes it anew");
  const read = readModel(file, externalReader(path, maxBytes - file.length), { codeTexts: true });
  sessions = await Sessions.load(read.bytes, read.info.outputs.length, threads);
  coded = read.coded;
  const { info } = read;
  const loaded: { info: GraphInfo; size: number; hash: string } = { info, size: file.length, hash };
  answer({ kind: "loaded", ...loaded });
}

function readModelFile(path: string, maxBytes: number): Uint8Array {
  const fault = (what: string) => new FileFault(what);
  let status: ReturnType<typeof statSync>;
  try {
    status = statSync(path);
  } catch (cause) {
    throw fault(
      (cause as NodeJS.ErrnoException).code === "ENOENT" ? "there is no such file" : `it cannot be read (${(cause as Error).message})`,
    );
  }
  if (status.isDirectory()) throw fault("it is a folder, not a file");
  if (!status.isFile()) throw fault("it is not an ordinary file");
  if (status.size === 0) throw fault("the file is empty");
  if (status.size > maxBytes) throw fault(`the file has ${status.size} bytes, more than the ${maxBytes} that model_memory_limit leaves`);
  return readFileSync(path);
}

/** Files that tensors lie in must be in the model's own folder or below it, links followed. */
function externalReader(modelPath: string, maxBytes: number) {
  const folder = realpathSync(dirname(modelPath));
  const self = realpathSync(modelPath);
  let left = maxBytes;
  return (location: string, offset: number, length: number | undefined): Uint8Array => {
    const refuse = (what: string) => new FileFault(`it keeps weights in the file "${location}", ${what}`);
    if (isAbsolute(location) || location.split(/[\\/]/).includes("..")) throw refuse("which is outside its folder");
    let path: string;
    try {
      path = realpathSync(resolve(folder, location));
    } catch {
      throw refuse("which is not there");
    }
    const inside = relative(folder, path);
    if (inside.startsWith(`..${sep}`) || inside === ".." || isAbsolute(inside)) throw refuse("which is outside its folder");
    if (path === self) throw refuse("which is the model itself");
    const file = openSync(path, "r");
    try {
      const status = fstatSync(file);
      if (!status.isFile()) throw refuse("which is not an ordinary file");
      const bytes = length ?? status.size - offset;
      if (bytes < 0 || offset + bytes > status.size)
        throw refuse(`which has ${status.size} bytes and not the ${offset + bytes} that it names`);
      left -= bytes;
      if (left < 0) throw refuse("and is larger with it than model_memory_limit leaves");
      const data = new Uint8Array(bytes);
      for (let at = 0; at < bytes; ) at += readSync(file, data, at, bytes - at, offset + at);
      return data;
    } finally {
      closeSync(file);
    }
  };
}

async function run({ inputs, fetch }: RunRequest, start: number): Promise<void> {
  if (sessions === undefined) throw new Error("no model is loaded");
  const session = await sessions.forOutputs(fetch);
  const offsets = tensorOffsets(inputs, start);
  const feeds: Record<string, RuntimeTensor> = {};
  for (const [i, { name, type, dims, bytes, texts }] of inputs.entries()) {
    const { data, offsets: at, texts: textStart } = offsets[i];
    const pair = coded.get(name);
    if (type !== "string") feeds[name] = { type, dims, data: elementsOf(type, requestBuffer, data, bytes) };
    else if (pair !== undefined && texts !== undefined) {
      feeds[pair.codes] = { type: "int32", dims, data: new Int32Array(requestBuffer, data, bytes / 4) };
      const ends = new Int32Array(requestBuffer, at, texts.count + 1);
      feeds[pair.texts] = { type: "string", dims: [texts.count], data: textsOf(ends, textStart) };
    }
  }
  const results = await session.run(feeds, fetch);
  const chunks: Uint8Array[] = [];
  const outputs = fetch.map((name) => addOutput(name, results[name], chunks));
  answer({ kind: "result", outputs }, chunks);
}

function textsOf(offsets: Int32Array, start: number): string[] {
  const texts = new Array<string>(offsets.length - 1);
  for (let i = 0; i < texts.length; i++) texts[i] = Buffer.from(requestBuffer, start + offsets[i], offsets[i + 1] - offsets[i]).toString();
  return texts;
}

/** Adds a tensor's parts to `chunks`, in the order of the protocol. */
function addOutput(name: string, tensor: RuntimeTensor, chunks: Uint8Array[]): TensorNote {
  const { type, dims, data } = tensor;
  if (type !== "string") {
    const numbers = data as Exclude<typeof data, readonly string[]>;
    const packed = numbers instanceof BigInt64Array ? packSmall(numbers) : undefined;
    if (packed !== undefined) {
      chunks.push(new Uint8Array(packed.buffer));
      return { name, type, dims, bytes: packed.length, packed: true };
    }
    chunks.push(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength));
    return { name, type, dims, bytes: numbers.byteLength };
  }
  const strings = data as readonly string[];
  const codes = new Int32Array(strings.length);
  const known = new Map<string, number>();
  for (let i = 0; i < strings.length; i++) {
    let code = known.get(strings[i]);
    if (code === undefined) {
      code = known.size;
      known.set(strings[i], code);
    }
    codes[i] = code;
  }
  const encoded = [...known.keys()].map((text) => Buffer.from(text));
  const offsets = new Int32Array(encoded.length + 1);
  for (let i = 0; i < encoded.length; i++) offsets[i + 1] = offsets[i] + encoded[i].length;
  const bytes = Buffer.concat(encoded);
  chunks.push(new Uint8Array(codes.buffer), new Uint8Array(offsets.buffer), bytes);
  return { name, type, dims, bytes: codes.byteLength, texts: { count: encoded.length, bytes: bytes.length } };
}

/** The numbers in a byte each; undefined where one does not fit. */
function packSmall(numbers: BigInt64Array): Int8Array | undefined {
  const words = new Int32Array(numbers.buffer, numbers.byteOffset, 2 * numbers.length);
  const packed = new Int8Array(numbers.length);
  for (let i = 0; i < packed.length; i++) {
    const low = words[2 * i];
    packed[i] = low;
    if (packed[i] !== low || words[2 * i + 1] !== low >> 31) return undefined;
  }
  return packed;
}

const PADDING = new Uint8Array(8);

/** Writes a frame at once: head and note, then the chunks as they lie in memory, each padded to 8 bytes. */
function answer(note: Answer, chunks: readonly Uint8Array[] = []): void {
  const padded = chunks.flatMap((chunk) => (chunk.length % 8 === 0 ? [chunk] : [chunk, PADDING.subarray(chunk.length % 8)]));
  const { frame } = makeFrame(note, []);
  new DataView(frame.buffer).setFloat64(8, bytesIn(padded), true);
  writeFully([frame, ...padded]);
}

const bytesIn = (parts: readonly Uint8Array[]): number => parts.reduce((sum, { length }) => sum + length, 0);

function writeFully(parts: readonly Uint8Array[]): void {
  let left = parts;
  while (left.length > 0) {
    let written = writevSync(ANSWER_FD, left);
    const next = left.findIndex(({ length }) => {
      if (length > written) return true;
      written -= length;
      return false;
    });
    left = next < 0 ? [] : [left[next].subarray(written), ...left.slice(next + 1)];
  }
}

/** False where the pipe ends first. */
function readExactly(target: Uint8Array): boolean {
  for (let at = 0; at < target.length; ) {
    const read = readSync(REQUEST_FD, target, at, target.length - at, null);
    if (read === 0) return false;
    at += read;
  }
  return true;
}

await main();
