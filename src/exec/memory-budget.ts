import { WeirError } from "../core/errors.ts";
import type { MemoryBudget } from "./operator.ts";

/** The session's `memory_limit`, shared by its running queries. */
export class MemoryPool {
  /** Bytes; may be changed while queries run. */
  limit: number;
  #used = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  get used(): number {
    return this.#used;
  }

  /** The account of one query. Release it when the query has ended. */
  open(): QueryMemory {
    return new QueryMemory(this, (bytes) => {
      this.#used += bytes;
    });
  }
}

export class QueryMemory implements MemoryBudget {
  readonly #pool: MemoryPool;
  readonly #add: (bytes: number) => void;
  readonly #held = new Map<string, number>();
  #used = 0;

  constructor(pool: MemoryPool, add: (bytes: number) => void) {
    this.#pool = pool;
    this.#add = add;
  }

  get used(): number {
    return this.#used;
  }

  get limit(): number {
    return this.#pool.limit;
  }

  charge(operator: string, bytes: number): void {
    this.#used += bytes;
    this.#add(bytes);
    this.#held.set(operator, (this.#held.get(operator) ?? 0) + bytes);
    if (bytes > 0 && this.#pool.used > this.#pool.limit) throw this.#overLimit(operator);
  }

  /** Gives everything back. */
  release(): void {
    this.#add(-this.#used);
    this.#used = 0;
    this.#held.clear();
  }

  #overLimit(operator: string): WeirError {
    const holders = [...this.#held]
      .filter(([, held]) => held > 0)
      .sort((a, b) => b[1] - a[1])
      .slice(0, 3)
      .map(([name, held]) => `${name} ${formatBytes(held)}`);
    const others = this.#pool.used - this.#used;
    if (others > 0) holders.push(`other queries ${formatBytes(others)}`);
    const message = `out of memory: ${operator} went over memory_limit (${formatBytes(this.#pool.limit)}); held by ${holders.join(", ")}`;
    const hint = "raise it with SET memory_limit = '…', or keep fewer rows, groups or columns (filter earlier, add a LIMIT)";
    return new WeirError("memory", message, { hint });
  }
}

/** 1.5 GB, 20.0 MB, 512 bytes: powers of 1000, as in DuckDB's settings. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  const units = ["kB", "MB", "GB", "TB"];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.95 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value.toFixed(1)} ${units[unit]}`;
}
