import type { Magic } from "./magic.ts";

export const queriesMagic: Magic = {
  name: "queries",
  usage: "%queries",
  summary: "lists the queries over streams that this session runs",
  help: ["%queries    -- the same as SHOW QUERIES; %stop name ends one"],
  run: (call, cell) => cell.runSql("SHOW QUERIES", call.span),
  givesResult: true,
};
