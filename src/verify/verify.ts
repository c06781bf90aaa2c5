import { valueAt } from "../core/read.ts";
import type { DataType, Schema } from "../core/types.ts";
import { typeName } from "../core/types.ts";
import type { Value } from "../core/value.ts";
import type { Table } from "../core/vector.ts";
import type { Query } from "../sql/index.ts";
import { type Comparison, compareTables, DEFAULT_COMPARE } from "./compare.ts";
import { resultOrder } from "./order.ts";
import type { DuckDbReference, DuckDbRows } from "./reference.ts";
import { type TranslationContext, toDuckDb } from "./translate.ts";

/** What DuckDB gave for the same query over the same rows, held against our answer. */
export interface Verdict {
  readonly agrees: boolean;
  readonly rowCount: number;
  readonly theirs: DuckDbRows;
  /** Columns whose types differ: "sum(x): HUGEINT here, BIGINT in DuckDB". */
  readonly schemaDifferences: readonly string[];
  readonly comparison: Comparison;
  /** Our rows, column by column. */
  readonly ours: readonly (readonly Value[])[];
}

/** Runs a query on DuckDB over the same tables, files and clock, and compares every row. */
export async function verify(
  query: Query,
  ours: Table,
  reference: DuckDbReference,
  context: TranslationContext & { timeZone: string },
): Promise<Verdict> {
  const translation = toDuckDb(query, context);
  await reference.run(`SET TimeZone = '${context.timeZone.replaceAll("'", "''")}'`);
  for (const table of translation.tables) {
    if (table.source.kind === "memory") await reference.load(table.name, table.schema, table.source.batches);
  }
  for (const view of translation.views) await reference.run(view);
  const theirs = await reference.query(translation.sql);
  const columns = columnsOf(ours);
  const types = ours.schema.map((field) => field.type);
  const schemaDifferences = compareSchemas(ours.schema, theirs);
  const comparable = ours.schema.length === theirs.names.length;
  const comparison = comparable
    ? compareTables(types, { columns, rowCount: ours.rowCount }, theirs, {
        ...DEFAULT_COMPARE,
        sortKeys: resultOrder(query, theirs.names).keys,
      })
    : { agrees: false, differing: [], differingCount: Math.max(ours.rowCount, theirs.rowCount), misorderedFrom: undefined };
  return {
    agrees: comparison.agrees && schemaDifferences.length === 0,
    rowCount: ours.rowCount,
    theirs,
    schemaDifferences,
    comparison,
    ours: columns,
  };
}

export function columnsOf(table: Table): Value[][] {
  return table.schema.map((_, c) => {
    const values: Value[] = [];
    for (const batch of table.batches) for (let row = 0; row < batch.length; row++) values.push(valueAt(batch.columns[c], row));
    return values;
  });
}

/** Columns whose types differ, in words. */
export function compareSchemas(schema: Schema, theirs: DuckDbRows): string[] {
  if (schema.length !== theirs.names.length) return [`${schema.length} columns here, ${theirs.names.length} in DuckDB`];
  return schema.flatMap((field, i) =>
    sameType(field.type, theirs.types[i]) ? [] : [`${field.name}: ${typeName(field.type)} here, ${theirs.types[i]} in DuckDB`],
  );
}

const sameType = (type: DataType, theirs: string): boolean =>
  normalType(typeName(type)) === normalType(theirs) || (type.kind === "null" && ["SQLNULL", "INTEGER"].includes(theirs.toUpperCase()));

/** DuckDB's driver spells some types otherwise than its SQL does. */
function normalType(name: string): string {
  return name
    .toUpperCase()
    .replaceAll('"', "")
    .replaceAll(/TIMESTAMP_(S|MS|NS)/g, "TIMESTAMP")
    .replaceAll(" ", "");
}
