import { concatBatches } from "../../core/concat.ts";
import type { DataType } from "../../core/types.ts";
import { BATCH_ROWS, batchBytes, type RecordBatch, sliceBatch } from "../../core/vector.ts";
import type { ChangelogMode } from "../../plan/stream/properties.ts";
import type { SnapshotPart } from "../operator.ts";
import { RowStore } from "../row-store.ts";
import { sortIndices } from "../sort/sort-indices.ts";
import { ChangingRows } from "./result-rows.ts";

/** One column of a presentation order. */
export interface ResultOrder {
  readonly column: number;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

export interface ResultTableOptions {
  readonly types: readonly DataType[];
  readonly mode: ChangelogMode;
  /** For upsert: the columns that tell rows apart. */
  readonly key?: readonly number[];
  /** For append: only so many of the latest rows are kept. */
  readonly keepLast?: number;
  /** In what order the rows are shown; default: that of their coming. */
  readonly order?: readonly ResultOrder[];
}

/** Rows of a result at one moment. The batches never change; several snapshots share them. */
export interface ResultSnapshot {
  readonly batches: readonly RecordBatch[];
  /** Of the whole table, also where a limit gave less of it. */
  readonly rowCount: number;
}

/**
 * What a changelog comes to: the table that a reader sees. Rows stand in the order of their coming; an updated row stays at its place (by key for upserts,
 * and where -U is directly followed by its +U otherwise).
 */
export class ResultTable {
  readonly #options: ResultTableOptions;
  readonly #appended: AppendedRows | undefined;
  readonly #changing: ChangingRows | undefined;
  #version = 0;
  #total = 0;
  #ordered:
    | { readonly version: number; readonly order: readonly ResultOrder[]; readonly limit: number; readonly batches: RecordBatch[] }
    | undefined;

  constructor(options: ResultTableOptions) {
    this.#options = options;
    if (options.mode === "append") this.#appended = new AppendedRows(options.types, options.keepLast ?? Infinity);
    else this.#changing = new ChangingRows(options.types, options.mode === "upsert" ? (options.key ?? []) : undefined);
  }

  /** Rises with every change. */
  get version(): number {
    return this.#version;
  }

  /** Rows there are now. */
  get rowCount(): number {
    return this.#appended?.rowCount ?? this.#changing!.rowCount;
  }

  /** Changes that ever came; for append: rows, kept or not. */
  get total(): number {
    return this.#total;
  }

