import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Resvg } from "@resvg/resvg-js";
import opentype from "opentype.js";
import * as vega from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import { bindError, WeirError } from "../core/errors.ts";

/**
 * The picture of a Vega-Lite spec as PNG, for saved notebooks and pages without scripts. Needs no browser and no system fonts: resvg gets
 * a font that ships with the package, because without any it leaves out all text and says nothing. Runs in render-worker.ts.
 */
export async function renderPng(spec: unknown, scale = 2): Promise<Uint8Array> {
  const svg = await renderSvg(spec);
  const image = new Resvg(svg, {
    fitTo: { mode: "zoom", value: scale },
    background: "white",
    font: {
      fontFiles: FONT_FILES,
      loadSystemFonts: false,
      defaultFontFamily: FONT_FAMILY,
      sansSerifFamily: FONT_FAMILY,
      serifFamily: FONT_FAMILY,
      monospaceFamily: FONT_FAMILY,
    },
  });
  return image.render().asPng();
}

export async function renderSvg(spec: unknown): Promise<string> {
  const view = await vegaView(spec);
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

/** A Vega view without a page; what tests read scales and marks from. */
export async function vegaView(spec: unknown): Promise<vega.View> {
  const logger = vega.logger(vega.Error);
  try {
    const compiled = compile(spec as TopLevelSpec, { logger }).spec;
    const view = new vega.View(vega.parse(compiled), { renderer: "none", loader: refusingLoader(), logger });
    await view.runAsync();
    return view;
  } catch (error) {
    if (error instanceof WeirError) throw error;
    throw bindError(`Vega-Lite cannot draw this spec: ${(error as Error).message}`);
  }
}

const FONT_FAMILY = "DejaVu Sans";
const require = createRequire(import.meta.url);
const FONT_FILES = ["DejaVuSans.ttf", "DejaVuSans-Bold.ttf"].map((file) => require.resolve(`dejavu-fonts-ttf/ttf/${file}`));

/** Labels are placed by the widths of the font they are drawn in; without a canvas, vega would only guess them. */
const font = opentype.parse(Uint8Array.from(readFileSync(FONT_FILES[0])).buffer);
const boldFont = opentype.parse(Uint8Array.from(readFileSync(FONT_FILES[1])).buffer);
const metrics = (
  vega as unknown as { textMetrics: { width: (item: { fontSize?: number; fontWeight?: string | number }, text?: unknown) => number } }
).textMetrics;
metrics.width = (item, text) => {
  const shown = text ?? (item as { text?: unknown }).text ?? "";
  const face = item.fontWeight === "bold" || Number(item.fontWeight) >= 600 ? boldFont : font;
  let units = 0;
  for (const char of String(shown)) units += face.charToGlyph(char).advanceWidth ?? face.unitsPerEm;
  return (units / face.unitsPerEm) * (item.fontSize ?? 11);
};

/** A spec's data is what the query gave: nothing is read from files or the network on this side. */
function refusingLoader(): vega.Loader {
  const refuse = (uri: string) =>
    Promise.reject(bindError(`the chart may not load ${uri}`, undefined, "read the file with SQL and draw the result"));
  return { load: refuse, sanitize: refuse, http: refuse, file: refuse };
}
