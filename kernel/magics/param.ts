import { CellError } from "../cell-error.ts";
import { parseParameter, writeParameter } from "../parameters.ts";
import type { Magic } from "./magic.ts";

export const paramMagic: Magic = {
  name: "param",
  usage: "%param [name = value]",
  summary: "gives $name a value for the cells that follow; alone, shows them",
  help: [
    "%param symbol = 'AAPL'",
    "%param least = 100",
    "SELECT * FROM prices WHERE symbol = $symbol AND price > $least",
    "",
    "In a cell tagged `parameters` these are defaults, which `weir run -p least=200` replaces.",
    "Values are numbers, true, false, null, or text, with or without quotes.",
  ],
  run(call, cell) {
    if (call.args.trim() === "") {
      for (const [name, value] of Object.entries(cell.parameters)) cell.output.stream("stdout", `$${name} = ${writeParameter(value)}\n`);
      return;
    }
    const match = /^(\w+)\s*=\s*(.*)$/.exec(call.args.trim());
    if (match === null) throw new CellError("%param needs a name and a value", call.span, "as in: %param symbol = 'AAPL'");
    cell.parameters[match[1]] = parseParameter(match[2]);
  },
};
