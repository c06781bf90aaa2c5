import { runtimeError } from "../../core/errors.ts";
import { VARCHAR } from "../../core/types.ts";
import { doc, type ScalarEntry, withWide } from "../define.ts";
import { codePointLength, graphemes, sliceCodePoints } from "./code-points.ts";

/** What a function needs to know of the units it counts in: code points or graphemes. */
interface Units {
  readonly length: (text: string) => number;
  readonly slice: (text: string, start: number, end: number) => string;
}

const CODE_POINTS: Units = { length: codePointLength, slice: (text, start, end) => sliceCodePoints(text, Math.max(0, start), end) };
const GRAPHEMES: Units = {
  length: (text) => graphemes(text).length,
  slice: (text, start, end) => (start >= end ? "" : graphemes(text).slice(Math.max(0, start), Math.max(0, end)).join("")),
};

const LIMIT = 4294967295;

function checkLimit(what: string, value: number): void {
  if (value > LIMIT || value < -LIMIT - 1) throw runtimeError(`substring ${what} is out of range: ${value}`);
}

/** Positions count from 1, negative ones from the end; a negative length takes characters before the position. */
const substring =
  (units: Units) =>
  (text: string, position: number, length?: number): string => {
    checkLimit("position", position);
    let start = position > 0 ? position - 1 : position < 0 ? units.length(text) + position : -1;
    if (length === undefined) return units.slice(text, Math.max(0, start), text.length);
    checkLimit("length", length);
    let end = start + length;
    if (length < 0) {
      end = start;
      start += length;
    }
    return end <= 0 ? "" : units.slice(text, Math.max(0, start), end);
  };

const left = (units: Units) => (text: string, count: number) =>
  units.slice(text, 0, count >= 0 ? count : Math.max(0, units.length(text) + count));

const right = (units: Units) => (text: string, count: number) => {
  const length = units.length(text);
  return units.slice(text, count >= 0 ? Math.max(0, length - count) : Math.min(length, -count), length);
};

const textAndCount = (impl: (text: string, count: number) => string) => [
  { args: ["varchar" as const, "bigint" as const], returns: VARCHAR, ...withWide(impl) },
];

const substringOverloads = (units: Units) => [
  { args: ["varchar" as const, "bigint" as const, "bigint" as const], optional: 1, returns: VARCHAR, ...withWide(substring(units)) },
];

export const substringEntries: readonly ScalarEntry[] = [
  {
    name: "substring",
    aliases: ["substr"],
    doc: doc(
      "Characters from a position (from 1; negative: from the end) on, or so many of them.",
      ["text", "position", "length"],
      "substring('Hello', 2, 3)",
      "ell",
    ),
    overloads: substringOverloads(CODE_POINTS),
  },
  {
    name: "substring_grapheme",
    doc: doc("As substring, in user-perceived characters.", ["text", "position", "length"], "substring_grapheme('🦆🤦🏼‍♂️', 2, 1)", "🤦🏼‍♂️"),
    overloads: substringOverloads(GRAPHEMES),
  },
  {
    name: "left",
    doc: doc("The first characters; with a negative count, all but the last.", ["text", "count"], "left('Hello', 2)", "He"),
    overloads: textAndCount(left(CODE_POINTS)),
  },
  {
    name: "right",
    doc: doc("The last characters; with a negative count, all but the first.", ["text", "count"], "right('Hello', 3)", "llo"),
    overloads: textAndCount(right(CODE_POINTS)),
  },
  {
    name: "left_grapheme",
    doc: doc("As left, in user-perceived characters.", ["text", "count"], "left_grapheme('🤦🏼‍♂️🦆', 1)", "🤦🏼‍♂️"),
    overloads: textAndCount(left(GRAPHEMES)),
  },
  {
    name: "right_grapheme",
    doc: doc("As right, in user-perceived characters.", ["text", "count"], "right_grapheme('🦆🤦🏼‍♂️', 1)", "🤦🏼‍♂️"),
    overloads: textAndCount(right(GRAPHEMES)),
  },
];
