import type { CatalogTable } from "../catalog/catalog.ts";
import type { StreamSpec } from "../catalog/source-spec.ts";
import { concatBatches } from "../core/concat.ts";
import { valueAt } from "../core/read.ts";
import { takeBatch } from "../core/take.ts";
import type { Schema } from "../core/types.ts";
import type { RecordBatch, Table } from "../core/vector.ts";
import { failureOf } from "../jobs/continuous-query.ts";
import { streamsOf } from "../jobs/streaming.ts";
import { type Node, type Query, rewrite } from "../sql/index.ts";
import { type VerifyContext, verify } from "../verify/verify.ts";
import type { StatementContext, StatementOutput } from "./context.ts";
import { ownFunctions, seriesFunctions } from "./own-functions.ts";
import { typeOfValue } from "./parameters.ts";
import { reportVerdict } from "./verdict.ts";

/**
 * VERIFY of a query over streams: over the rows that can still be read, once through the streaming operators in the order they came, and once on DuckDB
 * as tables, less the rows that came too late.
 */
export async function runVerifyStream(query: Query, context: StatementContext): Promise<StatementOutput> {
  const specs = streamSpecs(query, context);
  const held: { name: string; schema: Schema; spec: StreamSpec; batches: readonly RecordBatch[]; letGo(): void }[] = [];
  for (const spec of specs) held.push({ name: spec.name, schema: spec.schema, ...(await context.streaming.hold(spec)) });
  try {
    const { duration: _duration, until: _until, ...whole } = query;
    const plan = context.plan(whole, { heldStreams: new Map(held.map(({ name, spec }) => [name.toLowerCase(), spec])) });
    if (plan.stream === undefined) throw new Error("VERIFY lost the stream");
    const { query: ran } = context.streaming.start({
      name: "verify",
      sql: "VERIFY",
      plan: { ...plan, stream: plan.stream },
      exec: context.execContext(),
      foreground: true,
    });
    await ran.finished;
    if (ran.status !== "ended") throw failureOf(ran);
    const late = ran.late.tables();
    const tables = new Map<string, CatalogTable>();
    let removed = 0;
    for (const { name, schema, batches } of held) {
      const { kept, count } = withoutLate(schema, batches, late);
      removed += count;
      const rowCount = kept.reduce((sum, batch) => sum + batch.length, 0);
      const source = { kind: "memory", schema, batches: merged(schema, kept), rowCount } as const;
      tables.set(name.toLowerCase(), { kind: "table", name, schema, source, notNull: [], defaults: [] });
    }
    const verifyContext: VerifyContext = {
      ...context,
      catalog: { lookup: (name) => tables.get(name.toLowerCase()) ?? context.catalog.lookup(name) },
      read: async (wanted) => {
        const read = context.plan(wanted);
        return await context.run(read);
      },
      typeOfParameter: typeOfValue,
      isOwn: ownFunctions(context.functions),
      isOfSeries: seriesFunctions(context.functions),
    };
    const ours = ran.table();
    const verdict = await verify(asBatch(query), ours, context.reference, verifyContext);
    const rows = held.reduce((sum, { batches }) => sum + batches.reduce((count, batch) => count + batch.length, 0), 0);
    const left = ran.late.count === 0 ? "" : `, ${removed} left out as too late`;
    const unclear =
      ran.late.count === removed ? "" : `; not checked: ${ran.late.count - removed} rows that were late for a part of their windows`;
    return reportVerdict(verdict, ours, context, `; over ${rows} rows of ${held.map(({ name }) => name).join(", ")}${left}${unclear}`);
  } finally {
    for (const { letGo } of held) letGo();
  }
}

/** The declared streams a query reads, views of streams included. */
function streamSpecs(query: Query, context: StatementContext): StreamSpec[] {
  const names = streamsOf(context.plan(query).root);
  return names.flatMap((name) => {
    const entry = context.catalog.lookup(name);
    return entry?.kind === "stream" ? [entry.source] : entry?.kind === "materialized view" ? [entry.changes] : [];
  });
}

/** The query without what only streams have: EMIT, FOR, UNTIL, STARTING AT. */
function asBatch(query: Query): Query {
  const { emit: _emit, duration: _duration, until: _until, ...rest } = query;
  return rewrite(rest, (node: Node): Node => {
    if (node.kind !== "tableName" || node.startingAt === undefined) return node;
    const { startingAt: _, ...plain } = node;
    return plain;
  });
}

/**
 * A stream's rows less those that were late: rows with the same values in the columns the late table knows. Rows that were late for some windows only stay.
 */
function withoutLate(
  schema: Schema,
  batches: readonly RecordBatch[],
  late: readonly Table[],
): { kept: readonly RecordBatch[]; count: number } {
  const wanted = new Map<string, number>();
  const tables = late.flatMap((table) => {
    const columns = table.schema.slice(0, -2).map((field) => schema.findIndex((own) => own.name === field.name));
    return columns.includes(-1) ? [] : [{ table, columns }];
  });
  if (tables.length === 0) return { kept: batches, count: 0 };
  const [{ table, columns }] = tables;
  const reason = table.schema.length - 2;
  for (const batch of table.batches) {
    for (let row = 0; row < batch.length; row++) {
      if (valueAt(batch.columns[reason], row) === "partial") continue;
      const key = keyOf(
        batch,
        columns.map((_, c) => c),
        row,
      );
      wanted.set(key, (wanted.get(key) ?? 0) + 1);
    }
  }
  let count = 0;
  const kept = batches.map((batch) => {
    // Only a row that is behind the watermark it met can have been late.
    if (batch.watermarks === undefined) return batch;
    const rows: number[] = [];
    for (let row = 0; row < batch.length; row++) {
      const key = keyOf(batch, columns, row);
      const left = wanted.get(key) ?? 0;
      if (left > 0) {
        wanted.set(key, left - 1);
        count++;
      } else rows.push(row);
    }
    return rows.length === batch.length ? batch : takeBatch(batch, Int32Array.from(rows));
  });
  return { kept, count };
}

/** Batches put together to some size: what DuckDB is handed costs by the batch. */
function merged(schema: Schema, batches: readonly RecordBatch[]): RecordBatch[] {
  const types = schema.map((field) => field.type);
  const out: RecordBatch[] = [];
  let some: RecordBatch[] = [];
  let rows = 0;
  for (const { columns, length } of batches) {
    some.push({ columns, length });
    rows += length;
    if (rows < MERGED_ROWS) continue;
    out.push(concatBatches(types, some));
    some = [];
    rows = 0;
  }
  if (rows > 0) out.push(concatBatches(types, some));
  return out;
}

const MERGED_ROWS = 65_536;

const keyOf = (batch: RecordBatch, columns: readonly number[], row: number): string =>
  JSON.stringify(
    columns.map((column) => valueAt(batch.columns[column], row)),
    (_, value) => (typeof value === "bigint" ? `${value}n` : value),
  );
