import { bindError, nearestName } from "../core/errors.ts";

/** What stands after `%%chart`: a kind, then name=value pairs. Column names may be quoted ("my column"); `y=a,b` gives several. */
export interface ChartOptions {
  /** Undefined: chosen from the schema. */
  readonly kind: ChartKindName | undefined;
  readonly columns: Readonly<Partial<Record<Channel, readonly string[]>>>;
  readonly title: string | undefined;
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly log: "x" | "y" | "xy" | undefined;
  readonly sort: "x" | "-x" | "y" | "-y" | "none" | undefined;
  readonly stack: "true" | "false" | "normalize" | undefined;
  readonly bins: number | undefined;
  readonly reduce: "m4" | "lttb" | "none" | undefined;
}

export const CHART_KINDS = [
  ...(["line", "area", "bar", "scatter", "histogram", "heatmap", "candlestick", "band"] as const),
  ...(["forecast", "anomalies", "changes", "panels", "correlogram", "seasonal", "calendar"] as const),
] as const;
export type ChartKindName = (typeof CHART_KINDS)[number];

/** Channels that take columns. Only `y` takes several. */
export const CHANNELS = [
  ...(["x", "y", "color", "size", "lower", "upper", "open", "high", "low", "close"] as const),
  ...(["actual", "expected", "level", "mark"] as const),
] as const;
export type Channel = (typeof CHANNELS)[number];

/** The other options, with what they may be; `number` stands for a positive number. */
export const SETTINGS = {
  title: { values: "text", doc: "title above the chart" },
  width: { values: "number", doc: "width of the plot in pixels (560)" },
  height: { values: "number", doc: "height of the plot in pixels (300)" },
  log: { values: ["x", "y", "xy"], doc: "logarithmic axes" },
  sort: { values: ["x", "-x", "y", "-y", "none"], doc: "order of a bar chart's categories (as the query gives them)" },
  stack: { values: ["true", "false", "normalize"], doc: "stack areas and bars of several colours" },
  bins: { values: "number", doc: "number of bins of a histogram (30)" },
  reduce: { values: ["m4", "lttb", "none"], doc: "how more points than pixels are reduced (m4 keeps the picture, lttb the shape)" },
} as const;

type SettingName = keyof typeof SETTINGS;

export function parseChartOptions(text: string): ChartOptions {
  const words = splitWords(text);
  let kind: ChartKindName | undefined;
  const columns: Partial<Record<Channel, string[]>> = {};
  const settings: Partial<Record<SettingName, string>> = {};
  for (const { name, value, start, end } of words) {
    const span = { start, end };
    if (value === undefined) {
      if (kind !== undefined) throw bindError(`unexpected "${name}" after the chart kind ${kind}; options are written name=value`, span);
      if (!isOneOf(CHART_KINDS, name)) {
        throw bindError(`unknown chart kind "${name}"`, span, suggest(name, CHART_KINDS));
      }
      kind = name;
    } else if (isOneOf(CHANNELS, name)) {
      if (columns[name] !== undefined) throw bindError(`${name} is given twice`, span);
      if (value.length > 1 && name !== "y") throw bindError(`${name} takes one column, not ${value.length}`, span);
      columns[name] = value;
    } else if (name in SETTINGS) {
      settings[name as SettingName] = checkSetting(name as SettingName, value.join(","), span);
    } else {
      throw bindError(`unknown chart option "${name}"`, span, suggest(name, [...CHANNELS, ...Object.keys(SETTINGS)]));
    }
  }
  return {
    kind,
    columns,
    title: settings.title,
    width: settings.width === undefined ? undefined : Number(settings.width),
    height: settings.height === undefined ? undefined : Number(settings.height),
    log: settings.log as ChartOptions["log"],
    sort: settings.sort as ChartOptions["sort"],
    stack: settings.stack as ChartOptions["stack"],
    bins: settings.bins === undefined ? undefined : Math.round(Number(settings.bins)),
    reduce: settings.reduce as ChartOptions["reduce"],
  };
}

function checkSetting(name: SettingName, value: string, span: { start: number; end: number }): string {
  const { values } = SETTINGS[name];
  if (values === "text") return value;
  if (values === "number") {
    const number = Number(value);
    if (!(number >= 1 && number <= 10_000)) throw bindError(`${name} takes a number from 1 to 10000, not "${value}"`, span);
    return value;
  }
  if (!(values as readonly string[]).includes(value)) throw bindError(`${name} takes ${values.join(", ")}, not "${value}"`, span);
  return value;
}

const isOneOf = <T extends string>(names: readonly T[], name: string): name is T => (names as readonly string[]).includes(name);

function suggest(name: string, candidates: readonly string[]): string {
  const near = nearestName(name, candidates);
  return near === undefined ? `one of ${candidates.join(", ")}` : `did you mean ${near}?`;
}

interface Word {
  name: string;
  value: string[] | undefined;
  start: number;
  end: number;
}

/** Splits at blanks, keeping quoted text together; `name=a,"b c"` has the values a and b c. */
function splitWords(text: string): Word[] {
  const words: Word[] = [];
  let at = 0;
  const readAtom = (stop: RegExp): string => {
    const quote = text[at];
    if (quote === '"' || quote === "'") {
      let value = "";
      const start = at++;
      for (;;) {
        if (at >= text.length) throw bindError(`the quote is not closed`, { start, end: text.length });
        if (text[at] === quote) {
          if (text[at + 1] !== quote) break;
          at++;
        }
        value += text[at++];
      }
      at++;
      return value;
    }
    const start = at;
    while (at < text.length && !stop.test(text[at])) at++;
    return text.slice(start, at);
  };
  for (;;) {
    while (at < text.length && /\s/.test(text[at])) at++;
    if (at >= text.length) return words;
    const start = at;
    const name = readAtom(/[\s=]/);
    let value: string[] | undefined;
    if (text[at] === "=") {
      at++;
      value = [readAtom(/[\s,]/)];
      while (text[at] === ",") {
        at++;
        value.push(readAtom(/[\s,]/));
      }
    }
    words.push({ name, value, start, end: at });
  }
}
