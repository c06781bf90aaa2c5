import type { FunctionRegistry } from "../../catalog/function-registry.ts";
import type { ScanWarning } from "../../catalog/source-spec.ts";
import type { FailedCalls, FunctionUse } from "../../catalog/user-functions.ts";
import type { RecordBatch } from "../../core/vector.ts";
import type { LogicalPlan } from "../../plan/logical-plan.ts";
import { WallClock } from "../clock.ts";
import { type BuildContext, interruptCheck, type SourceOpener, withoutStreams } from "../context.ts";
import { Driver, type OperatorTree } from "../driver.ts";
import type { MemoryBudget, Operator } from "../operator.ts";
import { openScan } from "../scan.ts";
import { Control } from "./control.ts";
import type { Fragment } from "./fragment.ts";
import { MorselScan } from "./morsel-scan.ts";
import { PartialAggregation } from "./partial-aggregation.ts";

/** Builds the operators of a fragment: `buildFragment` of build-operators.ts, handed in because that file builds parallel runs too. */
export type BuildFragment = (plan: LogicalPlan, context: BuildContext) => OperatorTree;

export interface RunnerOptions {
  readonly build: BuildFragment;
  readonly functions: FunctionRegistry;
  readonly openSource: SourceOpener;
  readonly memory: MemoryBudget;
  /** Takes the output of a morsel, all of it. */
  readonly onMorsel: (morsel: number, batches: readonly RecordBatch[]) => void;
  readonly cancelled?: () => boolean;
  /** Called whenever the work has gone on a step. */
  readonly onStep?: () => void;
}

/** Executes a fragment over the morsels one thread takes: in a pool worker, and on the query's own thread alike. */
export class FragmentRunner {
  readonly control: Control;
  readonly #driver: Driver;
  readonly #scans: MorselScan[] = [];
  /** The operator at the fragment's root, whose state may be the result. */
  readonly root: Operator | undefined;
  readonly #uses: FunctionUse[] = [];
  #morsel: number | undefined;
  #batches: RecordBatch[] = [];

  constructor(fragment: Fragment, options: RunnerOptions) {
    this.control = new Control(fragment.control);
    const isCancelled = () => this.control.stopped || options.cancelled?.() === true;
    const isInterrupted = interruptCheck(fragment.interrupt, isCancelled);
    const checkInterrupt = () => {
      isInterrupted();
      options.onStep?.();
    };
    const { functions, openSource, memory } = options;
    const { timeZone, nowMicros, subqueryValues } = fragment;
    const clock = new WallClock();
    const tree = options.build(fragment.plan, {
      openSource,
      openStream: withoutStreams,
      clock,
      late: { add: () => {} },
      memory,
      checkInterrupt,
      compile: {
        functions,
        timeZone,
        nowMicros,
        subqueryValues,
        checkInterrupt,
        uses: { add: (use) => this.#uses.push(use), addFailures: () => {} },
      },
      parallel: undefined,
      drivingScan: {
        position: fragment.drivingScan,
        open: (plan, pipeline) => {
          const scan = new MorselScan(openScan(plan, openSource), this.control, pipeline, (morsel) =>
            this.#begin(morsel, options.onMorsel),
          );
          this.#scans.push(scan);
          return scan;
        },
      },
    });
    this.root = "operator" in tree ? tree.operator : undefined;
    this.#driver = new Driver(tree, (batch) => this.#batches.push(batch), { memory, checkInterrupt, clock, wake: () => {} });
  }

  #begin(morsel: number | undefined, onMorsel: RunnerOptions["onMorsel"]): void {
    if (this.#morsel !== undefined) {
      if (this.root instanceof PartialAggregation) this.root.endMorsel(this.#morsel);
      onMorsel(this.#morsel, this.#batches);
      this.#batches = [];
    }
    this.#morsel = morsel;
  }

  run(deadline: number): "more" | "waiting" | "done" {
    return this.#driver.run(deadline);
  }

  get rowsRead(): number {
    return this.#scans.reduce((sum, scan) => sum + scan.rowsRead, 0);
  }

  get driver(): Driver {
    return this.#driver;
  }

  /** Calls of the user's functions that failed on this thread without ending the query. */
  failures(): readonly FailedCalls[] {
    return this.#uses.flatMap((use) => use.failures?.() ?? []);
  }

  warnings(): readonly ScanWarning[] {
    return this.#driver.warnings();
  }

  close(): void {
    this.#driver.close();
  }
}
