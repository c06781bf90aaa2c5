import { formatInterval } from "../../core/interval.ts";
import { formatDate, formatTime, formatTimestamp, formatTimestampTz } from "../../core/time-text.ts";
import { findZone } from "../../core/time-zone.ts";
import type { DataType } from "../../core/types.ts";
import type { IntervalValue, Value } from "../../core/value.ts";

/** Values as text, in DuckDB's forms: what CAST to VARCHAR gives and results show. */

/** Display text of a value; NULL is "NULL". 64-bit values may be numbers or bigints. */
export function formatValue(type: DataType, value: Value, timeZone = "UTC"): string {
  return value === null ? "NULL" : textForm(type, timeZone)(value);
}

/** The formatter of a type, resolved once. It takes non-NULL values and registers alike. */
// biome-ignore lint/suspicious/noExplicitAny: the value's form follows from the type
export function textForm(type: DataType, timeZone: string): (value: any) => string {
  switch (type.kind) {
    case "null":
      return () => "NULL";
    case "boolean":
      return (value: boolean) => (value ? "true" : "false");
    case "double":
      return formatDouble;
    case "float":
      return formatFloat;
    case "decimal": {
      const { scale } = type;
      return (value: number | bigint) => formatDecimal(value, scale);
    }
    case "blob":
      return formatBlob;
    case "date":
      return formatDate;
    case "time":
      return formatTime;
    case "timestamp":
      return formatTimestamp;
    case "timestamptz": {
      const zone = findZone(timeZone);
      return (value: number | bigint) => formatTimestampTz(value, zone);
    }
    case "interval":
      return (value: IntervalValue) => formatInterval(value);
    case "list": {
      const element = elementForm(type.element, timeZone);
      return (value: readonly Value[]) => `[${value.map(element).join(", ")}]`;
    }
    case "struct": {
      const forms = type.fields.map((field) => elementForm(field.type, timeZone));
      const names = type.fields.map((field) => `'${escapeQuoted(field.name)}': `);
      if (type.fields.every((field) => field.name === "")) {
        return (value: readonly Value[]) => `(${value.map((part, i) => forms[i](part)).join(", ")})`;
      }
      return (value: readonly Value[]) => `{${value.map((part, i) => names[i] + forms[i](part)).join(", ")}}`;
    }
    case "map": {
      const key = elementForm(type.key, timeZone);
      const form = elementForm(type.value, timeZone);
      return (value: readonly (readonly Value[])[]) => `{${value.map((pair) => `${key(pair[0])}=${form(pair[1])}`).join(", ")}}`;
    }
    default:
      return String;
  }
}

/** Inside lists, structs and maps text that could be misread stands in quotes. */
function elementForm(type: DataType, timeZone: string): (value: Value) => string {
  const form = textForm(type, timeZone);
  const raw = type.kind === "list" || type.kind === "struct" || type.kind === "map" || type.kind === "json";
  if (raw) return (value) => (value === null ? "NULL" : form(value));
  return (value) => {
    if (value === null) return "NULL";
    const text = form(value);
    return NEEDS_QUOTES.test(text) ? `'${escapeQuoted(text)}'` : text;
  };
}

const NEEDS_QUOTES = /^$|^\s|\s$|["'(),:=[\]{}]|^null$/i;
const escapeQuoted = (text: string) => text.replace(/['\\]/g, "\\$&");

/** Shortest text that reads back as the same number, with an exponent from 1e16 up and below 1e-4. */
export function formatDouble(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e16) return `${Object.is(value, -0) ? "-0" : value}.0`;
  return arrange(value, String(value));
}

/** The same for 32-bit floats. As in DuckDB, digits that only a tie-breaking rule would decide are not relied on. */
export function formatFloat(value: number): string {
  if (!Number.isFinite(value)) return arrange(value, "");
  for (let digits = 1; digits < 9; digits++) {
    const text = value.toPrecision(digits);
    const read = Number(text);
    if (Math.fround(read) !== value) continue;
    const mirrored = 2 * read - value;
    const onBoundary = mirrored !== value && Math.fround(mirrored) === mirrored;
    const longer = value.toPrecision(digits + 1).split("e")[0];
    const tie = longer.endsWith("5") && Number(value.toPrecision(digits + 1)) === value;
    if (!onBoundary && !tie) return arrange(value, text);
  }
  return arrange(value, value.toPrecision(9));
}

function arrange(value: number, text: string): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  const [mantissa, power] = text.replace(/^-/, "").split("e");
  const [whole, fraction = ""] = mantissa.split(".");
  const all = whole + fraction;
  const leading = all.length - all.replace(/^0+/, "").length;
  const digits = all.slice(leading).replace(/0+$/, "");
  const exponent = Number(power ?? 0) + whole.length - 1 - leading;
  const sign = value < 0 ? "-" : "";
  if (exponent < -4 || exponent >= 16) {
    const tail = digits.length > 1 ? `.${digits.slice(1)}` : "";
    const size = String(Math.abs(exponent)).padStart(2, "0");
    return `${sign}${digits[0]}${tail}e${exponent < 0 ? "-" : "+"}${size}`;
  }
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  const padded = digits.padEnd(exponent + 1, "0");
  return `${sign}${padded.slice(0, exponent + 1)}.${padded.slice(exponent + 1) || "0"}`;
}

/** An unscaled decimal with its point. */
export function formatDecimal(unscaled: number | bigint, scale: number): string {
  const text = String(unscaled);
  if (scale === 0) return text;
  const negative = text.startsWith("-");
  const digits = (negative ? text.slice(1) : text).padStart(scale + 1, "0");
  const at = digits.length - scale;
  return `${negative ? "-" : ""}${digits.slice(0, at)}.${digits.slice(at)}`;
}

/** Printable ASCII as it is, everything else as \xHH. */
export function formatBlob(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) {
    const plain = byte >= 32 && byte <= 126 && byte !== 34 && byte !== 39 && byte !== 92;
    text += plain ? String.fromCharCode(byte) : `\\x${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return text;
}
