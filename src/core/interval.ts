import {
  addMonths,
  daysOf,
  inTimestampRange,
  isFiniteTimestamp,
  joinMicros,
  MICROS_PER_DAY,
  MICROS_PER_HOUR,
  MICROS_PER_MINUTE,
  type Micros,
  timeOfDay,
} from "./time.ts";
import type { Zone } from "./time-zone.ts";
import type { IntervalValue } from "./value.ts";

/** INTERVAL values: text forms and arithmetic, as in DuckDB. */

/** 1 year 2 months -3 days 04:05:06.789 */
export function formatInterval(value: IntervalValue): string {
  const parts: string[] = [];
  const unit = (amount: number, name: string) => {
    if (amount !== 0) parts.push(`${amount} ${name}${Math.abs(amount) === 1 ? "" : "s"}`);
  };
  const years = Math.trunc(value.months / 12);
  unit(years, "year");
  unit(value.months - years * 12, "month");
  unit(value.days, "day");
  if (value.micros !== 0 || parts.length === 0) parts.push(formatSpan(value.micros));
  return parts.join(" ");
}

function formatSpan(micros: number): string {
  const amount = Math.abs(micros);
  const seconds = Math.floor(amount / 1_000_000);
  const two = (part: number) => String(part).padStart(2, "0");
  const fraction = amount - seconds * 1_000_000;
  const tail = fraction === 0 ? "" : `.${String(fraction).padStart(6, "0").replace(/0+$/, "")}`;
  return `${micros < 0 ? "-" : ""}${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}${tail}`;
}

type Unit = { readonly months?: number; readonly days?: number; readonly micros?: number };

const UNITS: readonly (readonly [names: string, unit: Unit])[] = [
  ["y yr yrs year years", { months: 12 }],
  ["mon mons month months", { months: 1 }],
  ["d day days dayofmonth", { days: 1 }],
  ["decade decades dec decs", { months: 120 }],
  ["century centuries cent c", { months: 1200 }],
  ["millennium millennia millenium mil mils", { months: 12000 }],
  ["quarter quarters", { months: 3 }],
  ["w week weeks weekofyear", { days: 7 }],
  ["us usec usecs usecond useconds microsecond microseconds", { micros: 1 }],
  ["ms msec msecs msecond mseconds millisecond milliseconds", { micros: 1000 }],
  ["s sec secs second seconds", { micros: 1_000_000 }],
  ["m min mins minute minutes", { micros: MICROS_PER_MINUTE }],
  ["h hr hrs hour hours", { micros: MICROS_PER_HOUR }],
];
const UNIT_BY_NAME = new Map(UNITS.flatMap(([names, unit]) => names.split(" ").map((name) => [name, unit] as const)));

const ITEM = /\s*(-?)(?:(\d+):(\d{1,2})(?::(\d{1,2})(?:\.(\d*))?)?(?![\d:])|(\d+)(?:\.(\d*))?\s*([a-z]*))/iy;

/** The unit that was not recognised. */
export interface UnknownUnit {
  readonly unknownUnit: string;
}

