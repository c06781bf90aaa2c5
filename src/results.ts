import type { Catalog } from "./catalog/catalog.ts";
import { shareTable } from "./core/shared.ts";
import type { Table } from "./core/vector.ts";
import { batchBytes } from "./core/vector.ts";

/** Results of at least this many rows are worth a parallel scan, so they are kept in shared memory. */
const SHARED_FROM_ROWS = 100_000;

/** Keeps results under names (`_`, `_3`, names of the user's own) while they fit, and drops the oldest first when they do not. */
export class ResultStore {
  readonly #catalog: Catalog;
  /** Bytes by the set of names that share a result. */
  readonly #kept: { names: string[]; bytes: number }[] = [];
  limit: number;

  constructor(catalog: Catalog, limit: number) {
    this.#catalog = catalog;
    this.limit = limit;
  }

  /** Keeps a result under all `names`; returns warnings about what was dropped for it. */
  keep(names: readonly string[], table: Table): string[] {
    for (const name of names) this.#forget(name);
    const batches = table.rowCount >= SHARED_FROM_ROWS ? shareTable(table.schema, table.batches) : table.batches;
    const bytes = batches.reduce((sum, batch) => sum + batchBytes(batch), 0);
    if (bytes > this.limit) {
      return [
        `the result (${megabytes(bytes)}) is larger than the memory for kept results (${megabytes(this.limit)}) and is not kept; use CREATE TABLE … AS`,
      ];
    }
    for (const name of names) {
      this.#catalog.setResult({
        kind: "table",
        name,
        schema: table.schema,
        source: { kind: "memory", schema: table.schema, batches, rowCount: table.rowCount },
        notNull: table.schema.map(() => false),
        defaults: table.schema.map(() => undefined),
      });
    }
    this.#kept.push({ names: [...names], bytes });
    return this.#dropOldest();
  }

  #dropOldest(): string[] {
    const dropped: string[] = [];
    let total = this.#kept.reduce((sum, result) => sum + result.bytes, 0);
    while (total > this.limit && this.#kept.length > 1) {
      const oldest = this.#kept.shift();
      if (oldest === undefined) break;
      total -= oldest.bytes;
      for (const name of oldest.names) this.#catalog.dropResult(name);
      dropped.push(...oldest.names);
    }
    return dropped.length === 0 ? [] : [`dropped ${dropped.join(", ")}: kept results are limited to ${megabytes(this.limit)}`];
  }

  /** A name that is given again leaves its old result, even where the new one is not kept: it must not stand for the wrong rows. A result without names is gone. */
  #forget(name: string): void {
    this.#catalog.dropResult(name);
    for (const result of this.#kept) result.names = result.names.filter((kept) => kept !== name);
    for (let i = this.#kept.length - 1; i >= 0; i--) if (this.#kept[i].names.length === 0) this.#kept.splice(i, 1);
  }
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
