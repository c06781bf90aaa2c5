import type { BindContext, Implementation, ScalarOverload } from "../../catalog/function-types.ts";
import { bindError, unsupported } from "../../core/errors.ts";
import type { Micros } from "../../core/time.ts";
import { findZone, type Zone } from "../../core/time-zone.ts";
import { BIGINT, type DataType, DOUBLE, list, struct, VARCHAR } from "../../core/types.ts";
import type { IntervalValue, Value } from "../../core/value.ts";
import { doc, type ScalarEntry } from "../define.ts";
import { datePart, findPart, intervalPart, isFractional, type Part, timePart, timestampPart } from "./parts.ts";
import { sameInBoth, wide1 } from "./registers.ts";

type Source = "date" | "timestamp" | "timestamptz" | "interval" | "time";
type Extract = (value: never) => number | null;

/** Extraction of a part of a moment on a zone's clock. */
function zonedPart(part: Part, zone: Zone): (micros: Micros) => number | null {
  const local = timestampPart(part);
  switch (part) {
    case "epoch":
      return local;
    case "timezone":
      return (micros) => (local(micros) === null ? null : zone.offsetAt(Number(micros)) / 1_000_000);
    case "timezone_hour":
      return (micros) => (local(micros) === null ? null : Math.trunc(zone.offsetAt(Number(micros)) / 3_600_000_000) + 0);
    case "timezone_minute":
      return (micros) => (local(micros) === null ? null : (Math.trunc(zone.offsetAt(Number(micros)) / 60_000_000) % 60) + 0);
    default:
      return (micros) => local(zone.toLocal(micros));
  }
}

function extractor(source: Source, part: Part, bind: BindContext): Extract {
  switch (source) {
    case "date":
      return datePart(part) as Extract;
    case "timestamp":
      return timestampPart(part) as Extract;
    case "timestamptz":
      return zonedPart(part, findZone(bind.timeZone)) as Extract;
    case "interval":
      return intervalPart(part) as (value: IntervalValue) => number;
    case "time":
      return timePart(part) as Extract;
  }
}

const mayBeInfinite = (source: Source) => source === "date" || source === "timestamp" || source === "timestamptz";

/** year(x), hour(x) …: overloads for the types that have the part. */
export const accessorOverloads = (part: Part, sources: readonly Source[]): ScalarOverload[] =>
  sources.map((source) => ({
    args: [source],
    returns: isFractional(part) ? DOUBLE : BIGINT,
    checkRange: false,
    mayReturnNull: mayBeInfinite(source),
    specialise: (bind) => {
      const extract = extractor(source, part, bind);
      return isFractional(part) ? sameInBoth(extract) : wide1(extract);
    },
  }));

/** date_part(name, x). */
const partOverload = (source: Source): ScalarOverload => ({
  args: ["varchar", source],
  returns: ({ constants: [name] }) => (typeof name === "string" && isFractional(findPart(name)) ? DOUBLE : BIGINT),
  checkRange: false,
  mayReturnNull: mayBeInfinite(source),
  specialise: (bind) => {
    const [name] = bind.constants;
    if (typeof name === "string") {
      const part = findPart(name);
      const { impl, wide } = isFractional(part) ? sameInBoth(extractor(source, part, bind)) : wide1(extractor(source, part, bind));
      return { impl: (_, value) => impl(value), wide: (_, value) => wide(value) };
    }
    const extractors = new Map<string, ReturnType<typeof wide1>>();
    const find = (name: string) => {
      let found = extractors.get(name);
      if (found === undefined) {
        const part = findPart(name);
        if (isFractional(part)) throw unsupported(`date part '${part}' must be named by a constant: it gives DOUBLE`);
        found = wide1(extractor(source, part, bind));
        extractors.set(name, found);
      }
      return found;
    };
    return { impl: (name, value) => find(name).impl(value), wide: (name, value) => find(name).wide(value) };
  },
});

/** date_part([names], x): a struct with a field for each name. */
const partsOverload = (source: Source): ScalarOverload => {
  const partNames = (bind: BindContext): readonly string[] => {
    const [names] = bind.constants;
    if (!Array.isArray(names)) throw bindError("date_part needs a constant list of part names");
    if (names.length === 0) throw bindError("date_part needs a list of part names that is not empty");
    return names as string[];
  };
  return {
    args: [{ listOf: "varchar" }, source],
    returns: (bind): DataType => struct(partNames(bind).map((name) => ({ name, type: isFractional(findPart(name)) ? DOUBLE : BIGINT }))),
    coerce: ({ types }) => [list(VARCHAR), types[1]],
    specialise: (bind) => {
      const extracts = partNames(bind).map((name) => {
        const part = findPart(name);
        return { extract: extractor(source, part, bind) as (value: unknown) => number | null, fractional: isFractional(part) };
      });
      const impl: Implementation = (_names, value) =>
        extracts.map(({ extract, fractional }): Value => {
          const result = extract(value);
          return result === null || fractional ? result : BigInt(result);
        });
      return sameInBoth(impl);
    },
  };
};

