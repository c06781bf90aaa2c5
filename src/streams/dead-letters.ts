import { BLOB, type Schema, TIMESTAMP, VARCHAR } from "../core/types.ts";
import type { Table } from "../core/vector.ts";
import { makeBuilder } from "../core/vector-builder.ts";

/** Letters kept; those before are counted. */
const KEPT = 10_000;
const KEPT_BYTES = 16 << 20;

export const DEAD_LETTER_SCHEMA: Schema = [
  { name: "raw", type: BLOB },
  { name: "reason", type: VARCHAR },
  { name: "position", type: VARCHAR },
  { name: "at", type: TIMESTAMP },
];

interface DeadLetter {
  readonly raw: Uint8Array;
  readonly reason: string;
  readonly position: string;
  /** Microseconds. */
  readonly at: number;
}

/** The records of a stream that could not be read: the latest of them whole, all of them counted. */
export class DeadLetters {
  #letters: DeadLetter[] = [];
  /** What tells the kept ones apart. */
  #known = new Set<string>();
  #bytes = 0;
  #count = 0;

  /** Several readers of one stream may meet the same record: what is kept already is not added again. */
  add(raw: Uint8Array, reason: string, position: string, at: number): void {
    const letter = { raw, reason, position, at };
    if (this.#known.has(keyOf(letter))) return;
    this.#known.add(keyOf(letter));
    this.#count++;
    this.#letters.push(letter);
    this.#bytes += raw.length;
    if (this.#letters.length <= 2 * KEPT && this.#bytes <= 2 * KEPT_BYTES) return;
    let bytes = 0;
    let from = this.#letters.length;
    while (from > 0 && this.#letters.length - from < KEPT && bytes + this.#letters[from - 1].raw.length <= KEPT_BYTES) {
      bytes += this.#letters[--from].raw.length;
    }
    this.#letters = this.#letters.slice(from);
    this.#known = new Set(this.#letters.map(keyOf));
    this.#bytes = bytes;
  }

  /** All there were. */
  get count(): number {
    return this.#count;
  }

  /** Those that are kept, oldest first. */
  table(): Table {
    const rowCount = this.#letters.length;
    const builders = DEAD_LETTER_SCHEMA.map((field) => makeBuilder(field.type, rowCount));
    for (const { raw, reason, position, at } of this.#letters) {
      const values = [raw, reason, position, at];
      for (let i = 0; i < values.length; i++) builders[i].append(values[i]);
    }
    const columns = builders.map((builder) => builder.finish());
    return { schema: DEAD_LETTER_SCHEMA, batches: rowCount === 0 ? [] : [{ columns, length: rowCount }], rowCount };
  }

  /** The latest few, for a warning. */
  latest(count: number): readonly DeadLetter[] {
    return this.#letters.slice(-count);
  }
}

const keyOf = ({ raw, position }: DeadLetter): string => `${position} ${raw.length}`;
