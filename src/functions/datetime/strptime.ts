import type { BindContext, ScalarOverload } from "../../catalog/function-types.ts";
import { bindError, runtimeError, unsupported } from "../../core/errors.ts";
import { daysFromCivil, daysInMonth, joinMicros, type Micros } from "../../core/time.ts";
import { findZone } from "../../core/time-zone.ts";
import { TIMESTAMP, TIMESTAMPTZ } from "../../core/types.ts";
import { doc, type ScalarEntry } from "../define.ts";
import { weekdayOf } from "./parts.ts";
import { wideAny } from "./registers.ts";
import { MONTHS, parseTimeFormat, type TimeFormat, WEEKDAYS } from "./time-format.ts";

/** What has been read so far. */
interface Fields {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  micros: number;
  pm: boolean | undefined;
  offsetSeconds: number | undefined;
  zone: string | undefined;
  dayOfYear: number | undefined;
  /** Sunday is 0. */
  weekday: number | undefined;
  week: { readonly number: number; readonly first: "sunday" | "monday" } | undefined;
  isoYear: number | undefined;
  isoWeek: number | undefined;
}

const newFields = (): Fields => ({
  year: 1900,
  month: 1,
  day: 1,
  hour: 0,
  minute: 0,
  second: 0,
  micros: 0,
  pm: undefined,
  offsetSeconds: undefined,
  zone: undefined,
  dayOfYear: undefined,
  weekday: undefined,
  week: undefined,
  isoYear: undefined,
  isoWeek: undefined,
});

/** Most digits, least and greatest value of the numeric specifiers. */
const NUMBERS: Record<string, readonly [digits: number, min: number, max: number]> = {
  d: [2, 1, 31],
  m: [2, 1, 12],
  y: [2, 0, 99],
  Y: [4, 0, 9999],
  H: [2, 0, 23],
  I: [2, 1, 12],
  M: [2, 0, 59],
  S: [2, 0, 59],
  j: [3, 1, 366],
  w: [1, 0, 6],
  u: [1, 1, 7],
  U: [2, 0, 53],
  W: [2, 0, 53],
  G: [4, 0, 9999],
  V: [2, 1, 53],
};

function setNumber(fields: Fields, specifier: string, value: number): void {
  switch (specifier) {
    case "d":
      fields.day = value;
      return;
    case "m":
      fields.month = value;
      return;
    case "y":
      fields.year = value >= 69 ? 1900 + value : 2000 + value;
      return;
    case "Y":
      fields.year = value;
      return;
    case "H":
    case "I":
      fields.hour = value;
      return;
    case "M":
      fields.minute = value;
      return;
    case "S":
      fields.second = value;
      return;
    case "j":
      fields.dayOfYear = value;
      return;
    case "w":
      fields.weekday = value;
      return;
    case "u":
      fields.weekday = value % 7;
      return;
    case "U":
      fields.week = { number: value, first: "sunday" };
      return;
    case "W":
      fields.week = { number: value, first: "monday" };
      return;
    case "G":
      fields.isoYear = value;
      return;
    case "V":
      fields.isoWeek = value;
      return;
  }
}

/** Index of the name that the text goes on with, in any case; -1 where there is none. */
const nameAt = (text: string, at: number, names: readonly string[]): number =>
  names.findIndex((name) => text.slice(at, at + name.length).toLowerCase() === name.toLowerCase());

const SHORT_MONTHS = MONTHS.map((name) => name.slice(0, 3));
const SHORT_WEEKDAYS = WEEKDAYS.map((name) => name.slice(0, 3));

const OFFSET = /([+-])(\d{1,2})(?::?(\d{2})(?::?(\d{2}))?)?/y;
const ZONE_NAME = /[A-Za-z0-9_+\-/]+/y;
const SPACE = /\s/;

const skipSpaces = (text: string, at: number): number => {
  while (at < text.length && SPACE.test(text[at])) at++;
  return at;
};

