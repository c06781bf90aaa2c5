import { readFileSync } from "node:fs";
import type { LiveView } from "../../src/engine/index.ts";
import { chartLibraries } from "../chart-libraries.ts";
import type { Comm, CommMessage } from "../comms.ts";
import { escapeHtml } from "../html.ts";
import type { JsonObject, MimeBundle } from "../message.ts";
import { PACKAGE_ROOT } from "../version.ts";
import { notesOf } from "./live-table.ts";
import type { Display, Screen, ShownPicture } from "./screen.ts";
import { statusParts, statusText } from "./status-line.ts";

const VIEW_MIME = "application/vnd.jupyter.widget-view+json";

/** A widget scrolls, so that it can have more rows than a plain table. */
const ROWS_MAX = 200;
const POINTS_MAX = 2000;
/** How long a page may take to say that it has drawn a picture. One that is hidden or gone says nothing, and is not waited for again until it does. */
const DRAWN_MS = 1000;

/** What a person does with a widget. */
export interface WidgetControls {
  pause(): void;
  resume(): void;
  stop(): void;
}

type OpenModel = (state: () => JsonObject, onMessage: (message: CommMessage) => void) => Comm;

/**
 * Pictures of a live query as a widget that anywidget runs in the page: a model whose state is the latest picture. The plain screen that it stands for gives the
 * output of front ends without widgets, and of the saved notebook.
 */
export class WidgetScreen implements Screen {
  readonly intervalMs = 100;
  #view: LiveView;
  readonly #display: Display;
  readonly #openModel: OpenModel;
  #isWatched = false;
  #drawn: (() => void) | undefined;
  #controls: WidgetControls | undefined;
  #comm: Comm | undefined;
  #state: JsonObject = {};
  #plainData: MimeBundle = {};
  readonly #plainScreen: Screen;

  /** `plain` makes the screen of the same view without a widget. */
  constructor(display: Display, plain: (display: Display) => Screen, openModel: OpenModel) {
    this.#display = display;
    this.#openModel = openModel;
    this.#plainScreen = plain({
      show: (data) => {
        this.#plainData = data;
      },
    });
    const { view } = this.#plainScreen;
    this.#view = view.kind === "table" ? { kind: "table", maxRows: ROWS_MAX } : { ...view, maxPoints: POINTS_MAX };
  }

  get view(): LiveView {
    return this.#view;
  }

  set controls(controls: WidgetControls) {
    this.#controls = controls;
  }

  async show(picture: ShownPicture): Promise<number> {
    const { spec, frame } = widgetState(picture);
    const changed: JsonObject = { frame };
    if (spec !== undefined && JSON.stringify(spec) !== JSON.stringify(this.#state.spec)) changed.spec = spec;
    this.#state = { ...this.#state, ...changed };
    const isLast = picture.state !== "running";
    if (this.#comm === undefined) {
      this.#comm = this.#openModel(
        () => this.#wholeState,
        (message) => this.#receive(message),
      );
      if (!isLast) this.#showOutput(picture);
    } else this.#comm.send({ method: "update", state: changed, buffer_paths: [] });
    if (isLast) {
      await this.#plainScreen.show(picture);
      this.#showOutput(picture);
    } else if (this.#isWatched) this.#isWatched = await this.#untilDrawn();
    return JSON.stringify(changed).length;
  }

  /** Whether the page drew the picture. */
  #untilDrawn(): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, DRAWN_MS, false);
      this.#drawn = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }

  finish(data: MimeBundle): void {
    this.#plainScreen.finish(data);
    this.#display.show({ ...this.#viewData, ...this.#plainData });
  }

  close(): void {
    this.#drawn?.();
    this.#comm?.close();
  }

  get #wholeState(): JsonObject {
    return { ...MODEL, _esm: asset("live-widget.js"), _css: asset("live-widget.css"), ...this.#state };
  }

  get #viewData(): MimeBundle {
    return { [VIEW_MIME]: { version_major: 2, version_minor: 1, model_id: this.#comm?.id ?? "" } };
  }

  #showOutput(picture: ShownPicture): void {
    const text = statusText(picture);
    const hint = "this live output is a widget: it needs anywidget in the front end, or SET live_widget = false";
    const waiting = { "text/html": `${escapeHtml(text)}<br><small>${hint}</small>`, "text/plain": `${text}\n${hint}` };
    this.#display.show({ ...this.#viewData, ...(picture.state === "running" ? waiting : this.#plainData) });
  }

  #receive({ data }: CommMessage): void {
    if (data.method === "request_state") this.#comm?.send({ method: "update", state: this.#wholeState, buffer_paths: [] });
    if (data.method !== "custom") return;
    const content = (data.content ?? {}) as JsonObject;
    if (content.type === "drawn") {
      this.#isWatched = true;
      this.#drawn?.();
    } else if (content.type === "pause") this.#controls?.pause();
    else if (content.type === "resume") this.#controls?.resume();
    else if (content.type === "stop") this.#controls?.stop();
    else if (content.type === "zoom") this.#zoom(content.range);
    else if (content.type === "libraries") void this.#sendLibraries();
  }

  /** The next picture has its points where the user looks. */
  #zoom(range: unknown): void {
    if (this.#view.kind !== "chart") return;
    const isRange = Array.isArray(range) && range.length === 2 && range.every(Number.isFinite);
    const { range: _, ...whole } = this.#view;
    this.#view = isRange ? { ...whole, range: [range[0], range[1]] } : whole;
  }

  async #sendLibraries(): Promise<void> {
    const texts = await chartLibraries(["vega", "vega-lite"]);
    this.#comm?.send(
      { method: "custom", content: { type: "libraries" } },
      texts.map((text) => Buffer.from(text)),
    );
  }
}

const MODEL: JsonObject = {
  _model_module: "anywidget",
  _model_name: "AnyModel",
  _model_module_version: "*",
  _view_module: "anywidget",
  _view_name: "AnyView",
  _view_module_version: "*",
  _view_count: null,
  _dom_classes: [],
  _anywidget_id: "weir.LiveOutput",
};

/** The picture as the view in the page takes it: a chart's data apart from its spec, which seldom changes. */
function widgetState(picture: ShownPicture): { readonly spec?: JsonObject; readonly frame: JsonObject } {
  const { table, chart, state } = picture;
  const figures = statusParts(picture);
  const frame = { state, figures, failure: picture.failure, notes: notesOf(picture, table?.rows.length ?? 0) };
  if (chart === undefined) {
    return {
      frame: { ...frame, columns: table?.columns ?? [], rows: table?.rows ?? [], open: table?.open, isTail: table?.isTail ?? false },
    };
  }
  const { data, ...spec } = chart.spec;
  return { spec, frame: { ...frame, values: (data as { values: unknown }).values } };
}

const assets = new Map<string, string>();

/** A file of `kernel/assets`, which ships with the package. */
function asset(name: string): string {
  const text = assets.get(name) ?? readFileSync(new URL(`kernel/assets/${name}`, PACKAGE_ROOT), "utf8");
  assets.set(name, text);
  return text;
}
