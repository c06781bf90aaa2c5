import { durationMicros } from "../catalog/settings.ts";
import type { Delivery } from "../connectors/connector.ts";
import type { CheckedProperties } from "../connectors/properties.ts";
import { bindError, nearestName, type Span, WeirError } from "../core/errors.ts";
import type { Value } from "../core/value.ts";
import { type CreateJob, parse, print } from "../sql/index.ts";
import { CheckpointStore } from "./checkpoint-store.ts";
import { Job, type JobFigures } from "./job.ts";
import { declareMissing, dependenciesOf } from "./job-definition.ts";
import { JOB_SETTINGS, type JobEnvironment, type PreparedJob } from "./job-environment.ts";
import { createJobFolder, hasJob, jobFolder, readJob, removeJobFolder, type StoredJob, storedJobs, writeJob } from "./job-folder.ts";
import { JobLock } from "./job-lock.ts";
import { defineMissing } from "./job-uses.ts";

/** What CREATE JOB brings beside its statement. */
export interface CreateOptions {
  /** The text that the statement's spans refer to. */
  readonly text: string;
  /** Those of JOB_PROPERTIES. */
  readonly properties: CheckedProperties;
  readonly parameters: Readonly<Record<string, Value>>;
  readonly nowMicros: number;
}

/** A job that has a folder here, at work in this session or not. */
export interface KnownJob {
  readonly stored: StoredJob;
  readonly folder: string;
  /** Undefined for one that is not of this session. */
  readonly job: Job | undefined;
  /** The process that runs it, where it is another one. */
  readonly elsewhere: number | undefined;
}

/** The jobs of a session. */
export class JobManager {
  readonly #environment: JobEnvironment;
  readonly #jobs = new Map<string, Job>();

  constructor(environment: JobEnvironment) {
    this.#environment = environment;
  }

