import type { ColumnFunction } from "../catalog/function-types.ts";
import type { CatalogModel } from "../catalog/models.ts";
import { concatVectors } from "../core/concat.ts";
import { bindError, runtimeError, type Span } from "../core/errors.ts";
import { valueAt } from "../core/read.ts";
import { take } from "../core/take.ts";
import { type DataType, isFloating, type Schema, typeName } from "../core/types.ts";
import { sliceVector, type Vector } from "../core/vector.ts";
import { nullVector } from "../core/vector-builder.ts";
import { formatValue } from "../functions/cast/index.ts";
import { type DeclaredColumn, ModelInputs, tensorFact } from "./model-inputs.ts";
import { bindOutputs, type ModelOutputs } from "./model-outputs.ts";
import type { ProcessLimits, ReceivedAnswer } from "./model-process.ts";
import { FramePool } from "./model-protocol.ts";
import { type Loaded, ModelWorkers } from "./model-workers.ts";
import { OutputDecoder } from "./tensor-decode.ts";
import { type EncodedInput, encodeRun, RowFault } from "./tensor-encode.ts";

/** What a row with a NULL among its inputs gives: NULLs (it is not scored), NaN in the place of the NULL where the input is a floating one, an error. */
export type NullRule = "null" | "nan" | "error";

export interface OnnxModelOptions {
  readonly name: string;
  readonly version: number;
  readonly sql: string;
  /** Absolute path of the file, and as it was written. */
  readonly path: string;
  readonly writtenPath: string;
  /** When it was made, as text. */
  readonly created: string;
  readonly inputs: readonly DeclaredColumn[];
  readonly outputs: readonly DeclaredColumn[];
  readonly nulls: NullRule;
  readonly probabilities: "map" | "columns";
  /** Threads of onnxruntime in one run. */
  readonly threads: number;
  /** Rows of a batch at most; undefined: as they come. */
  readonly batchSize: number | undefined;
  /** Asked whenever a process starts. */
  readonly limits: () => ProcessLimits;
  /** Most processes at once. */
  readonly most: () => number;
}

/** A model of an .onnx file, scored in processes of its own. */
export class OnnxModel implements CatalogModel {
  readonly name: string;
  readonly version: number;
  readonly sql: string;
  readonly hash: string;
  readonly inputs: Schema;
  readonly outputs: Schema;
  readonly probabilities: CatalogModel["probabilities"];
  readonly facts: readonly (readonly [string, string])[];
  /** What is worth telling whoever created it. */
  readonly remarks: readonly string[];
  readonly #label: string;
  readonly #options: OnnxModelOptions;
  readonly #workers: ModelWorkers;
  #uses = 0;
  #retired = false;
  readonly #inputs: ModelInputs;
  readonly #outputs: ModelOutputs;

  /** Starts a process, which reads the file and loads it. Throws typed errors that name the model. */
  static async load(options: OnnxModelOptions): Promise<OnnxModel> {
    const label = `model "${options.name}"`;
    const { path, threads, limits, most } = options;
    const workers = new ModelWorkers({ label, path, threads, limits, most });
    try {
      return new OnnxModel(options, label, workers, await workers.load());
    } catch (error) {
      workers.close();
      throw error;
    }
  }

