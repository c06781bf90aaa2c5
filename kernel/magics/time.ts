import type { Magic } from "./magic.ts";

export const timeMagic: Magic = {
  name: "time",
  usage: "%time query",
  summary: "prints how long a query took",
  help: ["%time SELECT count(*) FROM 'flights.parquet'", "", "%%time    -- above a cell: each of its statements"],
  precedesSql: true,
  modify(_call, plan) {
    plan.timed = true;
  },
};
