import { bindError } from "../../core/errors.ts";
import { daysFromCivil, isValidDate } from "./temporal.ts";

/** Reads one field: days for a format without a time of day, microseconds since 1970 for others; NaN when it does not match. */
export type DateReader = (bytes: Uint8Array, start: number, end: number) => number;

export interface DateFormat {
  readonly pattern: string;
  readonly read: DateReader;
  readonly hasTime: boolean;
  readonly hasZone: boolean;
}

const MONTHS = ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"];
const DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

interface Parts {
  year: number;
  month: number;
  day: number;
  dayOfYear: number;
  hour: number;
  twelve: boolean;
  afternoon: number;
  minute: number;
  second: number;
  micros: number;
  offset: number;
  epoch: number;
}

/** Reads at `at` and returns where it ended, or -1. */
type Step = (bytes: Uint8Array, at: number, end: number, parts: Parts) => number;

const number =
  (set: (parts: Parts, value: number) => void, maxDigits: number, minDigits = 1): Step =>
  (bytes, at, end, parts) => {
    const from = at;
    let value = 0;
    while (at < end && at - from < maxDigits && bytes[at] >= 48 && bytes[at] <= 57) value = value * 10 + bytes[at++] - 48;
    if (at - from < minDigits) return -1;
    set(parts, value);
    return at;
  };

const word =
  (names: readonly string[], shortest: number, set: (parts: Parts, index: number) => void): Step =>
  (bytes, at, end, parts) => {
    let text = "";
    for (let i = at; i < end && (bytes[i] | 32) >= 97 && (bytes[i] | 32) <= 122; i++) text += String.fromCharCode(bytes[i] | 32);
    const index = names.findIndex((name) => text === name || (shortest > 0 && text === name.slice(0, shortest)));
    if (index < 0) return -1;
    set(parts, index);
    return at + text.length;
  };

const setMonth = (parts: Parts, index: number) => {
  parts.month = index + 1;
};

const fraction: Step = (bytes, at, end, parts) => {
  const from = at;
  let weight = 100_000;
  let micros = 0;
  for (; at < end && at - from < 9 && bytes[at] >= 48 && bytes[at] <= 57; at++) {
    micros += (bytes[at] - 48) * weight;
    weight = Math.floor(weight / 10);
  }
  parts.micros = micros;
  return at === from ? -1 : at;
};

const offset: Step = (bytes, at, end, parts) => {
  if (bytes[at] === 90) return at + 1;
  if (bytes[at] !== 43 && bytes[at] !== 45) return -1;
  const sign = bytes[at] === 45 ? -1 : 1;
  const digits: number[] = [];
  let i = at + 1;
  for (; i < end && digits.length < 4; i++) {
    if (bytes[i] >= 48 && bytes[i] <= 57) digits.push(bytes[i] - 48);
    else if (bytes[i] !== 58 || digits.length !== 2) break;
  }
  if (digits.length !== 2 && digits.length !== 4) return -1;
  const minutes = digits.length === 4 ? digits[2] * 10 + digits[3] : 0;
  parts.offset = sign * ((digits[0] * 10 + digits[1]) * 3600 + minutes * 60);
  return i;
};

