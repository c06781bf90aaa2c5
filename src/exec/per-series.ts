import type { ScanWarning } from "../catalog/source-spec.ts";
import { concatVectors } from "../core/concat.ts";
import { take } from "../core/take.ts";
import type { DataType } from "../core/types.ts";
import { batchBytes, type FlatVector, type RecordBatch, type Vector, vectorBytes } from "../core/vector.ts";
import { nullVector, vectorFromValues } from "../core/vector-builder.ts";
import { KeyInterner } from "./aggregate/key-interner.ts";
import type { CallsUnderWay, Operator, Output, ScanProgress } from "./operator.ts";
import type { ParallelRun } from "./parallel/parallel-run.ts";
import { SeriesRows } from "./per-series-rows.ts";
import { SeriesRuns, type SeriesRunsOptions, STATUS } from "./per-series-runs.ts";

export interface PerSeriesOptions extends SeriesRunsOptions {
  readonly gives: "points" | "series";
  /** Series that are run at most: the first ones. */
  readonly most: number;
  readonly idTypes: readonly DataType[];
  /** How many data columns there are. */
  readonly values: number;
  /** Of a batch: the ids, the time, the data columns as DOUBLEs. */
  readonly computed: (batch: RecordBatch) => readonly Vector[];
  /** Shares pieces of work with other threads; absent: everything runs here. */
  readonly parallel:
    | ((pieces: readonly RecordBatch[], onPiece: (piece: number, batches: readonly RecordBatch[]) => void) => ParallelRun)
    | undefined;
}

/** Work before others have their turn, milliseconds. */
const PIECE_MS = 4;
/** How long series are worked on here before other threads are asked. */
const ALONE_MS = 25;

/**
 * A function of whole series: gathers all rows, sorts them by series and time, and calls the function for each series, on several threads where that takes
 * long. A function of points gives the rows out as they came, with its columns; another one its own rows, series by series in the order of their first rows.
 */
export class PerSeries implements Operator, CallsUnderWay {
  readonly name = "per-series";
  readonly #options: PerSeriesOptions;
  readonly #interner: KeyInterner | undefined;
  readonly #rows: SeriesRows;
  readonly #runs: SeriesRuns;
  /** Of a function of points: the rows as they came. */
  readonly #batches: RecordBatch[] = [];
  #bytes = 0;
  #untimed = 0;
  #wake: () => void = () => {};
  #answered = false;
  #working = false;
  #work: Generator<undefined | "waiting", void, void> | undefined;
  #run: ParallelRun | undefined;
  #threads = 1;
  #done = 0;
  #pieces = 0;

  constructor(options: PerSeriesOptions) {
    this.#options = options;
    this.#interner = options.idTypes.length === 0 ? undefined : new KeyInterner(options.idTypes);
    this.#rows = new SeriesRows(options.values);
    this.#runs = new SeriesRuns(options);
  }

  get calls(): CallsUnderWay {
    return this;
  }

  get threads(): number {
    return this.#threads;
  }

  get notes(): readonly string[] {
    return [`${this.#options.name}: ${this.#series} series in ${this.#pieces} pieces of work`];
  }

