import type { Magic } from "./magic.ts";

export const verifyMagic: Magic = {
  name: "verify",
  usage: "%verify query",
  summary: "runs a query here and on DuckDB, and shows whether the answers agree",
  help: ["%verify SELECT origin, count(*) FROM 'flights.parquet' GROUP BY ALL", "", "%%verify    -- above a cell: its last statement"],
  precedesSql: true,
  modify(_call, plan) {
    plan.prefix = "VERIFY ";
  },
};
