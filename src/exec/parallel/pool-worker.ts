import { parentPort, workerData } from "node:worker_threads";
import type { FunctionRegistry } from "../../catalog/function-registry.ts";
import type { FunctionDefinition } from "../../catalog/function-types.ts";
import { errorToData, type WeirError } from "../../core/errors.ts";
import { openSource } from "../../formats/index.ts";
import { builtinFunctions } from "../../functions/index.ts";
import { loadModule } from "../../udf/load-module.ts";
import type { ModuleSource } from "../../udf/module-source.ts";
import { buildFragment } from "../build-operators.ts";
import { CodeWatch } from "../code-watch.ts";
import type { HeapUser } from "../heap-guard.ts";
import { Scheduler, type Task } from "../scheduler.ts";
import { containUserCode } from "../stray-code.ts";
import { leavesModulesSpoilt } from "../user-calls.ts";
import { WatchTable } from "../watch-table.ts";
import { Control, WorkerMemory } from "./control.ts";
import type { Fragment, FromWorker, ToWorker } from "./fragment.ts";
import { FragmentRunner } from "./fragment-runner.ts";
import { PartialAggregation, type PartialGroups } from "./partial-aggregation.ts";
import type { PoolWorkerData } from "./pool.ts";

/** Entry of a pool worker: executes fragments over the morsels it takes, several runs by turns. */

if (parentPort === null) throw new Error("pool-worker is started by the pool");
const port = parentPort;
const data = workerData as PoolWorkerData;
const builtIn = builtinFunctions();
/** Functions of the modules that were evaluated in this thread, by the modules' hashes. */
const evaluated = new Map<string, Promise<readonly FunctionDefinition[]>>();
const watch = new CodeWatch(new WatchTable(data.watch), data.slot);
const scheduler = new Scheduler({ watch });
containUserCode((error) => {
  if (watch.failBetween(error) === 0) process.emitWarning(error);
});
if (data.print === "stderr") console.log = console.info = console.debug = console.error;
const send = (message: FromWorker, transfer: readonly ArrayBuffer[] = []): void => port.postMessage(message, transfer);

/** The end of a run. What its functions have printed is with whoever waits for it then. */
function sendLast(message: FromWorker): void {
  const streams = [process.stdout, process.stderr].filter(({ writableLength }) => writableLength > 0);
  let left = streams.length;
  if (left === 0) send(message);
  for (const stream of streams) {
    stream.write("", () => {
      if (--left === 0) send(message);
    });
  }
}

/** How long a run that is too far ahead of its reader rests. */
const REST_MS = 1;

class FragmentTask implements Task, HeapUser {
  readonly foreground = true;
  readonly userFunctions: readonly string[];
  heapGrowth = 0;
  readonly #run: number;
  readonly #fragment: Fragment;
  readonly #functions: FunctionRegistry;
  readonly #memory: WorkerMemory;
  readonly #leaveHeap: () => void;
  #runner: FragmentRunner | undefined;
  #ended = false;

  constructor(run: number, fragment: Fragment, registry: FunctionRegistry) {
    this.#run = run;
    this.#fragment = fragment;
    this.#functions = registry;
    this.#memory = new WorkerMemory(new Control(fragment.control));
    this.userFunctions = fragment.userFunctions;
    this.#leaveHeap = scheduler.heap.open(this);
  }

  run(deadline: number): "more" | "waiting" | "done" {
    if (this.#ended) return "done";
    watch.slot.run = this.#run;
    try {
      this.#runner ??= new FragmentRunner(this.#fragment, {
        build: buildFragment,
        functions: this.#functions,
        openSource,
        memory: this.#memory,
        onMorsel: (morsel, batches) => {
          if (!(this.#runner?.root instanceof PartialAggregation)) send({ kind: "batches", run: this.#run, morsel, batches });
        },
        onStep: () => {
          watch.tick(this);
          if (this.userFunctions.length > 0) scheduler.heap.check(this);
        },
      });
      const state = this.#runner.run(deadline);
      if (state === "waiting") setTimeout(() => scheduler.wake(this), REST_MS);
      if (state !== "done") {
        scheduler.heap.check(this);
        return state;
      }
      const { root } = this.#runner;
      if (root instanceof PartialAggregation) {
        const state = root.export();
        send({ kind: "state", run: this.#run, state }, stateBuffers(state));
      }
      const { rowsRead } = this.#runner;
      sendLast({ kind: "done", run: this.#run, rowsRead, warnings: this.#runner.warnings(), failures: this.#runner.failures() });
      this.#end();
    } catch (error) {
      this.abandon(error);
    }
    return "done";
  }

  /** Tells the query, which ends the run. */
  abandon(error: unknown): void {
    if (this.#ended) return;
    if (leavesModulesSpoilt(error)) forgetModules(this.#fragment.modules.map(({ hash }) => hash));
    sendLast({ kind: "error", run: this.#run, error: errorToData(error) });
    this.#end();
  }

  fail(error: WeirError): void {
    this.abandon(error);
    scheduler.wake(this);
  }

  #end(): void {
    this.#ended = true;
    try {
      this.#runner?.close();
    } finally {
      this.#leaveHeap();
      this.#memory.release();
    }
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

/** Evaluates the modules that the thread does not have yet, and starts the fragment. */
async function start(run: number, fragment: Fragment): Promise<void> {
  let isOver = false;
  const fail = (error: unknown): void => {
    if (!isOver) send({ kind: "error", run, error: errorToData(error) });
    isOver = true;
  };
  const ended = watch.between({ userFunctions: fragment.userFunctions, abandon: fail });
  try {
    const registry = builtIn.pinned();
    for (const source of fragment.modules) {
      for (const definition of await evaluate(source)) registry.define(definition, { replace: true });
    }
    if (!isOver) scheduler.add(new FragmentTask(run, fragment, registry));
  } catch (error) {
    fail(error);
  } finally {
    ended();
  }
}

function evaluate(source: ModuleSource): Promise<readonly FunctionDefinition[]> {
  let definitions = evaluated.get(source.hash);
  if (definitions === undefined) {
    definitions = loadModule(source);
    evaluated.set(source.hash, definitions);
    definitions.catch(() => forgetModules([source.hash]));
  }
  return definitions;
}

/** What their variables hold goes with the last query that uses them. */
function forgetModules(hashes: readonly string[]): void {
  for (const hash of hashes) evaluated.delete(hash);
}

port.on("message", (message: ToWorker) => {
  switch (message.kind) {
    case "run":
      if (message.fragment.modules.length === 0) scheduler.add(new FragmentTask(message.run, message.fragment, builtIn));
      else void start(message.run, message.fragment);
      return;
    case "forget":
      forgetModules(message.hashes);
      return;
    case "recover":
      scheduler.recover();
  }
});
