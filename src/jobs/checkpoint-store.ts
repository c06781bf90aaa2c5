import { existsSync } from "node:fs";
import { mkdir, open, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { WeirError } from "../core/errors.ts";
import type { DriverRestore, DriverSnapshot } from "../exec/driver.ts";
import { syncFolder, writeAtomically } from "./checkpoint-files.ts";
import { type JobCounts, type Manifest, type PartEntry, parseManifest, printManifest, SEGMENT_NAME } from "./checkpoint-manifest.ts";
import { decodePart, encodePart } from "./checkpoint-part.ts";
import { SegmentWriter } from "./checkpoint-segments.ts";
import type { JobUse } from "./job-uses.ts";

/** Checkpoints kept: the last one, and one to fall back on. */
const KEPT = 2;
/** Below this share of bytes still in use, a segment is copied, so that what one small part needs does not keep a large file. */
const LEAST_LIVE_SHARE = 0.25;

/** What is known at the cut. */
export interface CheckpointContent {
  /** Microseconds since 1970-01-01 UTC. */
  readonly time: number;
  readonly plan: string;
  readonly snapshot: DriverSnapshot;
  readonly sink: unknown;
  readonly counts: JobCounts;
  /** Functions and models of the user's own that the query went by. */
  readonly uses: readonly JobUse[];
  /** The query has come to its end: only the sink is to be finished. */
  readonly complete: boolean;
}

/** A durable checkpoint, as SHOW JOBS and DESCRIBE JOB know it. */
export interface CheckpointInfo {
  readonly number: number;
  readonly time: number;
  /** Name of the savepoint; undefined for a checkpoint. */
  readonly savepoint: string | undefined;
  /** Of the state. */
  readonly stateBytes: number;
  readonly parts: number;
}

export interface WrittenCheckpoint extends CheckpointInfo {
  readonly partsWritten: number;
  /** Written for it: parts that had changed, and its manifest. */
  readonly bytesWritten: number;
}

/** A checkpoint read back. */
export interface StoredCheckpoint {
  readonly number: number;
  readonly time: number;
  readonly plan: string;
  readonly restore: DriverRestore;
  readonly sink: unknown;
  readonly counts: JobCounts;
  readonly uses: readonly JobUse[];
  readonly complete: boolean;
}

/**
 * The checkpoints in a job's folder:
 *
 *     checkpoints/12.json       manifest: what there is, and where it stands
 *     checkpoints/parts/12-0.bin  state that had changed at checkpoint 12
 *     savepoints/<name>.json    manifests that are kept
 *
 * A manifest refers to parts of earlier checkpoints where they have not changed. It is written last, atomically, so that a crash leaves whole checkpoints
 * only. Not safe for two processes at once: the job's lock is.
 */
export class CheckpointStore {
  readonly #manifests: string;
  readonly #segments: string;
  readonly #savepoints: string;
  /** Newest last. */
  #kept: { readonly manifest: Manifest; readonly savepoint: string | undefined }[] = [];
  #next = 0;
  /** The last durable checkpoint of this run: versions of parts can be compared with it. */
  #base: Manifest | undefined;

  private constructor(folder: string) {
    this.#manifests = join(folder, "checkpoints");
    this.#segments = join(folder, "checkpoints", "parts");
    this.#savepoints = join(folder, "savepoints");
  }

  /** Opens the store of a job's folder, and makes it where it is not there. Nothing is read but the names of the files. */
  static async open(folder: string): Promise<CheckpointStore> {
    const store = new CheckpointStore(folder);
    await mkdir(store.#segments, { recursive: true, mode: 0o700 });
    await mkdir(store.#savepoints, { recursive: true, mode: 0o700 });
    await syncFolder(folder);
    const numbers = [...(await numbersIn(store.#manifests)), ...(await numbersIn(store.#segments))];
    store.#next = Math.max(-1, ...numbers) + 1;
    return store;
  }

  /**
   * The newest checkpoint that can be read; undefined where there is none at all. A damaged one is told to `warn` and the one before it is taken; it is an
   * error when all are damaged.
   */
  async read(warn: (message: string) => void): Promise<StoredCheckpoint | undefined> {
    this.#base = undefined;
    await this.#readManifests(warn);
    for (const one of this.#kept.filter(({ savepoint }) => savepoint === undefined).reverse()) {
      try {
        return await this.#load(one.manifest);
      } catch (error) {
        warn(`checkpoint ${one.manifest.number} is damaged and left out: ${(error as Error).message}`);
        this.#kept = this.#kept.filter((other) => other !== one);
      }
    }
    if ((await numbersIn(this.#manifests)).length > 0) {
      throw new WeirError("io", `none of the checkpoints in ${this.#manifests} can be read`, {
        hint: "DROP JOB, and CREATE JOB anew",
      });
    }
    return undefined;
  }

  /** The savepoints and checkpoints in a job's folder, oldest first, without changing anything there. Damaged ones are left out. */
  static async list(folder: string): Promise<readonly CheckpointInfo[]> {
    const store = new CheckpointStore(folder);
    if (!existsSync(store.#manifests)) return [];
    await store.#readManifests(() => {});
    return store.list();
  }

  /** Writes a checkpoint and makes it durable. On failure the earlier ones still hold. Once `signal` is aborted, no operator is asked for its state any more. */
  async write(content: CheckpointContent, signal?: AbortSignal): Promise<WrittenCheckpoint> {
    const number = this.#next++;
    const writer = new SegmentWriter(this.#segments, number);
    let partsWritten = 0;
    const operators: { id: string; parts: PartEntry[] }[] = [];
    try {
      const unchanged = this.#unchanged(content.snapshot);
      for (const { id, parts } of content.snapshot.operators) {
        const entries: PartEntry[] = [];
        for (const part of parts) {
          const known = unchanged.get(partKey(id, part.id));
          if (known !== undefined) {
            entries.push(known.isSparse ? { ...known.entry, ...(await writer.append(await this.#bytesOf(known.entry))) } : known.entry);
            continue;
          }
          signal?.throwIfAborted();
          const { bytes, checksum } = encodePart(part.data());
          entries.push({ id: part.id, version: part.version, ...(await writer.append(bytes)), checksum });
          partsWritten++;
        }
        operators.push({ id, parts: entries });
      }
      await writer.finish();
    } catch (error) {
      await writer.abandon();
      throw error;
    }
    await syncFolder(this.#segments);
    const { snapshot, ...about } = content;
    const manifest: Manifest = { number, operators, sources: snapshot.sources, ended: snapshot.ended, ...about };
    const text = printManifest(manifest);
    await writeAtomically(join(this.#manifests, `${number}.json`), text);
    this.#kept.push({ manifest, savepoint: undefined });
    this.#base = manifest;
    return { ...infoOf(manifest, undefined), partsWritten, bytesWritten: writer.bytes + text.length };
  }

  /** Keeps the last checkpoint for good, under a name that must be one of a file. */
  async keepAsSavepoint(name: string): Promise<CheckpointInfo> {
    const last = this.#kept.findLast(({ savepoint }) => savepoint === undefined);
    if (last === undefined) throw new WeirError("internal", "a savepoint without a checkpoint");
    await writeAtomically(join(this.#savepoints, `${name}.json`), printManifest(last.manifest));
    this.#kept.unshift({ manifest: last.manifest, savepoint: name });
    return infoOf(last.manifest, name);
  }

  /** Savepoints and checkpoints, oldest first. */
  list(): readonly CheckpointInfo[] {
    return this.#kept.map(({ manifest, savepoint }) => infoOf(manifest, savepoint)).sort((a, b) => a.number - b.number);
  }

  /** The durable entry of each part that has not changed since, and whether its segment holds little else that is of use. */
  #unchanged(snapshot: DriverSnapshot): Map<string, { entry: PartEntry; isSparse: boolean }> {
    const durable = new Map<string, PartEntry>();
    const sizes = new Map<string, number>();
    for (const { id, parts } of this.#base?.operators ?? []) for (const entry of parts) durable.set(partKey(id, entry.id), entry);
    for (const { manifest } of this.#kept) {
      for (const { file, offset, length } of manifest.operators.flatMap(({ parts }) => parts)) {
        sizes.set(file, Math.max(sizes.get(file) ?? 0, offset + length));
      }
    }
    const unchanged = new Map<string, PartEntry>();
    const live = new Map<string, number>();
    for (const { id, parts } of snapshot.operators) {
      for (const part of parts) {
        const entry = durable.get(partKey(id, part.id));
        if (entry?.version !== part.version) continue;
        unchanged.set(partKey(id, part.id), entry);
        live.set(entry.file, (live.get(entry.file) ?? 0) + entry.length);
      }
    }
    const isSparse = ({ file }: PartEntry) => live.get(file)! < sizes.get(file)! * LEAST_LIVE_SHARE;
    return new Map([...unchanged].map(([key, entry]) => [key, { entry, isSparse: isSparse(entry) }]));
  }

  async #load(manifest: Manifest): Promise<StoredCheckpoint> {
    const operators = new Map<string, Map<string, unknown>>();
    for (const { id, parts } of manifest.operators) {
      const data = new Map<string, unknown>();
      for (const entry of parts) {
        try {
          data.set(entry.id, decodePart(await this.#bytesOf(entry), entry.checksum));
        } catch (cause) {
          throw new WeirError("io", `part "${entry.id}" of ${id} in ${entry.file}: ${(cause as Error).message}`, { cause });
        }
      }
      operators.set(id, data);
    }
    const { number, time, plan, sink, counts, uses, complete } = manifest;
    const sources = new Map(manifest.sources.map(({ id, position, watermark }) => [id, { position, watermark }]));
    return { number, time, plan, sink, counts, uses, complete, restore: { operators, sources, ended: new Set(manifest.ended) } };
  }

  async #bytesOf({ file, offset, length }: PartEntry): Promise<Uint8Array> {
    const handle = await open(join(this.#segments, file), "r");
    try {
      const { size } = await handle.stat();
      if (offset + length > size) throw new WeirError("io", `the file ends at ${size}, before ${offset + length}`);
      // A buffer of its own: arrays of the decoded state refer to it.
      const bytes = Buffer.allocUnsafeSlow(length);
      for (let at = 0; at < length; ) at += (await handle.read(bytes, at, length - at, offset + at)).bytesRead;
      return bytes;
    } finally {
      await handle.close();
    }
  }

  async #readManifests(warn: (message: string) => void): Promise<void> {
    this.#kept = [];
    for (const number of (await numbersIn(this.#manifests)).sort((a, b) => a - b)) {
      const path = join(this.#manifests, `${number}.json`);
      try {
        this.#kept.push({ manifest: parseManifest(await readFile(path, "utf8")), savepoint: undefined });
      } catch (error) {
        warn(`checkpoint ${number} is damaged and left out: ${path}: ${(error as Error).message}`);
      }
    }
    for (const name of await readdir(this.#savepoints)) {
      if (!name.endsWith(".json")) continue;
      const path = join(this.#savepoints, name);
      try {
        this.#kept.push({ manifest: parseManifest(await readFile(path, "utf8")), savepoint: name.slice(0, -".json".length) });
      } catch (error) {
        warn(`savepoint ${name} is damaged: ${path}: ${(error as Error).message}`);
      }
    }
  }

  /** Removes what a durable checkpoint has replaced: older ones, and part files and temporary files that nothing refers to. */
  async removeUnused(): Promise<void> {
    const checkpoints = this.#kept.filter(({ savepoint }) => savepoint === undefined);
    const gone = checkpoints.slice(0, -KEPT);
    this.#kept = this.#kept.filter((one) => !gone.includes(one));
    const numbers = new Set(checkpoints.slice(-KEPT).map(({ manifest }) => `${manifest.number}.json`));
    for (const name of await readdir(this.#manifests)) {
      if (/^\d+\.json(\.tmp)?$/.test(name) && !numbers.has(name)) await rm(join(this.#manifests, name));
    }
    const used = new Set(this.#kept.flatMap(({ manifest }) => manifest.operators.flatMap(({ parts }) => parts.map(({ file }) => file))));
    for (const name of await readdir(this.#segments)) {
      if (!used.has(name) && SEGMENT_NAME.test(name)) await rm(join(this.#segments, name));
    }
  }
}

const partKey = (operator: string, part: string): string => JSON.stringify([operator, part]);

function infoOf({ number, time, operators }: Manifest, savepoint: string | undefined): CheckpointInfo {
  const parts = operators.flatMap((operator) => operator.parts);
  return { number, time, savepoint, stateBytes: parts.reduce((sum, { length }) => sum + length, 0), parts: parts.length };
}

/** The numbers that names in a folder begin with: `12.json`, `12-0.bin`. */
async function numbersIn(folder: string): Promise<number[]> {
  const names = await readdir(folder);
  return names.filter((name) => /^\d+(\.json|-\d+\.bin)$/.test(name)).map((name) => Number.parseInt(name, 10));
}