const ALL: readonly Source[] = ["date", "timestamp", "timestamptz", "interval"];
const CLOCK: readonly Source[] = ["date", "timestamp", "timestamptz", "interval", "time"];
const MOMENTS: readonly Source[] = ["date", "timestamp", "timestamptz"];
const TIMESTAMPS: readonly Source[] = ["timestamp", "timestamptz"];

const accessor = (
  name: string,
  part: Part,
  summary: string,
  result: string,
  options: { aliases?: string[]; sources?: readonly Source[]; example?: string } = {},
): ScalarEntry => ({
  name,
  aliases: options.aliases,
  doc: doc(`${summary} NULL for infinite dates.`, ["value"], options.example ?? `${name}(TIMESTAMP '2021-08-03 11:59:44.123456')`, result),
  overloads: accessorOverloads(part, options.sources ?? ALL),
});

export const datePartEntries: readonly ScalarEntry[] = [
  {
    name: "date_part",
    aliases: ["datepart"],
    doc: doc(
      "A part of a date, time or interval: year, month, day, hour, minute, second, week, dow, epoch … A list of names gives a struct.",
      ["part", "value"],
      "date_part('minute', TIMESTAMP '1992-09-20 20:38:40')",
      "38",
    ),
    overloads: [...CLOCK.map(partOverload), ...CLOCK.map(partsOverload)],
  },
  accessor("year", "year", "The year; 0 is 1 BC.", "2021"),
  accessor("month", "month", "The month, from 1 to 12.", "8"),
  accessor("day", "day", "The day of the month.", "3", { aliases: ["dayofmonth"] }),
  accessor("decade", "decade", "The year divided by 10.", "202"),
  accessor("century", "century", "The century.", "21"),
  accessor("millennium", "millennium", "The millennium.", "3"),
  accessor("quarter", "quarter", "The quarter, from 1 to 4.", "3"),
  accessor("dayofweek", "dow", "The day of the week; Sunday is 0.", "2", { aliases: ["weekday"], sources: MOMENTS }),
  accessor("isodow", "isodow", "The day of the week; Monday is 1, Sunday 7.", "2", { sources: MOMENTS }),
  accessor("dayofyear", "doy", "The day of the year, from 1.", "215", { sources: MOMENTS }),
  accessor("week", "week", "The ISO week, from 1 to 53.", "31", { aliases: ["weekofyear"], sources: MOMENTS }),
  accessor("isoyear", "isoyear", "The year that the ISO week belongs to.", "2021", { sources: MOMENTS }),
  accessor("yearweek", "yearweek", "ISO year and week as one number.", "202131", { sources: MOMENTS }),
  accessor("era", "era", "1 for years AD, 0 for BC.", "1", { sources: MOMENTS }),
  accessor("hour", "hour", "The hour, from 0 to 23.", "11", { sources: CLOCK }),
  accessor("minute", "minute", "The minute, from 0 to 59.", "59", { sources: CLOCK }),
  accessor("second", "second", "The second, from 0 to 59.", "44", { sources: CLOCK }),
  accessor("millisecond", "millisecond", "Milliseconds since the full minute.", "44123", { sources: CLOCK }),
  accessor("microsecond", "microsecond", "Microseconds since the full minute.", "44123456", { sources: CLOCK }),
  accessor("epoch", "epoch", "Seconds since 1970-01-01 (of an interval: its length), as DOUBLE.", "1627991984.123456", { sources: CLOCK }),
  accessor("julian", "julian", "The Julian day, as DOUBLE.", "2459430.4998162435", { sources: MOMENTS }),
  accessor("timezone_hour", "timezone_hour", "Whole hours that the session's zone is ahead of UTC.", "0", { sources: TIMESTAMPS }),
  accessor("timezone_minute", "timezone_minute", "Minutes beside the hours that the session's zone is ahead of UTC.", "0", {
    sources: TIMESTAMPS,
  }),
];
