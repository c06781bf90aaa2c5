import { WeirError } from "../core/errors.ts";
import { valueAt } from "../core/read.ts";
import type { DataType, Schema } from "../core/types.ts";
import { isNested, typeName } from "../core/types.ts";
import type { Value } from "../core/value.ts";
import type { Table } from "../core/vector.ts";
import type { Query } from "../sql/index.ts";
import { type ComparedTable, type CompareOptions, type Comparison, compareTables, DEFAULT_COMPARE, rowsNotIn } from "./compare.ts";
import { clausesWithoutCounterpart, joinsWithoutCounterpart } from "./joins.ts";
import { calledFunctions, missingFunction, modelTables, orderDependent, randomFunctions, withoutFunction } from "./missing.ts";
import { resultOrder } from "./order.ts";
import type { DuckDbReference, DuckDbRows } from "./reference.ts";
import { type TranslationContext, toDuckDb } from "./translate.ts";

/** What DuckDB gave for the same query over the same rows, held against our answer. */
export type Verdict =
  | Compared
  | { readonly kind: "not checked"; readonly reason: string }
  | { readonly kind: "failed there"; readonly message: string };

export interface Compared {
  readonly kind: "compared";
  readonly agrees: boolean;
  readonly rowCount: number;
  readonly theirs: DuckDbRows;
  /** Columns whose types differ: "sum(x): HUGEINT here, BIGINT in DuckDB". */
  readonly schemaDifferences: readonly string[];
  readonly comparison: Comparison;
  /** Our rows, column by column. */
  readonly ours: readonly (readonly Value[])[];
  /** What was left out: "column y (DuckDB has no function f)". */
  readonly notChecked: readonly string[];
  /** Why rows may differ although neither side is wrong. */
  readonly doubts: readonly string[];
}

export interface VerifyContext extends Omit<TranslationContext, "skipBadRows"> {
  /** Rows of a query in Weir: of files that DuckDB cannot read. */
  readonly read: (query: Query) => Promise<Table>;
  /** Whether a function is the user's own: DuckDB has it not, or another one of that name. */
  readonly isOwn: (name: string) => boolean;
  /** Whether a function in FROM is given whole series of a table, as FORECAST. */
  readonly isOfSeries: (name: string) => boolean;
}

/** Runs a query on DuckDB over the same tables, files and clock, and compares every row. */
export async function verify(query: Query, ours: Table, reference: DuckDbReference, context: VerifyContext): Promise<Verdict> {
  const random = randomFunctions(query);
  if (random.length > 0) return { kind: "not checked", reason: `${random.join(", ")} (another value at each call)` };
  const joins = joinsWithoutCounterpart(query, context.catalog);
  const clauses = clausesWithoutCounterpart(query);
  if (clauses.length > 0) return { kind: "not checked", reason: `${clauses.join(", ")} (DuckDB has no such clause)` };
  if (joins.length > 0) return { kind: "not checked", reason: `${joins.join(", ")} (DuckDB has no such join)` };
  const models = modelTables(query, context.catalog);
  if (models.length > 0) return { kind: "not checked", reason: `${models.join(", ")} (DuckDB has no models)` };
  const series = [...calledFunctions(query)].filter((name) => name === "gap_fill" || context.isOfSeries(name));
  if (series.length > 0) return { kind: "not checked", reason: `${series.join(", ")} (DuckDB has no functions of whole series)` };
  let asked = query;
  const hidden: number[] = [];
  const notChecked: string[] = [];
  const leaveOut = (name: string, why: string): Verdict | undefined => {
    const without = withoutFunction(asked, name);
    if (without === undefined) return { kind: "not checked", reason: `${name} (${why})` };
    asked = without.query;
    hidden.push(...without.columns);
    const names = without.columns.map((c) => `"${ours.schema[c].name}"`).join(", ");
    notChecked.push(`${name} (${why}; column ${names} was left out)`);
    return undefined;
  };
  for (const name of [...calledFunctions(query)].filter(context.isOwn)) {
    if (!calledFunctions(asked).has(name)) continue;
    const verdict = leaveOut(name, "a function of your own");
    if (verdict !== undefined) return verdict;
  }
  let skipBadRows = false;
  for (;;) {
    try {
      const theirs = await runThere(asked, reference, { ...context, skipBadRows });
      return compare(query, ours, theirs, hidden, notChecked, (unlimited) => runThere(unlimited, reference, { ...context, skipBadRows }));
    } catch (error) {
      if (!(error instanceof WeirError) || error.phase !== "runtime") throw error;
      const missing = missingFunction(error.message);
      if (missing !== undefined) {
        const verdict = leaveOut(missing, context.isOwn(missing) ? "a function of your own" : "DuckDB has no function of that name");
        if (verdict !== undefined) return verdict;
      } else if (!skipBadRows && /CSV Error|Malformed JSON|Invalid Input Error|Conversion Error/.test(error.message)) skipBadRows = true;
      else return { kind: "failed there", message: error.message.replace(/^DuckDB: /, "") };
    }
  }
}

/** How a query that fails here does in DuckDB, in words. */
export async function verifyFailure(query: Query, reference: DuckDbReference, context: VerifyContext): Promise<string> {
  try {
    const { rowCount } = await runThere(query, reference, { ...context, skipBadRows: false });
    return `DuckDB gives ${rowCount} ${rowCount === 1 ? "row" : "rows"}`;
  } catch (error) {
    return `DuckDB fails too: ${error instanceof Error ? error.message.replace(/^DuckDB: /, "").split("\n")[0] : String(error)}`;
  }
}

