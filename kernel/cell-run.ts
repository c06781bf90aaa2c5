import {
  type EngineClient,
  type ErrorData,
  type LiveOutput,
  nearestName,
  type Parameters,
  type Span,
  type StatementResult,
} from "../src/engine/index.ts";
import { stripAnsi } from "./ansi.ts";
import { type Cell, parseCell, type SqlStep, type Step } from "./cell.ts";
import { CellError } from "./cell-error.ts";
import { chartBundle, resultBundle } from "./display.ts";
import { errorContent } from "./error-display.ts";
import { Interrupted, type KernelRequest, type KernelState } from "./handler.ts";
import { HTML_ROWS_MAX } from "./html-table.ts";
import { cellKey } from "./live/live-cells.ts";
import { LiveDisplay } from "./live/live-display.ts";
import { ChartScreen, type Display, type Screen, TableScreen } from "./live/screen.ts";
import { WidgetScreen } from "./live/widget-screen.ts";
import type { CellPlan, MadeSql, Magic, MagicCall, MagicCell } from "./magics/magic.ts";
import { MAGICS, takesText } from "./magics/registry.ts";
import type { Output } from "./output.ts";
import { parameterNames, parseParameter } from "./parameters.ts";

/** An error of the engine, its span moved to the cell's text. */
class StatementError extends Error {
  readonly span: Span | undefined;
  readonly hint: string | undefined;
  readonly trace: readonly string[] | undefined;
  readonly detail: string | undefined;
  constructor(data: ErrorData, span: Span | undefined) {
    super(data.message);
    this.name = data.name;
    this.span = span;
    this.hint = data.hint;
    this.trace = data.trace;
    this.detail = data.detail;
  }
}

/** What the last statement of a batch gave; `display` is where its pictures were, if it read a stream. */
interface LastOfBatch {
  readonly result: StatementResult | undefined;
  readonly display: LiveDisplay | undefined;
}

/** SQL for the engine, and where it stands in the cell. */
interface Batch {
  readonly code: string;
  /** Characters in front of `code` that are not the cell's. */
  readonly prefix: number;
  readonly start: number;
  readonly statements: number;
}

/** One run of one cell. Throws what went wrong, with its place in the cell's text. */
export class CellRun implements MagicCell {
  readonly #kernel: KernelState;
  readonly output: Output;
  readonly magics = MAGICS;
  readonly engine: EngineClient;
  readonly #request: KernelRequest;
  readonly #signal: AbortSignal;
  /** Results are kept under this number; undefined for silent cells, whose results are not kept. */
  readonly #cellNumber: number | undefined;
  readonly #asked: Record<string, Parameters[string]> = {};
  /** The step that runs is the last that shows something: its result is the cell's. */
  #atResult = true;

  constructor(options: {
    readonly kernel: KernelState;
    readonly engine: EngineClient;
    readonly request: KernelRequest;
    readonly output: Output;
    readonly signal: AbortSignal;
    readonly cellNumber: number | undefined;
  }) {
    this.#kernel = options.kernel;
    this.output = options.output;
    this.engine = options.engine;
    this.#request = options.request;
    this.#signal = options.signal;
    this.#cellNumber = options.cellNumber;
  }

