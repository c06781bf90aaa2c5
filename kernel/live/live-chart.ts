import { VEGALITE_MIME } from "../display.ts";
import type { JsonObject, MimeBundle } from "../message.ts";
import { notesOf } from "./live-table.ts";
import type { ShownPicture } from "./screen.ts";
import { statusText } from "./status-line.ts";

/** Stands for the picture until there is one: a PNG of one transparent pixel. */
export const EMPTY_PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";

/** The spec of a picture, the query's figures in the line below its title. */
export function liveSpec(picture: ShownPicture, name: string): JsonObject {
  const spec = picture.chart?.spec ?? {};
  const title = titleText(spec.title) ?? name;
  // The place and the trace need letters of one width, which stand in the text.
  const subtitle = [statusText(picture), ...picture.failure.slice(0, 1), ...notesOf(picture, 0)];
  return { ...spec, title: { text: title, subtitle, subtitleFontSize: 11, subtitleColor: "#666" } };
}

function titleText(title: unknown): unknown {
  return typeof title === "object" && title !== null && !Array.isArray(title) ? (title as JsonObject).text : title;
}

/** The same MIME types in every frame; `png`, in base64, is kept between fresh ones. */
export function liveChartBundle(picture: ShownPicture, spec: JsonObject, png: string): MimeBundle {
  return {
    [VEGALITE_MIME]: spec,
    "image/png": png,
    "text/plain": [picture.chart?.summary ?? "", statusText(picture), ...picture.failure, ...notesOf(picture, 0)].join("\n").trim(),
  };
}
