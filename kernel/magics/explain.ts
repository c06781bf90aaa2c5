import type { Magic } from "./magic.ts";

export const explainMagic: Magic = {
  name: "explain",
  usage: "%explain [analyze] query",
  summary: "shows the plan of a query; with analyze it is run, and rows, time and memory are shown",
  help: ["%explain SELECT count(*) FROM 'flights.parquet'", "", "%%explain analyze    -- above a cell: its last statement"],
  precedesSql: true,
  modify(call, plan) {
    // in front of a statement, `analyze` stands in the statement's own text
    const analyze = call.wholeCell && call.args.trim().toLowerCase() === "analyze";
    plan.prefix = analyze ? "EXPLAIN ANALYZE " : "EXPLAIN ";
  },
};
