import type { Magic } from "./magic.ts";

export const tablesMagic: Magic = {
  name: "tables",
  usage: "%tables [name]",
  summary: "lists tables, views and kept results; with a name, the columns of one",
  help: ["%tables", "%tables prices"],
  run(call, cell) {
    const name = call.args.trim().replace(/^"(.*)"$/s, "$1");
    return cell.runSql(name === "" ? "SHOW ALL TABLES" : `DESCRIBE "${name.replaceAll('"', '""')}"`, call.span);
  },
  givesResult: true,
  suggest: ({ tables }) => tables.map((text) => ({ text, type: "table" })),
};
