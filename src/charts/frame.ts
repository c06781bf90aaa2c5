import type { Extent } from "./reduce.ts";

/** Shared pieces of Vega-Lite specs. Data columns are called x, y, c …; the names of the user's columns are titles only, so that no name can act as a path or an expression. */

export type Json = Readonly<Record<string, unknown>>;

export interface Axis {
  readonly title: string;
  readonly kind: "time" | "measure" | "category";
  readonly log: boolean;
  /** An exact domain, where points were reduced for this width; otherwise the scale rounds it. */
  readonly domain?: Extent;
  /** Whether a measure's axis starts at zero. Default: the scale decides by the mark. */
  readonly zero?: boolean;
  /** Ticks wanted, where the scale's own number would be wrong: a few whole numbers have none between them. */
  readonly ticks?: number;
  /** Labels of times that name the whole clock time at any span, without knowing the span. */
  readonly wholeTimes?: boolean;
  /** d3 format of the labels, where the scale's own would mislead. */
  readonly format?: string;
  /** Pixels at both ends of an axis of times beyond the first and last, where marks have a width. */
  readonly padding?: number;
}

const WHOLE_TIMES = [
  "utcmilliseconds(datum.value) ? utcFormat(datum.value, '%H:%M:%S.%L')",
  "utcseconds(datum.value) ? utcFormat(datum.value, '%H:%M:%S')",
  "utchours(datum.value) || utcminutes(datum.value) ? utcFormat(datum.value, '%H:%M')",
  "utcFormat(datum.value, '%b %d')",
].join(" : ");

/** The scale's own labels, but hours as the tables have them, 14:30, not 02:30, and months with their year, which else stands at January alone, where there may be no label. */
const DAY_HOURS = [
  "!(utcmilliseconds(datum.value) || utcseconds(datum.value) || utcminutes(datum.value) || utchours(datum.value))",
  "&& utcdate(datum.value) === 1 && utcmonth(datum.value) > 0 ? utcFormat(datum.value, '%b %Y') :",
  "utcseconds(datum.value) || utcmilliseconds(datum.value) || !(utchours(datum.value) || utcminutes(datum.value))",
  "? datum.label : utcFormat(datum.value, '%H:%M')",
].join(" ");

/** Milliseconds of the session zone's clock are drawn on a UTC scale, so that every front end shows the same hours. */
export function positional(field: string, axis: Axis): Json {
  if (axis.kind === "time") {
    const domain = axis.domain && { domain: [axis.domain.min, axis.domain.max], nice: false };
    const labels =
      axis.format !== undefined
        ? { format: axis.format, tickCount: 6 }
        : axis.wholeTimes
          ? { labelExpr: WHOLE_TIMES, tickCount: 6 }
          : { labelExpr: DAY_HOURS };
    const scale = { type: "utc", ...domain, ...(axis.padding !== undefined && { padding: axis.padding }) };
    return { field, type: "temporal", title: axis.title, scale, axis: { labelOverlap: true, labelSeparation: 8, ...labels } };
  }
  if (axis.kind === "category") return { field, type: "nominal", title: axis.title };
  const domain = axis.domain && { domain: [axis.domain.min, axis.domain.max], nice: false };
  const zero = axis.zero === undefined || axis.log ? {} : { zero: axis.zero };
  const labels = {
    ...(axis.ticks !== undefined && !axis.log && { tickCount: axis.ticks }),
    ...(axis.format !== undefined && { format: axis.format }),
  };
  return {
    field,
    type: "quantitative",
    title: axis.title,
    scale: { ...(axis.log && { type: "log" }), ...zero, ...domain },
    ...(Object.keys(labels).length > 0 && { axis: labels }),
  };
}

const PIXELS_PER_CHARACTER = 7;
const PIXELS_PER_TITLE_CHARACTER = 9;

/** A title in lines that fit the chart: a longer one would widen the whole picture. */
function titleLines(title: string, width: number): string | string[] {
  const most = Math.max(20, Math.floor(width / PIXELS_PER_TITLE_CHARACTER));
  const lines: string[] = [];
  for (const word of title.split(/\s+/)) {
    const longer = `${lines.at(-1) ?? ""} ${word}`;
    if (lines.length > 0 && longer.length <= most) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return title.length <= most ? title : lines;
}

/** Labels of a discrete x axis lie flat where they fit, and stand at a slant where they do not. */
export function labelAxis(labels: readonly string[], width: number): Json {
  const longest = labels.reduce((most, label) => Math.max(most, label.length), 0);
  const fits = labels.length * (longest + 2) * PIXELS_PER_CHARACTER <= width;
  return { labelAngle: fits ? 0 : -45, labelLimit: 160, labelOverlap: "greedy" };
}

/** A tooltip entry. `exact` names the text field that holds what a double cannot. */
export function tooltip(field: string, axis: Axis, exact?: string): Json {
  // The scale is what tells Vega-Lite to format in UTC
  if (axis.kind === "time") return { field, type: "temporal", title: axis.title, format: "%Y-%m-%d %H:%M:%S.%L", scale: { type: "utc" } };
  if (exact !== undefined) return { field: exact, type: "nominal", title: axis.title };
  if (axis.kind === "category") return { field, type: "nominal", title: axis.title };
  return { field, type: "quantitative", title: axis.title };
}

/** Zoom by wheel and pan by drag, on the axes that are continuous. */
export function zoom(x: Axis, y: Axis): Json[] {
  const encodings = [...(x.kind === "category" ? [] : ["x"]), ...(y.kind === "category" ? [] : ["y"])];
  return encodings.length === 0 ? [] : [{ name: "zoom", select: { type: "interval", encodings }, bind: "scales" }];
}

export interface FrameOptions {
  readonly title: string | undefined;
  readonly width: number;
  readonly height: number;
}

/** The outer spec around a unit or a layer. */
export function frame(options: FrameOptions, values: readonly Json[], content: Json): Json {
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v5.json",
    ...(options.title !== undefined && { title: titleLines(options.title, options.width) }),
    // Plots in rows have sizes of their own.
    ...(!("vconcat" in content || "facet" in content) && { width: options.width, height: options.height }),
    data: { values },
    ...content,
    config: THEME,
  };
}

/** Colours of Okabe and Ito, which colour-blind readers can tell apart, black last. */
const PALETTE = ["#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#B8A600", "#555555"];

const THEME: Json = {
  font: "sans-serif",
  background: "white",
  view: { stroke: null },
  axis: {
    gridColor: "#e8e8e8",
    domainColor: "#999",
    tickColor: "#999",
    labelColor: "#444",
    titleColor: "#222",
    titleFontWeight: "normal",
    titleFontSize: 12,
    labelFontSize: 11,
  },
  title: { anchor: "start", fontSize: 15, fontWeight: "bold", color: "#222", offset: 12 },
  legend: { labelColor: "#444", titleColor: "#222", titleFontWeight: "normal" },
  range: { category: PALETTE, heatmap: { scheme: "viridis" }, ramp: { scheme: "viridis" } },
  mark: { color: PALETTE[0] },
  line: { strokeWidth: 1.6 },
  point: { filled: true, size: 30, opacity: 0.7 },
};
