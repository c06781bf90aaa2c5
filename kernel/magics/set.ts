import { nearestName } from "../../src/engine/index.ts";
import { CellError } from "../cell-error.ts";
import type { Magic, MagicCall } from "./magic.ts";

export const setMagic: Magic = {
  name: "set",
  usage: "%set [name [= value]]",
  summary: "changes a setting of the session; alone, shows them; with a name alone, its value",
  help: [
    "%set threads = 2",
    "%set memory_limit = 2GB",
    "%set timezone = Europe/Berlin",
    "",
    "The same as SET in SQL, where text stands in quotes.",
  ],
  async run(call, cell) {
    const written = call.args.trim();
    const settings = cell.engine.settings();
    if (written === "") return cell.output.stream("stdout", settingsText(settings));
    if (/^\w+$/.test(written)) return cell.output.stream("stdout", settingsText(oneSetting(settings, written, call)));
    const match = /^(\w+)(?:\s*=\s*|\s+(?:to\s+)?)(.+)$/i.exec(written);
    if (match === null) throw new CellError("%set needs a name and a value", call.span, "as in: %set threads = 2");
    const [, name, value] = match;
    const plain = /^(?:'.*'|-?\d+(?:\.\d+)?|true|false)$/i.test(value);
    await cell.runSql(`SET ${name} = ${plain ? value : `'${value.replaceAll("'", "''")}'`}`, call.span);
  },
  suggest: ({ before, settings }) => (/^\w*$/.test(before) ? settings.map((text) => ({ text, type: "setting" })) : []),
};

function oneSetting(settings: Readonly<Record<string, string>>, written: string, call: MagicCall): Record<string, string> {
  const name = Object.keys(settings).find((known) => known.toLowerCase() === written.toLowerCase());
  if (name !== undefined) return { [name]: settings[name] };
  const near = nearestName(written, Object.keys(settings));
  throw new CellError(`there is no setting ${written}`, call.span, near === undefined ? "%set alone lists them" : `did you mean ${near}?`);
}

function settingsText(settings: Readonly<Record<string, string>>): string {
  const names = Object.keys(settings).sort();
  const width = Math.max(0, ...names.map((name) => name.length));
  return names.map((name) => `${name.padEnd(width)} = ${settings[name]}\n`).join("");
}
