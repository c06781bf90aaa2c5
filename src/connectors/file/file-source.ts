import { type FSWatcher, watch } from "node:fs";
import { dirname, resolve } from "node:path";
import { localPath } from "../../formats/files.ts";
import type { Reject, Source, SourceContext, SourcePiece } from "../connector.ts";
import type { CheckedProperties } from "../properties.ts";
import { FileSet } from "./file-set.ts";
import { type FilePosition, type FollowedFile, ReadBuffer } from "./followed-file.ts";

/** Files held open at once, of a source that does not follow them. */
const OPEN_FILES = 200;
const POLL_INTERVAL = 100_000;

/**
 * Reads files record by record, the one whose watermark is furthest behind first. Followed files are watched (and looked at again every
 * `poll_interval`, since not every file system tells of changes); a file that is renamed or deleted is read to its end, and what takes its name is new.
 */
export class FileSource implements Source {
  readonly #files: FileSet;
  readonly #follow: boolean;
  readonly #context: SourceContext;
  readonly #interval: number;
  readonly #buffer = new ReadBuffer();
  readonly #watchers: FSWatcher[] = [];
  #wake: (() => void) | undefined;
  #cancelPoll: (() => void) | undefined;
  #mustRefresh = false;
  #closed = false;

  constructor(properties: CheckedProperties, context: SourceContext) {
    const patterns = properties.texts("path") as readonly string[];
    this.#context = context;
    this.#follow = properties.flag("follow") ?? false;
    this.#interval = properties.number("poll_interval") ?? POLL_INTERVAL;
    this.#files = new FileSet(patterns, context.cwd);
    if (this.#follow) this.#watch(patterns);
    const from = context.from as { readonly files: readonly FilePosition[] } | undefined;
    const toEnd = from === undefined && context.start === "latest";
    this.#files.refresh((file) => {
      if (toEnd) file.seekEnd();
    });
    if (from !== undefined) this.#files.resume(from.files);
    if (!this.#follow) for (const file of this.#files.files) file.close();
  }

  get partitions(): readonly FollowedFile[] {
    return this.#files.files;
  }

  next(wake: () => void, reject: Reject): SourcePiece | "waiting" | "end" {
    if (this.#mustRefresh) {
      this.#mustRefresh = false;
      this.#files.refresh();
    }
    for (;;) {
      const index = this.#furthestBehind();
      if (index < 0) break;
      const file = this.#files.files[index];
      file.maybeMore = false;
      const atEnd = !this.#follow || file.detached;
      const records = file.read(this.#buffer, this.#context.framing, atEnd, reject);
      if (records !== undefined) {
        file.maybeMore = true;
        this.#limitOpenFiles(file);
        return { partition: index, chunk: { bytes: this.#buffer.bytes, ...records } };
      }
      if (atEnd) {
        file.ended = true;
        file.close();
      }
    }
    if (!this.#follow) return "end";
    this.#wake = wake;
    // A virtual clock has no time to give to files: there only the watchers tell
    if (!this.#context.clock.virtual) {
      this.#cancelPoll?.();
      this.#cancelPoll = this.#context.clock.at(this.#context.clock.now() + this.#interval, () => this.#look(true));
    }
    return "waiting";
  }

  #furthestBehind(): number {
    const { files } = this.#files;
    let best = -1;
    let bestWatermark = Infinity;
    for (let i = 0; i < files.length; i++) {
      if (files[i].ended || !files[i].maybeMore) continue;
      const watermark = this.#context.watermarkOf(i);
      if (best < 0 || watermark < bestWatermark) {
        best = i;
        bestWatermark = watermark;
      }
    }
    return best;
  }

  #limitOpenFiles(current: FollowedFile): void {
    if (this.#follow) return;
    const open = this.#files.files.filter((file) => file.isOpen);
    if (open.length > OPEN_FILES) open.find((file) => file !== current)?.close();
  }

  #watch(patterns: readonly string[]): void {
    for (const pattern of patterns) {
      const path = resolve(this.#context.cwd, localPath(pattern));
      const folder = /[*?[{]/.test(path) ? dirname(path.slice(0, path.search(/[*?[{]/) + 1)) : dirname(path);
      try {
        const watcher = watch(folder, { persistent: false, recursive: false }, (event) => this.#look(event === "rename"));
        // A folder that goes away is found out by looking again
        watcher.on("error", () => watcher.close());
        this.#watchers.push(watcher);
      } catch {
        // Not there yet, or a file system without notification: polling finds what is added
      }
    }
  }

  /** Something may have changed: files may have more, and with `names` there may be other files. */
  #look(names: boolean): void {
    if (this.#closed) return;
    if (names) this.#mustRefresh = true;
    for (const file of this.#files.files) file.maybeMore = true;
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  used(partition: number, offset: number): void {
    this.#files.files[partition].use(offset);
  }

  position(): { readonly files: readonly FilePosition[] } {
    return { files: this.#files.positions() };
  }

  dropped(): number {
    return 0;
  }

  close(): void {
    this.#closed = true;
    this.#cancelPoll?.();
    for (const watcher of this.#watchers) watcher.close();
    this.#files.close();
  }
}
