import type { Magic } from "./magic.ts";

/** Usage, meaning and examples of a magic. */
export function magicHelp(magic: Magic): string {
  return [magic.usage, "", `  ${magic.summary}`, "", ...magic.help.map((line) => `  ${line}`.trimEnd())].join("\n");
}
