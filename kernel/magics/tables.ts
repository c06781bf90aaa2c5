import type { Magic } from "./magic.ts";

export const tablesMagic: Magic = {
  name: "tables",
  usage: "%tables",
  summary: "lists tables, views and kept results",
  help: ["%tables"],
  run: (_call, cell) => cell.runSql("SHOW ALL TABLES"),
  givesResult: true,
};
