import type { BatchReader, MorselSource, ScanWarning } from "../catalog/source-spec.ts";
import type { CompiledPipeline } from "../compile/types.ts";
import { sliceBatch } from "../core/vector.ts";
import type { ScanPlan } from "../plan/logical-plan.ts";
import type { SourceOpener } from "./context.ts";
import type { Output, PullResult, ScanProgress, SourceOperator } from "./operator.ts";
import { scanPredicates } from "./scan-predicates.ts";

/** Opens what a scan reads, with its filter and limit told to the reader as far as it can use them. */
export function openScan(plan: ScanPlan, openSource: SourceOpener): MorselSource {
  const limit = plan.filter === undefined ? plan.limit : undefined;
  return openSource(plan.source, { columns: plan.columns, predicates: scanPredicates(plan.filter, plan.columns), limit });
}

/** Table or file scan on the query's own thread, morsel after morsel, with the filter and projection above it fused in. */
export class Scan implements SourceOperator {
  readonly name: string;
  readonly #plan: ScanPlan;
  readonly #open: () => MorselSource;
  readonly #pipeline: CompiledPipeline | undefined;
  #source: MorselSource | undefined;
  #reader: BatchReader | undefined;
  #morsel = 0;
  #rowsRead = 0;
  #rowsOut = 0;

  /** `pipeline` absent: rows pass as they are read. `limit`: rows of output that suffice. */
  constructor(plan: ScanPlan, openSource: SourceOpener, pipeline: CompiledPipeline | undefined) {
    this.name = plan.source.kind === "memory" ? "table-scan" : "file-scan";
    this.#plan = plan;
    this.#open = () => openScan(plan, openSource);
    this.#pipeline = pipeline;
  }

  get reports() {
    return this.#pipeline?.report ?? [];
  }

  pull(out: Output): PullResult {
    this.#source ??= this.#open();
    const limit = this.#plan.limit ?? Infinity;
    if (this.#rowsOut >= limit) return "end";
    if (this.#reader === undefined) {
      if (this.#morsel === this.#source.morselCount) return "end";
      this.#reader = this.#source.open(this.#morsel++);
    }
    const batch = this.#reader.next();
    if (batch === null) {
      this.#reader = undefined;
      return "more";
    }
    this.#rowsRead += batch.length;
    const passed = this.#pipeline === undefined ? batch : this.#pipeline(batch);
    const kept = sliceBatch(passed, 0, Math.min(passed.length, limit - this.#rowsOut));
    this.#rowsOut += kept.length;
    out.push(kept);
    return "more";
  }

  progress(): ScanProgress {
    const rows = this.#plan.source.rowCount;
    if (rows !== undefined) return { rows: this.#rowsRead, done: this.#rowsRead, total: rows };
    return { rows: this.#rowsRead, done: Math.max(0, this.#morsel - 1), total: this.#source?.morselCount };
  }

  warnings(): readonly ScanWarning[] {
    return this.#source?.warnings?.() ?? [];
  }

  close(): void {
    this.#source?.close();
    this.#source = undefined;
  }
}
