import type { FunctionDefinition, ScalarFunction } from "../catalog/function-types.ts";
import type { ScanWarning } from "../catalog/source-spec.ts";
import { type FailedCalls, type FunctionUse, failureWarnings } from "../catalog/user-functions.ts";
import { callShape } from "../compile/index.ts";
import type { ExpressionReport } from "../compile/types.ts";
import { WeirError } from "../core/errors.ts";
import { valueAt } from "../core/read.ts";
import type { Schema } from "../core/types.ts";
import type { Value } from "../core/value.ts";
import { batchBytes, type RecordBatch } from "../core/vector.ts";
import type { LogicalPlan, QueryPlan } from "../plan/logical-plan.ts";
import { countPlanNodes, readsStream } from "../plan/plan-tree.ts";
import { buildOperators } from "./build-operators.ts";
import { calledOnChanges } from "./called-on-changes.ts";
import { compileContext, type ExecContext, interruptCheck } from "./context.ts";
import { Driver, type DriverRestore, type DriverSnapshot, type OperatorMetrics, type OperatorTree } from "./driver.ts";
import type { HeapUser } from "./heap-guard.ts";
import type { LateRows } from "./late-rows.ts";
import type { QueryMemory } from "./memory-budget.ts";
import type { ScanProgress, WindowPreview } from "./operator.ts";
import type { Task } from "./scheduler.ts";
import { callsBetweenPieces, leavesModulesSpoilt, userFunctionsIn } from "./user-calls.ts";
import type { Redefined, UserQuery } from "./user-queries.ts";

export interface QueryResult {
  readonly schema: Schema;
  /** Empty where a `sink` took them. */
  readonly batches: readonly RecordBatch[];
  readonly rowCount: number;
  readonly warnings: readonly ScanWarning[];
}

export interface RunOptions {
  /** Takes each batch of the result, in order, instead of collecting them. */
  readonly sink?: (batch: RecordBatch) => void;
  /** Interactive: goes first in the scheduler. Default true. */
  readonly foreground?: boolean;
  /** Operators are built and streams opened at once, so that whatever comes from now on is seen, instead of at the scheduler's next turn. */
  readonly atOnce?: boolean;
  /** Takes rows that come too late; without it they are only left out, which is for queries over tables. */
  readonly late?: LateRows;
  /** The watermark of the result has risen, microseconds. */
  readonly onWatermark?: (watermark: number) => void;
  /** State to start from. */
  readonly restore?: DriverRestore;
  /** The query goes on with other definitions of functions or models than it was planned with. */
  readonly onRedefined?: () => void;
  /** False: `sink` has no room, and sources are not asked before `wake` is called. Absent: there is always room. */
  readonly hasRoom?: (wake: () => void) => boolean;
}

/** One plan node's figures; nodes stand in pre-order of the plan. */
export interface NodeMetrics {
  /** Named by algorithm. */
  readonly operator: string;
  /** Position of the plan node whose operator does this one's work too; figures stand there. */
  readonly fusedInto: number | undefined;
  readonly rowsOut: number;
  /** Milliseconds in this operator's own code on the query's thread. */
  readonly selfMs: number;
  /** Largest state held, bytes. */
  readonly stateBytes: number;
  readonly threads: number;
  readonly reports: readonly ExpressionReport[];
  /** What else it did, a line each. */
  readonly notes: readonly string[];
}

export interface QueryProgress {
  /** Share of the input read, 0 to 1; undefined when nobody can tell. */
  readonly fraction: number | undefined;
  readonly rowsScanned: number;
  readonly rowsOut: number;
}

