import type { Magic } from "./magic.ts";
import { quotedParts } from "./quoted-name.ts";

export const packsMagic: Magic = {
  name: "packs",
  usage: "%packs [name]",
  summary: "lists packs of functions; with a name, what is in one",
  help: ["%packs", "%packs finance"],
  run(call, cell) {
    const name = call.args.trim();
    return cell.runSql(name === "" ? "SHOW PACKS" : `DESCRIBE PACK ${quotedParts(name)}`, call.span);
  },
  givesResult: true,
  suggest: ({ packs }) => packs.map((text) => ({ text, type: "pack" })),
};
