import { expect, it, describe as suite } from "vitest";
import { describe } from "../differential/run.ts";
import { describeStreaming } from "../streaming-equivalence/run.ts";
import { runOwn } from "./run.ts";
import { runOwnStreams } from "./streams.ts";

/** As in test/differential: WEIR_SEED chooses the queries, WEIR_OWN_QUERIES how many. */
const seed = Number(process.env.WEIR_SEED ?? 20261121);
const queries = Number(process.env.WEIR_OWN_QUERIES ?? 300);

suite("generated queries that call functions of the user's own", () => {
  it(`agree with DuckDB, which runs what is built in (WEIR_SEED=${seed})`, { timeout: 600_000 }, async () => {
    const report = await runOwn({ seed, queries, maxDifferences: 5, shrink: true });
    console.log(describe(report));
    expect(report.differences.map(({ script, detail }) => `WEIR_SEED=${seed}\n${script}\n${detail}`).join("\n\n")).toBe("");
    expect(report.queries).toBe(queries);
    expect(report.notRun / report.queries, "share that could not run").toBeLessThanOrEqual(0.05);
    expect(report.rewritten / report.queries, "share that calls such functions").toBeGreaterThanOrEqual(0.6);
    expect(report.used.size).toBeGreaterThanOrEqual(60);
  });

  it(`give over streams what the built-in functions give over tables (WEIR_SEED=${seed})`, { timeout: 600_000 }, async () => {
    const streams = Number(process.env.WEIR_OWN_QUERIES ?? 150);
    const report = await runOwnStreams({ seed, queries: streams, maxDifferences: 5, identities: 25, cross: false });
    console.log(describeStreaming(report));
    expect(report.differences.map((text) => `WEIR_SEED=${seed}\n${text}`).join("\n\n")).toBe("");
    expect(report.queries).toBe(streams);
    expect(report.notRun / report.queries, "share that could not run").toBeLessThanOrEqual(0.1);
    expect(report.rewritten / report.queries, "share that calls such functions").toBeGreaterThanOrEqual(0.6);
  });
});
