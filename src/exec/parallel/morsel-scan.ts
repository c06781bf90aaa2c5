import type { BatchReader, MorselSource, ScanWarning } from "../../catalog/source-spec.ts";
import type { CompiledPipeline } from "../../compile/types.ts";
import type { Output, PullResult, ScanProgress, SourceOperator } from "../operator.ts";
import type { Control } from "./control.ts";

/** One thread's share of a parallel scan: it takes morsels off a shared counter until none is left. */
export class MorselScan implements SourceOperator {
  readonly name = "morsel-scan";
  readonly #source: MorselSource;
  readonly #control: Control;
  readonly #pipeline: CompiledPipeline | undefined;
  /** Told when a morsel begins, and when all rows of the last one were pushed (`undefined`). */
  readonly #onMorsel: (morsel: number | undefined) => void;
  #reader: BatchReader | undefined;
  rowsRead = 0;

  constructor(
    source: MorselSource,
    control: Control,
    pipeline: CompiledPipeline | undefined,
    onMorsel: (morsel: number | undefined) => void,
  ) {
    this.#source = source;
    this.#control = control;
    this.#pipeline = pipeline;
    this.#onMorsel = onMorsel;
  }

  get reports() {
    return this.#pipeline?.report ?? [];
  }

  pull(out: Output): PullResult {
    if (this.#reader === undefined) {
      if (this.#control.stopped) return this.#end();
      const morsel = this.#control.takeMorsel();
      if (morsel === "wait") return "waiting";
      if (morsel >= this.#source.morselCount) return this.#end();
      this.#onMorsel(morsel);
      this.#reader = this.#source.open(morsel);
    }
    const batch = this.#reader.next();
    if (batch === null) {
      this.#reader = undefined;
      return "more";
    }
    this.rowsRead += batch.length;
    out.push(this.#pipeline === undefined ? batch : this.#pipeline(batch));
    return "more";
  }

  #end(): PullResult {
    this.#onMorsel(undefined);
    return "end";
  }

  progress(): ScanProgress {
    return { rows: this.rowsRead, done: Math.min(this.#source.morselCount, this.#control.morselsTaken), total: this.#source.morselCount };
  }

  warnings(): readonly ScanWarning[] {
    return this.#source.warnings?.() ?? [];
  }

  close(): void {
    this.#source.close();
  }
}
