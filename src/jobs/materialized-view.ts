import type { SourceSpec, StreamSpec } from "../catalog/source-spec.ts";
import type { RecordBatch } from "../core/vector.ts";
import { sliceChanges } from "../core/vector.ts";
import type { StreamPiece, StreamReader, StreamRequest } from "../exec/stream-reader.ts";
import { ContinuousQuery, type ContinuousQueryOptions, failureOf } from "./continuous-query.ts";

/** A query whose result is always there to be read, as rows or as a stream of changes. */
export class MaterializedView {
  readonly query: ContinuousQuery;
  readonly #readers = new Set<ViewReader>();

  constructor(options: Omit<ContinuousQueryOptions, "keepRows" | "foreground" | "onChanges">) {
    this.query = new ContinuousQuery({
      ...options,
      foreground: false,
      onChanges: (batch) => {
        for (const reader of this.#readers) reader.give({ batch, watermark: undefined });
      },
      onWatermark: (watermark) => {
        for (const reader of this.#readers) reader.give({ batch: EMPTY, watermark });
      },
    });
    void this.query.finished.then(() => {
      for (const reader of this.#readers) reader.end();
    });
  }

  /** The rows as they are now. Throws what the query failed with. */
  rows(): SourceSpec & { readonly kind: "memory" } {
    if (this.query.status === "failed") throw failureOf(this.query);
    const { schema, batches, rowCount } = this.query.table();
    return { kind: "memory", schema, batches, rowCount };
  }

  /** What a scan of its changes is given. */
  spec(name: string): StreamSpec {
    const { properties } = this.query.plan.stream;
    const [time] = properties.times;
    return {
      kind: "stream",
      name,
      schema: this.query.schema,
      endless: properties.endless,
      ...(time !== undefined && { eventTime: { column: time, delay: 0 } }),
      changelog: { mode: properties.changelog, key: properties.key },
    };
  }

  /** Its rows as inserts, and then every change. */
  open(request: StreamRequest): StreamReader {
    const reader = new ViewReader(request.columns, () => this.#readers.delete(reader));
    for (const batch of this.rows().batches) reader.give({ batch, watermark: undefined });
    const watermark = this.query.figures().watermark;
    if (watermark !== undefined) reader.give({ batch: EMPTY, watermark });
    if (this.query.status === "running") this.#readers.add(reader);
    else reader.end();
    return reader;
  }

  close(): void {
    this.query.stop();
  }
}

const EMPTY: RecordBatch = { columns: [], length: 0 };

/** Changes on their way to one query. */
class ViewReader implements StreamReader {
  readonly #columns: readonly number[];
  readonly #onClose: () => void;
  readonly #pieces: StreamPiece[] = [];
  #ended = false;
  #rows = 0;
  #wake: (() => void) | undefined;

  constructor(columns: readonly number[], onClose: () => void) {
    this.#columns = columns;
    this.#onClose = onClose;
  }

  give(piece: StreamPiece): void {
    this.#pieces.push(piece);
    this.#call();
  }

  end(): void {
    this.#ended = true;
    this.#call();
  }

  next(wake: () => void): StreamPiece | "waiting" | "end" {
    const piece = this.#pieces.shift();
    if (piece === undefined) {
      if (this.#ended) return "end";
      this.#wake = wake;
      return "waiting";
    }
    const { batch } = piece;
    if (batch.length === 0) return piece;
    this.#rows += batch.length;
    return {
      ...piece,
      batch: { columns: this.#columns.map((column) => batch.columns[column]), length: batch.length, ...sliceChanges(batch) },
    };
  }

  /** A view's changes are not kept. */
  position(): unknown {
    return undefined;
  }

  rowsRead(): number {
    return this.#rows;
  }

  warnings() {
    return [];
  }

  close(): void {
    this.#pieces.length = 0;
    this.#onClose();
  }

  #call(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
