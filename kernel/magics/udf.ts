import { spawn } from "node:child_process";
import { CellError } from "../cell-error.ts";
import { COMMAND_FILE } from "../kernelspec.ts";
import type { Magic } from "./magic.ts";

const COMMANDS = ["new", "test", "install", "remove", "list"];

export const udfMagic: Magic = {
  name: "udf",
  usage: "%udf new | test | install | remove | list …",
  summary: "the command `weir udf`: makes and tests packs of functions",
  help: [
    "%udf new mine              makes a pack that passes its own tests",
    "%udf test mine             checks manifest, types and examples, and runs the SQL tests",
    "%udf test --update mine    writes the manifest from the modules first",
    "%udf list",
  ],
  async run(call, cell) {
    const args = [...call.args.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, double, single, word]) => double ?? single ?? word);
    if (!COMMANDS.includes(args[0]))
      throw new CellError(`%udf ${args[0] ?? ""}: expected ${COMMANDS.join(", ")}`, call.span, "see %help udf");
    const status = await new Promise<number | null>((resolve, reject) => {
      const child = spawn(process.execPath, [COMMAND_FILE, "udf", ...args], { stdio: ["ignore", "pipe", "pipe"], signal: cell.signal });
      child.stdout.setEncoding("utf8").on("data", (text: string) => cell.output.stream("stdout", text));
      child.stderr.setEncoding("utf8").on("data", (text: string) => cell.output.stream("stderr", text));
      child.on("error", reject);
      child.on("close", resolve);
    });
    if (status !== 0) throw new CellError(`weir udf ${args[0]} ended with status ${status}`, call.span);
  },
  suggest: ({ before }) => (/^\s*\S*$/.test(before) ? COMMANDS.map((text) => ({ text, type: "keyword" })) : []),
};