async function runThere(query: Query, reference: DuckDbReference, context: VerifyContext & TranslationContext): Promise<DuckDbRows> {
  const translation = toDuckDb(query, context);
  await reference.run(`SET TimeZone = '${context.timeZone.replaceAll("'", "''")}'`);
  for (const table of translation.tables) {
    if (table.source.kind === "memory") await reference.load(table.name, table.schema, table.source.batches);
  }
  for (const { table, query: reading } of translation.ownFiles) {
    const { schema, batches } = await context.read(reading);
    await reference.load(table, schema, batches);
  }
  for (const view of translation.views) await reference.run(view);
  return reference.query(translation.sql);
}

async function compare(
  query: Query,
  ours: Table,
  theirs: DuckDbRows,
  hidden: readonly number[],
  notChecked: readonly string[],
  runUnlimited: (query: Query) => Promise<DuckDbRows>,
): Promise<Compared> {
  const columns = columnsOf(ours);
  const shown = ours.schema.map((_, c) => c).filter((c) => !hidden.includes(c));
  const verdict = { kind: "compared", rowCount: ours.rowCount, theirs, ours: columns, notChecked, doubts: [] } as const;
  const schemaDifferences = compareSchemas(ours.schema, theirs, hidden);
  if (ours.schema.length !== theirs.names.length) {
    const comparison = {
      agrees: false,
      differing: [],
      differingCount: Math.max(ours.rowCount, theirs.rowCount),
      misorderedFrom: undefined,
    };
    return { ...verdict, agrees: false, schemaDifferences, comparison };
  }
  const types = shown.map((c) => ours.schema[c].type);
  const among = (table: ComparedTable): ComparedTable => ({ rowCount: table.rowCount, columns: shown.map((c) => table.columns[c]) });
  const order = resultOrder(
    query,
    ours.schema.map((field) => field.name),
  );
  const sortKeys = order.keys.filter((c) => shown.includes(c)).map((c) => shown.indexOf(c));
  const options: CompareOptions = { ...DEFAULT_COMPARE, sortKeys };
  const mine = among({ columns, rowCount: ours.rowCount });
  const comparison = compareTables(types, mine, among(theirs), options);
  const differing = comparison.differing.map((pair) => ({ ...pair, columns: pair.columns.map((c) => shown[c]) }));
  const found = { ...verdict, schemaDifferences, comparison: { ...comparison, differing } };
  if (comparison.agrees) return { ...found, agrees: schemaDifferences.length === 0 };
  if (query.limit !== undefined || query.offset !== undefined) {
    const all = await runUnlimited({ ...query, limit: undefined, offset: undefined, limitPercent: false });
    const fixed = sortKeys.map((c) => types[c]);
    const keysOf = (table: ComparedTable): ComparedTable => ({ rowCount: table.rowCount, columns: sortKeys.map((c) => table.columns[c]) });
    const sameKeys = compareTables(fixed, keysOf(mine), keysOf(among(theirs)), { ...options, sortKeys: fixed.map((_, i) => i) }).agrees;
    if (mine.rowCount === theirs.rowCount && sameKeys && rowsNotIn(types, mine, among(all), options).length === 0) {
      const left = "which of the rows that ORDER BY holds equal are kept by LIMIT";
      const agrees = { agrees: true, differing: [], differingCount: 0, misorderedFrom: undefined };
      return { ...found, comparison: agrees, agrees: schemaDifferences.length === 0, notChecked: [...notChecked, left] };
    }
  }
  const doubts = orderDependent(query).map((name) => `${name} takes rows as they come: without ORDER BY another answer can be right too`);
  return { ...found, agrees: false, doubts };
}

export function columnsOf(table: Table): Value[][] {
  return table.schema.map((_, c) => {
    const values: Value[] = [];
    for (const batch of table.batches) for (let row = 0; row < batch.length; row++) values.push(valueAt(batch.columns[c], row));
    return values;
  });
}

/** Columns whose types differ, in words. */
export function compareSchemas(schema: Schema, theirs: DuckDbRows, hidden: readonly number[] = []): string[] {
  if (schema.length !== theirs.names.length) return [`${schema.length} columns here, ${theirs.names.length} in DuckDB`];
  return schema.flatMap((field, i) =>
    hidden.includes(i) || sameType(field.type, theirs.types[i])
      ? []
      : [`${field.name}: ${typeName(field.type)} here, ${theirs.types[i]} in DuckDB`],
  );
}

const sameType = (type: DataType, theirs: string): boolean =>
  normalType(typeName(type)) === normalType(theirs) ||
  // Inside other types the driver calls JSON what it is stored as.
  (isNested(type) && normalType(typeName(type)).replace(/\bJSON\b/g, "VARCHAR") === normalType(theirs)) ||
  (type.kind === "null" && ["SQLNULL", "INTEGER"].includes(theirs.toUpperCase()));

/** DuckDB's driver spells some types otherwise than its SQL does. */
function normalType(name: string): string {
  return name
    .toUpperCase()
    .replaceAll('"', "")
    .replaceAll(/TIMESTAMP_(S|MS|NS)/g, "TIMESTAMP")
    .replaceAll(" ", "");
}
