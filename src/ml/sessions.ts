import { loadModel, type RuntimeModel } from "./onnx-runtime.ts";
import { pruneModel } from "./prune-graph.ts";

/** A model larger than this is not loaded a second time for a part of its outputs. */
const MOST_BYTES = 8_000_000;
/** Most sessions for parts of the outputs. */
const MOST_SESSIONS = 4;

/** The runtime's sessions over one model: one for all outputs, and others that compute those alone that runs ask for, where that saves work. */
export class Sessions {
  readonly #whole: RuntimeModel;
  readonly #bytes: Uint8Array | undefined;
  readonly #outputs: number;
  readonly #threads: number;
  readonly #parts = new Map<string, RuntimeModel>();

  /** Throws what the runtime says against the model. `bytes`: as readModel gives them; `outputs`: how many it has. */
  static async load(bytes: Uint8Array, outputs: number, threads: number): Promise<Sessions> {
    return new Sessions(await loadModel(bytes, threads), bytes, outputs, threads);
  }

  private constructor(whole: RuntimeModel, bytes: Uint8Array, outputs: number, threads: number) {
    this.#whole = whole;
    this.#bytes = bytes.length > MOST_BYTES ? undefined : bytes;
    this.#outputs = outputs;
    this.#threads = threads;
  }

  /** The session to run for some outputs. */
  async forOutputs(wanted: readonly string[]): Promise<RuntimeModel> {
    if (this.#bytes === undefined || wanted.length === this.#outputs) return this.#whole;
    const key = JSON.stringify(wanted);
    const known = this.#parts.get(key);
    if (known !== undefined) return known;
    if (this.#parts.size === MOST_SESSIONS) return this.#whole;
    const pruned = pruneModel(this.#bytes, wanted);
    // Should the runtime refuse the shorter graph, the one that it has taken gives the same.
    const session = pruned === undefined ? this.#whole : await loadModel(pruned, this.#threads).catch(() => this.#whole);
    this.#parts.set(key, session);
    return session;
  }
}
