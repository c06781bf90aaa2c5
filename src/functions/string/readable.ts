import type { BindContext } from "../../catalog/function-types.ts";
import { runtimeError } from "../../core/errors.ts";
import { typeName, VARCHAR } from "../../core/types.ts";
import { doc, type ScalarEntry } from "../define.ts";

/** A size with one digit after the point, cut off rather than rounded. */
const readableSize = (base: number, units: readonly string[]) => {
  const one = (bytes: bigint): string => {
    const negative = bytes < 0n;
    let whole = negative ? -bytes : bytes;
    let rest = 0n;
    let unit = 0;
    while (whole >= BigInt(base) && unit < units.length) {
      rest = whole % BigInt(base);
      whole /= BigInt(base);
      unit++;
    }
    const sign = negative ? "-" : "";
    if (unit === 0) return `${sign}${whole} ${whole === 1n ? "byte" : "bytes"}`;
    return `${sign}${whole}.${(rest * 10n) / BigInt(base)} ${units[unit - 1]}`;
  };
  return [{ args: ["bigint" as const], returns: VARCHAR, impl: (bytes: number) => one(BigInt(bytes)), wide: one }];
};

const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** A bar of `width` characters, filled in eighths. */
function bar(x: number, min: number, max: number, width = 80): string {
  if (!(width >= 1)) throw runtimeError(`the width of a bar must be at least 1, and is ${width}`);
  if (width > 1000) throw runtimeError(`the width of a bar must be at most 1000, and is ${width}`);
  const filled =
    Number.isNaN(x) || Number.isNaN(min) || Number.isNaN(max) || x <= min ? 0 : x >= max ? width : (width * (x - min)) / (max - min);
  if (!Number.isFinite(filled)) throw runtimeError("the bounds of a bar must be finite");
  const eighths = Math.floor(filled * 8);
  const text = "█".repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8];
  return text + " ".repeat(Math.max(0, Math.floor(width) - text.length));
}

function toBase(x: number | bigint, radix: number, minLength = 0): string {
  if (x < 0) throw runtimeError(`to_base takes no negative numbers: ${x}`);
  if (radix < 2 || radix > 36) throw runtimeError(`the base must be from 2 to 36, and is ${radix}`);
  if (minLength < 0 || minLength > 64) throw runtimeError(`the least length must be from 0 to 64, and is ${minLength}`);
  return x.toString(radix).toUpperCase().padStart(minLength, "0");
}

const typeOf = ({ types }: BindContext) => {
  const name = typeName(types[0]);
  const impl = () => name;
  return { impl, wide: impl };
};

export const readableEntries: readonly ScalarEntry[] = [
  {
    name: "format_bytes",
    aliases: ["formatReadableSize", "pg_size_pretty"],
    doc: doc("A number of bytes in units of 1024.", ["bytes"], "format_bytes(16000)", "15.6 KiB"),
    overloads: readableSize(1024, ["KiB", "MiB", "GiB", "TiB", "PiB"]),
  },
  {
    name: "formatReadableDecimalSize",
    doc: doc("A number of bytes in units of 1000.", ["bytes"], "formatReadableDecimalSize(16000)", "16.0 kB"),
    overloads: readableSize(1000, ["kB", "MB", "GB", "TB", "PB"]),
  },
  {
    name: "bar",
    doc: doc(
      "A bar whose filled part shows where x lies between two bounds, so many characters wide (80).",
      ["x", "min", "max", "width"],
      "bar(5, 0, 20, 10)",
      "██▌       ",
    ),
    overloads: [{ args: ["double", "double", "double", "double"], optional: 1, returns: VARCHAR, impl: bar }],
  },
  {
    name: "to_base",
    doc: doc(
      "Digits of a whole number in a base from 2 to 36, filled with zeros to a least length.",
      ["number", "base", "length"],
      "to_base(42, 16)",
      "2A",
    ),
    overloads: [{ args: ["bigint", "integer", "integer"], optional: 1, returns: VARCHAR, impl: toBase, wide: toBase }],
  },
  {
    name: "typeof",
    doc: doc("Name of a value's type.", ["value"], "typeof('abc')", "VARCHAR"),
    overloads: [{ args: ["any"], returns: VARCHAR, nulls: "handles", specialise: typeOf }],
  },
];
