import { keywordClass } from "../../src/engine/index.ts";
import { CellError } from "../cell-error.ts";
import type { Magic } from "./magic.ts";

export const asMagic: Magic = {
  name: "as",
  usage: "%%as name",
  summary: "keeps the cell's last result under a name, for any later query",
  help: [
    "%%as prices",
    "SELECT * FROM 'prices.csv'",
    "",
    "SELECT count(*) FROM prices    -- in another cell",
    "",
    "Every result is also kept as `_` (the last one) and `_3` (that of cell 3), until memory is needed.",
  ],
  modify(call, plan) {
    const name = call.args.trim();
    if (!/^[A-Za-z_]\w*$/.test(name)) {
      throw new CellError(name === "" ? "%%as needs a name" : `${name} cannot name a result`, call.span, "as in: %%as prices");
    }
    if (keywordClass(name.toLowerCase()) === "reserved") {
      throw new CellError(`${name} cannot name a result: it is a word of SQL`, call.span, "as in: %%as prices");
    }
    plan.name = name;
  },
};
