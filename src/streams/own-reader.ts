import type { ScanWarning } from "../catalog/source-spec.ts";
import type { StreamPiece, StreamReader } from "../exec/stream-reader.ts";
import type { SourceReader } from "./source-reader.ts";

/**
 * A reader with a source of its own, because it began where the shared one was no longer. Once it has caught up with that (nothing to read, and both stand at
 * the same place), it goes on as one of its readers.
 */
export class OwnReader implements StreamReader {
  readonly #own: SourceReader;
  readonly #join: ((position: unknown) => StreamReader | undefined) | undefined;
  readonly #onClose: () => void;
  #joined: StreamReader | undefined;
  #warnings: readonly ScanWarning[] = [];
  #closed = false;

  /** `join` gives a reader of the shared source if that stands at `position`; absent where there is none to join. */
  constructor(own: SourceReader, join: ((position: unknown) => StreamReader | undefined) | undefined, onClose: () => void) {
    this.#own = own;
    this.#join = join;
    this.#onClose = onClose;
  }

  next(wake: () => void): StreamPiece | "waiting" | "idle" | "end" {
    if (this.#joined !== undefined) return this.#joined.next(wake);
    const piece = this.#own.next(wake);
    if ((piece !== "waiting" && piece !== "idle") || this.#join === undefined) return piece;
    this.#joined = this.#join(this.#own.position());
    if (this.#joined === undefined) return piece;
    this.#warnings = this.#own.warnings();
    this.#own.close();
    this.#onClose();
    return this.#joined.next(wake);
  }

  position(): unknown {
    return this.#joined === undefined ? this.#own.position() : this.#joined.position();
  }

  rowsRead(): number {
    return this.#own.rowsRead() + (this.#joined?.rowsRead() ?? 0);
  }

  warnings(): readonly ScanWarning[] {
    return this.#joined === undefined ? this.#own.warnings() : [...this.#warnings, ...this.#joined.warnings()];
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#joined !== undefined) this.#joined.close();
    else {
      this.#own.close();
      this.#onClose();
    }
  }
}

/** A position as text that is the same for the same place, in whatever order partitions were found. */
export function placeText(position: unknown): string {
  return JSON.stringify(position, (_, value: unknown) => {
    if (Array.isArray(value)) return value.map((item) => placeText(item)).sort();
    if (typeof value === "number" && !Number.isFinite(value)) return String(value);
    if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
