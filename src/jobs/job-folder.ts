import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { SettingValue } from "../catalog/settings.ts";
import { WeirError } from "../core/errors.ts";
import type { Value } from "../core/value.ts";
import { syncFolder, writeAtomically } from "./checkpoint-files.ts";
import { fromJson, type Json, toJson } from "./checkpoint-json.ts";
import type { JobDefinition } from "./job-uses.ts";

/** Version of job.json. */
const FORMAT = 1;
const FILE = "job.json";

/**
 * What has become of a job. `running` in a folder that no process holds: its process ended, and RESUME JOB continues it.
 */
export type JobState = "created" | "running" | "paused" | "stopped" | "failed" | "finished";

/** What a job needs to be continued in another session, beside its checkpoints: the content of job.json. */
export interface StoredJob {
  readonly name: string;
  readonly state: JobState;
  /** Of `failed`. */
  readonly error?: string;
  /** Its CREATE JOB, as it was written. */
  readonly sql: string;
  /** Statements that make the streams and views it uses, in an order that works. */
  readonly declarations: readonly { readonly name: string; readonly sql: string }[];
  /** Functions and models of the user's own that it calls. */
  readonly definitions: readonly JobDefinition[];
  /** What it reads that no statement makes anew: tables. */
  readonly tables: readonly string[];
  readonly settings: Readonly<Record<string, SettingValue>>;
  readonly parameters: Readonly<Record<string, Value>>;
  /** Transaction time of its creation, microseconds. */
  readonly nowMicros: number;
  readonly restarts: number;
  /** Between checkpoints, microseconds, where its statement says so. */
  readonly interval?: number;
}

/** Where the jobs of a session have their folders. */
export const jobsFolder = (cwd: string): string => join(cwd, ".weir", "jobs");

/** The folder of a job. Names compare without regard to case; what file systems might not take is spelled out. */
export function jobFolder(cwd: string, name: string): string {
  const safe = name.toLowerCase().replace(/[^a-z0-9_-]/g, (char) => encodeURIComponent(char).replace(/^[^%]$/, escaped));
  return join(jobsFolder(cwd), safe);
}

/** encodeURIComponent leaves some signs as they are. */
const escaped = (char: string): string => `%${char.charCodeAt(0).toString(16).padStart(2, "0").toUpperCase()}`;

export const hasJob = (folder: string): boolean => existsSync(join(folder, FILE));

export async function createJobFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await syncFolder(dirname(folder));
}

export async function writeJob(folder: string, job: StoredJob): Promise<void> {
  const parameters = toJson(job.parameters);
  await writeAtomically(join(folder, FILE), `${JSON.stringify({ format: FORMAT, ...job, parameters }, null, 2)}\n`);
}

/** Throws an io error for a file that is no job's, or of a version this one does not read. */
export async function readJob(folder: string): Promise<StoredJob> {
  const path = join(folder, FILE);
  try {
    return checked(JSON.parse(await readFile(path, "utf8")) as Json);
  } catch (cause) {
    throw new WeirError("io", `${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

const STATES: readonly string[] = ["created", "running", "paused", "stopped", "failed", "finished"] satisfies JobState[];

function checked(json: Json): StoredJob {
  const job = json as unknown as StoredJob & { readonly format: unknown };
  const wrong = (what: string): never => {
    throw new WeirError("io", what);
  };
  const texts = (list: readonly unknown[]) => list.every((item) => typeof item === "string");
  if (typeof json !== "object" || json === null) wrong("it holds no job");
  if (job.format !== FORMAT) wrong(`it has format ${JSON.stringify(job.format)}, and this version reads ${FORMAT}`);
  if (!texts([job.name, job.state, job.sql]) || !STATES.includes(job.state)) wrong("name, state or statement is missing");
  if (!Array.isArray(job.declarations) || !job.declarations.every(({ name, sql }) => texts([name, sql]))) wrong("declarations are missing");
  const definitions: readonly JobDefinition[] = job.definitions ?? [];
  const isDefinition = ({ kind, name, hash, hasState, sql }: JobDefinition) =>
    (kind === "function" || kind === "model") && texts([name, hash, sql]) && typeof hasState === "boolean";
  if (!Array.isArray(definitions) || !definitions.every(isDefinition)) wrong("definitions are missing");
  if (!Array.isArray(job.tables) || !texts(job.tables)) wrong("tables are missing");
  if (typeof job.settings !== "object" || typeof job.parameters !== "object") wrong("settings are missing");
  if (typeof job.nowMicros !== "number" || typeof job.restarts !== "number") wrong("its time is missing");
  if (job.interval !== undefined && !(job.interval > 0)) wrong("its interval is no number");
  return { ...job, definitions, parameters: fromJson(job.parameters as unknown as Json) as Record<string, Value> };
}

/** The jobs that have a folder here, by name. Folders that are none's are passed over. */
export async function storedJobs(cwd: string): Promise<{ readonly folder: string; readonly job: StoredJob }[]> {
  const parent = jobsFolder(cwd);
  if (!existsSync(parent)) return [];
  const folders = (await readdir(parent)).sort().map((name) => join(parent, name));
  return Promise.all(folders.filter(hasJob).map(async (folder) => ({ folder, job: await readJob(folder) })));
}

/** Removes a job's folder. It is renamed first, so that a crash leaves no half of a job under its name. */
export async function removeJobFolder(folder: string): Promise<void> {
  const aside = `${folder}.dropped`;
  await rm(aside, { recursive: true, force: true });
  await rename(folder, aside);
  await rm(aside, { recursive: true, force: true });
}
