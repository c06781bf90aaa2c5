import type { Sink } from "../connectors/connector.ts";
import type { WeirError } from "../core/errors.ts";
import type { RecordBatch } from "../core/vector.ts";
import type { Clock } from "../exec/clock.ts";
import type { DriverSnapshot, OperatorMetrics } from "../exec/driver.ts";
import type { NodeMetrics, RunningQuery } from "../exec/run-query.ts";
import type { JobCounts } from "./checkpoint-manifest.ts";
import type { CheckpointStore, StoredCheckpoint, WrittenCheckpoint } from "./checkpoint-store.ts";
import type { PreparedJob } from "./job-environment.ts";
import type { JobUse } from "./job-uses.ts";

export interface JobRunSettings {
  readonly name: string;
  readonly prepared: PreparedJob;
  /** Hash of the plan. */
  readonly plan: string;
  readonly store: CheckpointStore;
  readonly clock: Clock;
  /** Between checkpoints, microseconds. */
  readonly interval: number;
  readonly onCheckpoint: (checkpoint: FinishedCheckpoint) => void;
  /** A checkpoint failed; the run goes on, and the one before still holds. */
  readonly onCheckpointFailure: (error: Error) => void;
}

export interface FinishedCheckpoint extends WrittenCheckpoint {
  /** From the cut to its being durable. */
  readonly durationMs: number;
}

/** How a run ended. `isTransient`: it may go better when it is tried again. */
export type RunEnd =
  | { readonly kind: "finished" }
  | { readonly kind: "stopped" }
  | { readonly kind: "failed"; readonly error: WeirError; readonly isTransient: boolean };

/** Files and networks, and work that was ended from outside. An overflow comes again. */
export const isTransient = ({ phase }: WeirError): boolean => phase === "io" || phase === "interrupt" || phase === "memory";

/** What is known at the cut of a checkpoint, beside the operators. */
interface Cut {
  readonly sink: unknown;
  readonly counts: JobCounts;
  readonly uses: readonly JobUse[];
  readonly time: number;
  readonly started: number;
}

const NO_STATE: DriverSnapshot = { operators: [], sources: [], ended: [] };

/**
 * One run of a job's query, from a checkpoint (or nothing) until it ends, fails or is stopped. The sequence of a checkpoint:
 * 1. the query is cut between two batches: operators and sources say where they are, and so does the sink
 * 2. what the sink has written and the operators' state are made durable, while the query goes on
 * 3. the manifest is made durable: from here on the checkpoint holds
 * 4. the sink commits what it wrote up to the cut
 * 5. what the checkpoint replaces is removed
 */
export class JobRun {
  /** Never rejects. */
  readonly ended: Promise<RunEnd>;
  readonly #settings: JobRunSettings;
  readonly #sink: Sink;
  readonly #query: RunningQuery | undefined;
  readonly #before: JobCounts;
  readonly #abort = new AbortController();
  #rowsOut = 0;
  /** No row reaches the sink any more. */
  #closed = false;
  #sinkError: unknown;
  #isOver = false;
  #isDraining = false;
  readonly #afterDrain: (() => void)[] = [];
  #stopping = false;
  #underWay: Promise<void> | undefined;
  #skipped = 0;
  #cancelTimer: () => void = () => {};

  /** Opens the sink, brings it to where the checkpoint stood, and starts the query. Without a checkpoint the sink's present state is stored as the first one. */
  static async start(settings: JobRunSettings, from: StoredCheckpoint | undefined): Promise<JobRun> {
    const sink = settings.prepared.sink.open();
    try {
      if (from !== undefined) sink.restore(from.sink);
      else await storeBeginning(settings, sink);
      return new JobRun(settings, sink, from);
    } catch (error) {
      sink.close();
      throw error;
    }
  }

