import { runtimeError } from "../../core/errors.ts";

/** Formats of strftime and strptime, cut into literals and specifiers. */

export interface FormatItem {
  readonly literal: string;
  /** Letter after the percent sign, with its hyphen. */
  readonly specifier?: string;
}

export type TimeFormat = readonly FormatItem[];

export const WEEKDAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
export const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

const SPECIFIERS = new Set("a A w u d -d b h B m -m y -y Y H -H I -I p M -M S -S f g n z Z j -j U W G V".split(" "));

/** Whole dates and times, written out. */
const COMPOUND: Record<string, string> = { c: "%Y-%m-%d %H:%M:%S", x: "%Y-%m-%d", X: "%H:%M:%S" };

/** Cuts a format up. Throws for an empty one and for specifiers that do not exist. */
export function parseTimeFormat(format: string): TimeFormat {
  if (format === "") throw runtimeError("the format of a time is empty");
  const expanded = format.replace(/%(%|[cxX])/g, (whole, letter: string) => COMPOUND[letter] ?? whole);
  const items: FormatItem[] = [];
  let literal = "";
  for (let i = 0; i < expanded.length; i++) {
    if (expanded[i] !== "%") {
      literal += expanded[i];
      continue;
    }
    i++;
    if (expanded[i] === "%") {
      literal += "%";
      continue;
    }
    let specifier = expanded[i] ?? "";
    if (specifier === "-") specifier += expanded[++i] ?? "";
    if (!SPECIFIERS.has(specifier)) {
      throw runtimeError(
        `unknown specifier '%${specifier}' in the time format '${format}'`,
        undefined,
        "%Y %m %d %H %M %S %f and others: see strftime",
      );
    }
    if (literal !== "") items.push({ literal });
    literal = "";
    items.push({ literal: "", specifier });
  }
  if (literal !== "") items.push({ literal });
  return items;
}
