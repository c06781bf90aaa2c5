import { parseByteSize } from "../catalog/settings.ts";
import { parseDuration } from "../core/duration.ts";
import { bindError, nearestName } from "../core/errors.ts";
import { isInterval } from "../core/value.ts";
import { lastTemporal, parseTimestamp } from "../formats/text/temporal.ts";

/** A property's value as it was written: texts, numbers, booleans, lists, structs as objects, intervals, and `env('NAME')`. */
export type PropertyValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | EnvReference
  | readonly PropertyValue[]
  | { readonly [name: string]: PropertyValue };

/** `env('NAME')`: the value of an environment variable, read when the stream is declared and never shown. */
export class EnvReference {
  readonly variable: string;
  constructor(variable: string) {
    this.variable = variable;
  }
}

export type Properties = Readonly<Record<string, PropertyValue>>;

/**
 * How a property is written and read: durations become microseconds, sizes bytes, times microseconds since 1970; "headers" is an object of texts;
 * "range" is two numbers, as '[1, 2]' or a list; "texts" is a list, or one text with commas.
 */
export type PropertyType =
  | "text"
  | "integer"
  | "number"
  | "boolean"
  | "duration"
  | "duration or off"
  | "bytes"
  | "time"
  | "headers"
  | "range"
  | "numbers"
  | "texts"
  | "number or max";

export interface PropertySpec {
  readonly name: string;
  readonly type: PropertyType;
  /** What holds when it is not given, as the reference shows it. */
  readonly default: string;
  readonly doc: string;
  readonly required?: boolean;
  /** The only texts allowed, lowercase. */
  readonly choices?: readonly string[];
  /** Least and greatest, in the unit of the checked value. */
  readonly min?: number;
  readonly max?: number;
  /** Never shown, not even where it was written out. */
  readonly secret?: boolean;
}

type Checked = boolean | number | string | readonly string[] | readonly number[] | Readonly<Record<string, string>>;

/** Properties after checking, by name; `column.hint` for hints of columns. What was not given is absent. */
export class CheckedProperties {
  readonly values: ReadonlyMap<string, Checked>;
  /** Texts that must not be shown anywhere. */
  readonly secrets: readonly string[];
  constructor(values: ReadonlyMap<string, Checked>, secrets: readonly string[] = []) {
    this.values = values;
    this.secrets = secrets;
  }
  has(name: string): boolean {
    return this.values.has(name);
  }
  text(name: string): string | undefined {
    return this.values.get(name) as string | undefined;
  }
  number(name: string): number | undefined {
    return this.values.get(name) as number | undefined;
  }
  /** A "duration or off": microseconds, undefined when it is off; `fallback` when it is not given. */
  duration(name: string, fallback: number | undefined): number | undefined {
    const value = this.values.get(name);
    return value === undefined ? fallback : value === "off" ? undefined : (value as number);
  }
  flag(name: string): boolean | undefined {
    return this.values.get(name) as boolean | undefined;
  }
  texts(name: string): readonly string[] | undefined {
    return this.values.get(name) as readonly string[] | undefined;
  }
  numbers(name: string): readonly number[] | undefined {
    return this.values.get(name) as readonly number[] | undefined;
  }
  record(name: string): Readonly<Record<string, string>> | undefined {
    return this.values.get(name) as Readonly<Record<string, string>> | undefined;
  }
  /** A text in which no secret stands. */
  redact(text: string): string {
    return this.secrets.reduce((shown, secret) => (secret === "" ? shown : shown.replaceAll(secret, "***")), text);
  }
}

export interface PropertyRules {
  /** What the properties belong to, for messages: `connector "file"`. */
  readonly owner: string;
  readonly options: readonly PropertySpec[];
  readonly columnHints?: readonly PropertySpec[];
}

/** Checks names, types, choices and ranges. An unknown name is a bind error that suggests the nearest one. */
export function checkProperties(rules: PropertyRules, given: Properties): CheckedProperties {
  const byName = new Map(rules.options.map((option) => [option.name, option]));
  const hints = new Map((rules.columnHints ?? []).map((hint) => [hint.name, hint]));
  const checked = new Map<string, Checked>();
  const secrets: string[] = [];
  for (const [written, value] of Object.entries(given)) {
    const { name, spec } = specOf(rules, written, byName, hints);
    if (checked.has(name)) throw bindError(`property "${name}" is given twice`);
    const resolved = resolveSecrets(name, value, spec.secret === true, secrets);
    checked.set(name, checkValue(name, spec, resolved, spec.secret === true || resolved !== value));
  }
  for (const { name, required, doc } of rules.options) {
    if (required === true && !checked.has(name)) throw bindError(`${rules.owner} needs the property "${name}"`, undefined, doc);
  }
  return new CheckedProperties(checked, secrets);
}

function specOf(
  { owner, options, columnHints }: PropertyRules,
  written: string,
  byName: ReadonlyMap<string, PropertySpec>,
  hints: ReadonlyMap<string, PropertySpec>,
): { name: string; spec: PropertySpec } {
  const lower = written.toLowerCase();
  const plain = byName.get(lower);
  if (plain !== undefined) return { name: lower, spec: plain };
  const dot = written.lastIndexOf(".");
  if (dot > 0 && columnHints !== undefined) {
    const hintName = lower.slice(dot + 1);
    const hint = hints.get(hintName);
    if (hint !== undefined) return { name: `${written.slice(0, dot)}.${hintName}`, spec: hint };
    const near = nearestName(hintName, hints.keys());
    const mend = near === undefined ? `hints are ${[...hints.keys()].join(", ")}` : `did you mean "${written.slice(0, dot)}.${near}"?`;
    throw bindError(`${owner} has no column hint "${hintName}"`, undefined, mend);
  }
  const near = nearestName(lower, byName.keys());
  const mend = near === undefined ? `properties are ${options.map((option) => option.name).join(", ")}` : `did you mean "${near}"?`;
  throw bindError(`${owner} has no property "${written}"`, undefined, mend);
}