  private constructor(settings: JobRunSettings, sink: Sink, from: StoredCheckpoint | undefined) {
    this.#settings = settings;
    this.#sink = sink;
    this.#before = from?.counts ?? { rowsIn: 0, rowsOut: 0 };
    if (from?.complete === true) {
      this.ended = this.#finishSink();
      return;
    }
    this.#query = settings.prepared.start(settings.name, {
      sink: (batch) => this.#write(batch),
      hasRoom: (wake) => this.#hasRoom(wake),
      restore: from?.restore,
    });
    this.ended = this.#query.promise.then(
      () => this.#completed(),
      (error: WeirError) => this.#failed(error),
    );
    this.#setTimer();
  }

  counts(): JobCounts {
    const rowsIn = this.#query?.progress().rowsScanned ?? 0;
    return { rowsIn: this.#before.rowsIn + rowsIn, rowsOut: this.#before.rowsOut + this.#rowsOut };
  }

  /** Checkpoints that were due while another was being written. */
  get skipped(): number {
    return this.#skipped;
  }

  operators(): readonly OperatorMetrics[] {
    return this.#query?.operators() ?? [];
  }

  nodeMetrics(): readonly NodeMetrics[] {
    return this.#query?.metrics() ?? [];
  }

  /** Takes a last checkpoint and ends the run there: no row behind it reaches the sink. A query that ends or fails before the cut has ended so. */
  async stop(): Promise<RunEnd> {
    this.#cancelTimer();
    await this.#underWay;
    if (this.#query !== undefined && !this.#closed) {
      await this.#begin(true);
      this.#closed = true;
      this.#stopping = true;
      this.#query.cancel();
    }
    return this.ended;
  }

  #write(batch: RecordBatch): void {
    if (this.#closed) return;
    this.#guard(() => this.#sink.write(batch));
    this.#rowsOut += batch.length;
  }

  /** What goes wrong in a sink is the world outside, whatever it calls it. */
  #guard<T>(act: () => T): T {
    try {
      return act();
    } catch (error) {
      this.#sinkError = error;
      throw error;
    }
  }

  #setTimer(): void {
    const { clock, interval } = this.#settings;
    this.#cancelTimer = clock.at(clock.now() + interval, () => {
      this.#setTimer();
      if (this.#underWay !== undefined) {
        this.#skipped++;
        return;
      }
      void this.#begin(false);
    });
  }

  /** Never rejects. */
  #begin(isLast: boolean): Promise<void> {
    this.#underWay = this.#checkpoint(isLast)
      .catch((error: Error) => {
        // What ended with its query is no failure of its own.
        if (!this.#isOver) this.#settings.onCheckpointFailure(error);
      })
      .finally(() => {
        this.#underWay = undefined;
      });
    return this.#underWay;
  }

  /** `isLast`: the sink takes nothing behind the cut. */
  async #checkpoint(isLast: boolean): Promise<void> {
    let cut: Cut | undefined;
    const sink = this.#sink;
    const snapshot = await this.#query!.snapshot(() => {
      cut = this.#cut();
      this.#closed = isLast;
      sink.flush();
    });
    await this.#drain();
    await this.#store(snapshot, cut!, false);
  }

  /** Where everything but the operators stands now. */
  #cut(): Cut {
    const { clock, prepared } = this.#settings;
    const uses = prepared.uses().map(({ sql: _, ...use }) => use);
    return { sink: this.#sink.snapshot(), counts: this.counts(), uses, time: clock.now(), started: performance.now() };
  }

  #hasRoom(wake: () => void): boolean {
    if (this.#closed) return false;
    if (!this.#isDraining) return this.#guard(() => this.#sink.ready?.(wake) ?? true);
    this.#afterDrain.push(wake);
    return false;
  }

  /** Waits until rows on their way have arrived; a checkpoint that covers them may hold then. Sources are left alone meanwhile. */
  async #drain(): Promise<void> {
    this.#isDraining = true;
    try {
      let resolve = (): void => {};
      const woken = () => resolve();
      while (this.#sink.drained !== undefined) {
        const wait = new Promise<void>((done) => {
          resolve = done;
        });
        if (this.#sink.drained(woken)) break;
        await wait;
      }
    } finally {
      this.#isDraining = false;
      for (const wake of this.#afterDrain.splice(0)) wake();
    }
  }

  async #store(snapshot: DriverSnapshot, { started, ...content }: Cut, complete: boolean): Promise<void> {
    const { store, plan, onCheckpoint } = this.#settings;
    await this.#sink.durable?.();
    const written = await store.write({ ...content, plan, snapshot, complete }, this.#abort.signal);
    this.#sink.committed(content.sink);
    onCheckpoint({ ...written, durationMs: performance.now() - started });
    await store.removeUnused();
  }

  /** The query has ended by itself: a last checkpoint says so, and then the sink makes everything final. A crash in between finishes the sink again. */
  async #completed(): Promise<RunEnd> {
    await this.#letGo();
    try {
      await this.#store(NO_STATE, this.#cut(), true);
    } catch (error) {
      return this.#failed(error as WeirError);
    }
    return this.#finishSink();
  }

  async #finishSink(): Promise<RunEnd> {
    try {
      await this.#guard(() => this.#sink.finish());
      this.#sink.close();
      return { kind: "finished" };
    } catch (error) {
      return this.#failed(error as WeirError);
    }
  }

  async #failed(error: WeirError): Promise<RunEnd> {
    const wasStopped = this.#stopping && error.phase === "interrupt";
    await this.#letGo();
    this.#sink.close();
    if (wasStopped) return { kind: "stopped" };
    const isOfSink = this.#sinkError !== undefined && (error === this.#sinkError || error.cause === this.#sinkError);
    return { kind: "failed", error, isTransient: isOfSink || isTransient(error) };
  }

  /** The operators are closed: a checkpoint that still needs their state is given up. */
  async #letGo(): Promise<void> {
    this.#isOver = true;
    this.#closed = true;
    this.#cancelTimer();
    this.#abort.abort();
    await this.#underWay;
  }
}

/** The sink as it is before the first row, so that a crash before the first checkpoint brings it back there. */
async function storeBeginning({ store, plan, clock, prepared, onCheckpoint }: JobRunSettings, sink: Sink): Promise<void> {
  const started = performance.now();
  const content = {
    time: clock.now(),
    plan,
    snapshot: NO_STATE,
    sink: sink.snapshot(),
    counts: { rowsIn: 0, rowsOut: 0 },
    uses: prepared.uses().map(({ sql: _, ...use }) => use),
    complete: false,
  };
  await sink.durable?.();
  onCheckpoint({ ...(await store.write(content)), durationMs: performance.now() - started });
}
