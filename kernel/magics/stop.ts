import { CellError } from "../cell-error.ts";
import type { Magic } from "./magic.ts";

export const stopMagic: Magic = {
  name: "stop",
  usage: "%stop [name]",
  summary: "stops a live query, or all of them",
  help: [
    "%stop q7        the query of cell 7",
    "%stop prices    one that %%as named",
    "%stop           all",
    "",
    "The front end's stop button does the same where no cell is running. %queries lists what runs.",
  ],
  async run(call, cell) {
    const name = call.args.trim().replace(/^"(.*)"$/s, "$1");
    const stopped = await cell.engine.stopLive(name === "" ? undefined : name);
    if (name !== "" && stopped.length === 0)
      throw new CellError(`no live query ${name} is running`, call.span, "%queries lists those that are");
    cell.output.stream("stdout", stopped.length === 0 ? "no live query is running\n" : `stopped ${stopped.join(", ")}\n`);
  },
};
