import type { Schema } from "../core/types.ts";
import { TIMESTAMP, VARCHAR } from "../core/types.ts";
import { type RecordBatch, sliceBatch, type Table, type Vector } from "../core/vector.ts";
import { constantVector } from "../core/vector-builder.ts";
import type { LateReason, LateRows } from "../exec/late-rows.ts";
import type { QueryPlan } from "../plan/logical-plan.ts";

/** Rows kept of one operator; older ones only count. */
const ROWS_KEPT = 100_000;

interface LateTable {
  readonly operator: string;
  readonly schema: Schema;
  readonly batches: RecordBatch[];
  rows: number;
}

/** The rows that came too late for a query: what `q7$late` shows. Operators whose rows have different columns have a table each. */
export class LateStore implements LateRows {
  readonly #tables: LateTable[] = [];
  #count = 0;
  #version = 0;

  /** All rows that came too late, kept or not. A row that missed some of its windows counts as one. */
  get count(): number {
    return this.#count;
  }

  /** Grows with every row. */
  get version(): number {
    return this.#version;
  }

  add(operator: string, schema: Schema, rows: RecordBatch, reason: LateReason, watermarks: Float64Array): void {
    const { length } = rows;
    if (length === 0) return;
    this.#count += length;
    this.#version++;
    let table = this.#tables.find((candidate) => candidate.schema === schema || sameColumns(candidate.schema, schema));
    if (table === undefined) {
      table = { operator, schema, batches: [], rows: 0 };
      this.#tables.push(table);
    }
    const reasons = constantVector(VARCHAR, reason, length);
    const met = watermarks.subarray(0, length);
    const marks: Vector = {
      layout: "flat",
      type: TIMESTAMP,
      length,
      validity: met.every(Number.isFinite) ? null : Uint8Array.from(met, (micros) => (Number.isFinite(micros) ? 1 : 0)),
      data: BigInt64Array.from(met, (micros) => (Number.isFinite(micros) ? BigInt(Math.round(micros)) : 0n)),
    };
    table.batches.push({ columns: [...rows.columns, reasons, marks], length });
    table.rows += length;
    while (table.rows > ROWS_KEPT) {
      const [first] = table.batches;
      const over = Math.min(first.length, table.rows - ROWS_KEPT);
      if (over === first.length) table.batches.shift();
      else table.batches[0] = sliceBatch(first, over, first.length);
      table.rows -= over;
    }
  }

  /** All late tables, as `table` gives them. */
  tables(): readonly Table[] {
    return this.#tables.flatMap(({ operator }) => this.table(operator) ?? []);
  }

  /** What a query without late rows shows: the columns of the result, and why and when. */
  empty(plan: QueryPlan): Table {
    return { schema: [...plan.root.schema, ...LATE_COLUMNS], batches: [], rowCount: 0 };
  }

  /** The late rows with reason and watermark. `operator` chooses among several tables; the first one without. Undefined where there is none of that name. */
  table(operator?: string): Table | undefined {
    const found = operator === undefined ? this.#tables[0] : this.#tables.find((candidate) => candidate.operator === operator);
    if (found === undefined) return undefined;
    return { schema: [...found.schema, ...LATE_COLUMNS], batches: [...found.batches], rowCount: found.rows };
  }
}

/** What a late table has behind the columns of the rows. */
export const LATE_COLUMNS: Schema = [
  { name: "late_reason", type: VARCHAR },
  { name: "late_watermark", type: TIMESTAMP },
];

const sameColumns = (a: Schema, b: Schema): boolean =>
  a.length === b.length && a.every((field, i) => field.name === b[i].name && field.type.kind === b[i].type.kind);
