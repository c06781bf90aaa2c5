import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test, vi } from "vitest";
import { PACKAGE_ROOT } from "../../kernel/version.ts";
import { rowObjects, Session } from "../../src/index.ts";

vi.setConfig({ testTimeout: 120_000 });

/** Rows there are at least, by what an example holds; of others, one: what finds nothing is no example. */
const LEAST_ROWS: readonly (readonly [string, number])[] = [
  ["* FROM FORECAST(TABLE load", 48],
  ["ts_cv(TABLE load", 72],
];

test("every example of the guide to time series runs, and finds something", async () => {
  const guide = readFileSync(fileURLToPath(new URL("docs/time-series.md", PACKAGE_ROOT)), "utf8");
  const examples = [...guide.matchAll(/```sql\n([\s\S]*?)```/g)].map(([, sql]) => sql);
  expect(examples.length).toBeGreaterThan(15);
  const session = new Session({ timeZone: "UTC" });
  for (const sql of examples) {
    let rows = 0;
    const warnings: string[] = [];
    const errors: unknown[] = [];
    await session.run(sql, {
      onOutput: ({ output, warnings: said }) => {
        warnings.push(...said.map(String));
        if (!("table" in output)) {
          rows++;
          return;
        }
        rows += output.table.rowCount;
        errors.push(...[...rowObjects(output.table)].filter(({ status }) => String(status).startsWith("error")));
      },
    });
    const least = LEAST_ROWS.find(([text]) => sql.includes(text))?.[1] ?? 1;
    expect({ sql, warnings, errors, isEnough: rows >= least }).toEqual({ sql, warnings: [], errors: [], isEnough: true });
  }
  await session.close();
});