  get #series(): number {
    return this.#interner?.size ?? (this.#rows.length > this.#untimed ? 1 : 0);
  }

  process(_input: number, batch: RecordBatch): boolean {
    const { computed, idTypes, checkInterrupt, gives } = this.#options;
    checkInterrupt();
    const columns = computed(batch);
    const ids = new Int32Array(batch.length);
    this.#interner?.intern(columns.slice(0, idTypes.length), batch.length, ids);
    const [time, ...values] = columns.slice(idTypes.length);
    const times = microsOf(time as FlatVector);
    for (let i = 0; i < times.length; i++) if (Number.isNaN(times[i])) this.#untimed++;
    const before = this.#rows.bytes;
    this.#rows.add(ids, times, values.map(doublesOf));
    this.#bytes += this.#rows.bytes - before;
    if (gives === "points") {
      this.#batches.push(batch);
      this.#bytes += batchBytes(batch);
    }
    return false;
  }

  onEnd(): boolean {
    this.#working = true;
    return true;
  }

  resume(out: Output): boolean {
    this.#answered = false;
    this.#work ??= this.#runAll(out);
    const until = performance.now() + PIECE_MS;
    do {
      this.#options.checkInterrupt();
      const step = this.#work.next();
      if (step.done === true) {
        this.#working = false;
        return false;
      }
      if (step.value === "waiting") return this.#answered;
    } while (performance.now() < until);
    return true;
  }

  *#runAll(out: Output): Generator<undefined | "waiting", void, void> {
    const { gives, parallel } = this.#options;
    const order = yield* this.#rows.sort(this.#interner?.size ?? 1, this.#options.most);
    const pieces = yield* this.#rows.pieces(order, parallel !== undefined);
    this.#pieces = pieces.length;
    this.#bytes += order.byteLength + this.#rows.bytes;
    if (gives === "series") {
      yield* this.#runPieces(pieces, (batch) => out.push(this.#withIds(batch)));
      return;
    }
    const results: Vector[][] = this.#options.outputs.map(() => []);
    yield* this.#runPieces(pieces, ({ columns }) => {
      columns.slice(1).forEach((column, k) => {
        results[k].push(column);
        this.#bytes += vectorBytes(column);
      });
    });
    yield* this.#givePoints(order, results, out);
  }

  /** Results of the pieces, in their order. */
  *#runPieces(pieces: readonly RecordBatch[], give: (batch: RecordBatch) => void): Generator<undefined | "waiting", void, void> {
    const { parallel } = this.#options;
    const since = performance.now();
    const output: Output = { push: give, watermark() {}, idle() {} };
    while (this.#done < pieces.length) {
      if (parallel !== undefined && pieces.length - this.#done > 1 && performance.now() - since > ALONE_MS) break;
      let busy = this.#runs.process(0, pieces[this.#done], output);
      for (; busy; busy = this.#runs.resume(output)) yield;
      this.#done++;
      yield;
    }
    if (this.#done === pieces.length || parallel === undefined) return;
    const first = this.#done;
    const ready = new Map<number, readonly RecordBatch[]>();
    const run = parallel(pieces.slice(first), (piece, batches) => ready.set(piece, batches));
    this.#run = run;
    this.#threads = run.threads;
    for (let state = "more"; state !== "done"; ) {
      state = run.work(this.#onWake);
      for (let batches = ready.get(this.#done - first); batches !== undefined; batches = ready.get(this.#done - first)) {
        ready.delete(this.#done++ - first);
        run.control.given(this.#done - first);
        for (const batch of batches) output.push(batch);
      }
      yield state === "waiting" ? "waiting" : undefined;
    }
    run.close();
    this.#run = undefined;
  }

  readonly #onWake = (): void => {
    this.#answered = true;
    this.#wake();
  };

  #withIds({ columns: [series, ...outputs], length }: RecordBatch): RecordBatch {
    const ids = (series as FlatVector).data as Int32Array;
    return { columns: [...(this.#interner?.keysOf(ids) ?? []), ...outputs], length };
  }

  /** The rows as they came, with the results of each; rows without a time have none. */
  *#givePoints(order: Int32Array, results: readonly (readonly Vector[])[], out: Output): Generator<undefined, void, void> {
    const { outputs } = this.#options;
    const columns = outputs.map(({ name, type }, k) => {
      if (this.#untimed === 0) return concatVectors(type, results[k]);
      const none = name === STATUS ? vectorFromValues(type, ["the row has no time"]) : nullVector(type, 1);
      return concatVectors(type, [...results[k], none]);
    });
    const places = new Int32Array(this.#rows.length).fill(order.length);
    for (let i = 0; i < order.length; i++) places[order[i]] = i;
    let at = 0;
    for (const batch of this.#batches) {
      const rows = places.subarray(at, at + batch.length);
      at += batch.length;
      out.push({ columns: [...batch.columns, ...columns.map((column) => take(column, rows))], length: batch.length });
      yield;
    }
  }

  attach(wake: () => void): void {
    this.#wake = wake;
  }

  isAnswered(): boolean {
    return this.#answered;
  }

  hasRoom(): boolean {
    return true;
  }

  isDrained(): boolean {
    return !this.#working;
  }

  stateBytes(): number {
    return this.#bytes + (this.#run?.stateBytes() ?? 0);
  }

  stateRows(): number {
    return this.#rows.length;
  }

  /** Pieces of whole series. */
  progress(): ScanProgress {
    return { rows: 0, done: this.#done, total: Math.max(1, this.#pieces) };
  }

  warnings(): readonly ScanWarning[] {
    const { name } = this.#options;
    if (this.#untimed === 0 || this.#options.gives === "points") return [];
    const rows = this.#untimed === 1 ? "1 row has" : `${this.#untimed} rows have`;
    return [{ message: `${rows} no time, and no part in ${name}`, rejected: [], rejectedCount: 0 }];
  }

  close(): void {
    this.#run?.close();
  }
}

function doublesOf(vector: Vector): Float64Array {
  const { data, validity, length } = vector as FlatVector;
  const values = Float64Array.from(data as Float64Array);
  if (validity !== null) for (let i = 0; i < length; i++) if (validity[i] === 0) values[i] = Number.NaN;
  return values;
}

function microsOf({ data, validity, length }: FlatVector): Float64Array {
  const words = new Int32Array(data.buffer, data.byteOffset, 2 * length);
  const times = new Float64Array(length);
  for (let i = 0; i < length; i++) times[i] = words[2 * i + 1] * 4294967296 + (words[2 * i] >>> 0);
  if (validity !== null) for (let i = 0; i < length; i++) if (validity[i] === 0) times[i] = Number.NaN;
  return times;
}
