import { parentPort } from "node:worker_threads";
import { errorToData } from "../../core/errors.ts";
import { openSource } from "../../formats/index.ts";
import { builtinFunctions } from "../../functions/index.ts";
import { buildFragment } from "../build-operators.ts";
import { Scheduler, type Task } from "../scheduler.ts";
import { Control, WorkerMemory } from "./control.ts";
import type { Fragment, FromWorker, ToWorker } from "./fragment.ts";
import { FragmentRunner } from "./fragment-runner.ts";
import { PartialAggregation, type PartialGroups } from "./partial-aggregation.ts";

/** Entry of a pool worker: executes fragments over the morsels it takes, several runs by turns. */

if (parentPort === null) throw new Error("pool-worker is started by the pool");
const port = parentPort;
const functions = builtinFunctions();
const scheduler = new Scheduler();
/** How long a run that is too far ahead of its reader rests. */
const REST_MS = 1;

class FragmentTask implements Task {
  readonly foreground = true;
  readonly #run: number;
  readonly #fragment: Fragment;
  readonly #memory: WorkerMemory;
  #runner: FragmentRunner | undefined;

  constructor(run: number, fragment: Fragment) {
    this.#run = run;
    this.#fragment = fragment;
    this.#memory = new WorkerMemory(new Control(fragment.control));
  }

  run(deadline: number): "more" | "waiting" | "done" {
    try {
      this.#runner ??= new FragmentRunner(this.#fragment, {
        build: buildFragment,
        functions,
        openSource,
        memory: this.#memory,
        onMorsel: (morsel, batches) => {
          if (!(this.#runner?.root instanceof PartialAggregation)) this.#send({ kind: "batches", run: this.#run, morsel, batches });
        },
      });
      const state = this.#runner.run(deadline);
      if (state === "waiting") setTimeout(() => scheduler.wake(this), REST_MS);
      if (state !== "done") return state;
      const { root } = this.#runner;
      if (root instanceof PartialAggregation) {
        const state = root.export();
        this.#send({ kind: "state", run: this.#run, state }, stateBuffers(state));
      }
      this.#send({ kind: "done", run: this.#run, rowsRead: this.#runner.rowsRead, warnings: this.#runner.warnings() });
    } catch (error) {
      this.#send({ kind: "error", run: this.#run, error: errorToData(error) });
    }
    this.#end();
    return "done";
  }

  #end(): void {
    try {
      this.#runner?.close();
    } finally {
      this.#memory.release();
    }
  }

  #send(message: FromWorker, transfer: readonly ArrayBuffer[] = []): void {
    port.postMessage(message, transfer);
  }
}

/** Memory of accumulators, which this thread needs no more: handed over instead of copied. */
function stateBuffers({ parts }: PartialGroups): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  for (const { states } of parts) {
    for (const state of states) if (state instanceof Float64Array && state.buffer instanceof ArrayBuffer) buffers.add(state.buffer);
  }
  return [...buffers];
}

port.on("message", (message: ToWorker) => scheduler.add(new FragmentTask(message.run, message.fragment)));
