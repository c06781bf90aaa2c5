import type { ChartResult, StatementResult } from "../src/engine/index.ts";
import { escapeHtml } from "./html.ts";
import { htmlTable } from "./html-table.ts";
import type { MimeBundle } from "./message.ts";
import { textTable } from "./text-table.ts";

/** The MIME type that JupyterLab 4 and VS Code draw. */
export const VEGALITE_MIME = "application/vnd.vegalite.v5+json";

/** A statement's result as a front end shows it; undefined where there is nothing to show. */
export function resultBundle(result: StatementResult): MimeBundle | undefined {
  if (result.table !== undefined) return { "text/html": htmlTable(result.table), "text/plain": textTable(result.table) };
  if (result.text !== undefined) return { "text/html": `<pre>${escapeHtml(result.text)}</pre>`, "text/plain": result.text };
  if (result.message !== undefined) return { "text/plain": result.message };
  return undefined;
}

/** The spec for front ends that draw it, and the picture for those that do not: saved notebooks, nbconvert, GitHub. */
export function chartBundle(chart: ChartResult): MimeBundle {
  return { [VEGALITE_MIME]: chart.spec, "image/png": Buffer.from(chart.png).toString("base64"), "text/plain": chart.summary };
}
