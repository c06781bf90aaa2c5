import { concatVectors } from "../core/concat.ts";
import type { DataType } from "../core/types.ts";
import { batchBytes, type RecordBatch, sliceBatch, sliceVector, type Vector } from "../core/vector.ts";
import { Fifo } from "./fifo.ts";
import type { Output } from "./operator.ts";

/** The answer to one call: a vector an output, once it has come. */
interface Answer {
  outputs: readonly Vector[] | undefined;
  bytes: number;
  /** Rows whose answers have not left yet. */
  rowsLeft: number;
  /** The rows it was asked about, in order. */
  readonly parts: Part[];
}

/** Neighbouring rows of a batch that one call was asked about; their answers stand at `at` in it. */
interface Part {
  readonly rows: Rows;
  readonly answer: Answer;
  readonly start: number;
  readonly length: number;
  readonly at: number;
}

/** A batch on its way: asked about up to row `sent`, and `left` rows of it are still here. */
interface Rows {
  readonly batch: RecordBatch;
  readonly args: readonly Vector[];
  readonly bytes: number;
  /** Rows may overtake others of the same stretch only, and none where they are in order. */
  readonly stretch: number;
  readonly ordered: boolean;
  /** Sent and not left yet, in order. */
  parts: Part[];
  sent: number;
  left: number;
}

/** What rows must not overtake, and be overtaken by: a watermark, or the word that nothing comes for now. */
interface Mark {
  readonly watermark: number | undefined;
  readonly stretch: number;
}

/** What one call is asked about. */
interface Question {
  readonly args: readonly Vector[];
  readonly length: number;
  readonly answer: Answer;
}

/**
 * The rows and watermarks inside an apply operator, in the order they came. Calls take rows from it, several small batches or a part of a large one; rows
 * leave with their answers, in order, or unordered between two watermarks. Batches of changes keep their order always.
 */
export class ApplyQueue {
  readonly #ordered: boolean;
  readonly #argTypes: readonly DataType[];
  readonly #outputTypes: readonly DataType[];
  /** In the order they came. */
  readonly #entries = new Fifo<Rows | Mark>();
  /** Batches with rows that no call has been asked about. */
  readonly #waiting = new Fifo<Rows>();
  #stretch = 0;
  /** The stretch whose rows leave now, and answers to rows of it that came since the last release. */
  #leaving = 0;
  #answered: Answer[] = [];
  /** Rows that no call has been asked about. */
  waitingRows = 0;
  /** All rows here. */
  rows = 0;
  bytes = 0;