  private constructor(options: OnnxModelOptions, label: string, workers: ModelWorkers, { info, size, hash }: Loaded) {
    this.name = options.name;
    this.version = options.version;
    this.sql = options.sql;
    this.hash = hash;
    this.#label = label;
    this.#options = options;
    this.#workers = workers;
    this.#inputs = new ModelInputs(label, info.inputs, options.inputs);
    this.#outputs = bindOutputs(label, info.outputs, options.outputs, options.probabilities);
    this.inputs = this.#inputs.schema;
    this.outputs = this.#outputs.schema;
    this.probabilities = this.#outputs.probabilities;
    this.remarks = [
      ...(this.#inputs.byPosition ? [`inputs were bound by position: ${this.#inputs.facts().join(", ")}`] : []),
      ...(this.#outputs.byPosition ? [`outputs were bound by position: ${info.outputs.map(tensorFact).join(", ")}`] : []),
    ];
    const columns = (schema: Schema) => schema.map(({ name, type }) => `${name} ${typeName(type)}`).join(", ");
    const opsets = info.opsets.map(({ domain, version }) => `${domain === "" ? "ai.onnx" : domain} ${version}`);
    const written = [
      ["inputs", columns(this.inputs)],
      ["outputs", columns(this.outputs)],
      ["graph inputs", this.#inputs.facts().join(", ")],
      ["graph outputs", info.outputs.map(tensorFact).join(", ")],
      ["class labels", this.probabilities?.classes?.join(", ") ?? ""],
      ["opset", opsets.join(", ")],
      ["ir version", info.irVersion],
      ["producer", info.producer],
      ["doc", info.doc],
      ["rewritten", info.rewritten.join(", ")],
      ["size", `${size} bytes`],
      ["sha256", hash],
      ["provider", "onnx"],
      ["path", options.writtenPath],
      ["created", options.created],
      ["nulls", options.nulls],
      ["threads", String(options.threads)],
      ["batch size", String(this.#batchRows() ?? "")],
    ] as const;
    this.facts = written.filter(([, value]) => value !== "");
  }

  /** Ids of its processes that run. */
  get pids(): readonly number[] {
    return this.#workers.pids;
  }

  inputsFor(types: readonly DataType[], span?: Span, spans?: readonly (Span | undefined)[]): Schema {
    return this.#inputs.bind(types, span, spans).schema;
  }

  open(wanted: readonly number[]): ColumnFunction {
    const outputs = wanted.map((at) => this.#outputs.columns[at]);
    const fetch = [...new Set(outputs.map((output) => output.tensor))];
    const decoder = new OutputDecoder(outputs);
    const pool = new FramePool();
    const types = outputs.map((output) => output.type);
    const batchRows = this.#batchRows();
    this.#uses++;
    return {
      ...(batchRows !== undefined && { batchRows }),
      concurrency: this.#workers.concurrency,
      ordered: true,
      call: async (args, length, signal) => {
        const { bound, schema } = this.#inputs.bind(args.map((arg) => arg.type));
        const run: Scoring = { bound, schema, fetch, decoder, pool, signal };
        const kept = this.#rowsToScore(bound, schema, args, length);
        if (kept === undefined) return this.#score(run, args, length);
        const { rows, places } = kept;
        if (rows.length === 0) return types.map((type) => nullVector(type, length));
        const scored = await this.#score(
          run,
          args.map((arg) => presentRows(arg, rows)),
          rows.length,
        );
        return scored.map((vector) => take(vector, places));
      },
      close: () => {
        this.#uses--;
        if (this.#retired && this.#uses === 0) this.close();
      },
    };
  }

  retire(): void {
    this.#retired = true;
    if (this.#uses === 0) this.close();
  }

  close(): void {
    this.#workers.close();
  }

  #batchRows(): number | undefined {
    const fixed = this.#inputs.batchRows;
    return fixed === undefined ? this.#options.batchSize : Math.min(this.#options.batchSize ?? fixed, fixed);
  }

  /** Which rows are scored, and where each row of the batch finds its result among them (-1: nowhere). Undefined: all are. */
  #rowsToScore(bound: readonly EncodedInput[], schema: Schema, args: readonly Vector[], length: number) {
    const rule = this.#options.nulls;
    let missing: Uint8Array | undefined;
    for (const { args: positions, type, list } of bound) {
      const takesNaN = rule === "nan" && (type === "float32" || type === "float64" || type === "float16");
      for (const at of positions) {
        const vector = args[at];
        if (vector.validity === null && !list) continue;
        // A NULL in the place of a whole list leaves nothing to put a NaN into.
        if (takesNaN && !list) continue;
        missing ??= new Uint8Array(length);
        markNulls(vector, missing, takesNaN);
        const row = rule === "error" ? missing.indexOf(1) : -1;
        if (row >= 0) {
          const hint = "the property 'nulls' of CREATE MODEL says what NULLs give: 'null', 'nan' or 'error'";
          throw this.#rowError(schema, args, row, length, `input "${schema[at].name}" is NULL`, hint);
        }
      }
    }
    if (missing === undefined || !missing.includes(1)) return undefined;
    const places = new Int32Array(length);
    let count = 0;
    for (let i = 0; i < length; i++) places[i] = missing[i] === 1 ? -1 : count++;
    const rows = new Int32Array(count);
    for (let i = 0; i < length; i++) if (places[i] >= 0) rows[places[i]] = i;
    return { rows, places };
  }

  async #score(run: Scoring, args: readonly Vector[], rows: number): Promise<Vector[]> {
    const fixed = this.#inputs.batchRows;
    if (fixed === undefined || fixed === rows) return this.#scoreOrBlame(run, args, rows);
    // A graph made for batches of one size gets them filled up with the last row.
    const parts: Vector[][] = [];
    for (let start = 0; start < rows; start += fixed) {
      const indices = Int32Array.from({ length: fixed }, (_, i) => Math.min(start + i, rows - 1));
      const part = await this.#scoreOrBlame(
        run,
        args.map((arg) => take(arg, indices)),
        fixed,
      );
      parts.push(part.map((vector) => sliceVector(vector, 0, Math.min(fixed, rows - start))));
    }
    return parts[0].map((vector, i) =>
      concatVectors(
        vector.type,
        parts.map((part) => part[i]),
      ),
    );
  }

  async #scoreOrBlame(run: Scoring, args: readonly Vector[], rows: number): Promise<Vector[]> {
    const result = await this.#attempt(run, args, rows);
    if (!("failure" in result)) return result.columns;
    const row = await this.#blame(run, args, rows);
    const message = shortened(result.failure);
    if (row === undefined) throw runtimeError(`${this.#label} failed on a batch of ${rows} rows: ${message}`);
    throw this.#rowError(run.schema, args, row.row, rows, shortened(row.failure));
  }

  /** The columns, or what the model's runtime says is wrong with these rows. */
  async #attempt(run: Scoring, args: readonly Vector[], rows: number): Promise<{ columns: Vector[] } | { failure: string }> {
    let answer: ReceivedAnswer;
    try {
      const frame = encodeRun(run.bound, args, rows, run.fetch, run.pool);
      answer = await this.#workers.run(frame, run.signal);
      run.pool.give(frame);
    } catch (error) {
      if (!(error instanceof RowFault)) throw error;
      throw this.#rowError(run.schema, args, error.row, rows, error.message);
    }
    const { note } = answer;
    if (note.kind === "error") return { failure: note.message };
    if (note.kind !== "result") throw runtimeError(`${this.#label}: its process answered something else`);
    try {
      return { columns: run.decoder.decode(note.outputs, answer, rows) };
    } catch (error) {
      throw runtimeError(`${this.#label}: ${(error as Error).message}`);
    }
  }

  /** The first row that fails by itself, by halves; undefined where only rows together do. */
  async #blame(run: Scoring, args: readonly Vector[], rows: number): Promise<{ row: number; failure: string } | undefined> {
    const fixed = this.#inputs.batchRows !== undefined;
    let start = 0;
    let end = rows;
    let failure = "";
    const fails = async (from: number, to: number) => {
      const indices = Int32Array.from({ length: fixed ? rows : to - from }, (_, i) => Math.min(from + i, to - 1));
      const result = await this.#attempt(
        run,
        args.map((arg) => take(arg, indices)),
        indices.length,
      );
      if ("failure" in result) failure = result.failure;
      return "failure" in result;
    };
    while (end - start > 1) {
      const middle = (start + end) >>> 1;
      if (await fails(start, middle)) end = middle;
      else if (await fails(middle, end)) start = middle;
      else return undefined;
    }
    return rows === 1 || (await fails(start, end)) ? { row: start, failure: failure === "" ? "it fails" : failure } : undefined;
  }

  #rowError(schema: Schema, args: readonly Vector[], row: number, rows: number, message: string, hint?: string) {
    const values = args.slice(0, SHOWN_INPUTS).map((arg, i) => `${schema[i].name} = ${shownValue(arg, row)}`);
    if (args.length > SHOWN_INPUTS) values.push("…");
    const place = rows === 1 ? "a row" : `row ${row + 1} of a batch of ${rows}`;
    return runtimeError(`${this.#label} cannot score ${place} (${values.join(", ")}): ${message}`, undefined, hint);
  }
}

