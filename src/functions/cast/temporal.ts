import { formatInterval, parseInterval } from "../../core/interval.ts";
import {
  DATE_INFINITY,
  daysOf,
  inTimestampRange,
  isFiniteDate,
  isFiniteTimestamp,
  joinMicros,
  MICROS_PER_DAY,
  type Micros,
  TIMESTAMP_INFINITY,
  timeOfDay,
} from "../../core/time.ts";
import { formatDate, formatTimestamp, parseDate, parseTime, parseTimestamp, parseTimestampTz } from "../../core/time-text.ts";
import { findZone } from "../../core/time-zone.ts";
import type { DataType } from "../../core/types.ts";
import type { CastContext, Conversion } from "./conversion.ts";

/** Casts among DATE, TIME, TIMESTAMP, TIMESTAMPTZ and INTERVAL, and text to them. */

/** A conversion whose result is a timestamp: wide registers are bigints. */
const timestamps = (cast: (value: never) => Micros | undefined, explain?: Conversion["explain"], fallible = true): Conversion => ({
  cast,
  wide: (value: never) => {
    const result = cast(value);
    return result === undefined ? undefined : BigInt(result);
  },
  explain,
  fallible,
});

const TIMESTAMP_FORM = "(YYYY-MM-DD HH:MM:SS[.US][±HH[:MM[:SS]]| ZONE])";

const timestampProblem = (text: string, failure: unknown) => {
  if (failure === "zone") return `timestamp field value "${text}" has a timestamp that is not UTC.`;
  if (failure === "range") return `timestamp field value out of range: "${text}"`;
  return `invalid timestamp field format: "${text}", expected format is ${TIMESTAMP_FORM}`;
};

export function dateToTimestamp(days: number): Micros | undefined {
  if (!isFiniteDate(days)) return days > 0 ? TIMESTAMP_INFINITY : -TIMESTAMP_INFINITY;
  const micros = joinMicros(days, 0);
  return inTimestampRange(micros) ? micros : undefined;
}

function timestampToDate(micros: Micros): number {
  if (isFiniteTimestamp(micros)) return daysOf(micros);
  return micros > 0 ? DATE_INFINITY : -DATE_INFINITY;
}

export function temporalConversion(from: DataType, to: DataType, context: CastContext): Conversion | undefined {
  switch (`${from.kind} ${to.kind}`) {
    case "varchar date":
      return {
        cast: (text: string) => known(parseDate(text)),
        explain: (text: string) =>
          parseDate(text) === "range"
            ? `date field value out of range: "${text}"`
            : `invalid date field format: "${text}", expected format is (YYYY-MM-DD)`,
      };
    case "varchar time":
      return {
        ...timestamps((text: string) => known(parseTime(text))),
        explain: (text: string) => `time field value out of range: "${text}", expected format is ([YYYY-MM-DD ]HH:MM:SS[.MS])`,
      };
    case "varchar timestamp":
      return timestamps(
        (text: string) => known(parseTimestamp(text)),
        (text: string) => timestampProblem(text, parseTimestamp(text)),
      );
    case "varchar timestamptz": {
      const zone = findZone(context.timeZone);
      return timestamps(
        (text: string) => known(parseTimestampTz(text, zone)),
        (text: string) => timestampProblem(text, parseTimestampTz(text, zone)),
      );
    }
    case "varchar interval":
      return {
        cast: (text: string) => {
          const value = parseInterval(text);
          return value === undefined || "unknownUnit" in value ? undefined : value;
        },
        explain: (text: string) => {
          const value = parseInterval(text);
          if (value !== undefined && "unknownUnit" in value) return `extract specifier "${value.unknownUnit}" not recognized`;
          return `could not convert string '${text}' to INTERVAL`;
        },
      };
    case "date timestamp":
      return {
        ...timestamps(dateToTimestamp, (days: number) => `date ${formatDate(days)} is out of range for TIMESTAMP`),
        // An infinite date comes out beyond the exact range, and goes the wide way.
        inline: (days) => `${days} * ${MICROS_PER_DAY}`,
      };
    case "date timestamptz": {
      const zone = findZone(context.timeZone);
      return timestamps(
        (days: number) => {
          const local = dateToTimestamp(days);
          return local === undefined ? undefined : zone.toUtc(local);
        },
        (days: number) => `date ${formatDate(days)} is out of range for TIMESTAMP WITH TIME ZONE`,
      );
    }
    case "timestamp date":
      return {
        cast: timestampToDate,
        wide: timestampToDate,
        inline: (micros) => `Math.floor(${micros} / ${MICROS_PER_DAY})`,
        checkRange: false,
        fallible: false,
      };
    case "timestamp time":
      return timestamps(
        (micros: Micros) => (isFiniteTimestamp(micros) ? timeOfDay(micros) : undefined),
        (micros: Micros) => `timestamp ${formatTimestamp(micros)} has no time`,
      );
    case "timestamp timestamptz": {
      const zone = findZone(context.timeZone);
      return timestamps((micros: Micros) => zone.toUtc(micros), undefined, false);
    }
    case "timestamptz timestamp": {
      const zone = findZone(context.timeZone);
      return timestamps((micros: Micros) => zone.toLocal(micros), undefined, false);
    }
    case "timestamptz date": {
      const zone = findZone(context.timeZone);
      const cast = (micros: Micros) => timestampToDate(zone.toLocal(micros));
      return { cast, wide: cast, fallible: false };
    }
    case "interval varchar":
      return { cast: formatInterval, fallible: false };
    default:
      return undefined;
  }
}

const known = <T extends Micros>(value: T | string): T | undefined => (typeof value === "string" ? undefined : value);