  constructor(options: { readonly ordered: boolean; readonly argTypes: readonly DataType[]; readonly outputTypes: readonly DataType[] }) {
    this.#ordered = options.ordered;
    this.#argTypes = options.argTypes;
    this.#outputTypes = options.outputTypes;
  }

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  addRows(batch: RecordBatch, args: readonly Vector[]): void {
    const changes = batch.kinds !== undefined;
    if (changes) this.#stretch++;
    const bytes = batchBytes(batch) + batchBytes({ columns: args, length: batch.length });
    // In any order but the one they came in, rows are not in that of their times.
    const ordered = this.#ordered || changes;
    const kept: RecordBatch = ordered ? batch : { ...batch, times: undefined };
    const rows: Rows = { batch: kept, args, bytes, stretch: this.#stretch, ordered, parts: [], sent: 0, left: batch.length };
    if (changes) this.#stretch++;
    this.#entries.push(rows);
    this.#waiting.push(rows);
    this.waitingRows += batch.length;
    this.rows += batch.length;
    this.bytes += bytes;
  }

  /** A watermark behind the rows so far; undefined: the word that nothing comes for now. */
  addMark(watermark: number | undefined): void {
    this.#entries.push({ watermark, stretch: ++this.#stretch });
    this.#stretch++;
  }

  /** The next rows to ask about, `most` at most. A batch is divided only where it is too large, or what came before it is small. */
  take(most: number): Question {
    const answer: Answer = { outputs: undefined, bytes: 0, rowsLeft: 0, parts: [] };
    const args: Vector[][] = this.#argTypes.map(() => []);
    let length = 0;
    for (let rows = this.#waiting.at(0); rows !== undefined && length < most; rows = this.#waiting.at(0)) {
      const { sent: start, batch } = rows;
      const more = Math.min(batch.length - start, most - length);
      if (more < batch.length - start && length * 2 >= most) break;
      rows.args.forEach((arg, i) => {
        args[i].push(sliceVector(arg, start, start + more));
      });
      const part: Part = { rows, answer, start, length: more, at: length };
      answer.parts.push(part);
      rows.parts.push(part);
      rows.sent += more;
      length += more;
      if (rows.sent === batch.length) this.#waiting.shift();
    }
    this.waitingRows -= length;
    answer.rowsLeft = length;
    return { args: this.#argTypes.map((type, i) => concatVectors(type, args[i])), length, answer };
  }

  /** Arguments of the first row that waits. */
  firstArgs(): readonly Vector[] {
    const { args, sent } = this.#waiting.at(0)!;
    return args.map((arg) => sliceVector(arg, sent, sent + 1));
  }

  /** The answer to a question has come. */
  answer(answer: Answer, outputs: readonly Vector[]): void {
    answer.outputs = outputs;
    answer.bytes = batchBytes({ columns: outputs, length: answer.rowsLeft });
    this.bytes += answer.bytes;
    if (!this.#ordered) this.#answered.push(answer);
  }

  /** Gives what may leave: rows with their answers, and the watermarks that no row stands before any more. */
  release(out: Output): void {
    for (const { parts } of this.#answered.splice(0)) {
      for (const run of runsOf(parts)) {
        const { stretch, ordered } = run[0].rows;
        if (stretch === this.#leaving && !ordered) this.#give(run, out);
      }
    }
    for (let entry = this.#entries.at(0); entry !== undefined; entry = this.#entries.at(0)) {
      if (entry.stretch !== this.#leaving) this.#enter(entry.stretch, out);
      if ("batch" in entry) {
        if (entry.left > 0 && entry.ordered) this.#giveFirst(entry, out);
        if (entry.left > 0) break;
      } else if (entry.watermark === undefined) out.idle();
      else out.watermark(entry.watermark);
      this.#entries.shift();
    }
  }

  /** A stretch whose rows may leave from now on; some may have their answers already. */
  #enter(stretch: number, out: Output): void {
    this.#leaving = stretch;
    if (this.#ordered) return;
    for (let i = 0; i < this.#entries.length; i++) {
      const entry = this.#entries.at(i)!;
      if (entry.stretch !== stretch) break;
      if (!("batch" in entry) || entry.ordered) continue;
      const answered = entry.parts.filter(({ answer }) => answer.outputs !== undefined);
      for (const run of runsOf(answered)) this.#give(run, out);
    }
  }

  /** Gives the first rows of a batch, as far as they have their answers. */
  #giveFirst({ parts }: Rows, out: Output): void {
    const unanswered = parts.findIndex(({ answer }) => answer.outputs === undefined);
    const ready = unanswered < 0 ? parts : parts.slice(0, unanswered);
    if (ready.length > 0) this.#give([...ready], out);
  }

  /** Gives neighbouring rows of one batch with their answers. */
  #give(run: readonly Part[], out: Output): void {
    const { rows, start } = run[0];
    const last = run[run.length - 1];
    const end = last.start + last.length;
    const before = sliceBatch(rows.batch, start, end);
    const outputs = this.#outputTypes.map((type, i) =>
      concatVectors(
        type,
        run.map(({ answer, at, length }) => sliceVector(answer.outputs![i], at, at + length)),
      ),
    );
    rows.parts = rows.parts.length === run.length ? [] : rows.parts.filter((part) => !run.includes(part));
    rows.left -= end - start;
    if (rows.left === 0) this.bytes -= rows.bytes;
    this.rows -= end - start;
    for (const { answer, length } of run) {
      answer.rowsLeft -= length;
      if (answer.rowsLeft === 0) this.bytes -= answer.bytes;
    }
    out.push({ ...before, columns: [...before.columns, ...outputs] });
  }
}

/** Parts in order, those together whose rows are neighbours in one batch. */
function runsOf(parts: readonly Part[]): Part[][] {
  const runs: Part[][] = [];
  for (const part of parts) {
    const run = runs[runs.length - 1];
    const before = run?.[run.length - 1];
    if (before !== undefined && before.rows === part.rows && before.start + before.length === part.start) run.push(part);
    else runs.push([part]);
  }
  return runs;
}
