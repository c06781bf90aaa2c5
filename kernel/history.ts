import { type FileHandle, mkdir, open, readFile } from "node:fs/promises";
import { dirname } from "node:path";

export interface HistoryEntry {
  /** When the session began, in milliseconds: later sessions have greater numbers. */
  readonly session: number;
  /** Execution count of the cell. */
  readonly line: number;
  readonly input: string;
  /** Text of the result; kept in memory only, for this session. */
  readonly output?: string;
}

/**
 * Cells that were run, in a file with one JSON object a line that is only ever appended to, a line at a time: kernels that run side by
 * side do not disturb each other. Only the user may read it. What has been asked for is found by reading the file.
 */
export class History {
  readonly session = Date.now();
  readonly #path: string;
  readonly #onError: (error: Error) => void;
  readonly #outputs = new Map<number, string>();
  #file: FileHandle | undefined;
  #written: Promise<void> = Promise.resolve();
  #failed = false;

  /** `onError` is told once when the file cannot be written; the kernel goes on without it. */
  constructor(path: string, onError: (error: Error) => void) {
    this.#path = path;
    this.#onError = onError;
  }

  append(line: number, input: string): void {
    const text = `${JSON.stringify({ session: this.session, line, input })}\n`;
    this.#written = this.#written.then(async () => {
      try {
        this.#file ??= await this.#open();
        await this.#file.write(text);
      } catch (error) {
        if (!this.#failed) this.#onError(error as Error);
        this.#failed = true;
      }
    });
  }

  async #open(): Promise<FileHandle> {
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
    return open(this.#path, "a", 0o600);
  }

  setOutput(line: number, output: string): void {
    this.#outputs.set(line, output);
  }

  /** The last `count` cells, oldest first. */
  async tail(count: number): Promise<HistoryEntry[]> {
    return lastOf(await this.#read(), count);
  }

  /** Cells `start` up to but not including `stop` of a session: 0 is this one, -1 the one before it. */
  async range(session: number, start: number, stop: number): Promise<HistoryEntry[]> {
    const entries = await this.#read();
    const wanted = session > 0 ? session : this.#relativeSession(entries, session);
    return entries.filter((entry) => entry.session === wanted && entry.line >= start && entry.line < stop);
  }

  /** The last `count` cells that match a glob (`*` and `?`); with `unique`, each text once, where it stood last. */
  async search(glob: string, count: number, unique: boolean): Promise<HistoryEntry[]> {
    let entries = (await this.#read()).filter((entry) => matchesGlob(glob, entry.input));
    if (unique) entries = [...new Map(entries.map((entry) => [entry.input, entry])).values()];
    return lastOf(entries, count);
  }

  #relativeSession(entries: readonly HistoryEntry[], back: number): number | undefined {
    const sessions = [...new Set([...entries.map((entry) => entry.session), this.session])].sort((a, b) => a - b);
    return sessions[sessions.indexOf(this.session) + back];
  }

  async #read(): Promise<HistoryEntry[]> {
    await this.#written;
    let text: string;
    try {
      text = await readFile(this.#path, "utf8");
    } catch (error) {
      if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return [];
      throw error;
    }
    const entries: HistoryEntry[] = [];
    for (const line of text.split("\n")) {
      const entry = parseEntry(line);
      if (entry === undefined) continue;
      entries.push(entry.session === this.session ? { ...entry, output: this.#outputs.get(entry.line) } : entry);
    }
    return entries;
  }
}

/** A line cut short by a crash gives nothing. */
function parseEntry(line: string): HistoryEntry | undefined {
  if (line === "") return undefined;
  try {
    const { session, line: count, input } = JSON.parse(line);
    return typeof session === "number" && typeof count === "number" && typeof input === "string"
      ? { session, line: count, input }
      : undefined;
  } catch {
    return undefined;
  }
}

const lastOf = <T>(list: readonly T[], count: number): T[] => list.slice(Math.max(0, list.length - count));

/** Whether a text matches a glob whole. Only the last star is ever tried again, so the time is bounded by the product of the lengths. */
function matchesGlob(glob: string, text: string): boolean {
  let [g, t, star, retry] = [0, 0, -1, 0];
  while (t < text.length) {
    if (glob[g] === "*") {
      star = g++;
      retry = t;
    } else if (g < glob.length && (glob[g] === "?" || glob[g] === text[t])) {
      g++;
      t++;
    } else if (star !== -1) {
      g = star + 1;
      t = ++retry;
    } else return false;
  }
  while (glob[g] === "*") g++;
  return g === glob.length;
}
