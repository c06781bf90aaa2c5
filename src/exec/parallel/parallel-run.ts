import type { ScanWarning } from "../../catalog/source-spec.ts";
import type { FunctionUses } from "../../catalog/user-functions.ts";
import type { ExpressionReport } from "../../compile/types.ts";
import type { WeirError } from "../../core/errors.ts";
import type { RecordBatch } from "../../core/vector.ts";
import type { LogicalPlan } from "../../plan/logical-plan.ts";
import type { ModuleSource } from "../../udf/module-source.ts";
import type { BuildContext, ParallelContext } from "../context.ts";
import type { ScanProgress } from "../operator.ts";
import { userFunctionsIn } from "../user-calls.ts";
import { Control } from "./control.ts";
import type { Fragment, FromWorker } from "./fragment.ts";
import { type BuildFragment, FragmentRunner } from "./fragment-runner.ts";

const PIECE_MS = 4;

/** A fragment at work on the pool's threads and on this one. */
export class ParallelRun {
  readonly control: Control;
  readonly #parallel: ParallelContext;
  readonly #runner: FragmentRunner;
  readonly #run: number;
  readonly #listener: (message: FromWorker) => void;
  #wake: () => void = () => {};
  #workersAtWork: number;
  #localDone = false;
  #error: WeirError | undefined;
  #workerRows = 0;
  readonly #warnings: ScanWarning[] = [];
  readonly #uses: FunctionUses | undefined;

  constructor(
    plan: LogicalPlan,
    drivingScan: number,
    context: BuildContext,
    parallel: ParallelContext,
    build: BuildFragment,
    on: { morsel: (morsel: number, batches: readonly RecordBatch[]) => void; message: (message: FromWorker) => void },
  ) {
    const { compile, memory } = context;
    this.#uses = compile.uses;
    this.#parallel = parallel;
    this.#listener = on.message;
    this.control = Control.withLimit(memory.limit - memory.used);
    const { subqueryValues, timeZone, nowMicros, functions } = compile;
    const used = userFunctionsIn(plan, functions);
    const sources = used.map(({ origin }) => origin!.source as ModuleSource);
    const fragment: Fragment = {
      plan,
      drivingScan,
      modules: [...new Map(sources.map((source) => [source.hash, source])).values()],
      userFunctions: used.map(({ name }) => name),
      subqueryValues,
      timeZone,
      nowMicros,
      control: this.control.words,
      interrupt: parallel.interrupt,
    };
    this.#workersAtWork = parallel.pool.size;
    this.#run = parallel.pool.run(fragment, {
      onMessage: (_worker, message) => this.#receive(message),
      onError: (error) => {
        this.#error ??= error;
        this.#wake();
      },
    });
    this.#runner = new FragmentRunner(fragment, {
      build,
      functions,
      openSource: context.openSource,
      memory,
      onMorsel: on.morsel,
      cancelled: () => {
        context.checkInterrupt();
        return false;
      },
    });
  }

  get threads(): number {
    return this.#parallel.pool.size + 1;
  }

  get runner(): FragmentRunner {
    return this.#runner;
  }

  #receive(message: FromWorker): void {
    if (message.kind === "done") {
      this.#workersAtWork--;
      this.#workerRows += message.rowsRead;
      this.#warnings.push(...message.warnings);
      this.#uses?.addFailures(message.failures);
    } else this.#listener(message);
    this.#wake();
  }

  /** Does a piece of this thread's share. "waiting": only workers have something left to do, and `wake` will be called. */
  work(wake: () => void): "more" | "waiting" | "done" {
    this.#wake = wake;
    if (this.#error !== undefined) throw this.#error;
    if (!this.#localDone) {
      const state = this.#runner.run(performance.now() + PIECE_MS);
      if (state === "more") return "more";
      if (state === "done") {
        this.#localDone = true;
        this.#warnings.push(...this.#runner.warnings());
        this.#uses?.addFailures(this.#runner.failures());
      }
    }
    return this.#localDone && this.#workersAtWork === 0 ? "done" : "waiting";
  }

  progress(): ScanProgress {
    const [scan] = this.#runner.driver.progress();
    return { rows: this.#workerRows + this.#runner.rowsRead, done: scan?.done ?? 0, total: scan?.total };
  }

  get warnings(): readonly ScanWarning[] {
    return this.#warnings;
  }

  /** Bytes held by the workers; what this thread holds is charged to the query directly. */
  stateBytes(): number {
    return this.control.usedBytes;
  }

  /** How expressions run, on this thread as on the others. */
  get reports(): readonly ExpressionReport[] {
    return this.#runner.driver.metrics().flatMap(({ tree }) => ("operator" in tree ? tree.operator : tree.source).reports ?? []);
  }

  close(): void {
    this.control.stop();
    this.#parallel.pool.forget(this.#run);
    this.#runner.close();
  }
}
