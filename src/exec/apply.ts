import type { ColumnFunction } from "../catalog/function-types.ts";
import type { ScanWarning } from "../catalog/source-spec.ts";
import type { CompiledPipeline } from "../compile/types.ts";
import { runtimeError, type Span, WeirError } from "../core/errors.ts";
import { take } from "../core/take.ts";
import type { DataType } from "../core/types.ts";
import type { Value } from "../core/value.ts";
import { BATCH_ROWS, type RecordBatch, sliceVector, type Vector } from "../core/vector.ts";
import { constantVector, nullVector } from "../core/vector-builder.ts";
import { ApplyQueue } from "./apply-queue.ts";
import type { CallsUnderWay, Operator, Output } from "./operator.ts";

export interface ApplyOptions {
  /** As the query calls it. */
  readonly name: string;
  readonly span: Span;
  readonly call: ColumnFunction;
  /** Computes the arguments of a batch's rows that are not constant. */
  readonly args: CompiledPipeline;
  /** Values of the arguments that are, undefined in the places of the others; absent: none is. */
  readonly constants?: readonly (Value | undefined)[];
  readonly argTypes: readonly DataType[];
  readonly outputs: readonly DataType[];
  /** The arguments are the same for every row, and so are the answers: one row is asked about. */
  readonly constant: boolean;
}

/** Work before others have their turn, milliseconds. */
const PIECE_MS = 4;

/**
 * A function of whole columns over the rows that pass: their columns, then what it answers. Calls that answer at once are made in pieces; of those that
 * answer later several are under way, while rows and watermarks wait in order. A small batch goes at once where a call is free; those that come while none
 * is go together. Rows beyond what fits wait before the operator.
 */
export class Apply implements Operator, CallsUnderWay {
  readonly name = "apply";
  readonly #options: ApplyOptions;
  readonly #batchRows: number;
  readonly #concurrency: number;
  readonly #queue: ApplyQueue;
  readonly #abort = new AbortController();
  #wake: () => void = () => {};
  #underWay = 0;
  #answered = false;
  #failure: { readonly error: WeirError } | undefined;
  readonly #repetitions = new Map<number, Vector>();
  /** The answer for every row, where arguments are constant. */
  #constant: readonly Vector[] | undefined;
  /** The latest call did. */
  #answersAtOnce = false;
  #closed = false;
  #calls = 0;
  #rows = 0;
  /** Time during which calls were under way, and since when some are. */
  #waitedMs = 0;
  #since = 0;

  constructor(options: ApplyOptions) {
    this.#options = options;
    const { call, argTypes, outputs } = options;
    this.#batchRows = Math.max(1, Math.floor(call.batchRows ?? BATCH_ROWS));
    this.#concurrency = Math.max(1, Math.floor(call.concurrency ?? 1));
    this.#queue = new ApplyQueue({ ordered: call.ordered ?? true, argTypes, outputTypes: outputs });
  }

  get calls(): CallsUnderWay {
    return this;
  }

  get reports() {
    return this.#options.args.report;
  }

  /** For EXPLAIN ANALYZE. */
  get notes(): readonly string[] {
    const waited = this.#waitedMs === 0 ? "" : `, ${this.#waitedMs.toFixed(2)} ms waited for`;
    return [`${this.#options.name}: ${counted(this.#calls, "call")} for ${counted(this.#rows, "row")}${waited}`];
  }

  process(_input: number, batch: RecordBatch, out: Output): boolean {
    this.#queue.addRows(batch, this.#args(batch));
    return this.resume(out);
  }

