import type { EngineClient, LivePicture, LiveView } from "../../src/engine/index.ts";
import { VEGALITE_MIME } from "../display.ts";
import type { JsonObject, MimeBundle } from "../message.ts";
import { EMPTY_PNG, liveChartBundle, liveSpec } from "./live-chart.ts";
import { ColumnWidths, liveTableBundle, withFigures } from "./live-table.ts";

/** Where pictures of a live query go. */
export interface Screen {
  readonly view: LiveView;
  /** Shows a picture; gives the bytes that it took, 0 where nothing was to be shown anew. */
  show(picture: LivePicture): Promise<number> | number;
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
  readonly #display: Display;
  readonly #widths = new ColumnWidths();
  #last = "";
  #picture: LivePicture | undefined;

  constructor(display: Display, maxRows: number) {
    this.#display = display;
    this.view = { kind: "table", maxRows };
  }

  show(picture: LivePicture): number {
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
/** The picture for saved notebooks is drawn again this often; in between it stays. */
const PNG_EVERY_MS = 15_000;

/** A chart whose picture is fresh in the first and the last frame. */
export class ChartScreen implements Screen {
  readonly view: LiveView;
  readonly #display: Display;
  readonly #engine: Pick<EngineClient, "render">;
  readonly #name: string;
  #png = EMPTY_PNG;
  #drawnAt = Number.NEGATIVE_INFINITY;
  #hadRows = false;
  #drawing = false;
  #last = "";
  #picture: LivePicture | undefined;

  constructor(
    display: Display,
    engine: Pick<EngineClient, "render">,
    name: string,
    chart: { readonly options: string; readonly spec?: unknown },
  ) {
    this.#display = display;
    this.#engine = engine;
    this.#name = name;
    this.view = { kind: "chart", ...chart, maxPoints: POINTS_MAX };
  }

  async show(picture: LivePicture): Promise<number> {
    this.#picture = picture;
    const spec = liveSpec(picture, this.#name);
    const hasRows = picture.rowCount > 0;
    if (picture.state !== "running") this.#png = base64(await this.#engine.render(spec));
    else if ((hasRows && !this.#hadRows) || performance.now() - this.#drawnAt > PNG_EVERY_MS) this.#draw(spec);
    this.#hadRows ||= hasRows;
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

  /** Frames do not wait for it. One that fails leaves the picture before; the last frame's failure is an error of the output. */
  #draw(spec: Readonly<Record<string, unknown>>): void {
    if (this.#drawing) return;
    this.#drawing = true;
    this.#drawnAt = performance.now();
    this.#engine
      .render(spec)
      .then(
        (png) => {
          this.#png = base64(png);
        },
        () => undefined,
      )
      .finally(() => {
        this.#drawing = false;
      });
  }
}

const base64 = (png: Uint8Array): string => Buffer.from(png).toString("base64");