  /** Nobody is there who could stop a query, as under nbclient, nbconvert and `weir run`. */
  get #isUnattended(): boolean {
    return this.#request.content.allow_stdin !== true;
  }

  get signal(): AbortSignal {
    return this.#signal;
  }

  get parameters(): Record<string, Parameters[string]> {
    return this.#kernel.parameters;
  }

  async run(text: string): Promise<void> {
    const cell = parseCell(text);
    const plan: CellPlan = {};
    if (cell.body !== undefined) return this.#runBody(cell, cell.body);
    for (const call of cell.modifiers) modify(call, plan, cell);
    const resultStep = cell.steps.findLastIndex(givesResult);
    for (const [i, step] of cell.steps.entries()) {
      this.#atResult = i === resultStep;
      if (step.kind === "sql") await this.#runStep(step, cell, this.#atResult ? plan : { timed: plan.timed });
      else await this.#runMagic(step.call);
    }
    if (plan.chart !== undefined && !cell.steps.some((step) => step.kind === "sql")) {
      this.#atResult = true;
      await this.showChart({ source: plan.source ?? "_", ...plan.chart }, chartCall(cell));
    }
  }

  /** A cell whose text is no SQL: the statement that its magic makes of it. Places in errors are those of the cell. */
  async #runBody({ modifiers, text }: Cell, body: Span): Promise<void> {
    const call = modifiers.find(({ name }) => takesText(name))!;
    const other = modifiers.find((one) => one !== call);
    if (other !== undefined) throw new CellError(`%%${other.name} cannot stand above a cell of %%${call.name}`, other.span);
    const magic = MAGICS.get(call.name)!;
    const given = {
      ...{ text: text.slice(body.start, body.end), start: body.start },
      linesAbove: text.slice(0, body.start).split("\n").length - 1,
    };
    if (this.#signal.aborted) throw new Interrupted();
    if (magic.takeBody !== undefined) return magic.takeBody(call, given, this);
    const { pieces, moduleName } = magic.makeSql!(call, given);
    const code = pieces.map((piece) => piece.text).join("");
    const outcome = await this.engine.run({ code, moduleName, unattended: true }, { onResult: (result) => this.#show(result, true) });
    if (outcome.error !== undefined) throw new StatementError(outcome.error, placeInCell(pieces, outcome.error.span) ?? call.span);
  }

  /** SQL that a magic made. Its errors stand at `at`, the magic. */
  async runSql(sql: string, at?: Span): Promise<void> {
    if (this.#signal.aborted) throw new Interrupted();
    const isResult = this.#atResult;
    const outcome = await this.engine.run({ code: sql, unattended: true }, { onResult: (result) => this.#show(result, isResult) });
    if (outcome.error !== undefined) throw new StatementError(outcome.error, at);
  }

  async showChart(chart: { source: string; options: string; spec?: unknown }, call?: MagicCall): Promise<void> {
    try {
      const result = await this.engine.chart(chart);
      for (const warning of result.warnings) this.output.stream("stderr", `warning: ${warning}\n`);
      this.output.show(chartBundle(result), this.#atResult);
    } catch (error) {
      throw chartError(error, chart.options === "" ? undefined : call, call?.span);
    }
  }

  async #runMagic(call: MagicCall): Promise<void> {
    const magic = findMagic(call);
    if (call.wholeCell) throw new CellError(`%%${call.name} must stand at the top of the cell`, call.span);
    if (magic.precedesSql) throw new CellError(`%${call.name} needs a query behind it`, call.span, `as in: ${magic.usage}`);
    if (magic.run === undefined)
      throw new CellError(`${call.name} stands at the top of a cell, with two percent signs`, call.span, magic.usage);
    await magic.run(call, this);
  }

  async #runStep(step: SqlStep, cell: Cell, cellPlan: CellPlan): Promise<void> {
    const plan = { ...cellPlan };
    for (const call of step.modifiers) modify(call, plan, cell);
    const batches = makeBatches(step, cell.text, plan.prefix);
    for (const [i, batch] of batches.entries()) {
      const isLast = this.#atResult && i === batches.length - 1;
      const last = await this.#runBatch(batch, isLast ? plan : { timed: plan.timed }, isLast, cell);
      if (isLast && plan.chart !== undefined && last.result?.live === undefined) await this.#chartOf(last, plan.chart, cell);
    }
  }

  async #runBatch(batch: Batch, plan: CellPlan, isLast: boolean, cell: Cell): Promise<LastOfBatch> {
    const toCell = (offset: number) => batch.start + Math.max(0, offset - batch.prefix);
    const parameters = await this.#parametersOf(batch.code, toCell);
    if (this.#signal.aborted) throw new Interrupted();
    let count = 0;
    let last: StatementResult | undefined;
    const displays: LiveDisplay[] = [];
    const finished: Promise<void>[] = [];
    const failureText = (error: ErrorData): readonly string[] => {
      const { span } = error;
      const placed = { ...error, span: span && { start: toCell(span.start), end: toCell(span.end) } };
      return errorContent(placed, cell.text).traceback.map(stripAnsi);
    };
    const ofStatement = (span: Span) => displays.find((display) => display.output.span.start === span.start);
    const outcome = await this.engine.run(
      { code: batch.code, parameters, cell: this.#cellNumber, name: plan.name, maxRows: HTML_ROWS_MAX, unattended: this.#isUnattended },
      {
        onConfirm: this.#request.content.allow_stdin === true ? (question) => this.#confirm(question) : undefined,
        onResult: (result) => {
          count += 1;
          last = result;
          const final = isLast && count === batch.statements;
          const display = ofStatement(result.span);
          const bundle = display === undefined || result.live !== undefined ? undefined : resultBundle(result);
          if (display !== undefined && bundle !== undefined && !(final && plan.chart !== undefined)) finished.push(display.finish(bundle));
          this.#show(result, final, display !== undefined || (final && plan.chart !== undefined));
          if (plan.timed) this.output.stream("stdout", `${formatMs(result.elapsedMs)}  ${firstWords(batch.code, result.span)}\n`);
        },
        onProgress: (progress) => this.output.progress(progress),
        onLive: (live) => {
          const chart = isLast && count === batch.statements - 1 ? plan.chart : undefined;
          displays.push(this.#startLive(live, chart, failureText));
        },
      },
    );
    await this.#showFirst(displays, toCell, chartCall(cell));
    await Promise.all([...finished, ...displays.filter(({ output }) => output.held).map((display) => display.over)]);
    if (outcome.error !== undefined) {
      const { span } = outcome.error;
      throw new StatementError(outcome.error, span && { start: toCell(span.start), end: toCell(span.end) });
    }
    return { result: last, display: last && ofStatement(last.span) };
  }

  async #confirm(question: string): Promise<boolean> {
    return /^y(?:es)?$/i.test((await this.#kernel.askInput(this.#request, `${question} [y/N] `)).trim());
  }

  /** The output of a query over a stream. It goes on when the cell has ended, unless the query holds the cell. */
  #startLive(live: LiveOutput, chart: CellPlan["chart"], failureText: (error: ErrorData) => readonly string[]): LiveDisplay {
    const display = this.output.display();
    const rows = Number(this.engine.settings().live_rows_shown);
    const plain = (at: Display): Screen =>
      chart === undefined ? new TableScreen(at, rows) : new ChartScreen(at, this.engine, live.name, chart);
    const isSilent = this.#cellNumber === undefined;
    const asWidget = this.engine.settings().live_widget === "true" && !this.#isUnattended && !isSilent;
    const widget = asWidget
      ? new WidgetScreen(display, plain, (...model) => this.#kernel.widgets.open(this.#request, ...model))
      : undefined;
    const shown = new LiveDisplay(live, widget ?? plain(display), this.#kernel.live.budget, failureText);
    if (widget !== undefined) widget.controls = shown;
    this.#kernel.live.add(cellKey(this.#request.message.metadata, String(this.#request.content.code ?? "")), shown);
    return shown;
  }

  /** Every live output has its first picture before the cell ends; a chart that cannot be drawn is an error of the cell. */
  async #showFirst(displays: readonly LiveDisplay[], toCell: (offset: number) => number, call: MagicCall | undefined): Promise<void> {
    for (const { first, output } of displays) {
      const statement = { start: toCell(output.span.start), end: toCell(output.span.end) };
      await first.catch((error) => {
        throw chartError(error, call, statement);
      });
    }
  }

  #show(result: StatementResult, isResult: boolean, asChart = false): void {
    const bundle = asChart && result.table !== undefined ? undefined : resultBundle(result);
    if (bundle !== undefined) this.output.show(bundle, isResult);
    for (const warning of result.warnings) this.output.stream("stderr", `warning: ${warning}\n`);
  }

  async #chartOf({ result, display }: LastOfBatch, chart: NonNullable<CellPlan["chart"]>, cell: Cell): Promise<void> {
    const call = chartCall(cell);
    if (result?.table?.name === undefined) throw new CellError("the cell's last statement gives no rows to draw", call?.span);
    if (display !== undefined) return display.finish(chartBundle(await this.engine.chart({ source: result.table.name, ...chart })));
    await this.showChart({ source: result.table.name, ...chart }, call);
  }

  /** Values of the `$name`s in the code; those that have none are asked for, where somebody is there to answer. */
  async #parametersOf(code: string, toCell: (offset: number) => number): Promise<Parameters> {
    for (const { name, start, end } of parameterNames(code)) {
      if (name in this.#kernel.parameters || name in this.#asked) continue;
      if (this.#request.content.allow_stdin !== true) {
        const span = { start: toCell(start), end: toCell(end) };
        throw new CellError(`parameter $${name} has no value`, span, `give it one: %param ${name} = …`, "BindError");
      }
      this.#asked[name] = parseParameter(await this.#kernel.askInput(this.#request, `$${name} = `));
    }
    return { ...this.#kernel.parameters, ...this.#asked };
  }
}

/** A span of the text that the pieces make, in the cell they were taken from; undefined for one that starts in no such piece. */
function placeInCell(pieces: MadeSql["pieces"], span: Span | undefined): Span | undefined {
  if (span === undefined) return undefined;
  let from = 0;
  for (const { text, start } of pieces) {
    const to = from + text.length;
    if (start !== undefined && span.start >= from && span.start < to) {
      return { start: start + span.start - from, end: start + Math.min(span.end, to) - from };
    }
    from = to;
  }
  return undefined;
}

/** A chart that cannot be drawn: the place is in the magic's options, where the error knows one there, else `otherwise`. */
function chartError(error: unknown, call: MagicCall | undefined, otherwise: Span | undefined): StatementError {
  const { name, message, span, hint } = error as ErrorData;
  const place =
    span !== undefined && call !== undefined ? { start: call.argsStart + span.start, end: call.argsStart + span.end } : undefined;
  return new StatementError({ phase: "bind", name, message, hint }, place ?? call?.span ?? otherwise);
}

function findMagic(call: MagicCall): Magic {
  const magic = MAGICS.get(call.name);
  if (magic !== undefined) return magic;
  const near = nearestName(call.name, MAGICS.keys());
  const percent = call.wholeCell ? "%%" : "%";
  throw new CellError(
    `there is no magic ${percent}${call.name}`,
    call.span,
    near === undefined ? "%help lists them" : `did you mean ${percent}${near}?`,
  );
}

function modify(call: MagicCall, plan: CellPlan, cell: Cell): void {
  const magic = findMagic(call);
  if (magic.modify === undefined)
    throw new CellError(`%${call.name} stands on a line of its own, with one percent sign`, call.span, magic.usage);
  const json = cell.json && { text: cell.text.slice(cell.json.start, cell.json.end), start: cell.json.start };
  magic.modify(call, plan, json);
}

const givesResult = (step: Step): boolean => step.kind === "sql" || MAGICS.get(step.call.name)?.givesResult === true;

const chartCall = (cell: Cell): MagicCall | undefined => cell.modifiers.find((call) => call.name === "chart" || call.name === "vegalite");

/** One batch, or two where the last statement gets a prefix: EXPLAIN belongs to it alone. */
function makeBatches(step: SqlStep, text: string, prefix: string | undefined): Batch[] {
  const batch = (from: number, to: number, before: string): Batch => {
    const start = step.statements[from].start;
    return { code: before + text.slice(start, step.statements[to - 1].end), prefix: before.length, start, statements: to - from };
  };
  const count = step.statements.length;
  if (prefix === undefined) return [batch(0, count, "")];
  return [...(count > 1 ? [batch(0, count - 1, "")] : []), batch(count - 1, count, prefix)];
}

function formatMs(ms: number): string {
  return ms < 1000 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

function firstWords(code: string, span: Span): string {
  const text = code.slice(span.start, span.end).replace(/\s+/g, " ").trim();
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
