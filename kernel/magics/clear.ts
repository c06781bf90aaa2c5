import type { Magic } from "./magic.ts";

export const clearMagic: Magic = {
  name: "clear",
  usage: "%clear",
  summary: "empties the cell's output",
  help: ["%clear    -- what this cell has shown so far goes away"],
  run: (_call, cell) => cell.output.clear(false),
};
