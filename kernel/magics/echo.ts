import type { Magic } from "./magic.ts";

export const echoMagic: Magic = {
  name: "echo",
  usage: "%echo text",
  summary: "prints a line of text, $names replaced by their parameters",
  help: ["%echo rows of $symbol follow"],
  run(call, cell) {
    const text = call.args.replace(/\$(\w+)/g, (all, name) => {
      const value = cell.kernel.parameters[name];
      return value === undefined ? all : String(value);
    });
    cell.output.stream("stdout", `${text}\n`);
  },
};
