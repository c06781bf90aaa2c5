import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { link, open, readFile, rename, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { WeirError } from "../core/errors.ts";

/** Who holds a lock. Process ids are given again, so the time the process began is part of it where the system tells. */
interface Holder {
  readonly pid: number;
  /** Clock ticks since boot; null where it is not known. */
  readonly started: string | null;
  readonly host: string;
  /** Two locks of one process are told apart by it. */
  readonly token: string;
}

/** Locks held by this process. */
const held = new Set<string>();

/** A job's folder belongs to one job at work: a file `lock`, which names a living process. One that a dead process left is taken over. */
export class JobLock {
  readonly #path: string;
  readonly #token: string;

  private constructor(path: string, token: string) {
    this.#path = path;
    this.#token = token;
  }

  /** Throws an io error that names the process where the folder is in use. */
  static async acquire(folder: string, job: string): Promise<JobLock> {
    const path = join(folder, "lock");
    const own: Holder = { pid: process.pid, started: startOf(process.pid) ?? null, host: hostname(), token: randomUUID() };
    for (;;) {
      try {
        const handle = await open(path, "wx", 0o600);
        try {
          await handle.writeFile(JSON.stringify(own));
        } finally {
          await handle.close();
        }
        held.add(own.token);
        return new JobLock(path, own.token);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
      const holder = await holderOf(path);
      if (holder !== undefined && isAlive(holder)) throw inUse(job, folder, holder);
      await removeStale(path, holder);
    }
  }

  /** The process that holds a folder's lock and lives; undefined where none does. */
  static async holder(folder: string): Promise<{ readonly pid: number; readonly host: string } | undefined> {
    const holder = await holderOf(join(folder, "lock"));
    return holder !== undefined && isAlive(holder) ? holder : undefined;
  }

  async release(): Promise<void> {
    if (!held.delete(this.#token)) return;
    await rm(this.#path, { force: true });
  }
}

function inUse(job: string, folder: string, { pid, host }: Holder): WeirError {
  const where = pid === process.pid && host === hostname() ? "by another session of this process" : `by process ${pid}`;
  const other = host === hostname() ? "" : ` on ${host}`;
  return new WeirError("io", `job "${job}" is at work already ${where}${other}: ${folder}`, {
    hint: other === "" ? "stop it there first" : `stop it there first; if nothing runs there any more, remove ${join(folder, "lock")}`,
  });
}

/** undefined: there is no lock, or nothing legible in it (its writer died, or is about to write). */
async function holderOf(path: string): Promise<Holder | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    const { pid, started, host, token } = JSON.parse(text) as Partial<Holder>;
    if (typeof pid !== "number" || typeof host !== "string" || typeof token !== "string") return undefined;
    return { pid, host, token, started: typeof started === "string" ? started : null };
  } catch {
    return undefined;
  }
}

/** Moves a lock out of the way, unless it has become another one since it was looked at. */
async function removeStale(path: string, seen: Holder | undefined): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  const moved = await holderOf(aside);
  if (moved !== undefined && moved.token !== seen?.token) await link(aside, path);
  await rm(aside, { force: true });
}

/** Of other machines nothing can be known: their locks hold. */
function isAlive({ pid, started, host, token }: Holder): boolean {
  if (host !== hostname()) return true;
  if (pid === process.pid && !held.has(token)) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  const now = startOf(pid);
  return started === null || now === undefined || now === started;
}

/** When a process began, as /proc tells it; undefined on systems without. */
function startOf(pid: number): string | undefined {
  try {
    // The name in parentheses may hold anything; the start time is the 20th field behind it.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}
