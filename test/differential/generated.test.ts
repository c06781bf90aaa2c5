import { expect, it, describe as suite } from "vitest";
import { describe, runGenerated } from "./run.ts";

/**
 * WEIR_SEED chooses the queries, WEIR_QUERIES how many. Without it the seed is fixed, so that a change is judged by the same queries as the one
 * before it; `WEIR_SEED=random` looks for what nobody has seen yet.
 */
const DEFAULT_SEED = 20261121;
const given = process.env.WEIR_SEED ?? String(DEFAULT_SEED);
const seed = given === "random" ? Math.floor(Math.random() * 2 ** 31) : Number(given);
const queries = Number(process.env.WEIR_QUERIES ?? 5000);

suite("generated queries", () => {
  it(`agree with DuckDB (WEIR_SEED=${seed})`, { timeout: 1_200_000 }, async () => {
    const report = await runGenerated({ seed, queries, maxDifferences: 5, shrink: true });
    console.log(describe(report));
    expect(report.differences.map(({ script, detail }) => `WEIR_SEED=${seed}\n${script}\n${detail}`).join("\n\n")).toBe("");
    expect(report.queries).toBe(queries);
    expect(report.notRun / report.queries, "share that could not run").toBeLessThanOrEqual(0.05);
    expect(report.bothFail / report.queries, "share that fails in both").toBeLessThanOrEqual(0.05);
    expect(report.operatorsPerQuery).toBeGreaterThanOrEqual(3);
    expect(report.nonEmptyShare).toBeGreaterThanOrEqual(0.7);
  });
});
