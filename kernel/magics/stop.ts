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
    const stopped = await cell.engine.stopLive(name === "" ? undefined : name).catch((error: Error & { hint?: string }) => {
      throw new CellError(error.message, call.span, error.hint, error.name);
    });
    const none = name === "" ? "no live query is running" : `${name} has ended before`;
    cell.output.stream("stdout", `${stopped.length === 0 ? none : `stopped ${stopped.join(", ")}`}\n`);
  },
};
