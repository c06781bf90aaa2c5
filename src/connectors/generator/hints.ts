import { bindError, nearestName } from "../../core/errors.ts";
import { DOUBLE, type Schema, TIMESTAMP, VARCHAR } from "../../core/types.ts";
import { parseTypeName } from "../../formats/type-names.ts";
import type { CheckedProperties, PropertySpec } from "../properties.ts";

export const DISTRIBUTIONS = ["uniform", "normal", "exponential", "zipf", "random_walk", "sequence"] as const;
export type Distribution = (typeof DISTRIBUTIONS)[number];

/** What may be said of a column, as `price.range = '[150, 400]'`. */
export const COLUMN_HINTS: readonly PropertySpec[] = [
  { name: "type", type: "text", default: "the declared one", doc: "Type, where the stream is declared without columns." },
  { name: "range", type: "range", default: "[0, 100]", doc: "Least and greatest value; of integers both can occur." },
  {
    name: "distribution",
    type: "text",
    choices: DISTRIBUTIONS,
    default: "uniform",
    doc: "How values spread: uniform; normal (mean, stddev); exponential (mean); zipf (skew), over values, keys or an integer range; random_walk (step, per); sequence (start, step).",
  },
  { name: "values", type: "texts", default: "made-up ones", doc: "The values of a text column: 'AAPL,MSFT'." },
  { name: "weights", type: "numbers", default: "all alike", doc: "How often each of `values` comes, relative to the others." },
  {
    name: "cardinality",
    type: "integer",
    min: 1,
    max: 10_000_000,
    default: "10",
    doc: "How many distinct texts, made of `prefix` and a number.",
  },
  { name: "prefix", type: "text", default: "the column's name and _", doc: "What made-up texts begin with." },
  {
    name: "per",
    type: "text",
    default: "one for all rows",
    doc: "Column whose values each have a random walk or a sequence of their own.",
  },
  {
    name: "step",
    type: "number",
    default: "a 200th of the range; 1 for a sequence",
    doc: "Standard deviation of a walk's steps; increment of a sequence.",
  },
  { name: "start", type: "number", default: "the middle of the range; 0 for a sequence", doc: "First value of a walk or a sequence." },
  { name: "mean", type: "number", default: "the middle of the range", doc: "Mean of a normal or exponential distribution." },
  { name: "stddev", type: "number", min: 0, default: "a sixth of the range", doc: "Standard deviation of a normal distribution." },
  { name: "skew", type: "number", min: 0, max: 10, default: "1", doc: "Exponent of a Zipf distribution." },
  { name: "decimals", type: "integer", min: 0, max: 15, default: "all", doc: "Decimals that numbers are rounded to." },
  { name: "nulls", type: "number", min: 0, max: 1, default: "0", doc: "Share of NULLs." },
];

/** The hints of one column. */
export class ColumnHints {
  readonly #properties: CheckedProperties;
  readonly column: string;
  constructor(properties: CheckedProperties, column: string) {
    this.#properties = properties;
    this.column = hintedColumns(properties).find((name) => name.toLowerCase() === column.toLowerCase()) ?? column;
  }
  has(hint: string): boolean {
    return this.#properties.has(`${this.column}.${hint}`);
  }
  number(hint: string): number | undefined {
    return this.#properties.number(`${this.column}.${hint}`);
  }
  text(hint: string): string | undefined {
    return this.#properties.text(`${this.column}.${hint}`);
  }
  texts(hint: string): readonly string[] | undefined {
    return this.#properties.texts(`${this.column}.${hint}`);
  }
  numbers(hint: string): readonly number[] | undefined {
    return this.#properties.numbers(`${this.column}.${hint}`);
  }
}

/** Columns that hints name, in the order written. */
export function hintedColumns(properties: CheckedProperties): string[] {
  const names = new Map<string, string>();
  for (const key of properties.values.keys()) {
    const dot = key.lastIndexOf(".");
    if (dot > 0 && !names.has(key.slice(0, dot).toLowerCase())) names.set(key.slice(0, dot).toLowerCase(), key.slice(0, dot));
  }
  return [...names.values()];
}

/** Columns of a generator declared without any: `ts`, and those that have hints. */
export function columnsOfHints(properties: CheckedProperties): Schema {
  const names = hintedColumns(properties);
  if (names.length === 0) {
    throw bindError("a generator needs columns", undefined, "declare them, or give hints such as \"price.range\" = '[150, 400]'");
  }
  const fields = names.map((name) => {
    const hints = new ColumnHints(properties, name);
    const type = hints.text("type");
    if (type !== undefined) return { name, type: parseTypeName(type) };
    return { name, type: hints.has("values") || hints.has("cardinality") || hints.has("prefix") ? VARCHAR : DOUBLE };
  });
  return fields.some((field) => field.type.kind === "timestamp") ? fields : [{ name: "ts", type: TIMESTAMP }, ...fields];
}

/** Every hint must be of a column that is there. */
export function checkHintedColumns(properties: CheckedProperties, schema: Schema): void {
  const names = schema.map((field) => field.name);
  for (const column of hintedColumns(properties)) {
    if (names.some((name) => name.toLowerCase() === column.toLowerCase())) continue;
    const near = nearestName(column, names);
    throw bindError(
      `hints for column "${column}", which the stream does not have`,
      undefined,
      near === undefined ? `columns are ${names.join(", ")}` : `did you mean "${near}"?`,
    );
  }
}