/** Reads one specifier; returns where it ends, or -1. */
function readSpecifier(specifier: string, text: string, at: number, fields: Fields): number {
  const name = specifier.replace("-", "");
  const number = NUMBERS[name];
  if (number !== undefined) {
    const [digits, min, max] = number;
    let end = at;
    while (end < text.length && end - at < digits && text[end] >= "0" && text[end] <= "9") end++;
    const value = Number(text.slice(at, end));
    if (end === at || value < min || value > max) return -1;
    setNumber(fields, name, value);
    return end;
  }
  switch (name) {
    case "f":
    case "g":
    case "n": {
      const digits = name === "f" ? 6 : name === "g" ? 3 : 9;
      let end = at;
      while (end < text.length && end - at < digits && text[end] >= "0" && text[end] <= "9") end++;
      if (end === at) return -1;
      fields.micros = Math.floor(Number(text.slice(at, end).padEnd(9, "0")) / 1000);
      return end;
    }
    case "a":
    case "A": {
      const names = name === "A" ? WEEKDAYS : SHORT_WEEKDAYS;
      const found = nameAt(text, at, names);
      return found === -1 ? -1 : at + names[found].length;
    }
    case "b":
    case "h":
    case "B": {
      const names = name === "B" ? MONTHS : SHORT_MONTHS;
      const found = nameAt(text, at, names);
      if (found === -1) return -1;
      fields.month = found + 1;
      return at + names[found].length;
    }
    case "p": {
      const found = nameAt(text, at, ["AM", "PM"]);
      if (found === -1) return -1;
      fields.pm = found === 1;
      return at + 2;
    }
    case "z": {
      OFFSET.lastIndex = at;
      const match = OFFSET.exec(text);
      if (match === null) return -1;
      const amount = Number(match[2]) * 3600 + Number(match[3] ?? 0) * 60 + Number(match[4] ?? 0);
      fields.offsetSeconds = match[1] === "-" ? -amount : amount;
      return at + match[0].length;
    }
    default: {
      ZONE_NAME.lastIndex = at;
      const match = ZONE_NAME.exec(text);
      if (match === null) return -1;
      fields.zone = match[0];
      return at + match[0].length;
    }
  }
}

/** Reads text by a format: the fields, or undefined where it does not fit. Spaces at both ends, and runs of them, do not matter. */
function readFields(format: TimeFormat, text: string): Fields | undefined {
  const fields = newFields();
  let at = skipSpaces(text, 0);
  for (const item of format) {
    if (item.specifier !== undefined) {
      at = readSpecifier(item.specifier, text, at, fields);
      if (at === -1) return undefined;
      continue;
    }
    for (const c of item.literal) {
      if (SPACE.test(c)) {
        if (at < text.length && !SPACE.test(text[at])) return undefined;
        at = skipSpaces(text, at);
      } else if (text.startsWith(c, at)) at += c.length;
      else return undefined;
    }
  }
  return skipSpaces(text, at) === text.length ? fields : undefined;
}

/** Day that the fields mean; undefined for one that does not exist. */
function dayOfFields(fields: Fields): number | undefined {
  const { year, month, day } = fields;
  if (fields.isoWeek !== undefined) {
    const fourth = daysFromCivil(fields.isoYear ?? year, 1, 4);
    return fourth - weekdayOf(fourth) + (fields.isoWeek - 1) * 7 + (((fields.weekday ?? 1) + 6) % 7);
  }
  if (fields.week !== undefined) {
    const first = daysFromCivil(year, 1, 1);
    const start = fields.week.first === "monday" ? (7 - weekdayOf(first)) % 7 : (6 - weekdayOf(first) + 7) % 7;
    const weekday = fields.weekday ?? (fields.week.first === "monday" ? 1 : 0);
    const offset = fields.week.first === "monday" ? (weekday + 6) % 7 : weekday;
    return first + start + (fields.week.number - 1) * 7 + offset;
  }
  if (fields.dayOfYear !== undefined) return daysFromCivil(year, 1, 1) + fields.dayOfYear - 1;
  return day <= daysInMonth(year, month) ? daysFromCivil(year, month, day) : undefined;
}

