import type { EngineClient, LivePicture, LiveView } from "../../src/engine/index.ts";
import { VEGALITE_MIME } from "../display.ts";
import type { JsonObject, MimeBundle } from "../message.ts";
import { EMPTY_PNG, liveChartBundle, liveSpec } from "./live-chart.ts";
import { ColumnWidths, liveTableBundle, withFigures } from "./live-table.ts";

/** A picture, and in a failed one what a cell would say of the error: the message, the place in its text with a caret, the trace, the hint. */
export interface ShownPicture extends LivePicture {
  readonly failure: readonly string[];
}

/** Where pictures of a live query go. */
export interface Screen {
  readonly view: LiveView;
  /** Least time between frames: what a page has to do for one. */
  readonly intervalMs: number;
  /** Shows a picture; gives the bytes that it took, 0 where nothing was to be shown anew. */
  show(picture: ShownPicture): Promise<number> | number;
  /** Puts the ordinary result of a query that ended in place of its pictures, with the figures of the last. */
  finish(data: MimeBundle): void;
  /** The cell is gone or run anew: lets go of what lives in the page. */
  close?(): void;
}

/** One output of a cell, found again by its id. */
export interface Display {
  /** The first time `display_data`, then `update_display_data`. */
  show(data: MimeBundle): void;
}

/** A table, or any bundle that a picture alone decides. */
export class TableScreen implements Screen {
  readonly view: LiveView;
  readonly intervalMs = 100;
  readonly #display: Display;
  readonly #widths = new ColumnWidths();
  #last = "";
  #picture: ShownPicture | undefined;

  constructor(display: Display, maxRows: number) {
    this.#display = display;
    this.view = { kind: "table", maxRows };
  }

  show(picture: ShownPicture): number {
    this.#picture = picture;
    const data = liveTableBundle(picture, this.#widths);
    const text = JSON.stringify(data);
    if (text === this.#last) return 0;
    this.#last = text;
    this.#display.show(data);
    return text.length;
  }

  finish(data: MimeBundle): void {
    this.#display.show(this.#picture === undefined ? data : withFigures(data, this.#picture));
  }
}

/** Points of a live chart: what five frames a second of one chart have room for beside its picture. */
const POINTS_MAX = 1000;
/** The picture for a notebook that is saved meanwhile is drawn again this often; in between it stays. */
const PNG_EVERY_MS = 15_000;
/** It travels with every frame, so it is small: drawn coarser where need be, and left out where no scale makes it light enough. */
const PNG_SCALES = [1, 0.5];
const PNG_BYTES_MAX = 24_000;

/** A chart whose picture is fresh in the first and the last frame. */
export class ChartScreen implements Screen {
  readonly view: LiveView;
  /** Front ends make a new chart of every frame, and take none back that they are too slow for. */
  readonly intervalMs = 250;
  readonly #display: Display;
  readonly #engine: Pick<EngineClient, "render">;
  readonly #name: string;
  #png = EMPTY_PNG;
  #drawnAt = Number.NEGATIVE_INFINITY;
  #hadRows = false;
  #isDrawing = false;
  readonly #isOwnSpec: boolean;
  #failure: unknown;
  #last = "";
  #picture: ShownPicture | undefined;

  constructor(
    display: Display,
    engine: Pick<EngineClient, "render">,
    name: string,
    chart: { readonly options: string; readonly spec?: unknown },
  ) {
    this.#display = display;
    this.#engine = engine;
    this.#name = name;
    this.#isOwnSpec = chart.spec !== undefined;
    this.view = { kind: "chart", ...chart, maxPoints: POINTS_MAX };
  }

  async show(picture: ShownPicture): Promise<number> {
    this.#picture = picture;
    const spec = liveSpec(picture, this.#name);
    const hasRows = picture.rowCount > 0;
    if (picture.state !== "running") {
      this.#show(picture, spec);
      this.#png = base64(await this.#engine.render(spec));
    } else if (this.#isOwnSpec && !this.#hadRows) await this.#draw(spec);
    else if ((hasRows && !this.#hadRows) || performance.now() - this.#drawnAt > PNG_EVERY_MS)
      this.#draw(spec).catch((error) => (this.#failure = error));
    this.#hadRows ||= hasRows;
    if (this.#failure !== undefined && picture.state === "running") throw this.#failure;
    return this.#show(picture, spec);
  }

  #show(picture: ShownPicture, spec: JsonObject): number {
    const data = liveChartBundle(picture, spec, this.#png);
    const text = JSON.stringify(data);
    if (text === this.#last) return 0;
    this.#last = text;
    this.#display.show(data);
    return text.length;
  }

  finish(data: MimeBundle): void {
    if (this.#picture === undefined) {
      this.#display.show(data);
      return;
    }
    const chart = { spec: data[VEGALITE_MIME] as JsonObject, summary: String(data["text/plain"]), warnings: [] };
    const picture = { ...this.#picture, chart };
    this.#display.show(liveChartBundle(picture, liveSpec(picture, this.#name), String(data["image/png"])));
  }

  /** Frames do not wait for it, but for those of a spec that the user wrote: it may be one that cannot be drawn. */
  async #draw(spec: Readonly<Record<string, unknown>>): Promise<void> {
    if (this.#isDrawing) return;
    this.#isDrawing = true;
    this.#drawnAt = performance.now();
    try {
      this.#png = (await this.#lightPng(spec)) ?? EMPTY_PNG;
    } finally {
      this.#isDrawing = false;
    }
  }

  async #lightPng(spec: Readonly<Record<string, unknown>>): Promise<string | undefined> {
    for (const scale of PNG_SCALES) {
      const png = await this.#engine.render(spec, scale);
      if (png.length <= PNG_BYTES_MAX) return base64(png);
    }
    return undefined;
  }
}

const base64 = (png: Uint8Array): string => Buffer.from(png).toString("base64");