/** An interval from text such as `1 year 2 mons -3 days 04:05:06`; a number alone is seconds. Undefined for anything else. */
export function parseInterval(text: string): IntervalValue | UnknownUnit | undefined {
  let [months, days, micros] = [0, 0, 0];
  ITEM.lastIndex = /^\s*@?/.exec(text)?.[0].length ?? 0;
  let items = 0;
  let at = ITEM.lastIndex;
  for (let match = ITEM.exec(text); match !== null; match = ITEM.exec(text)) {
    at = ITEM.lastIndex;
    const sign = match[1] === "-" ? -1 : 1;
    if (match[2] !== undefined) {
      const minutes = Number(match[3]);
      const seconds = Number(match[4] ?? 0);
      if (minutes > 59 || seconds > 59) return undefined;
      micros += sign * (Number(match[2]) * MICROS_PER_HOUR + minutes * MICROS_PER_MINUTE + seconds * 1_000_000 + millionths(match[5]));
    } else {
      const name = match[8].toLowerCase();
      const alone = name === "" && items === 0 && text.slice(at).trim() === "";
      const unit = alone ? UNIT_BY_NAME.get("s") : UNIT_BY_NAME.get(name);
      if (unit === undefined) return { unknownUnit: name };
      const whole = sign * Number(match[6]);
      const part = sign * millionths(match[7]);
      if (unit.months !== undefined) {
        months += whole * unit.months;
        // A month's fraction is whole days of 30 to the month; a longer unit's is whole months, a quarter's remainder days.
        const partMonths = part * unit.months;
        months += Math.trunc(partMonths / 1_000_000);
        if (unit.months <= 3) days += Math.trunc(((partMonths % 1_000_000) * 30) / 1_000_000);
      } else if (unit.days !== undefined) {
        const partDays = part * unit.days;
        days += whole * unit.days + Math.trunc(partDays / 1_000_000);
        micros += (partDays % 1_000_000) * (MICROS_PER_DAY / 1_000_000);
      } else {
        const size = unit.micros as number;
        micros += whole * size + (size === 1 ? Math.round(part / 1_000_000) : Math.trunc((part * size) / 1_000_000));
      }
    }
    items++;
  }
  if (items === 0) return undefined;
  const rest = text.slice(at).trim().toLowerCase();
  if (rest === "ago") [months, days, micros] = [-months, -days, -micros];
  else if (rest !== "") return undefined;
  if (Math.abs(months) > 2147483647 || Math.abs(days) > 2147483647 || Math.abs(micros) > 2 ** 63) return undefined;
  return { months: months + 0, days: days + 0, micros: micros + 0 };
}

/** Digits after a decimal point as millionths; further ones are cut off. */
const millionths = (digits: string | undefined): number => (digits === undefined ? 0 : Number(digits.slice(0, 6).padEnd(6, "0")));

/** A finite timestamp moved by an interval, months first, then days, then time. Undefined when out of range. */
export function addInterval(timestamp: Micros, by: IntervalValue): Micros | undefined {
  if (!isFiniteTimestamp(timestamp)) return timestamp;
  if (by.months === 0 && typeof timestamp === "number") {
    const sum = timestamp + by.days * MICROS_PER_DAY + by.micros;
    if (Math.abs(sum) <= Number.MAX_SAFE_INTEGER) return sum;
  }
  const days = addMonths(daysOf(timestamp), by.months) + by.days;
  const moved = joinMicros(days, timeOfDay(timestamp) + by.micros);
  return inTimestampRange(moved) ? moved : undefined;
}

/** The same on a zone's clock: days and months keep the time of day there, hours are elapsed time. Where any part is negative, time goes first. */
export function addIntervalInZone(timestamp: Micros, by: IntervalValue, zone: Zone): Micros | undefined {
  if (!isFiniteTimestamp(timestamp)) return timestamp;
  const backwards = by.months < 0 || by.days < 0 || by.micros < 0;
  let moved: Micros | undefined = backwards ? addInterval(timestamp, { months: 0, days: 0, micros: by.micros }) : timestamp;
  if (moved !== undefined && (by.months !== 0 || by.days !== 0)) {
    const local = addInterval(zone.toLocal(moved), { months: by.months, days: by.days, micros: 0 });
    if (local === undefined) return undefined;
    moved = zone.toUtc(local);
  }
  return backwards || moved === undefined ? moved : addInterval(moved, { months: 0, days: 0, micros: by.micros });
}

export const negateInterval = (value: IntervalValue): IntervalValue => ({
  months: -value.months + 0,
  days: -value.days + 0,
  micros: -value.micros + 0,
});

/** Days and time between two finite timestamps, in 24-hour days. */
export function spanBetween(later: Micros, earlier: Micros): IntervalValue {
  const micros: Micros =
    typeof later === "number" && typeof earlier === "number" && Math.abs(later - earlier) <= Number.MAX_SAFE_INTEGER
      ? later - earlier
      : BigInt(later) - BigInt(earlier);
  if (typeof micros === "number") {
    const days = Math.trunc(micros / MICROS_PER_DAY);
    return { months: 0, days: days + 0, micros: micros - days * MICROS_PER_DAY };
  }
  const days = micros / 86_400_000_000n;
  return { months: 0, days: Number(days), micros: Number(micros - days * 86_400_000_000n) };
}
