/** Dates, times and timestamps in the standard forms, read from bytes: what a cast from text reads. */

const MICROS_PER_SECOND = 1_000_000;
const MICROS_PER_DAY = 86_400_000_000;

/** Days since 1970-01-01 of a proleptic Gregorian date. Algorithm: H. Hinnant, days_from_civil. */
export function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yoe = y - era * 400;
  const doy = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const doe = yoe * 365 + Math.floor(yoe / 4) - Math.floor(yoe / 100) + doy;
  return era * 146097 + doe - 719468;
}

const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

export const isLeapYear = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;

export const isValidDate = (year: number, month: number, day: number): boolean =>
  month >= 1 && month <= 12 && day >= 1 && day <= (month === 2 && isLeapYear(year) ? 29 : DAYS_IN_MONTH[month - 1]);

/** Where the last successful read ended, and what it gave. Module state instead of an object a row: these run once a field. */
let position = 0;
let value = 0;
let hasZone = false;
/** The date read last, as YYYYMMDD, and its days: rows in time order repeat it. */
let lastDate = 19700101;
let lastDays = 0;

/** Days (dates) or microseconds (times, timestamps) of the last read that returned true. */
export const lastTemporal = (): number => value;
/** Whether the last timestamp carried a zone (Z or an offset). */
export const lastHadZone = (): boolean => hasZone;

const isDigit = (c: number) => c >= 48 && c <= 57;

/** `YYYY-MM-DD` with '-', '/' or ' ' between; months and days of one or two digits; years of 1 to 6 digits, negative, or "(BC)". */
function readDate(bytes: Uint8Array, start: number, end: number): boolean {
  // The usual layout first
  if (end - start >= 10 && bytes[start + 4] === 45 && bytes[start + 7] === 45) {
    const y0 = bytes[start] - 48;
    const y1 = bytes[start + 1] - 48;
    const y2 = bytes[start + 2] - 48;
    const y3 = bytes[start + 3] - 48;
    const m0 = bytes[start + 5] - 48;
    const m1 = bytes[start + 6] - 48;
    const d0 = bytes[start + 8] - 48;
    const d1 = bytes[start + 9] - 48;
    if (
      y0 >>> 0 <= 9 &&
      y1 >>> 0 <= 9 &&
      y2 >>> 0 <= 9 &&
      y3 >>> 0 <= 9 &&
      m0 >>> 0 <= 9 &&
      m1 >>> 0 <= 9 &&
      d0 >>> 0 <= 9 &&
      d1 >>> 0 <= 9
    ) {
      const year = y0 * 1000 + y1 * 100 + y2 * 10 + y3;
      const month = m0 * 10 + m1;
      const day = d0 * 10 + d1;
      const date = year * 10_000 + month * 100 + day;
      if (date !== lastDate) {
        if (!isValidDate(year, month, day)) return false;
        lastDate = date;
        lastDays = daysFromCivil(year, month, day);
      }
      value = lastDays;
      position = start + 10;
      return !(position < end && isDigit(bytes[position]));
    }
  }
  let at = start;
  const negative = bytes[at] === 45;
  if (negative) at++;
  const yearStart = at;
  let year = 0;
  while (at < end && isDigit(bytes[at]) && at - yearStart < 6) year = year * 10 + bytes[at++] - 48;
  if (at === yearStart || at >= end) return false;
  const separator = bytes[at];
  if (separator !== 45 && separator !== 47 && separator !== 32 && separator !== 92) return false;
  at++;
  let month = 0;
  const monthStart = at;
  while (at < end && isDigit(bytes[at]) && at - monthStart < 2) month = month * 10 + bytes[at++] - 48;
  if (at === monthStart || at >= end || bytes[at] !== separator) return false;
  at++;
  let day = 0;
  const dayStart = at;
  while (at < end && isDigit(bytes[at]) && at - dayStart < 2) day = day * 10 + bytes[at++] - 48;
  if (at === dayStart || (at < end && isDigit(bytes[at]))) return false;
  if (negative) year = -year;
  if (end - at >= 5 && bytes[at] === 32 && bytes[at + 1] === 40 && bytes[at + 2] === 66 && bytes[at + 3] === 67 && bytes[at + 4] === 41) {
    year = 1 - year;
    at += 5;
  }
  if (!isValidDate(year, month, day)) return false;
  value = daysFromCivil(year, month, day);
  position = at;
  return true;
}

