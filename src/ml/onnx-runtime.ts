import { InferenceSession, Tensor } from "onnxruntime-node";

/** The one door to onnxruntime. Only the child process of a model comes through it: `run` blocks its thread, and a bad model can end the process. */

/** Element types by the runtime's name for them. Data of `bool` are bytes of 0 and 1, of `float16` the bits. */
export type TensorType =
  | "float32"
  | "float64"
  | "float16"
  | "int8"
  | "int16"
  | "int32"
  | "int64"
  | "uint8"
  | "uint16"
  | "uint32"
  | "uint64"
  | "bool"
  | "string";

export type TensorData =
  | Float32Array
  | Float64Array
  | Uint16Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint32Array
  | BigUint64Array
  | readonly string[];

export interface RuntimeTensor {
  readonly type: TensorType;
  readonly dims: readonly number[];
  readonly data: TensorData;
}

export interface RuntimeModel {
  /** Outputs by name, those of `fetch` alone. */
  run(inputs: Readonly<Record<string, RuntimeTensor>>, fetch: readonly string[]): Promise<Readonly<Record<string, RuntimeTensor>>>;
}

// Where there is a Float16Array, the runtime's JavaScript half hands it on, and its addon cannot read it: without one, both take the bits.
Reflect.deleteProperty(globalThis, "Float16Array");

/** A session over a model's bytes; `threads` are those of one run. */
export async function loadModel(bytes: Uint8Array, threads: number): Promise<RuntimeModel> {
  const session = await InferenceSession.create(bytes, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    executionProviders: ["cpu"],
    logSeverityLevel: 4,
  });
  return {
    async run(inputs, fetch) {
      const feeds: Record<string, Tensor> = {};
      for (const [name, { type, data, dims }] of Object.entries(inputs)) feeds[name] = new Tensor(type, data as never, dims);
      return (await session.run(feeds, fetch)) as unknown as Readonly<Record<string, RuntimeTensor>>;
    },
  };
}
