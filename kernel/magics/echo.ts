import type { Magic } from "./magic.ts";

export const echoMagic: Magic = {
  name: "echo",
  usage: "%echo [--stderr] text",
  summary: "prints a line of text, $names replaced by their parameters",
  help: ["%echo rows of $symbol follow", "%echo --stderr nothing was found"],
  run(call, cell) {
    const toStderr = /^--stderr(?:\s+|$)/.exec(call.args);
    const text = call.args.slice(toStderr?.[0].length ?? 0).replace(/\$(\w+)/g, (all, name) => {
      const value = cell.parameters[name];
      return value === undefined ? all : String(value);
    });
    cell.output.stream(toStderr ? "stderr" : "stdout", `${text}\n`);
  },
};
