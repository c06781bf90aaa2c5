import type { BindContext, ScalarOverload } from "../../catalog/function-types.ts";
import { civilFromDays, daysOf, isFiniteTimestamp, type Micros, timeOfDay } from "../../core/time.ts";
import { findZone, type Zone } from "../../core/time-zone.ts";
import { VARCHAR } from "../../core/types.ts";
import { doc, type ScalarEntry } from "../define.ts";
import { midnight } from "./date-trunc.ts";
import { dayOfYear, isoWeek } from "./parts.ts";
import { MONTHS, parseTimeFormat, WEEKDAYS } from "./time-format.ts";

const TWO_DIGITS = Array.from({ length: 100 }, (_, value) => String(value).padStart(2, "0"));

/** Digits of a number that is not negative, filled with zeros. */
const pad = (value: number, width: number): string => (width === 2 ? TWO_DIGITS[value] : String(value).padStart(width, "0"));

/** Everything a specifier may ask for, computed once a value, in one object that every value uses again. */
class Moment {
  year = 0;
  month = 0;
  day = 0;
  days = 0;
  hour = 0;
  minute = 0;
  second = 0;
  micros = 0;
  offsetSeconds = 0;
  zone = "";

  set(utc: Micros, zone: Zone | undefined): void {
    const local = zone === undefined ? utc : zone.toLocal(utc);
    const days = daysOf(local);
    if (days !== this.days || this.month === 0) {
      const { year, month, day } = civilFromDays(days);
      this.year = year;
      this.month = month;
      this.day = day;
      this.days = days;
    }
    const time = timeOfDay(local);
    const seconds = Math.floor(time / 1_000_000);
    this.hour = Math.floor(seconds / 3600);
    this.minute = Math.floor(seconds / 60) % 60;
    this.second = seconds % 60;
    this.micros = time % 1_000_000;
    if (zone === undefined) return;
    this.offsetSeconds = zone.offsetAt(Number(utc)) / 1_000_000;
    this.zone = zone.name;
  }
}

/** Sunday is 0. */
const dayOfWeek = (days: number) => (((days + 4) % 7) + 7) % 7;

function showYear(year: number): string {
  return year >= 0 && year <= 9999 ? pad(year, 4) : String(year);
}

function showOffset(seconds: number): string {
  const amount = Math.abs(seconds);
  const minutes = Math.floor(amount / 60) % 60;
  return `${seconds < 0 ? "-" : "+"}${pad(Math.floor(amount / 3600), 2)}${minutes === 0 ? "" : `:${pad(minutes, 2)}`}`;
}

const hour12 = (hour: number) => (hour % 12 === 0 ? 12 : hour % 12);

const SPECIFIERS: Record<string, (moment: Moment) => string> = {
  a: ({ days }) => WEEKDAYS[dayOfWeek(days)].slice(0, 3),
  A: ({ days }) => WEEKDAYS[dayOfWeek(days)],
  w: ({ days }) => String(dayOfWeek(days)),
  u: ({ days }) => String(dayOfWeek(days) || 7),
  d: ({ day }) => pad(day, 2),
  "-d": ({ day }) => String(day),
  b: ({ month }) => MONTHS[month - 1].slice(0, 3),
  h: ({ month }) => MONTHS[month - 1].slice(0, 3),
  B: ({ month }) => MONTHS[month - 1],
  m: ({ month }) => pad(month, 2),
  "-m": ({ month }) => String(month),
  y: ({ year }) => pad(Math.abs(year % 100), 2),
  "-y": ({ year }) => String(Math.abs(year % 100)),
  Y: ({ year }) => showYear(year),
  H: ({ hour }) => pad(hour, 2),
  "-H": ({ hour }) => String(hour),
  I: ({ hour }) => pad(hour12(hour), 2),
  "-I": ({ hour }) => String(hour12(hour)),
  p: ({ hour }) => (hour >= 12 ? "PM" : "AM"),
  M: ({ minute }) => pad(minute, 2),
  "-M": ({ minute }) => String(minute),
  S: ({ second }) => pad(second, 2),
  "-S": ({ second }) => String(second),
  f: ({ micros }) => pad(micros, 6),
  g: ({ micros }) => pad(Math.floor(micros / 1000), 3),
  n: ({ micros }) => `${pad(micros, 6)}000`,
  z: ({ offsetSeconds }) => showOffset(offsetSeconds),
  Z: ({ zone }) => zone,
  j: ({ days }) => pad(dayOfYear(days), 3),
  "-j": ({ days }) => String(dayOfYear(days)),
  U: ({ days }) => pad(Math.floor((dayOfYear(days) + 6 - dayOfWeek(days)) / 7), 2),
  W: ({ days }) => pad(Math.floor((dayOfYear(days) + 6 - ((dayOfWeek(days) + 6) % 7)) / 7), 2),
  G: ({ days }) => showYear(isoWeek(days).year),
  V: ({ days }) => pad(isoWeek(days).week, 2),
};

/** A format as a function: each item knows how to write itself. */
function compileFormat(text: string): (micros: Micros, zone: Zone | undefined) => string {
  const writers = parseTimeFormat(text).map(({ literal, specifier }) => (specifier === undefined ? () => literal : SPECIFIERS[specifier]));
  const moment = new Moment();
  return (micros, zone) => {
    if (!isFiniteTimestamp(micros)) return micros > 0 ? "infinity" : "-infinity";
    moment.set(micros, zone);
    let result = "";
    for (let i = 0; i < writers.length; i++) result += writers[i](moment);
    return result;
  };
}

/** `first`: the format stands before the value. */
function overload(type: "date" | "timestamp" | "timestamptz", first: boolean): ScalarOverload {
  return {
    args: first ? ["varchar", type] : [type, "varchar"],
    returns: VARCHAR,
    specialise: (bind: BindContext) => {
      const constant = bind.constants[first ? 0 : 1];
      const zone = type === "timestamptz" ? findZone(bind.timeZone) : undefined;
      let lastText = typeof constant === "string" ? constant : undefined;
      let last = lastText === undefined ? undefined : compileFormat(lastText);
      const show = (value: Micros, text: string): string => {
        if (last === undefined || text !== lastText) {
          last = compileFormat(text);
          lastText = text;
        }
        return last(type === "date" ? midnight(Number(value)) : value, zone);
      };
      const impl = first ? (text: string, value: Micros) => show(value, text) : show;
      return { impl, wide: impl };
    },
  };
}

const TYPES = ["timestamp", "date", "timestamptz"] as const;

export const strftimeEntries: readonly ScalarEntry[] = [
  {
    name: "strftime",
    doc: doc(
      "A date or time as text, by a format: %Y year, %m month, %d day, %H hour, %M minute, %S second, %f microseconds, %a %A weekday, %b %B month's name, %j day of year, %p AM or PM, and others.",
      ["value", "format"],
      "strftime(DATE '1992-01-01', '%a, %-d %B %Y')",
      "Wed, 1 January 1992",
    ),
    overloads: [...TYPES.map((type) => overload(type, false)), ...TYPES.map((type) => overload(type, true))],
  },
];