/** Replaces references to environment variables by what they hold; collects what must not be shown. */
function resolveSecrets(name: string, value: PropertyValue, secret: boolean, secrets: string[]): PropertyValue {
  if (value instanceof EnvReference) {
    const held = process.env[value.variable];
    if (held === undefined) throw bindError(`property "${name}": environment variable "${value.variable}" is not set`);
    secrets.push(held);
    return held;
  }
  if (Array.isArray(value)) {
    const items = value.map((item) => resolveSecrets(name, item, secret, secrets));
    return items.every((item, i) => item === value[i]) ? value : items;
  }
  if (typeof value === "object" && value !== null && !isInterval(value)) {
    const entries = Object.entries(value).map(([key, item]) => [key, resolveSecrets(name, item, secret, secrets)] as const);
    return entries.every(([key, item]) => item === (value as Record<string, PropertyValue>)[key]) ? value : Object.fromEntries(entries);
  }
  if (secret && typeof value === "string") secrets.push(value);
  return value;
}

function checkValue(name: string, spec: PropertySpec, value: PropertyValue, secret: boolean): Checked {
  const shown = secret ? "***" : showValue(value);
  const fail = (wanted: string) => bindError(`property "${name}" must be ${wanted}, not ${shown}`);
  switch (spec.type) {
    case "boolean": {
      const text = String(value).toLowerCase();
      if (text === "true") return true;
      if (text === "false") return false;
      throw fail("true or false");
    }
    case "integer":
    case "number": {
      const number = numberOf(value);
      if (number === undefined || (spec.type === "integer" && !Number.isSafeInteger(number))) {
        throw fail(spec.type === "integer" ? "a whole number" : "a number");
      }
      return inRange(name, spec, number, shown);
    }
    case "number or max": {
      if (typeof value === "string" && value.toLowerCase() === "max") return "max";
      const number = numberOf(value);
      if (number === undefined) throw fail("a number or 'max'");
      return inRange(name, spec, number, shown);
    }
    case "duration or off":
    case "duration": {
      if (spec.type === "duration or off" && (value === false || value === "off")) return "off";
      const micros = durationOf(value);
      if (micros === undefined) throw fail("a length of time, as '10 seconds'");
      return inRange(name, spec, micros, shown);
    }
    case "bytes": {
      const bytes = typeof value === "number" || typeof value === "bigint" ? Number(value) : parseByteSize(String(value));
      if (bytes === undefined || !Number.isSafeInteger(bytes)) throw fail("a size, as '64MB'");
      return inRange(name, spec, bytes, shown);
    }
    case "time": {
      const bytes = Buffer.from(String(value));
      if (typeof value !== "string" || !parseTimestamp(bytes, 0, bytes.length)) throw fail("a time, as '2024-01-01 00:00:00'");
      return lastTemporal();
    }
    case "headers": {
      if (typeof value !== "object" || value === null || Array.isArray(value))
        throw fail("a struct of names and texts, as {'Accept': '*/*'}");
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, String(item)]));
    }
    case "range":
    case "numbers": {
      const numbers = listOf(value).map(numberOf);
      const isRange = spec.type === "range";
      if (numbers.length === 0 || numbers.some((n) => n === undefined) || (isRange && numbers.length !== 2)) {
        throw fail(isRange ? "two numbers, as '[0, 100]'" : "numbers, as '1, 2, 3'");
      }
      const [low, high] = numbers as number[];
      if (isRange && low > high) throw fail("a range whose start is not above its end");
      return numbers as number[];
    }
    case "texts": {
      const texts = listOf(value).map(String);
      if (texts.length === 0) throw fail("texts with commas between, or a list");
      return texts;
    }
    case "text":
      if (typeof value !== "string") throw fail("text");
      return spec.choices === undefined ? value : choiceOf(name, spec.choices, value);
  }
}

function choiceOf(name: string, choices: readonly string[], value: string): string {
  const chosen = value.toLowerCase();
  if (choices.includes(chosen)) return chosen;
  const near = nearestName(chosen, choices);
  throw bindError(
    `property "${name}" cannot be "${value}"`,
    undefined,
    near === undefined ? `choices are ${choices.join(", ")}` : `did you mean "${near}"?`,
  );
}

function inRange(name: string, { min, max }: PropertySpec, value: number, shown: string): number {
  if (min !== undefined && value < min) throw bindError(`property "${name}" is ${shown}, but must be at least ${min}`);
  if (max !== undefined && value > max) throw bindError(`property "${name}" is ${shown}, but must be at most ${max}`);
  return value;
}

function numberOf(value: PropertyValue): number | undefined {
  if (typeof value === "bigint") return Number(value);
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}

function durationOf(value: PropertyValue): number | undefined {
  if (isInterval(value)) return value.months === 0 ? value.days * 86_400_000_000 + value.micros : undefined;
  return typeof value === "string" ? parseDuration(value) : undefined;
}

/** Items of a list, of `[a, b]` or of `a, b`. */
function listOf(value: PropertyValue): readonly PropertyValue[] {
  if (Array.isArray(value)) return value;
  if (typeof value !== "string") return value === null ? [] : [value];
  const inner = value.trim().replace(/^\[(.*)\]$/s, "$1");
  return inner.trim() === "" ? [] : inner.split(",").map((item) => item.trim());
}

const showValue = (value: PropertyValue): string =>
  typeof value === "string"
    ? `"${value}"`
    : (JSON.stringify(value, (_, item) => (typeof item === "bigint" ? item.toString() : item)) ?? String(value));