  resume(out: Output): boolean {
    this.#answered = false;
    const busy = this.#send();
    if (this.#failure !== undefined) throw this.#failure.error;
    this.#queue.release(out);
    return busy;
  }

  /** Of a batch for show alone: answers that would have to be waited for are NULL, and so are all before it is known that they are not. */
  map(batch: RecordBatch): RecordBatch {
    const { call, outputs } = this.#options;
    const answers = this.#answersAtOnce ? call.call(this.#args(batch), batch.length, this.#abort.signal) : undefined;
    const columns = answers === undefined || "then" in answers ? outputs.map((type) => nullVector(type, batch.length)) : answers;
    return { ...batch, columns: [...batch.columns, ...columns] };
  }

  onWatermark(watermark: number, out: Output): boolean {
    this.#queue.addMark(watermark);
    this.#queue.release(out);
    return false;
  }

  /** It passes watermarks on itself, behind the rows before them. */
  outputWatermark(): number {
    return Number.NEGATIVE_INFINITY;
  }

  onIdle(out: Output): void {
    this.#queue.addMark(undefined);
    this.#queue.release(out);
  }

  onEnd(): boolean {
    return false;
  }

  attach(wake: () => void): void {
    this.#wake = wake;
  }

  isAnswered(): boolean {
    return this.#answered;
  }

  hasRoom(): boolean {
    const { waitingRows, rows } = this.#queue;
    return waitingRows < this.#batchRows && rows < this.#batchRows * (2 * this.#concurrency + 1);
  }

  isDrained(): boolean {
    return this.#queue.isEmpty;
  }

  stateBytes(): number {
    return this.#queue.bytes;
  }

  stateRows(): number {
    return this.#queue.rows;
  }

  warnings(): readonly ScanWarning[] {
    return (this.#options.call.warnings?.() ?? []).map((message) => ({ message, rejected: [], rejectedCount: 0 }));
  }

  close(): void {
    this.#closed = true;
    if (this.#underWay > 0) this.#abort.abort();
    this.#options.call.close?.();
  }

  #args(batch: RecordBatch): readonly Vector[] {
    const { columns } = this.#options.args(batch);
    const { constants } = this.#options;
    if (constants === undefined) return columns;
    let next = 0;
    return constants.map((value, i) => (value === undefined ? columns[next++] : this.#repeated(i, value, batch.length)));
  }

  /** A constant for every row: the same memory for all batches. */
  #repeated(arg: number, value: Value, rows: number): Vector {
    const known = this.#repetitions.get(arg);
    if (known !== undefined && known.length >= rows) return sliceVector(known, 0, rows);
    const made = constantVector(this.#options.argTypes[arg], value, rows);
    this.#repetitions.set(arg, made);
    return made;
  }

  /** Calls that may be under way at once: one, while every row waits for the same answer. */
  get #slots(): number {
    return this.#options.constant && this.#constant === undefined ? 1 : this.#concurrency;
  }

  /** Makes calls while there are rows to ask about and calls are free, for about a piece of work; says whether it stopped before. */
  #send(): boolean {
    const deadline = performance.now() + PIECE_MS;
    while (this.#queue.waitingRows > 0 && this.#underWay < this.#slots && this.#failure === undefined) {
      if (performance.now() >= deadline) return true;
      this.#next();
    }
    return false;
  }

  #next(): void {
    if (!this.#options.constant) {
      const { args, length, answer } = this.#queue.take(this.#batchRows);
      this.#call(args, length, (outputs) => this.#queue.answer(answer, outputs));
    } else if (this.#constant === undefined) {
      this.#call(this.#queue.firstArgs(), 1, (outputs) => {
        this.#constant = outputs;
      });
    } else {
      const { length, answer } = this.#queue.take(Math.max(this.#batchRows, BATCH_ROWS));
      const everyRow = new Int32Array(length);
      this.#queue.answer(
        answer,
        this.#constant.map((vector) => take(vector, everyRow)),
      );
    }
  }

  /** Makes a call; `done` gets what it gives, at once or later. */
  #call(args: readonly Vector[], length: number, done: (outputs: readonly Vector[]) => void): void {
    this.#calls++;
    this.#rows += length;
    const accept = (outputs: readonly Vector[]) => {
      const wrong = this.#mistake(outputs, length);
      if (wrong === undefined) done(outputs);
      else this.#fail(runtimeError(wrong));
    };
    this.#guarded(() => {
      const result = this.#options.call.call(args, length, this.#abort.signal);
      this.#answersAtOnce = !("then" in result);
      if (!("then" in result)) {
        accept(result);
        return;
      }
      if (this.#underWay++ === 0) this.#since = performance.now();
      result.then(
        (outputs) => this.#ended(() => accept(outputs)),
        (error) => this.#ended(() => this.#fail(error)),
      );
    });
  }

  /** Runs what may throw by a mistake of the function's. */
  #guarded(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** A call that was under way is through. What comes after the query's end is of no use to anybody. */
  #ended(finish: () => void): void {
    if (--this.#underWay === 0) this.#waitedMs += performance.now() - this.#since;
    if (this.#closed) return;
    this.#guarded(finish);
    this.#answered = true;
    this.#wake();
  }

  /** What is wrong with an answer, if anything. */
  #mistake(outputs: readonly Vector[], rows: number): string | undefined {
    const { name, outputs: expected } = this.#options;
    if (outputs.length !== expected.length) return `${name} gave ${outputs.length} columns, not ${expected.length}`;
    const wrong = outputs.find(({ length }) => length !== rows);
    return wrong && `${name} gave ${wrong.length} values for ${rows} rows`;
  }

  #fail(error: unknown): void {
    const { name, span } = this.#options;
    const found = error instanceof WeirError ? error : new WeirError("runtime", `${name}: ${messageOf(error)}`, { cause: error });
    found.span ??= span;
    this.#failure ??= { error: found };
  }
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
