import {
  civilFromDays,
  DATE_INFINITY,
  DATE_MAX,
  DATE_MIN,
  daysFromCivil,
  daysInMonth,
  daysOf,
  inTimestampRange,
  isFiniteDate,
  isFiniteTimestamp,
  joinMicros,
  MICROS_PER_HOUR,
  MICROS_PER_MINUTE,
  type Micros,
  TIMESTAMP_INFINITY,
  timeOfDay,
} from "./time.ts";
import { findZone, type Zone } from "./time-zone.ts";

/** Dates, times and timestamps as text, in DuckDB's forms. Parsers return "format" for text of another form, "range" for a day or hour that does not exist. */
export type ParseFailure = "format" | "range";

const pad = (value: number, width: number) => String(value).padStart(width, "0");

export function formatDate(days: number): string {
  if (!isFiniteDate(days)) return days > 0 ? "infinity" : "-infinity";
  const { year, month, day } = civilFromDays(days);
  const text = `${pad(year > 0 ? year : 1 - year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
  return year > 0 ? text : `${text} (BC)`;
}

/** Microseconds since midnight as HH:MM:SS, with a fraction where there is one. */
export function formatTime(micros: Micros): string {
  const time = Number(micros);
  const seconds = Math.floor(time / 1_000_000);
  const text = `${pad(Math.floor(seconds / 3600), 2)}:${pad(Math.floor(seconds / 60) % 60, 2)}:${pad(seconds % 60, 2)}`;
  return text + formatFraction(time - seconds * 1_000_000);
}

const formatFraction = (micros: number) => (micros === 0 ? "" : `.${pad(micros, 6).replace(/0+$/, "")}`);

export function formatTimestamp(micros: Micros): string {
  if (!isFiniteTimestamp(micros)) return micros > 0 ? "infinity" : "-infinity";
  return `${formatDate(daysOf(micros))} ${formatTime(timeOfDay(micros))}`;
}

/** In the zone's clock, with its offset: 2024-01-05 10:00:00-05. */
export function formatTimestampTz(micros: Micros, zone: Zone): string {
  if (!isFiniteTimestamp(micros)) return micros > 0 ? "infinity" : "-infinity";
  const offset = zone.offsetAt(Number(micros));
  const local = joinMicros(daysOf(micros), timeOfDay(micros) + offset);
  const minutes = Math.floor(Math.abs(offset) / MICROS_PER_MINUTE);
  const rest = minutes % 60;
  return `${formatTimestamp(local)}${offset < 0 ? "-" : "+"}${pad(Math.floor(minutes / 60), 2)}${rest === 0 ? "" : `:${pad(rest, 2)}`}`;
}

/** A position in text that moves as parts are recognised. */
interface Cursor {
  readonly text: string;
  at: number;
}

const isDigit = (code: number) => code >= 48 && code <= 57;
const isSpace = (code: number) => code === 32 || (code >= 9 && code <= 13);

function skipSpaces(cursor: Cursor): void {
  while (cursor.at < cursor.text.length && isSpace(cursor.text.charCodeAt(cursor.at))) cursor.at++;
}

/** Up to `limit` digits as a number; -1 when there is none. */
function digits(cursor: Cursor, limit: number): number {
  let value = 0;
  let count = 0;
  while (count < limit) {
    const code = cursor.text.charCodeAt(cursor.at);
    if (!isDigit(code)) break;
    value = value * 10 + code - 48;
    cursor.at++;
    count++;
  }
  return count === 0 ? -1 : value;
}

const SPECIAL = /^(epoch|(-?)inf(?:inity)?)(?=\s|$)/i;

/** epoch, infinity, -infinity as days; undefined where there is none. */
function specialDate(cursor: Cursor): number | undefined {
  const code = cursor.text.charCodeAt(cursor.at) | 32;
  // "e", "i" and "-" (whose code has bit 32 set) are what special dates begin with.
  if (code !== 101 && code !== 105 && code !== 45) return undefined;
  const match = SPECIAL.exec(cursor.text.slice(cursor.at));
  if (match === null) return undefined;
  cursor.at += match[0].length;
  if (match[1].toLowerCase() === "epoch") return 0;
  return match[2] === "-" ? -DATE_INFINITY : DATE_INFINITY;
}

function parseDatePart(cursor: Cursor): number | ParseFailure {
  skipSpaces(cursor);
  const special = specialDate(cursor);
  if (special !== undefined) return special;
  const negative = cursor.text[cursor.at] === "-";
  if (negative) cursor.at++;
  let year = digits(cursor, 8);
  if (year < 0) return "format";
  const separator = cursor.text[cursor.at];
  if (separator !== "-" && separator !== "/" && separator !== " " && separator !== "\\") return "format";
  cursor.at++;
  const month = digits(cursor, 2);
  if (month < 0 || cursor.text[cursor.at] !== separator) return "format";
  cursor.at++;
  const day = digits(cursor, 2);
  if (day < 0 || isDigit(cursor.text.charCodeAt(cursor.at))) return "format";
  if (negative) year = -year;
  const era = /^\s\(BC\)/i.exec(cursor.text.slice(cursor.at, cursor.at + 5));
  if (era !== null) {
    if (negative || year === 0) return "format";
    year = 1 - year;
    cursor.at += 5;
  }
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return "range";
  const days = daysFromCivil(year, month, day);
  return days < DATE_MIN || days > DATE_MAX ? "range" : days;
}

/** Days of a date; what follows it (a time) is left aside, as in DuckDB. */
export function parseDate(text: string): number | ParseFailure {
  const cursor = { text, at: 0 };
  const days = parseDatePart(cursor);
  if (isDigit(text.charCodeAt(cursor.at - 1)) || text[cursor.at - 1] === ")" || typeof days === "string") return days;
  // A special date stands alone.
  return text.slice(cursor.at).trim() === "" ? days : "format";
}

function parseTimePart(cursor: Cursor): number | undefined {
  skipSpaces(cursor);
  const hour = digits(cursor, 9);
  if (hour < 0 || cursor.text[cursor.at] !== ":") return undefined;
  cursor.at++;
  const minute = digits(cursor, 2);
  if (minute < 0 || minute > 59) return undefined;
  let second = 0;
  let fraction = 0;
  if (cursor.text[cursor.at] === ":") {
    cursor.at++;
    second = digits(cursor, 2);
    if (second < 0 || second > 59) return undefined;
    if (cursor.text[cursor.at] === ".") {
      cursor.at++;
      fraction = fractionMicros(cursor);
    }
  }
  return hour * MICROS_PER_HOUR + minute * MICROS_PER_MINUTE + second * 1_000_000 + fraction;
}

/** Digits after a decimal point as millionths; further ones are cut off. */
function fractionMicros(cursor: Cursor): number {
  let value = 0;
  let unit = 100_000;
  for (; isDigit(cursor.text.charCodeAt(cursor.at)); cursor.at++) {
    value += (cursor.text.charCodeAt(cursor.at) - 48) * Math.trunc(unit);
    unit /= 10;
  }
  return value;
}

/** Microseconds since midnight, of a time or of a whole timestamp. */
export function parseTime(text: string): number | ParseFailure {
  const micros = parseTimePart({ text, at: 0 });
  if (micros !== undefined) return micros > 24 * MICROS_PER_HOUR ? "range" : micros;
  const timestamp = parseTimestamp(text);
  return typeof timestamp === "string" || !isFiniteTimestamp(timestamp) ? "range" : timeOfDay(timestamp);
}

interface TimestampParts {
  readonly days: number;
  readonly micros: number;
  /** Microseconds east of UTC, where the text gave an offset. */
  readonly offset?: number;
  /** Name of a zone, where the text gave one. */
  readonly zone?: string;
}

function parseParts(text: string): TimestampParts | ParseFailure {
  const cursor: Cursor = { text, at: 0 };
  const days = parseDatePart(cursor);
  if (typeof days === "string") return days;
  if (!isFiniteDate(days) || /^\s*epoch$/i.test(text.slice(0, cursor.at))) {
    skipSpaces(cursor);
    return cursor.at === text.length ? { days, micros: 0, offset: 0 } : "format";
  }
  if (cursor.at === text.length) return { days, micros: 0 };
  if (text[cursor.at] === " " || text[cursor.at] === "T") cursor.at++;
  const micros = parseTimePart(cursor);
  if (micros === undefined) return "format";
  if (micros > 24 * MICROS_PER_HOUR) return "range";
  const rest = text.slice(cursor.at).trimEnd();
  if (rest === "") return { days, micros };
  if (rest === "Z") return { days, micros, offset: 0 };
  const offset = OFFSET.exec(rest);
  if (offset !== null) {
    const amount = Number(offset[2]) * MICROS_PER_HOUR + Number(offset[3] ?? 0) * MICROS_PER_MINUTE + Number(offset[4] ?? 0) * 1_000_000;
    return { days, micros, offset: offset[1] === "-" ? -amount : amount };
  }
  const zone = /^\s+([A-Za-z0-9_/+-]+)$/.exec(rest);
  return zone === null ? "format" : { days, micros, zone: zone[1] };
}

const OFFSET = /^([+-])(\d{1,2})(?::?(\d{2})(?::?(\d{2}))?)?$/;

function finish(days: number, micros: number): Micros | ParseFailure {
  const joined = joinMicros(days, micros);
  return inTimestampRange(joined) ? joined : "range";
}

const infinite = (days: number): Micros => (days > 0 ? TIMESTAMP_INFINITY : -TIMESTAMP_INFINITY);

/** Microseconds of a TIMESTAMP. An offset is read and left aside, as in DuckDB; a zone other than UTC gives "zone". */
export function parseTimestamp(text: string): Micros | ParseFailure | "zone" {
  const parts = parseParts(text);
  if (typeof parts === "string") return parts;
  if (!isFiniteDate(parts.days)) return infinite(parts.days);
  if (parts.zone !== undefined && parts.zone.toLowerCase() !== "utc") return "zone";
  return finish(parts.days, parts.micros);
}

/** Microseconds UTC of a TIMESTAMPTZ; text without an offset or zone is in `zone`'s clock. Unknown zones throw. */
export function parseTimestampTz(text: string, zone: Zone): Micros | ParseFailure {
  const parts = parseParts(text);
  if (typeof parts === "string") return parts;
  if (!isFiniteDate(parts.days)) return infinite(parts.days);
  if (parts.offset !== undefined) return finish(parts.days, parts.micros - parts.offset);
  const clock = parts.zone === undefined ? zone : findZone(parts.zone);
  const local = joinMicros(parts.days, parts.micros);
  const utc = clock.toUtc(local);
  return inTimestampRange(utc) ? utc : "range";
}
