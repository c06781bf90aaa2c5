import type { ScanWarning } from "../../catalog/source-spec.ts";
import type { HashAggregate } from "../aggregate/hash-aggregate.ts";
import type { Output, PullResult, ScanProgress, SourceOperator } from "../operator.ts";
import type { FromWorker } from "./fragment.ts";
import type { ParallelRun } from "./parallel-run.ts";
import { mergePartials, type PartialAggregation, type PartialGroups } from "./partial-aggregation.ts";

const PIECE_MS = 4;

/** GROUP BY on several threads: each aggregates the morsels it takes, and their groups are merged at the end. */
export class ParallelAggregate implements SourceOperator {
  readonly name = "parallel-hash-aggregate";
  readonly #start: (onMessage: (message: FromWorker) => void) => ParallelRun;
  #merged: HashAggregate;
  readonly #partials: PartialGroups[] = [];
  #run: ParallelRun | undefined;
  #merging: Generator<void, HashAggregate> | undefined;
  #emitting = false;

  /** `merged`: an empty aggregate of the same plan. */
  constructor(merged: HashAggregate, start: (onMessage: (message: FromWorker) => void) => ParallelRun) {
    this.#merged = merged;
    this.#start = start;
  }

  get threads(): number {
    return this.#run?.threads ?? 1;
  }

  get reports() {
    return this.#run?.reports ?? [];
  }

  pull(out: Output, wake: () => void): PullResult {
    if (this.#emitting) return this.#merged.resume(out) ? "more" : "end";
    if (this.#merging !== undefined) return this.#merge(this.#merging, out);
    if (this.#run === undefined) {
      this.#run = this.#start((message) => {
        if (message.kind === "state") this.#partials.push(message.state as PartialGroups);
      });
      this.#run.control.given(Infinity);
    }
    const state = this.#run.work(wake);
    if (state !== "done") return state;
    this.#merging = mergePartials(this.#run.runner.root as PartialAggregation, this.#partials, this.#merged);
    return "more";
  }

  #merge(merging: Generator<void, HashAggregate>, out: Output): PullResult {
    const until = performance.now() + PIECE_MS;
    while (performance.now() < until) {
      const step = merging.next();
      if (step.done !== true) continue;
      this.#merged = step.value;
      this.#partials.length = 0;
      this.#emitting = true;
      return this.#merged.onEnd(0, out) ? "more" : "end";
    }
    return "more";
  }

  progress(): ScanProgress {
    return this.#run?.progress() ?? { rows: 0, done: 0, total: undefined };
  }

  warnings(): readonly ScanWarning[] {
    return this.#run?.warnings ?? [];
  }

  stateBytes(): number {
    return this.#merged.stateBytes() + (this.#run?.stateBytes() ?? 0);
  }

  close(): void {
    this.#run?.close();
  }
}
