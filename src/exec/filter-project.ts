import type { CompiledPipeline } from "../compile/types.ts";
import { BATCH_ROWS, type RecordBatch, sliceBatch } from "../core/vector.ts";
import type { Operator, Output } from "./operator.ts";

/** Filters and computes expressions in one compiled loop; rows are compacted where it ends. */
export class FilterProject implements Operator {
  readonly name = "filter-project";
  readonly #pipeline: CompiledPipeline;
  /** What is left of a batch larger than a piece. */
  #rest: RecordBatch | undefined;

  constructor(pipeline: CompiledPipeline) {
    this.#pipeline = pipeline;
  }

  get reports() {
    return this.#pipeline.report;
  }

  process(_input: number, batch: RecordBatch, out: Output): boolean {
    this.#rest = batch;
    return this.resume(out);
  }

  resume(out: Output): boolean {
    const batch = this.#rest!;
    const rows = batch.length <= 2 * BATCH_ROWS ? batch.length : BATCH_ROWS;
    out.push(this.#pipeline(sliceBatch(batch, 0, rows)));
    this.#rest = rows === batch.length ? undefined : sliceBatch(batch, rows, batch.length);
    return this.#rest !== undefined;
  }

  map(batch: RecordBatch): RecordBatch {
    return this.#pipeline(batch);
  }

  onEnd(): boolean {
    return false;
  }
}