export interface RunningQuery {
  /** The result; rejects with a WeirError. */
  readonly promise: Promise<QueryResult>;
  /** Ends this query alone, at its next piece of work. */
  cancel(): void;
  progress(): QueryProgress;
  /** Of the root plan (subqueries are not in it), pre-order. */
  metrics(): NodeMetrics[];
  /** Of the operators as they are now, pre-order; empty before the root plan runs. */
  operators(): readonly OperatorMetrics[];
  /**
   * Takes a snapshot between two batches of the root plan. `atCut` is called at that moment, before the query goes on: the time to note where the sink stands.
   * Rejects when the query ends before.
   */
  snapshot(atCut?: () => void): Promise<DriverSnapshot>;
  /** Rows that windows still open would give now, at most about `limit`; undefined where there are no such windows. */
  preview(limit: number): WindowPreview | undefined;
  /** What is to be said so far of calls that failed without ending it, a line each. */
  warnings(): readonly string[];
  /** Resolves when everything that had come so far is worked off: the query waits for more, or has ended. */
  settled(): Promise<void>;
}

/** Starts a query: its scalar subqueries in order, then its root. Nothing runs before the scheduler's next turn. */
export function runQuery(plan: QueryPlan, exec: ExecContext, options: RunOptions = {}): RunningQuery {
  const query = new Query(plan, exec, options);
  if (options.atOnce === true) query.open();
  exec.scheduler.add(query);
  return query;
}

class Query implements Task, RunningQuery, HeapUser, UserQuery {
  readonly promise: Promise<QueryResult>;
  readonly foreground: boolean;
  readonly userFunctions: readonly string[];
  heapGrowth = 0;
  readonly #exec: ExecContext;
  readonly #plan: QueryPlan;
  readonly #memory: QueryMemory;
  readonly #checkInterrupt: () => void;
  /** Plans still to run, in order; the last one is the root. */
  readonly #steps: Step[];
  readonly #batches: RecordBatch[] = [];
  readonly #sink: ((batch: RecordBatch) => void) | undefined;
  readonly #warnings: ScanWarning[] = [];
  #driver: Driver | undefined;
  #tree: OperatorTree | undefined;
  #resolve!: (result: QueryResult) => void;
  #reject!: (error: unknown) => void;
  #cancelled = false;
  #failed: { readonly error: unknown } | undefined;
  #ended = false;
  #rowsOut = 0;
  readonly #options: RunOptions;
  readonly #settling: (() => void)[] = [];
  #snapshots: { take: (snapshot: DriverSnapshot) => void; fail: (error: WeirError) => void }[] = [];
  /** Places where the plan calls functions and models of the user's own, and the hash of the definition each goes by now. */
  /** Calls that failed on pool workers. */
  readonly #failedElsewhere: FailedCalls[] = [];
  readonly #uses: { readonly use: FunctionUse; hash: string }[] = [];
  /** By kind and name: definitions to go on with, once no row is half way. */
  readonly #redefinitions = new Map<string, () => void>();
  readonly #atEnd: (() => void)[] = [];

