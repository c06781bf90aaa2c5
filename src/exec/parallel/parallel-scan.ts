import type { ScanWarning } from "../../catalog/source-spec.ts";
import type { RecordBatch } from "../../core/vector.ts";
import type { Output, PullResult, ScanProgress, SourceOperator } from "../operator.ts";
import type { ParallelRun } from "./parallel-run.ts";

/** What starts a run: called at the first pull, so that nothing runs before the driver wants it. */
export type StartRun = (onMorsel: (morsel: number, batches: readonly RecordBatch[]) => void) => ParallelRun;

/** A scan with filters, projections and joins on several threads. Its rows come out in the order of the scan. */
export class ParallelScan implements SourceOperator {
  readonly name = "parallel-scan";
  readonly #start: StartRun;
  #run: ParallelRun | undefined;
  /** Output of morsels that others before them keep waiting. */
  readonly #ready = new Map<number, readonly RecordBatch[]>();
  #next = 0;

  constructor(start: StartRun) {
    this.#start = start;
  }

  get threads(): number {
    return this.#run?.threads ?? 1;
  }

  get reports() {
    return this.#run?.reports ?? [];
  }

  pull(out: Output, wake: () => void): PullResult {
    this.#run ??= this.#start((morsel, batches) => this.#ready.set(morsel, batches));
    this.#give(out);
    const state = this.#run.work(wake);
    const given = this.#give(out);
    if (state === "done") return "end";
    return state === "waiting" && !given ? "waiting" : "more";
  }

  #give(out: Output): boolean {
    const first = this.#next;
    for (let batches = this.#ready.get(first); batches !== undefined; batches = this.#ready.get(this.#next)) {
      this.#ready.delete(this.#next++);
      for (const batch of batches) out.push(batch);
    }
    this.#run!.control.given(this.#next);
    return this.#next > first;
  }

  progress(): ScanProgress {
    return this.#run?.progress() ?? { rows: 0, done: 0, total: undefined };
  }

  warnings(): readonly ScanWarning[] {
    return this.#run?.warnings ?? [];
  }

  stateBytes(): number {
    return this.#run?.stateBytes() ?? 0;
  }

  close(): void {
    this.#run?.close();
  }
}