function microsOf(fields: Fields, days: number): Micros {
  let hour = fields.hour;
  if (fields.pm !== undefined) hour = (hour % 12) + (fields.pm ? 12 : 0);
  const seconds = hour * 3600 + fields.minute * 60 + fields.second - (fields.offsetSeconds ?? 0);
  const local = joinMicros(days, seconds * 1_000_000 + fields.micros);
  return fields.zone === undefined ? local : findZone(fields.zone).toUtc(local);
}

interface Reader {
  readonly text: string;
  readonly format: TimeFormat;
}

function read(readers: readonly Reader[], text: string): Micros | string {
  let missed: string | undefined;
  for (const reader of readers) {
    const fields = readFields(reader.format, text);
    const days = fields === undefined ? undefined : dayOfFields(fields);
    if (fields !== undefined && days !== undefined) return microsOf(fields, days);
    if (fields !== undefined) missed ??= `'${text}' names a day that does not exist`;
  }
  return missed ?? `could not read '${text}' by the format '${readers[0].text}'`;
}

const hasZone = (format: string) => parseTimeFormat(format).some(({ specifier }) => specifier === "z" || specifier === "Z");

/** Formats of a constant argument: one, or a list. */
function formatsOf(bind: BindContext): readonly string[] | undefined {
  const [, formats] = bind.constants;
  if (typeof formats === "string") return [formats];
  if (!Array.isArray(formats)) return undefined;
  const texts = formats.filter((format) => typeof format === "string");
  if (texts.length === 0) throw bindError("a list of time formats must name at least one");
  return texts;
}

function overload(args: ScalarOverload["args"], failing: boolean): ScalarOverload {
  return {
    args,
    returns: (bind) => (formatsOf(bind)?.some(hasZone) ? TIMESTAMPTZ : TIMESTAMP),
    mayReturnNull: !failing,
    specialise: (bind) => {
      const toReaders = (formats: readonly string[]) => formats.map((text) => ({ text, format: parseTimeFormat(text) }));
      const constant = formatsOf(bind);
      const fixed = constant === undefined ? undefined : toReaders(constant);
      const cache = new Map<string, readonly Reader[]>();
      const readersOf = (formats: string | readonly (string | null)[]): readonly Reader[] => {
        const key = JSON.stringify(formats);
        let readers = cache.get(key);
        if (readers === undefined) {
          const texts = typeof formats === "string" ? [formats] : formats.filter((format) => format !== null);
          if (texts.some(hasZone)) throw unsupported("a time format with %z or %Z must be a constant: it gives TIMESTAMP WITH TIME ZONE");
          readers = toReaders(texts);
          cache.set(key, readers);
        }
        return readers;
      };
      return wideAny((text: string, formats: string | readonly (string | null)[]) => {
        const result = read(fixed ?? readersOf(formats), text);
        if (typeof result !== "string") return result;
        if (failing) throw runtimeError(result);
        return null;
      });
    },
  };
}

const overloads = (failing: boolean) => [overload(["varchar", "varchar"], failing), overload(["varchar", { listOf: "varchar" }], failing)];

export const strptimeEntries: readonly ScalarEntry[] = [
  {
    name: "strptime",
    doc: doc(
      "Reads a timestamp from text by a format (see strftime), or by the first of several that fits. With %z or %Z the result has a time zone.",
      ["text", "format"],
      "strptime('Wed, 1 January 1992 - 08:38:40 PM', '%a, %-d %B %Y - %I:%M:%S %p')",
      "1992-01-01 20:38:40",
    ),
    overloads: overloads(true),
  },
  {
    name: "try_strptime",
    doc: doc("As strptime, but NULL where the text does not fit.", ["text", "format"], "try_strptime('not a date', '%Y-%m-%d')", "NULL"),
    overloads: overloads(false),
  },
];
