import type { ScanWarning, StreamSpec } from "../catalog/source-spec.ts";
import type { CompiledPipeline } from "../compile/types.ts";
import type { Schema } from "../core/types.ts";
import type { RecordBatch } from "../core/vector.ts";
import type { ScanPlan } from "../plan/logical-plan.ts";
import type { LateRows } from "./late-rows.ts";
import type { Output, PullResult, ScanProgress, SourceOperator } from "./operator.ts";
import type { StreamOpener, StreamReader } from "./stream-reader.ts";
import { micros, timesOf } from "./window-layout.ts";

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
  /** Where the event time is among the columns, if the watermark each row met is asked for. */
  readonly #watermarkOf: number | undefined;
  #watermark = Number.NEGATIVE_INFINITY;
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
    this.#schema = plan.schema.slice(0, plan.columns.length);
    this.#watermarkOf = plan.watermarks === true ? plan.columns.indexOf(spec.eventTime!.column) : undefined;
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
    const { watermark, future } = piece;
    const batch = this.#watermarkOf === undefined ? piece.batch : this.#withWatermarks(piece.batch, piece.met, this.#watermarkOf);
    if (future !== undefined) this.#late.add(this.name, this.#schema, future.batch, "future", future.watermarks);
    if (batch.length > 0) out.push(this.#pipeline === undefined ? batch : this.#pipeline(batch));
    if (watermark !== undefined) {
      this.#watermark = watermark;
      out.watermark(watermark);
    }
    return "more";
  }

  /** The watermark that each row met, in a column behind the others. */
  #withWatermarks(batch: RecordBatch, met = this.#watermark, time: number): RecordBatch {
    const vector = batch.columns[time];
    const watermarks = batch.watermarks ?? watermarksMet(timesOf(vector), met, this.#spec.eventTime!.delay);
    const validity = Uint8Array.from(watermarks, (watermark) => (Number.isFinite(watermark) ? 1 : 0));
    const column = micros(
      vector.type,
      Float64Array.from(watermarks, (watermark) => (Number.isFinite(watermark) ? watermark : 0)),
    );
    return { ...batch, columns: [...batch.columns, validity.includes(0) ? { ...column, validity } : column] };
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

/** What rows met that are not behind it: the watermark before them, raised by the times of earlier ones. */
function watermarksMet(times: Float64Array, met: number, delay: number): Float64Array {
  const watermarks = new Float64Array(times.length);
  let max = Number.NEGATIVE_INFINITY;
  let watermark = met;
  for (let i = 0; i < times.length; i++) {
    watermarks[i] = watermark;
    if (times[i] > max) {
      max = times[i];
      watermark = Math.max(met, Math.floor((max - delay) / 1000) * 1000);
    }
  }
  return watermarks;
}
