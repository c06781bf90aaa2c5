import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { CellError } from "../cell-error.ts";
import type { Magic } from "./magic.ts";

export const writefileMagic: Magic = {
  name: "writefile",
  usage: "%%writefile path",
  summary: "writes the cell's text to a file, in the place of what was there",
  help: [
    "%%writefile mine/mine.ts",
    "export const half = (x: number): number => x / 2;",
    "",
    "The path is meant from the notebook's folder; folders are made.",
  ],
  takeBody(call, body, cell) {
    const path = call.args.trim();
    if (path === "") throw new CellError("%%writefile needs the path of a file", call.span, "as in: %%writefile mine/mine.ts");
    try {
      mkdirSync(dirname(resolve(path)), { recursive: true });
      writeFileSync(resolve(path), body.text === "" || body.text.endsWith("\n") ? body.text : `${body.text}\n`);
    } catch (error) {
      throw new CellError(`"${path}" cannot be written: ${(error as Error).message}`, call.span);
    }
    cell.output.stream("stdout", `wrote ${path}\n`);
  },
};