  /** Takes changes. A -U or -D of a row that is not there is an internal error; one of a key that is not there changes nothing. The batch's memory is kept. */
  apply(batch: RecordBatch): void {
    if (batch.length === 0) return;
    this.#version++;
    this.#total += batch.length;
    if (this.#appended !== undefined) this.#appended.add(batch);
    else this.#changing!.apply(batch);
  }

  /** The first `limit` rows in `order`, or that of the options. */
  snapshot(limit = Infinity, order: readonly ResultOrder[] | undefined = this.#options.order): ResultSnapshot {
    const { rowCount } = this;
    if (order === undefined || order.length === 0) {
      const all = this.#appended?.batches() ?? this.#changing!.batches(limit);
      return { batches: firstRows(all, limit), rowCount };
    }
    const ordered = this.#ordered;
    if (ordered?.version !== this.#version || ordered.order !== order || ordered.limit < Math.min(limit, rowCount)) {
      this.#ordered = { version: this.#version, order, limit, batches: this.#inOrder(limit, order) };
    }
    return { batches: firstRows(this.#ordered!.batches, limit), rowCount };
  }

  /** The last `limit` rows, in the order of their coming. */
  tail(limit: number): RecordBatch[] {
    const tail: RecordBatch[] = [];
    let wanted = limit;
    for (const batch of (this.#appended?.batches() ?? this.#changing!.lastBatches(limit)).toReversed()) {
      if (wanted <= 0) break;
      tail.unshift(sliceBatch(batch, Math.max(0, batch.length - wanted), batch.length));
      wanted -= batch.length;
    }
    return tail;
  }

  #inOrder(limit: number, order: readonly ResultOrder[]): RecordBatch[] {
    if (this.#changing !== undefined) return this.#changing.inOrder(limit, order);
    const store = new RowStore(this.#options.types);
    for (const batch of this.#appended!.batches()) store.append(batch);
    const keys = order.map(({ column, descending, nullsFirst }) => ({ vector: store.column(column), descending, nullsFirst }));
    const rows = sortIndices(keys, store.length, () => {});
    const out: RecordBatch[] = [];
    const end = Math.min(limit, rows.length);
    for (let from = 0; from < end; from += BATCH_ROWS) out.push(store.take(rows.subarray(from, Math.min(end, from + BATCH_ROWS))));
    return out;
  }

  bytes(): number {
    return this.#appended?.bytes() ?? this.#changing!.bytes();
  }

  /** The table for a checkpoint. */
  parts(): SnapshotPart[] {
    const meta = { version: this.#version, total: this.#total };
    const rows = this.#appended?.parts() ?? this.#changing!.parts();
    return [{ id: "table", version: this.#version, data: () => meta }, ...rows];
  }

  /** Takes up the parts of a table of the same options, in one that has seen nothing yet. */
  restore(parts: ReadonlyMap<string, unknown>): void {
    const meta = parts.get("table") as { version: number; total: number };
    this.#version = meta.version;
    this.#total = meta.total;
    if (this.#appended !== undefined) this.#appended.restore(parts);
    else this.#changing!.restore(parts);
  }
}

function firstRows(batches: readonly RecordBatch[], limit: number): readonly RecordBatch[] {
  const out: RecordBatch[] = [];
  let left = limit;
  for (const batch of batches) {
    if (batch.length >= left) {
      if (left > 0) out.push(sliceBatch(batch, 0, left));
      return out;
    }
    out.push(batch);
    left -= batch.length;
  }
  return out;
}

/** Batches of as many rows are left as they are. */
const MERGED_ROWS = BATCH_ROWS / 4;

/** Rows that only come. Small batches are put together as more of them come, each row a few times. */
class AppendedRows {
  readonly #types: readonly DataType[];
  readonly #keepLast: number;
  #batches: RecordBatch[] = [];
  /** The change that made each batch. */
  #versions: number[] = [];
  /** Batches dropped from the front, for names of parts that stay. */
  #dropped = 0;
  #rows = 0;
  #bytes = 0;
  #changes = 0;

  constructor(types: readonly DataType[], keepLast: number) {
    this.#types = types;
    this.#keepLast = keepLast;
  }

  get rowCount(): number {
    return Math.min(this.#rows, this.#keepLast);
  }

  add(batch: RecordBatch): void {
    this.#changes++;
    this.#push({ columns: batch.columns, length: batch.length });
    const list = this.#batches;
    while (list.length >= 2) {
      const [before, last] = list.slice(-2);
      if (before.length > 2 * last.length || before.length >= MERGED_ROWS || before.length + last.length > BATCH_ROWS) break;
      this.#pop();
      this.#pop();
      this.#push(concatBatches(this.#types, [before, last]));
    }
    while (list.length > 0 && this.#rows - list[0].length >= this.#keepLast) {
      const [first] = list.splice(0, 1);
      this.#versions.shift();
      this.#dropped++;
      this.#rows -= first.length;
      this.#bytes -= batchBytes(first);
    }
  }

  #push(batch: RecordBatch): void {
    this.#batches.push(batch);
    this.#versions.push(this.#changes);
    this.#rows += batch.length;
    this.#bytes += batchBytes(batch);
  }

  #pop(): void {
    const batch = this.#batches.pop()!;
    this.#versions.pop();
    this.#rows -= batch.length;
    this.#bytes -= batchBytes(batch);
  }

  batches(): readonly RecordBatch[] {
    const extra = this.#rows - this.rowCount;
    if (extra === 0) return this.#batches.slice();
    const [first, ...rest] = this.#batches;
    return [sliceBatch(first, extra, first.length), ...rest];
  }

  bytes(): number {
    return this.#bytes;
  }

  /** A part a batch: full ones do not change any more, the last ones may. */
  parts(): SnapshotPart[] {
    const meta = { dropped: this.#dropped, versions: this.#versions.slice(), changes: this.#changes };
    return [
      { id: "appended", version: this.#changes, data: () => meta },
      ...this.#batches.map((batch, i) => ({ id: `rows/${this.#dropped + i}`, version: this.#versions[i], data: () => batch })),
    ];
  }

  restore(parts: ReadonlyMap<string, unknown>): void {
    const meta = parts.get("appended") as { dropped: number; versions: readonly number[]; changes: number };
    this.#dropped = meta.dropped;
    for (let i = 0; i < meta.versions.length; i++) this.#push(parts.get(`rows/${meta.dropped + i}`) as RecordBatch);
    this.#versions = meta.versions.slice();
    this.#changes = meta.changes;
  }
}