/** `HH:MM[:SS[.f…]]`; digits past microseconds are cut off. */
function readTime(bytes: Uint8Array, start: number, end: number): boolean {
  // The usual layout first
  if (end - start === 8 && bytes[start + 2] === 58 && bytes[start + 5] === 58) {
    const h0 = bytes[start] - 48;
    const h1 = bytes[start + 1] - 48;
    const m0 = bytes[start + 3] - 48;
    const m1 = bytes[start + 4] - 48;
    const s0 = bytes[start + 6] - 48;
    const s1 = bytes[start + 7] - 48;
    if (h0 >>> 0 <= 2 && h1 >>> 0 <= 9 && m0 >>> 0 <= 5 && m1 >>> 0 <= 9 && s0 >>> 0 <= 5 && s1 >>> 0 <= 9 && h0 * 10 + h1 < 24) {
      value = ((h0 * 10 + h1) * 3600 + (m0 * 10 + m1) * 60 + s0 * 10 + s1) * MICROS_PER_SECOND;
      position = end;
      return true;
    }
  }
  let at = start;
  let hour = 0;
  while (at < end && isDigit(bytes[at]) && at - start < 2) hour = hour * 10 + bytes[at++] - 48;
  if (at === start || at >= end || bytes[at] !== 58) return false;
  at++;
  if (end - at < 2 || !isDigit(bytes[at]) || !isDigit(bytes[at + 1])) return false;
  const minute = (bytes[at] - 48) * 10 + bytes[at + 1] - 48;
  at += 2;
  let second = 0;
  let micros = 0;
  if (at < end && bytes[at] === 58) {
    at++;
    if (end - at < 2 || !isDigit(bytes[at]) || !isDigit(bytes[at + 1])) return false;
    second = (bytes[at] - 48) * 10 + bytes[at + 1] - 48;
    at += 2;
    if (at + 1 < end && bytes[at] === 46 && isDigit(bytes[at + 1])) {
      at++;
      let weight = 100_000;
      for (; at < end && isDigit(bytes[at]); at++) {
        micros += (bytes[at] - 48) * weight;
        weight = Math.floor(weight / 10);
      }
    }
  }
  if (hour > 23 || minute > 59 || second > 59) return false;
  value = ((hour * 60 + minute) * 60 + second) * MICROS_PER_SECOND + micros;
  position = at;
  return true;
}

const skipSpaces = (bytes: Uint8Array, at: number, end: number): number => {
  while (at < end && bytes[at] === 32) at++;
  return at;
};

/** Reads a whole field as a date, in days since 1970-01-01. */
export function parseDate(bytes: Uint8Array, start: number, end: number): boolean {
  return readDate(bytes, skipSpaces(bytes, start, end), end) && skipSpaces(bytes, position, end) === end;
}

/** Reads a whole field as a time of day, in microseconds since midnight. */
export function parseTime(bytes: Uint8Array, start: number, end: number): boolean {
  return readTime(bytes, skipSpaces(bytes, start, end), end) && skipSpaces(bytes, position, end) === end;
}

/** Reads a whole field as a timestamp, in microseconds since 1970-01-01; an offset is subtracted (`lastHadZone`). A bare date is midnight. */
export function parseTimestamp(bytes: Uint8Array, start: number, end: number): boolean {
  hasZone = false;
  if (!readDate(bytes, skipSpaces(bytes, start, end), end)) return false;
  const days = value;
  let at = position;
  if (skipSpaces(bytes, at, end) === end) {
    value = days * MICROS_PER_DAY;
    return true;
  }
  if (bytes[at] !== 32 && bytes[at] !== 84) return false;
  at = skipSpaces(bytes, at + 1, end);
  if (!readTime(bytes, at, end)) return false;
  let micros = days * MICROS_PER_DAY + value;
  at = skipSpaces(bytes, position, end);
  if (at < end) {
    if (bytes[at] === 90) at++;
    else if (bytes[at] === 85 && bytes[at + 1] === 84 && bytes[at + 2] === 67) at += 3;
    else if (bytes[at] === 43 || bytes[at] === 45) {
      const sign = bytes[at] === 45 ? 1 : -1;
      if (end - at < 3 || !isDigit(bytes[at + 1]) || !isDigit(bytes[at + 2])) return false;
      let seconds = ((bytes[at + 1] - 48) * 10 + bytes[at + 2] - 48) * 3600;
      at += 3;
      if (at < end && bytes[at] === 58) at++;
      if (end - at >= 2 && isDigit(bytes[at]) && isDigit(bytes[at + 1])) {
        seconds += ((bytes[at] - 48) * 10 + bytes[at + 1] - 48) * 60;
        at += 2;
      }
      micros += sign * seconds * MICROS_PER_SECOND;
    } else return false;
    hasZone = true;
    if (skipSpaces(bytes, at, end) !== end) return false;
  }
  value = micros;
  return true;
}