const STEPS: Record<string, Step> = {
  Y: (bytes, at, end, parts) => {
    const negative = bytes[at] === 45;
    const next = number(
      (p, v) => {
        p.year = negative ? -v : v;
      },
      4,
      4,
    )(bytes, negative ? at + 1 : at, end, parts);
    return next;
  },
  y: number((p, v) => {
    p.year = v < 69 ? 2000 + v : 1900 + v;
  }, 2),
  m: number((p, v) => {
    p.month = v;
  }, 2),
  d: number((p, v) => {
    p.day = v;
  }, 2),
  j: number((p, v) => {
    p.dayOfYear = v;
  }, 3),
  H: number((p, v) => {
    p.hour = v;
  }, 2),
  I: number((p, v) => {
    p.hour = v;
    p.twelve = true;
  }, 2),
  M: number((p, v) => {
    p.minute = v;
  }, 2),
  S: number((p, v) => {
    p.second = v;
  }, 2),
  s: number((p, v) => {
    p.epoch = v;
  }, 12),
  f: fraction,
  g: fraction,
  n: fraction,
  p: word(["am", "pm"], 0, (p, i) => {
    p.afternoon = i;
  }),
  b: word(MONTHS, 3, setMonth),
  h: word(MONTHS, 3, setMonth),
  B: word(MONTHS, 3, setMonth),
  a: word(DAYS, 3, () => {}),
  A: word(DAYS, 3, () => {}),
  z: offset,
  Z: offset,
};
const COMPOSED: Record<string, string> = {
  D: "%m/%d/%y",
  F: "%Y-%m-%d",
  T: "%H:%M:%S",
  R: "%H:%M",
  x: "%Y-%m-%d",
  X: "%H:%M:%S",
  c: "%Y-%m-%d %H:%M:%S",
};

const literal =
  (code: number): Step =>
  (bytes, at, end) =>
    at < end && bytes[at] === code ? at + 1 : -1;

/** A strptime pattern as a reader of bytes. Throws on a specifier it does not know. */
export function compileDateFormat(pattern: string): DateFormat {
  const expanded = pattern.replace(/%-?([DFTRxXc])/g, (_, c: string) => COMPOSED[c]);
  const steps: Step[] = [];
  let hasTime = false;
  let hasZone = false;
  const bytes = new TextEncoder().encode(expanded);
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] !== 37) {
      steps.push(literal(bytes[i]));
      continue;
    }
    if (bytes[i + 1] === 45) i++;
    const letter = String.fromCharCode(bytes[++i]);
    if (letter === "%") {
      steps.push(literal(37));
      continue;
    }
    const step = STEPS[letter];
    if (step === undefined) throw bindError(`date format "${pattern}" has an unknown specifier "%${letter}"`);
    if ("HIMSfgnps".includes(letter)) hasTime = true;
    if ("zZ".includes(letter)) hasZone = true;
    steps.push(step);
  }
  const parts: Parts = {
    year: 0,
    month: 0,
    day: 0,
    dayOfYear: 0,
    hour: 0,
    twelve: false,
    afternoon: -1,
    minute: 0,
    second: 0,
    micros: 0,
    offset: 0,
    epoch: 0,
  };
  const read: DateReader = (source, start, end) => {
    parts.year = 1900;
    parts.month = parts.day = 1;
    parts.dayOfYear = parts.hour = parts.minute = parts.second = parts.micros = parts.offset = 0;
    parts.twelve = false;
    parts.afternoon = -1;
    parts.epoch = Number.NaN;
    let at = start;
    for (let i = 0; i < steps.length; i++) {
      at = steps[i](source, at, end, parts);
      if (at < 0) return Number.NaN;
    }
    if (at !== end) return Number.NaN;
    return combine(parts, hasTime);
  };
  return { pattern, read, hasTime, hasZone };
}

function combine(p: Parts, hasTime: boolean): number {
  if (!Number.isNaN(p.epoch)) return p.epoch * 1_000_000;
  let hour = p.hour;
  if (p.twelve) {
    if (hour < 1 || hour > 12 || p.afternoon < 0) return Number.NaN;
    hour = (hour % 12) + (p.afternoon === 1 ? 12 : 0);
  }
  if (hour > 23 || p.minute > 59 || p.second > 59 || !isValidDate(p.year, p.month, p.day)) return Number.NaN;
  let days = daysFromCivil(p.year, p.month, p.day);
  if (p.dayOfYear > 0) days = daysFromCivil(p.year, 1, 1) + p.dayOfYear - 1;
  if (!hasTime) return days;
  return days * 86_400_000_000 + (((hour * 60 + p.minute) * 60 + p.second - p.offset) * 1_000_000 + p.micros);
}