  constructor(plan: QueryPlan, exec: ExecContext, options: RunOptions) {
    this.#exec = exec;
    this.#plan = plan;
    this.#options = options;
    this.#sink = options.sink;
    this.foreground = options.foreground ?? true;
    this.#memory = exec.memory.open();
    this.userFunctions = userFunctionsIn(plan, exec.functions).map(({ name }) => name);
    const checkInterrupt = interruptCheck(exec.interrupt, () => this.#cancelled);
    const { watch, heap } = exec.scheduler;
    this.#checkInterrupt =
      this.userFunctions.length === 0
        ? checkInterrupt
        : () => {
            checkInterrupt();
            watch.tick(this);
            heap.check(this);
          };
    if (this.userFunctions.length > 0) exec.userQueries?.add(this);
    this.#atEnd.push(heap.open(this), () => exec.userQueries?.delete(this));
    if (callsBetweenPieces(plan, exec.functions)) this.#atEnd.push(watch.between(this));
    this.#steps = stepsOf(plan, [], (batch) => this.#collect(batch));
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Builds the operators, where no subquery has to run before; what goes wrong is told by the first piece of work. */
  open(): void {
    if (this.#steps.length > 1) return;
    try {
      this.#driver = this.#start();
    } catch (error) {
      this.#failed = { error };
    }
  }

  run(deadline: number): "more" | "waiting" | "done" {
    if (this.#ended) return "done";
    try {
      if (this.#failed !== undefined) throw this.#failed.error;
      this.#driver ??= this.#start();
      const state = this.#driver.run(deadline);
      if (state !== "done") {
        if (state === "waiting" && this.#steps.length === 1 && !this.#driver.awaitsAnswers) this.#tellSettled();
        this.#exec.scheduler.heap.check(this);
        return state;
      }
      this.#steps.shift()!.finish();
      this.#warnings.push(...this.#driver.warnings());
      if (this.#steps.length > 0) {
        this.#driver.close();
        this.#driver = undefined;
        return "more";
      }
      for (const message of this.#failedCalls()) this.#warnings.push({ message, rejected: [], rejectedCount: 0 });
      this.#end();
      this.#resolve({ schema: this.#plan.root.schema, batches: this.#batches, rowCount: this.#rowsOut, warnings: this.#warnings });
    } catch (error) {
      this.abandon(asWeirError(error));
    }
    return "done";
  }

  #start(): Driver {
    this.#checkInterrupt();
    const step = this.#steps[0];
    const { plan, values } = step;
    const { openSource, openStream, currentTable, clock, pool, interrupt } = this.#exec;
    const { late, onWatermark, restore, hasRoom } = this.#options;
    const isRoot = this.#steps.length === 1;
    this.#tree = buildOperators(plan, {
      openSource,
      openStream,
      ...(currentTable !== undefined && { currentTable }),
      clock,
      late: late ?? { add: () => {} },
      compile: compileContext(this.#exec, values, this.#checkInterrupt, {
        add: (use) => this.#addUse(use),
        addFailures: (failures) => this.#failedElsewhere.push(...failures),
      }),
      memory: this.#memory,
      checkInterrupt: this.#checkInterrupt,
      parallel: pool === undefined || pool.size === 0 ? undefined : { pool, interrupt },
      drivingScan: undefined,
    });
    const driver = new Driver(this.#tree, step.sink, {
      memory: this.#memory,
      checkInterrupt: this.#checkInterrupt,
      clock,
      wake: () => this.#exec.scheduler.wake(this),
      ...(isRoot && { onWatermark, restore, hasRoom }),
    });
    if (isRoot && this.#snapshots.length > 0) driver.checkpoint((snapshot) => this.#taken(snapshot));
    return driver;
  }

  snapshot(atCut?: () => void): Promise<DriverSnapshot> {
    return new Promise((resolve, fail) => {
      if (this.#ended) {
        fail(endedError());
        return;
      }
      const take = (snapshot: DriverSnapshot): void => {
        atCut?.();
        resolve(snapshot);
      };
      this.#snapshots.push({ take, fail });
      if (this.#steps.length === 1) this.#driver?.checkpoint((snapshot) => this.#taken(snapshot));
      this.#exec.scheduler.wake(this);
    });
  }

  preview(limit: number): WindowPreview | undefined {
    if (this.#steps.length > 1) return undefined;
    const driver = this.#driver;
    return driver && this.#exec.scheduler.watch.during(this, () => driver.preview(limit));
  }

  #addUse(use: FunctionUse): void {
    this.#uses.push({ use, hash: use.hash });
    this.#exec.userQueries?.add(this);
  }

  /** A query over tables sees one definition from its first row to its last. */
  redefine(kind: FunctionUse["kind"], name: string, { hash, definition }: Redefined): ReturnType<UserQuery["redefine"]> {
    const key = useKey(kind, name);
    const uses = this.#uses.filter((one) => useKey(one.use.kind, one.use.name) === key);
    if (this.#ended || !readsStream(this.#plan.root)) return "unused";
    if (uses.length === 0) return kind === "function" ? this.#redefineUnused(name, definition as FunctionDefinition) : "unused";
    // A module that is evaluated anew says the same of every row.
    const isRenewed = uses.every((use) => use.hash === hash);
    if (kind === "function" && !isRenewed && calledOnChanges(this.#plan, name, this.#exec.functions)) {
      return { obstacle: "rows that it was called for may be taken back" };
    }
    const replacements = uses.map(({ use }) => use.replacement(definition));
    const obstacle = replacements.find((replacement) => typeof replacement === "string");
    if (typeof obstacle === "string") {
      this.#redefinitions.delete(key);
      return { obstacle };
    }
    this.#redefinitions.set(key, () => {
      for (const replace of replacements) (replace as () => void)();
      for (const use of uses) use.hash = hash;
      if (kind === "function") this.#exec.functions.define(definition as FunctionDefinition, { replace: true });
    });
    if (this.#redefinitions.size === 1) {
      this.#driver?.whenQuiet(() => this.#takeRedefinitions());
      this.#exec.scheduler.wake(this);
    }
    return "taken";
  }

  /** No row has been there that made the query compile the call. */
  #redefineUnused(name: string, definition: FunctionDefinition): ReturnType<UserQuery["redefine"]> {
    const known = this.#exec.functions.lookup(name);
    if (known === undefined || !this.userFunctions.includes(known.name)) return "unused";
    if (!hasSameSignature(known, definition)) return { obstacle: "its types changed" };
    this.#exec.functions.define(definition, { replace: true });
    this.#options.onRedefined?.();
    return "taken";
  }

  #takeRedefinitions(): void {
    for (const take of this.#redefinitions.values()) take();
    this.#redefinitions.clear();
    this.#options.onRedefined?.();
  }

  warnings(): readonly string[] {
    return [...(this.#driver?.operatorWarnings() ?? []).map(({ message }) => message), ...this.#failedCalls()];
  }

  #failedCalls(): string[] {
    return failureWarnings([...this.#uses.flatMap(({ use }) => use.failures?.() ?? []), ...this.#failedElsewhere]);
  }

  settled(): Promise<void> {
    // What was handed over a moment ago has woken the query already; it works it off in its next slice.
    return new Promise((resolve) => {
      if (this.#ended) resolve();
      else {
        this.#settling.push(resolve);
        this.#exec.scheduler.wake(this);
      }
    });
  }

  get awaitsAnswers(): boolean {
    return this.#driver?.awaitsAnswers === true;
  }

  #tellSettled(): void {
    for (const resolve of this.#settling.splice(0)) resolve();
  }

  #taken(snapshot: DriverSnapshot): void {
    const waiting = this.#snapshots;
    this.#snapshots = [];
    for (const { take } of waiting) take(snapshot);
  }

  #collect(batch: RecordBatch): void {
    this.#rowsOut += batch.length;
    if (this.#sink !== undefined) {
      this.#sink(batch);
      return;
    }
    this.#memory.charge("result", batchBytes(batch));
    this.#batches.push(batch);
  }

  #end(): void {
    this.#ended = true;
    try {
      this.#driver?.close();
    } finally {
      this.#memory.release();
      for (const letGo of this.#atEnd.splice(0)) letGo();
      this.#tellSettled();
      for (const { fail } of this.#snapshots.splice(0)) fail(endedError());
    }
  }

  abandon(error: WeirError): void {
    if (this.#ended) return;
    if (leavesModulesSpoilt(error) && this.userFunctions.length > 0) this.#exec.renewModules?.(this.userFunctions);
    this.#reject(error);
    try {
      // Closing may run code of the user's own, such as a generator's `finally`.
      this.#exec.scheduler.watch.during(this, () => this.#end());
    } catch (cause) {
      // An operator whose code was ended in the middle may be in no state to close.
      error.cause ??= cause;
    }
  }

  fail(error: WeirError): void {
    this.abandon(error);
    this.#exec.scheduler.wake(this);
  }

  cancel(): void {
    this.#cancelled = true;
    this.#exec.scheduler.wake(this);
  }

  progress(): QueryProgress {
    const scans: ScanProgress[] = this.#driver?.progress() ?? [];
    const known = scans.filter((scan) => scan.total !== undefined && scan.total > 0);
    const fraction =
      known.length === 0 || known.length < scans.length
        ? undefined
        : known.reduce((sum, { done, total }) => sum + Math.min(1, done / total!), 0) / known.length;
    return { fraction, rowsScanned: scans.reduce((sum, scan) => sum + scan.rows, 0), rowsOut: this.#rowsOut };
  }

  operators(): readonly OperatorMetrics[] {
    return this.#steps.length > 1 ? [] : (this.#driver?.metrics() ?? []);
  }

  metrics(): NodeMetrics[] {
    const nodes: NodeMetrics[] = Array.from({ length: countPlanNodes(this.#plan.root) });
    if (this.#steps.length > 1 || this.#driver === undefined) return [];
    let last = 0;
    for (const { tree, rowsOut, selfMs, maxStateBytes: stateBytes } of this.#driver.metrics()) {
      const operator = "operator" in tree ? tree.operator : tree.source;
      const notes = ("operator" in tree ? tree.operator.notes : undefined) ?? [];
      if (tree.planNodes.length === 0) {
        // A step of the operator above it, not of the plan.
        const above = nodes[last];
        nodes[last] = {
          ...above,
          selfMs: above.selfMs + selfMs,
          reports: [...above.reports, ...(operator.reports ?? [])],
          notes: [...above.notes, ...notes],
        };
        continue;
      }
      last = tree.planNodes[0];
      tree.planNodes.forEach((position, i) => {
        nodes[position] = {
          operator: operator.name,
          fusedInto: i === 0 ? undefined : tree.planNodes[0],
          rowsOut,
          selfMs: i === 0 ? selfMs : 0,
          stateBytes: i === 0 ? stateBytes : 0,
          threads: operator.threads ?? 1,
          reports: i === 0 ? (operator.reports ?? []) : [],
          notes: i === 0 ? notes : [],
        };
      });
    }
    return nodes;
  }
}

/** A plan to run, the scalar values it may refer to, and what becomes of its rows. */
interface Step {
  readonly plan: LogicalPlan;
  readonly values: readonly Value[];
  readonly sink: (batch: RecordBatch) => void;
  readonly finish: () => void;
}

/** Subqueries first, each adding its value to `values`; a nested query without subqueries of its own refers to those around it. */
function stepsOf(plan: QueryPlan, outer: Value[], sink: (batch: RecordBatch) => void, finish: () => void = () => {}): Step[] {
  const steps: Step[] = [];
  const values: Value[] = plan.subqueries.length === 0 ? outer : [];
  for (const subquery of plan.subqueries) {
    let value: Value = null;
    let rows = 0;
    const take = (batch: RecordBatch) => {
      rows += batch.length;
      if (rows > 1)
        throw new WeirError("runtime", "a subquery used as a value gave more than one row", { hint: "add LIMIT 1, or an aggregate" });
      value = valueAt(batch.columns[0], 0);
    };
    steps.push(...stepsOf(subquery, values, take, () => values.push(value)));
  }
  steps.push({ plan: plan.root, values, sink, finish });
  return steps;
}

/** Calls that were bound to one can be made to the other. */
const hasSameSignature = (a: FunctionDefinition, b: FunctionDefinition): boolean =>
  a.kind === b.kind && a.kind !== "table" && b.kind !== "table" && shapeOf(a) === shapeOf(b);

const shapeOf = ({ overloads }: Exclude<FunctionDefinition, { kind: "table" }>): string =>
  callShape({ overloads: overloads as ScalarFunction["overloads"] });

const useKey = (kind: FunctionUse["kind"], name: string): string => `${kind} ${name.toLowerCase()}`;

const endedError = (): WeirError => new WeirError("runtime", "the query ended before a snapshot could be taken");

function asWeirError(error: unknown): WeirError {
  if (error instanceof WeirError) return error;
  if (error instanceof RangeError && /allocation failed|Invalid (typed )?array length|array buffer/i.test(error.message)) {
    return new WeirError("memory", `out of memory: ${error.message.toLowerCase()}`, { cause: error });
  }
  const message = error instanceof Error ? error.message : String(error);
  return new WeirError("internal", message, { cause: error });
}
