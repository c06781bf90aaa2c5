import { createHash } from "node:crypto";
import { WeirError } from "../core/errors.ts";
import type { Clock } from "../exec/clock.ts";
import { explainText } from "../plan/index.ts";
import { type CheckpointInfo, CheckpointStore } from "./checkpoint-store.ts";
import type { JobEnvironment, PreparedJob } from "./job-environment.ts";
import { type JobState, removeJobFolder, type StoredJob, writeJob } from "./job-folder.ts";
import { JobLock } from "./job-lock.ts";
import { type FinishedCheckpoint, isTransient, JobRun, type RunEnd } from "./job-run.ts";
import { checkUses, type JobDefinition } from "./job-uses.ts";
import { Rate } from "./rate.ts";

/** First wait before a restart, microseconds; each further one without a checkpoint in between is twice as long. */
const FIRST_BACKOFF = 1e6;
const LONGEST_BACKOFF = 60e6;
/** Restarts without a checkpoint in between, after which a job has failed. */
const MOST_RESTARTS = 8;

export interface JobOptions {
  readonly environment: JobEnvironment;
  readonly folder: string;
  /** Between checkpoints, microseconds. */
  readonly interval: number;
}

/** What SHOW JOBS tells of a job. Counts are of its whole life. */
export interface JobFigures {
  readonly name: string;
  readonly state: JobState | "restarting";
  readonly error: string | undefined;
  readonly rowsIn: number;
  readonly rowsOut: number;
  readonly rowsInPerSecond: number;
  readonly watermark: number | undefined;
  readonly restarts: number;
  readonly checkpoint: FinishedCheckpoint | undefined;
  readonly checkpointsSkipped: number;
  readonly checkpointsFailed: number;
  /** Held in memory now. */
  readonly stateBytes: number;
  readonly folder: string;
}

/** A job of this session: its folder is locked from `open` to `close`. What is asked of it is done one after the other. */
export class Job {
  readonly name: string;
  readonly folder: string;
  readonly prepared: PreparedJob;
  readonly #options: JobOptions;
  readonly #lock: JobLock;
  readonly #store: CheckpointStore;
  readonly #plan: string;
  readonly #rate = new Rate();
  #stored: StoredJob;
  #run: JobRun | undefined;
  #cancelRestart: (() => void) | undefined;
  #backoff = FIRST_BACKOFF;
  #restartsInRow = 0;
  #counts = { rowsIn: 0, rowsOut: 0 };
  #checkpoint: FinishedCheckpoint | undefined;
  #skipped = 0;
  #failedCheckpoints = 0;
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;
  readonly #onRest = new Set<() => void>();

  private constructor(stored: StoredJob, prepared: PreparedJob, options: JobOptions, lock: JobLock, store: CheckpointStore) {
    this.name = stored.name;
    this.folder = options.folder;
    this.prepared = prepared;
    this.#stored = stored;
    this.#options = options;
    this.#lock = lock;
    this.#store = store;
    this.#plan = planHash(prepared);
  }

  /** Locks the folder, which must exist. Nothing runs yet. Throws an io error when another process uses it. */
  static async open(stored: StoredJob, prepared: PreparedJob, options: JobOptions): Promise<Job> {
    const lock = await JobLock.acquire(options.folder, stored.name);
    try {
      return new Job(stored, prepared, options, lock, await CheckpointStore.open(options.folder));
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  get stored(): StoredJob {
    return this.#stored;
  }

  get state(): JobFigures["state"] {
    return this.#cancelRestart === undefined ? this.#stored.state : "restarting";
  }

  /** Holds its folder's lock. */
  get isOpen(): boolean {
    return !this.#closed;
  }

  /** Runs from the last checkpoint, or from the start where there is none. Gives its number. */
  start(): Promise<number | undefined> {
    return this.#inTurn(async () => {
      if (this.#run !== undefined) return undefined;
      return this.#start();
    });
  }

  /** Takes a last checkpoint, ends the run there, and lets go of what it held. `savepoint`: the checkpoint is kept; gives its name. */
  stop(state: "paused" | "stopped", savepoint = false): Promise<string | undefined> {
    return this.#inTurn(async () => {
      const end = await this.#rest();
      const isOver = this.#stored.state === "finished" || (this.#stored.state === "failed" && end !== undefined);
      if (!isOver) await this.#setState(state);
      if (!savepoint) return undefined;
      if (this.#store.list().length === 0) throw new WeirError("runtime", `job "${this.name}" has no checkpoint that could be kept`);
      const name = `savepoint-${this.#store.list().at(-1)!.number}`;
      await this.#store.keepAsSavepoint(name);
      return name;
    });
  }

