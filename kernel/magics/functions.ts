import type { Magic } from "./magic.ts";
import { quotedParts } from "./quoted-name.ts";

export const functionsMagic: Magic = {
  name: "functions",
  usage: "%functions [name]",
  summary: "lists functions, your own first; with a name, what is known of one",
  help: ["%functions", "%functions finance.vwap"],
  run(call, cell) {
    const name = call.args.trim();
    return cell.runSql(name === "" ? "SHOW FUNCTIONS" : `DESCRIBE FUNCTION ${quotedParts(name)}`, call.span);
  },
  givesResult: true,
  suggest: ({ functions }) => functions.map((text) => ({ text, type: "function" })),
};
