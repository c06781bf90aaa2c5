import fc from "fast-check";
import { parseOne, walk } from "../../src/sql/index.ts";
import { CHOICE_LIMIT, Choices } from "./choices.ts";
import type { Engines, Verdict } from "./engines.ts";
import { QueryGenerator } from "./queries.ts";
import { createScript, type TableSpec } from "./tables.ts";

export interface Shrunk {
  readonly sql: string;
  /** Statements that make the tables. */
  readonly tables: string;
  readonly verdict: Verdict & { kind: "differs" };
}

type Differs = Verdict & { kind: "differs" };
const SHRINK_MS = 8000;

/** A smaller query over fewer rows that differs in the same way. fast-check shrinks the list of choices first, and then each table's rows. */
export async function shrink(engines: Engines, tables: readonly TableSpec[], drawn: readonly number[], first: Differs): Promise<Shrunk> {
  let best = { sql: new QueryGenerator(tables, new Choices(drawn)).query(), verdict: first };
  const same = (verdict: Verdict): verdict is Differs =>
    verdict.kind === "differs" && verdict.summary.slice(0, 40) === first.summary.slice(0, 40);
  await fc.check(
    fc.asyncProperty(fc.array(fc.nat({ max: CHOICE_LIMIT }), { maxLength: drawn.length }), async (choices) => {
      const sql = new QueryGenerator(tables, new Choices(choices)).query();
      const verdict = await engines.ask(sql);
      if (!same(verdict)) return true;
      if (sql.length <= best.sql.length) best = { sql, verdict };
      return false;
    }),
    { examples: [[[...drawn]]], numRuns: 1, interruptAfterTimeLimit: SHRINK_MS, skipAllAfterTimeLimit: SHRINK_MS, endOnFailure: false },
  );
  const used = usedTables(best.sql, tables);
  const kept = new Map(used.map((table) => [table.name, table]));
  for (const table of used) {
    if (table.rows.length > 1000) continue;
    await fc.check(
      fc.asyncProperty(fc.subarray([...table.rows]), async (rows) => {
        const smaller = { ...table, rows };
        await engines.load([smaller]);
        const verdict = await engines.ask(best.sql);
        if (!same(verdict)) return true;
        kept.set(table.name, smaller);
        best = { ...best, verdict };
        return false;
      }),
      { examples: [[[...table.rows]]], numRuns: 1, interruptAfterTimeLimit: SHRINK_MS, skipAllAfterTimeLimit: SHRINK_MS },
    );
    await engines.load([kept.get(table.name) ?? table]);
  }
  await engines.load(tables);
  const scripts = [...kept.values()].map((table) =>
    table.rows.length > 1000 ? `-- ${table.name}: ${table.rows.length} rows, too many to print` : createScript(table),
  );
  return { sql: best.sql, tables: scripts.join("\n"), verdict: best.verdict };
}

function usedTables(sql: string, tables: readonly TableSpec[]): TableSpec[] {
  const names = new Set<string>();
  walk(parseOne(sql), (node) => {
    if (node.kind === "tableName") names.add(node.name[node.name.length - 1].name);
  });
  return tables.filter((table) => names.has(table.name));
}
