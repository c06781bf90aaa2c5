import type { Magic } from "./magic.ts";

export const modelsMagic: Magic = {
  name: "models",
  usage: "%models [name]",
  summary: "lists models; with a name, the inputs, outputs and facts of one",
  help: ["%models", "%models churn@2"],
  run(call, cell) {
    const name = call.args.trim().replace(/^"(.*)"$/s, "$1");
    return cell.runSql(name === "" ? "SHOW MODELS" : `DESCRIBE MODEL "${name.replaceAll('"', '""')}"`, call.span);
  },
  givesResult: true,
  suggest: ({ models }) => models.map((text) => ({ text, type: "model" })),
};