interface Scoring {
  readonly bound: readonly EncodedInput[];
  readonly schema: Schema;
  readonly fetch: readonly string[];
  readonly decoder: OutputDecoder;
  readonly pool: FramePool;
  readonly signal: AbortSignal;
}

const SHOWN_INPUTS = 12;
const shortened = (message: string) => (message.length > 400 ? `${message.slice(0, 400)}…` : message).replaceAll(/\s*\n\s*/g, " ");

function shownValue(vector: Vector, row: number): string {
  const text = formatValue(vector.type, valueAt(vector, row));
  const shown = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  return vector.type.kind === "varchar" && valueAt(vector, row) !== null ? `'${shown}'` : shown;
}

/** Marks rows that are NULL, or lists with a NULL inside unless `inside` says that those are taken. */
function markNulls(vector: Vector, missing: Uint8Array, inside: boolean): void {
  const { validity } = vector;
  if (validity !== null) for (let i = 0; i < vector.length; i++) if (validity[i] === 0) missing[i] = 1;
  if (vector.layout !== "list" || (inside && isFloating(vector.child.type)) || !hasNulls(vector.child)) return;
  const within = new Uint8Array(vector.child.length);
  markNulls(vector.child, within, inside);
  for (let i = 0; i < vector.length; i++) {
    for (let j = vector.offsets[i]; j < vector.offsets[i + 1]; j++) if (within[j] === 1) missing[i] = 1;
  }
}

const hasNulls = (vector: Vector): boolean => vector.validity !== null || (vector.layout === "list" && hasNulls(vector.child));

/** Some rows of a column. Where none of them is NULL, that is said. */
function presentRows(vector: Vector, rows: Int32Array): Vector {
  const taken = take(vector, rows);
  return taken.validity === null || taken.validity.includes(0) ? taken : { ...taken, validity: null };
}

/** The error of a name that stands already. */
export const modelExists = (name: string, version: number, span: Span) =>
  bindError(`model "${name}" exists already`, span, `CREATE OR REPLACE MODEL makes version ${version} of it`);