  /** Plans a job, writes its folder and starts it. Gives what to tell the user. */
  async create(statement: CreateJob, options: CreateOptions): Promise<string> {
    const { name, span } = statement.name;
    const folder = this.#folder(name);
    const sql = options.text.slice(statement.span.start, statement.span.end);
    if (hasJob(folder)) {
      if (statement.ifNotExists) return this.#continueIfSame(await readJob(folder), statement);
      if (!statement.orReplace) {
        throw bindError(
          `job "${name}" exists already`,
          span,
          `RESUME JOB ${name} continues it, CREATE OR REPLACE JOB begins anew: ${folder}`,
        );
      }
    }
    const settings = Object.fromEntries(JOB_SETTINGS.map((setting) => [setting, this.#environment.setting(setting)]));
    const { nowMicros, parameters } = options;
    const prepared = this.#prepare(statement, options.text, { settings, parameters, nowMicros });
    const interval = options.properties.number("checkpoint_interval");
    const stored: StoredJob = {
      ...{ name, state: "created", sql, settings, parameters, nowMicros, restarts: 0, interval },
      ...dependenciesOf(statement, this.#environment),
      definitions: prepared.uses(),
    };
    if (hasJob(folder)) await this.drop(name, span);
    await createJobFolder(folder);
    await writeJob(folder, stored);
    try {
      await this.#open(stored, prepared, folder);
    } catch (error) {
      this.#jobs.delete(name.toLowerCase());
      await removeJobFolder(folder);
      throw error;
    }
    return [`job ${name} runs: ${guarantee(prepared)}`, ...prepared.notices].join("\n");
  }

  /** Continues a job from its last checkpoint; one that this session does not know from its folder. */
  async resume(name: string, span?: Span): Promise<string> {
    const own = this.#jobs.get(name.toLowerCase());
    const folder = this.#folder(name);
    if (!hasJob(folder)) throw await this.#missing(name, span);
    const stored = own?.stored ?? (await readJob(folder));
    if (own !== undefined && (own.state === "running" || own.state === "restarting")) return `job ${own.name} is running already`;
    if (stored.state === "finished") throw bindError(`job "${stored.name}" has finished`, span, "its sink has all its rows");
    await defineMissing(stored.definitions, stored.parameters, this.#environment);
    await declareMissing(stored, this.#environment);
    const statement = statementOf(stored);
    const prepared = this.#prepare(statement, stored.sql, stored);
    await own?.close();
    const from = await this.#open(stored, prepared, folder);
    return `job ${stored.name} runs ${from === undefined ? "from its start" : `from checkpoint ${from}`}: ${guarantee(prepared)}`;
  }

  async pause(name: string, span?: Span): Promise<string> {
    const job = await this.#own(name, span);
    await job.stop("paused");
    return `job ${job.name} is ${job.state}${lastCheckpoint(job)}`;
  }

  /** Gives up the job's lock too: another session may continue it. */
  async stop(name: string, savepoint: boolean, span?: Span): Promise<string> {
    const job = await this.#own(name, span);
    const kept = await job.stop("stopped", savepoint);
    await job.close();
    return `job ${job.name} is ${job.state}${lastCheckpoint(job)}${kept === undefined ? "" : `, kept as ${kept}`}`;
  }

  /** Stops a job without a trace but for what its sink has. */
  async drop(name: string, span?: Span): Promise<void> {
    const key = name.toLowerCase();
    const job = this.#jobs.get(key);
    const folder = this.#folder(name);
    if (!hasJob(folder)) throw await this.#missing(name, span);
    if (job?.isOpen === true) await job.drop();
    else {
      const lock = await JobLock.acquire(folder, name);
      await lock.release();
      await removeJobFolder(folder);
    }
    this.#jobs.delete(key);
  }

  has(name: string): boolean {
    return hasJob(this.#folder(name));
  }

  /** All jobs that have a folder here, by name. */
  async list(): Promise<readonly KnownJob[]> {
    return Promise.all((await storedJobs(this.#environment.cwd)).map(({ folder, job }) => this.#known(folder, job)));
  }

  async get(name: string, span?: Span): Promise<KnownJob> {
    const folder = this.#folder(name);
    if (!hasJob(folder)) throw await this.#missing(name, span);
    return this.#known(folder, await readJob(folder));
  }

  /** A job of this session that is at work or can be. */
  async running(name: string, span?: Span): Promise<Job> {
    return this.#own(name, span);
  }

  /** Names of the jobs of this session that are at work. */
  active(): readonly string[] {
    return this.all()
      .filter(({ state }) => state === "running" || state === "restarting")
      .map(({ name }) => name);
  }

  /** Figures of the jobs of this session. */
  all(): readonly JobFigures[] {
    return [...this.#jobs.values()].map((job) => job.figures());
  }

  /** Resolves when no job of this session is at work any more; gives the figures of those that were. */
  async atRest(): Promise<readonly JobFigures[]> {
    await Promise.all([...this.#jobs.values()].map((job) => job.atRest()));
    return this.all();
  }

  /** Last checkpoints of all jobs; then their folders are free for other sessions. */
  async close(): Promise<void> {
    await Promise.all([...this.#jobs.values()].map((job) => job.close()));
  }

  #folder(name: string): string {
    return jobFolder(this.#environment.cwd, name);
  }

  /** CREATE JOB IF NOT EXISTS of one that exists: what its process left is taken up, so that a script can be run again. */
  async #continueIfSame(stored: StoredJob, statement: CreateJob): Promise<string> {
    const { name } = stored;
    if (canonical(statementOf(stored)) !== canonical(statement)) {
      throw bindError(`job "${name}" exists already, with another query`, statement.name.span, `CREATE OR REPLACE JOB ${name} begins anew`);
    }
    const isLeft = !this.#jobs.has(name.toLowerCase()) && (stored.state === "running" || stored.state === "created");
    return isLeft ? this.resume(name, statement.name.span) : `job ${name} exists already: ${stored.state}`;
  }

  #prepare(
    statement: CreateJob,
    text: string,
    { settings, parameters, nowMicros }: Pick<StoredJob, "settings" | "parameters" | "nowMicros">,
  ): PreparedJob {
    const prepared = this.#environment.plan(statement.insert, text, { settings, parameters, nowMicros });
    const { plan } = prepared;
    if (plan.duration !== undefined || plan.until !== undefined) {
      throw bindError("a job runs until it is stopped or its streams end", statement.insert.span, "leave out FOR INTERVAL and UNTIL");
    }
    return prepared;
  }

  async #open(stored: StoredJob, prepared: PreparedJob, folder: string): Promise<number | undefined> {
    const interval = stored.interval ?? durationMicros(this.#environment.setting("checkpoint_interval"))!;
    const job = await Job.open(stored, prepared, { environment: this.#environment, folder, interval });
    try {
      const from = await job.start();
      this.#jobs.set(stored.name.toLowerCase(), job);
      return from;
    } catch (error) {
      await job.close();
      throw error;
    }
  }

  async #own(name: string, span: Span | undefined): Promise<Job> {
    const job = this.#jobs.get(name.toLowerCase());
    if (job?.isOpen === true) return job;
    if (!this.has(name)) throw await this.#missing(name, span);
    const { elsewhere, stored } = await this.get(name);
    throw bindError(
      `job "${name}" is not of this session`,
      span,
      elsewhere === undefined
        ? `it is ${stored.state === "running" ? "stopped" : stored.state}; RESUME JOB ${name}`
        : `process ${elsewhere} runs it`,
    );
  }

  async #known(folder: string, stored: StoredJob): Promise<KnownJob> {
    const job = this.#jobs.get(stored.name.toLowerCase());
    if (job?.isOpen === true) return { stored: job.stored, folder, job, elsewhere: undefined };
    return { stored, folder, job: undefined, elsewhere: (await JobLock.holder(folder))?.pid };
  }

  async #missing(name: string, span: Span | undefined): Promise<WeirError> {
    const names = (await storedJobs(this.#environment.cwd)).map(({ job }) => job.name);
    const near = nearestName(name, names);
    return bindError(
      `job "${name}" does not exist`,
      span,
      near !== undefined
        ? `did you mean "${near}"?`
        : names.length === 0
          ? "no job was created in this folder"
          : `jobs are ${names.join(", ")}`,
    );
  }
}

/** The checkpoints of a job that may be at work elsewhere. */
export async function checkpointsOf({ job, folder }: KnownJob) {
  if (job !== undefined) return job.checkpoints();
  return CheckpointStore.list(folder);
}

function statementOf({ sql, name }: StoredJob): CreateJob {
  const [statement] = parse(sql);
  if (statement?.kind !== "createJob") throw new WeirError("io", `what is stored of job "${name}" is no CREATE JOB`);
  return statement;
}

const canonical = (statement: CreateJob): string => print({ ...statement, orReplace: false, ifNotExists: false });

const lastCheckpoint = (job: Job): string => {
  const last = job.checkpoints().at(-1);
  return last === undefined ? "" : ` at checkpoint ${last.number}`;
};

/** What a crash does to the rows in the sink. */
export function guarantee({ sources, sink }: PreparedJob): string {
  const named = (delivery: Delivery) => sources.filter((source) => source.delivery === delivery).map(({ name }) => name);
  const lost = named("at-most-once");
  const repeated = [...named("at-least-once"), ...(sink.delivery === "at-least-once" ? [sink.name] : [])];
  if (sink.delivery === "at-most-once") lost.push(sink.name);
  if (lost.length > 0) return `at-most-once: ${lost.join(" and ")} cannot be read or written again, so a crash loses rows on their way`;
  if (repeated.length > 0) return `at-least-once: after a crash ${repeated.join(" and ")} may repeat rows since the last checkpoint`;
  return "exactly-once";
}
