import { CellError } from "../cell-error.ts";
import type { Magic } from "./magic.ts";

export const setMagic: Magic = {
  name: "set",
  usage: "%set [name = value]",
  summary: "changes a setting of the session; alone, shows them",
  help: [
    "%set threads = 2",
    "%set memory_limit = 2GB",
    "%set timezone = Europe/Berlin",
    "",
    "The same as SET in SQL, where text stands in quotes.",
  ],
  async run(call, cell) {
    if (call.args.trim() === "") return cell.output.stream("stdout", settingsText(cell.engine.settings()));
    const match = /^(\w+)\s*(?:=|\bto\b)?\s*(.+)$/i.exec(call.args.trim());
    if (match === null) throw new CellError("%set needs a name and a value", call.span, "as in: %set threads = 2");
    const [, name, value] = match;
    const plain = /^(?:'.*'|-?\d+(?:\.\d+)?|true|false)$/i.test(value);
    await cell.runSql(`SET ${name} = ${plain ? value : `'${value.replaceAll("'", "''")}'`}`, call.span);
  },
  suggest: ({ before, settings }) => (/^\w*$/.test(before) ? settings.map((text) => ({ text, type: "setting" })) : []),
};

function settingsText(settings: Readonly<Record<string, string>>): string {
  const names = Object.keys(settings).sort();
  const width = Math.max(0, ...names.map((name) => name.length));
  return names.map((name) => `${name.padEnd(width)} = ${settings[name]}\n`).join("");
}