  /** Takes a last checkpoint and unlocks the folder. What was running is stored as running: RESUME JOB continues it. */
  close(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#closed) return;
      await this.#rest();
      this.#closed = true;
      await this.#lock.release();
    });
  }

  /** Ends the run where it stands, and removes the folder. What the sink has committed stays. */
  drop(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#rest();
      this.#closed = true;
      await this.#lock.release();
      await removeJobFolder(this.folder);
    });
  }

  /** Resolves when nothing runs and nothing will by itself: the job has finished, failed, or was stopped. */
  async atRest(): Promise<void> {
    while (this.#run !== undefined || this.#cancelRestart !== undefined) await new Promise<void>((resolve) => this.#onRest.add(resolve));
  }

  figures(): JobFigures {
    const { name, folder } = this;
    const operators = this.#run?.operators() ?? [];
    const counts = this.#run?.counts() ?? this.#counts;
    return {
      name,
      state: this.state,
      error: this.#stored.error,
      ...counts,
      rowsInPerSecond: this.#run === undefined ? 0 : this.#rate.at(performance.now(), counts.rowsIn),
      watermark: operators[0]?.watermark,
      restarts: this.#stored.restarts,
      checkpoint: this.#checkpoint,
      checkpointsSkipped: this.#skipped + (this.#run?.skipped ?? 0),
      checkpointsFailed: this.#failedCheckpoints,
      stateBytes: operators.reduce((sum, { stateBytes }) => sum + stateBytes, 0),
      folder,
    };
  }

  operators() {
    return this.#run?.operators() ?? [];
  }

  nodeMetrics() {
    return this.#run?.nodeMetrics() ?? [];
  }

  checkpoints(): readonly CheckpointInfo[] {
    return this.#store.list();
  }

  #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const result = this.#last.then(action);
    this.#last = result.catch(() => undefined);
    return result;
  }

  async #start(): Promise<number | undefined> {
    if (this.#closed) throw new WeirError("internal", `job "${this.name}" was closed`);
    const { environment, interval } = this.#options;
    const from = await this.#store.read((message) => environment.notify(`job ${this.name}: ${message}`));
    if (from !== undefined && from.plan !== this.#plan) {
      throw new WeirError("runtime", `checkpoint ${from.number} of job "${this.name}" was made with another plan`, {
        hint: "its query runs otherwise than it did (another version, other settings or tables): DROP JOB, and CREATE JOB anew",
      });
    }
    const notices = checkUses(this.name, from?.uses ?? [], this.prepared.uses(), this.#stored.definitions);
    for (const notice of notices) environment.notify(`job ${this.name}: ${notice}`);
    await this.#setState("running");
    const run = await JobRun.start(
      {
        name: this.name,
        prepared: this.prepared,
        plan: this.#plan,
        store: this.#store,
        clock: environment.clock,
        interval,
        onCheckpoint: (checkpoint) => this.#checkpointed(checkpoint),
        onCheckpointFailure: (error) => {
          this.#failedCheckpoints++;
          environment.notify(`job ${this.name}: a checkpoint failed: ${error.message}`);
        },
      },
      from,
    );
    this.#run = run;
    void run.ended.then((end) => this.#inTurn(() => this.#ended(run, end)));
    return from?.number;
  }

  #checkpointed(checkpoint: FinishedCheckpoint): void {
    // The very first one is taken before anything has run.
    if (this.#run !== undefined) {
      this.#backoff = FIRST_BACKOFF;
      this.#restartsInRow = 0;
    }
    this.#checkpoint = checkpoint;
    const definitions = this.prepared.uses();
    const isStored = (use: JobDefinition) => this.#stored.definitions.some((one) => one.name === use.name && one.hash === use.hash);
    if (definitions.every(isStored)) return;
    // Functions were redefined while it runs: in another session it goes on with them.
    void this.#inTurn(async () => {
      this.#stored = { ...this.#stored, definitions };
      await writeJob(this.folder, this.#stored);
    });
  }

  /** Stops what runs or is about to; gives how it ended. */
  async #rest(): Promise<RunEnd | undefined> {
    this.#cancelRestart?.();
    this.#cancelRestart = undefined;
    const run = this.#run;
    const end = await run?.stop();
    if (run !== undefined && end !== undefined) await this.#record(run, end);
    this.#tellRest();
    return end;
  }

  /** A run has ended by itself. */
  async #ended(run: JobRun, end: RunEnd): Promise<void> {
    if (this.#run !== run) return;
    if (end.kind === "failed" && end.isTransient && this.#restartsInRow < MOST_RESTARTS) {
      this.#release(run);
      await this.#restartLater(end.error);
    } else {
      await this.#record(run, end);
      this.#tellRest();
    }
  }

  #release(run: JobRun): void {
    this.#counts = run.counts();
    this.#skipped += run.skipped;
    this.#run = undefined;
  }

  async #record(run: JobRun, end: RunEnd): Promise<void> {
    this.#release(run);
    if (end.kind === "finished") await this.#setState("finished");
    if (end.kind === "failed") {
      await this.#setState("failed", end.error.message);
      this.#options.environment.notify(`job ${this.name} failed: ${end.error.message}`);
    }
  }

  async #restartLater(error: WeirError): Promise<void> {
    const { environment } = this.#options;
    const { clock }: { clock: Clock } = environment;
    const wait = this.#backoff;
    this.#backoff = Math.min(LONGEST_BACKOFF, wait * 2);
    this.#restartsInRow++;
    this.#stored = { ...this.#stored, restarts: this.#stored.restarts + 1 };
    this.#cancelRestart = clock.at(clock.now() + wait, () => void this.#inTurn(() => this.#restart()));
    environment.notify(`job ${this.name} restarts from its last checkpoint in ${wait / 1e6} s: ${error.message}`);
    await writeJob(this.folder, this.#stored);
  }

  async #restart(): Promise<void> {
    if (this.#cancelRestart === undefined) return;
    this.#cancelRestart = undefined;
    try {
      await this.#start();
    } catch (error) {
      const cause = error as WeirError;
      if (isTransient(cause) && this.#restartsInRow < MOST_RESTARTS) return this.#restartLater(cause);
      await this.#setState("failed", cause.message);
      this.#options.environment.notify(`job ${this.name} failed: ${cause.message}`);
      this.#tellRest();
    }
  }

  async #setState(state: JobState, error?: string): Promise<void> {
    this.#stored = { ...this.#stored, state, error };
    await writeJob(this.folder, this.#stored);
  }

  #tellRest(): void {
    for (const tell of this.#onRest) tell();
    this.#onRest.clear();
  }
}

/** Operator ids, and so checkpoints, hold for this plan. How many rows a table has says nothing about it. */
export function planHash({ plan }: PreparedJob): string {
  return createHash("sha256")
    .update(explainText(plan).replaceAll(/ source_rows=\d+/g, ""))
    .digest("hex");
}
