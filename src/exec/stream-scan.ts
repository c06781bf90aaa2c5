import type { ScanWarning, StreamSpec } from "../catalog/source-spec.ts";
import type { CompiledPipeline } from "../compile/types.ts";
import type { Schema } from "../core/types.ts";
import type { ScanPlan } from "../plan/logical-plan.ts";
import type { LateRows } from "./late-rows.ts";
import type { Output, PullResult, ScanProgress, SourceOperator } from "./operator.ts";
import type { StreamOpener, StreamReader } from "./stream-reader.ts";

/** Reads a stream, with the filter and projection above it fused in. Watermarks are of all rows read, whether or not they pass the filter. */
export class StreamScan implements SourceOperator {
  readonly name = "stream-scan";
  readonly endless: boolean;
  readonly #spec: StreamSpec;
  readonly #columns: readonly number[];
  readonly #schema: Schema;
  readonly #opener: StreamOpener;
  readonly #pipeline: CompiledPipeline | undefined;
  readonly #late: LateRows;
  #reader: StreamReader | undefined;
  #pulled = false;
  /** Position to start from, after a restore. */
  #from: { readonly position: unknown; readonly watermark: number | undefined } | undefined;
  /** What the reader had to say when it was closed. */
  #warnings: readonly ScanWarning[] = [];
  #rowsRead = 0;

  constructor(plan: ScanPlan, spec: StreamSpec, options: { open: StreamOpener; pipeline: CompiledPipeline | undefined; late: LateRows }) {
    this.#spec = spec;
    this.#columns = plan.columns;
    this.#schema = plan.schema;
    this.endless = spec.endless;
    this.#opener = options.open;
    this.#pipeline = options.pipeline;
    this.#late = options.late;
  }

  get reports() {
    return this.#pipeline?.report ?? [];
  }

  open(): void {
    this.#reader = this.#opener(this.#spec, { columns: this.#columns, from: this.#from?.position });
  }

  pull(out: Output, wake: () => void): PullResult {
    if (this.#reader === undefined) return "end";
    if (!this.#pulled && this.#from?.watermark !== undefined) out.watermark(this.#from.watermark);
    this.#pulled = true;
    const piece = this.#reader.next(wake);
    if (piece === "end") {
      this.#warnings = this.#reader.warnings();
      return "end";
    }
    if (piece === "idle") out.idle();
    if (piece === "idle" || piece === "waiting") return "waiting";
    const { batch, watermark, future } = piece;
    if (future !== undefined) this.#late.add(this.name, this.#schema, future.batch, "future", future.watermarks);
    if (batch.length > 0) out.push(this.#pipeline === undefined ? batch : this.#pipeline(batch));
    if (watermark !== undefined) out.watermark(watermark);
    return "more";
  }

  position(): unknown {
    return this.#reader === undefined ? this.#from?.position : this.#reader.position();
  }

  restore(position: unknown, watermark: number | undefined): void {
    this.#from = { position, watermark };
  }

  progress(): ScanProgress {
    const rows = this.#reader?.rowsRead() ?? this.#rowsRead;
    return { rows, done: rows, total: undefined };
  }

  warnings(): readonly ScanWarning[] {
    return this.#reader?.warnings() ?? this.#warnings;
  }

  close(): void {
    this.#warnings = this.warnings();
    this.#rowsRead = this.#reader?.rowsRead() ?? this.#rowsRead;
    this.#reader?.close();
    this.#reader = undefined;
  }
}
