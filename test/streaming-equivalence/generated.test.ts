import { describe, expect, it } from "vitest";
import { describeStreaming, runStreaming } from "./run.ts";

/**
 * WEIR_SEED chooses the queries, WEIR_STREAMING_QUERIES how many; WEIR_CROSS=1 runs each in every variant. Without a seed it is fixed, so that a change is
 * judged by the same queries as the one before it; `WEIR_SEED=random` looks for what nobody has seen yet.
 */
const DEFAULT_SEED = 20261121;
const given = process.env.WEIR_SEED ?? String(DEFAULT_SEED);
const seed = given === "random" ? Math.floor(Math.random() * 2 ** 31) : Number(given);
const queries = Number(process.env.WEIR_STREAMING_QUERIES ?? 5000);

describe("generated streaming queries", () => {
  it(`end in the rows of the batch, and of DuckDB (WEIR_SEED=${seed})`, { timeout: 1_800_000 }, async () => {
    const report = await runStreaming({ seed, queries, maxDifferences: 8, cross: process.env.WEIR_CROSS === "1" });
    console.log(describeStreaming(report));
    expect(report.differences.map((text) => `WEIR_SEED=${seed}\n${text}`).join("\n\n")).toBe("");
    expect(report.queries).toBe(queries);
    expect(report.notRun / report.queries, "share that could not run").toBeLessThanOrEqual(0.05);
    expect(report.nonEmpty / report.agree, "share with rows").toBeGreaterThanOrEqual(0.7);
    expect(report.operatorsPerQuery).toBeGreaterThanOrEqual(3);
  });
});
