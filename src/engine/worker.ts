import { parentPort, workerData } from "node:worker_threads";
import { FUNCTION_PROPERTIES, functionInfo, TABLE_SYNTAX } from "../assist/index.ts";
import { PackAssist } from "../assist/packs.ts";
import { buildChart, type ChartEnvironment } from "../charts/chart.ts";
import { fillSpec } from "../charts/vegalite.ts";
import { type ErrorData, errorDetail, errorToData, WeirError } from "../core/errors.ts";
import { containUserCode } from "../exec/stray-code.ts";
import { formatValue } from "../functions/cast/index.ts";
import type { LiveQuery } from "../jobs/live.ts";
import { Session } from "../session.ts";
import { MODEL_PROPERTIES } from "../statements/create-model.ts";
import { CatalogPublisher } from "./catalog-changes.ts";
import { FunctionPublisher } from "./function-changes.ts";
import { LiveOutputs, whenOver } from "./live-outputs.ts";
import { livePicture } from "./live-picture.ts";
import type { DrawnChart, EngineWorkerData, FromEngine, ToEngine } from "./messages.ts";
import type { ChartRequest, RunOutcome, RunRequest, StatementResult } from "./protocol.ts";
import { showStatement } from "./show-result.ts";

/** The engine thread: a session, and the messages it answers. Queries share the thread by slices, so that it answers while they run. */

if (parentPort === null) throw new Error("worker.js runs as a worker thread");
const port = parentPort;
const { options, interrupt, watch } = workerData as EngineWorkerData;
const session = new Session({ ...options, interrupt, watch });
containUserCode((error) => session.strayError(error));
const send = (message: FromEngine) => port.postMessage(message);

const PROGRESS_AFTER_MS = 500;
const PROGRESS_EVERY_MS = 100;
const DEFAULT_MAX_ROWS = 1000;
const catalog = new CatalogPublisher();
const functions = new FunctionPublisher();
const packs = new PackAssist(session.packs);
const properties = {
  model: MODEL_PROPERTIES.options.map(({ name, doc, choices }) => ({ name, doc, choices })),
  function: FUNCTION_PROPERTIES,
};
/** Messages under way: what code that was terminated from outside can no longer answer, recovery answers in its place. */
const live = new LiveOutputs((query, view) => livePicture(query, view, formatOptions().timeZone, errorData));
const underWay = new Map<number, { readonly isRun: boolean; timer?: NodeJS.Timeout }>();

async function run(id: number, request: RunRequest, asks: boolean): Promise<RunOutcome> {
  const started = performance.now();
  const timer = setInterval(() => {
    const progress = session.progress();
    const elapsedMs = performance.now() - started;
    if (progress !== undefined && elapsedMs >= PROGRESS_AFTER_MS && session.settings.get("progress") === true) {
      send({ kind: "progress", id, progress: { fraction: progress.fraction, rowsRead: progress.rowsScanned, elapsedMs } });
    }
  }, PROGRESS_EVERY_MS);
  const keepAs = [...(request.name === undefined ? [] : [request.name]), ...(request.cell === undefined ? [] : [`_${request.cell}`, "_"])];
  const own = underWay.get(id);
  if (own !== undefined) own.timer = timer;
  const unattended: LiveQuery[] = [];
  try {
    await session.run(request.code, {
      parameters: request.parameters,
      moduleName: request.moduleName,
      keepAs,
      queryName: request.name ?? (request.cell === undefined ? undefined : `q${request.cell}`),
      confirm: asks ? (question) => ask(id, question) : undefined,
      onLive: (query, { statement, held }) => {
        const waits = held || request.unattended === true;
        const number = live.add(query);
        send({ kind: "live", id, live: { number, name: query.name, span: statement.span, held: waits } });
        if (waits) void whenOver(query).then(() => send({ kind: "liveEnded", id, live: number }));
        if (!held && waits) unattended.push(query);
      },
      onOutput: (finished) => {
        const limit = Math.min(request.maxRows ?? DEFAULT_MAX_ROWS, Number(session.settings.get("max_rows_shown")));
        const result = showStatement(finished, limit, formatOptions());
        const warnings =
          result.live !== undefined && request.unattended === true ? [...result.warnings, unattendedWarning(result.live)] : result.warnings;
        if (CHANGES_PACKS.has(result.statement)) packs.refresh();
        send({ kind: "result", id, result: { ...result, warnings } });
      },
    });
    await Promise.all(unattended.map(holdUnattended));
    return { status: "ok" };
  } catch (error) {
    return { status: "error", error: errorData(error) };
  } finally {
    await printed();
    clearInterval(timer);
    finished(id);
  }
}

/** An error as the user asked for it. */
function errorData(error: unknown): ErrorData {
  const detail = session.settings.get("errors") === "full" ? errorDetail(error) : undefined;
  return { ...errorToData(error), ...(detail !== undefined && { detail }) };
}

/** What functions have printed is with the listener, so that it stands before the end of the run. */
async function printed(): Promise<void> {
  if (process.stdout.writableLength > 0) await new Promise<void>((resolve) => process.stdout.write("", () => resolve()));
}

/** Runs that wait for a yes or no. */
const questions = new Map<number, (yes: boolean) => void>();

function ask(run: number, question: string): Promise<boolean> {
  const answered = new Promise<boolean>((resolve) => questions.set(run, resolve));
  send({ kind: "confirm", id: run, question });
  return answered.finally(() => questions.delete(run));
}

const unattendedWarning = (name: string) =>
  `${name} has no end and nobody is here to stop it: it ends after ${session.settings.get("live_seconds_unattended")} s (SET live_seconds_unattended, or FOR INTERVAL in the query)`;

/** Nobody would ever stop this query. */
async function holdUnattended(query: LiveQuery): Promise<void> {
  const timer = setTimeout(() => query.stop(), Number(session.settings.get("live_seconds_unattended")) * 1000);
  await whenOver(query);
  clearTimeout(timer);
  if (query.error !== undefined) throw query.error;
}

const CHANGES_PACKS = new Set(["installPack", "loadPack", "drop"]);

const formatOptions = () => ({ timeZone: String(session.settings.get("TimeZone")) });

async function chart(request: ChartRequest): Promise<DrawnChart> {
  const table = await session.read(request.source);
  const timeZone = String(session.settings.get("TimeZone"));
  const environment: ChartEnvironment = {
    timeZone,
    width: request.width ?? 560,
    formatValue: (type, value) => formatValue(type, value, timeZone),
  };
  if (request.spec !== undefined) return fillSpec(request.spec, table, environment);
  const { spec, summary, warnings } = buildChart(table, request.options, environment);
  return { spec, summary, warnings };
}

async function summarize(name: string): Promise<StatementResult> {
  let result: StatementResult | undefined;
  await session.run(`SUMMARIZE "${name.replaceAll('"', '""')}"`, {
    onOutput: (finished) => {
      result = showStatement(finished, DEFAULT_MAX_ROWS, formatOptions());
    },
  });
  if (result === undefined) throw new WeirError("internal", `SUMMARIZE ${name} gave nothing`);
  return result;
}

function publish(): void {
  const changes = catalog.changes({ ...session.catalogSnapshot(), properties, packs: packs.snapshot });
  if (changes !== undefined) send({ kind: "catalog", changes });
  const changedFunctions = functions.changes(session.functions.userDefined(), packs.functions);
  if (changedFunctions !== undefined) send({ kind: "functions", changes: changedFunctions });
  send({
    kind: "settings",
    settings: Object.fromEntries(session.settings.all().map(({ setting, value }) => [setting.name, String(value)])),
  });
}

async function answer(message: ToEngine): Promise<void> {
  switch (message.kind) {
    case "run":
      send({ kind: "done", id: message.id, value: await run(message.id, message.request, message.asks) });
      return;
    case "chart":
      send({ kind: "done", id: message.id, value: await chart(message.request) });
      return;
    case "summarize":
      send({ kind: "done", id: message.id, value: await summarize(message.name) });
      return;
    case "next":
      send({ kind: "done", id: message.id, value: await live.next(message.live, message.view) });
      return;
    case "stopLive":
      send({ kind: "done", id: message.id, value: stopLive(message) });
      return;
    case "jobs":
      send({ kind: "done", id: message.id, value: session.jobs.all().map(({ name, state, error }) => ({ name, state, error })) });
      return;
    case "interrupted":
      session.noticeInterrupt();
      send({ kind: "done", id: message.id, value: undefined });
      return;
    case "recover":
      session.recover(message.slot);
      return;
    case "confirmed":
      questions.get(message.run)?.(message.yes);
      return;
    case "abandonRuns":
      abandonRuns();
      return;
    case "close":
      await session.close();
      port.close();
  }
}

function stopLive({ live: number, name }: { readonly live?: number; readonly name?: string }): readonly string[] {
  if (number !== undefined) {
    live.stop(number);
    return [];
  }
  return session.stop(name);
}

/** The flag has done its work once nothing runs any more. */
function finished(id: number): void {
  underWay.delete(id);
  if (![...underWay.values()].some((message) => message.isRun)) Atomics.store(interrupt, 0, 0);
  publish();
}

/** What waits for something that cannot be interrupted, or was ended in the middle of what no query answers for. */
function abandonRuns(): void {
  const error = errorToData(new WeirError("interrupt", "query interrupted"));
  for (const [id, { isRun, timer }] of [...underWay]) {
    clearInterval(timer);
    if (isRun) send({ kind: "done", id, value: { status: "error", error } });
    else send({ kind: "failed", id, error });
    finished(id);
  }
}

port.on("message", (message: ToEngine) => {
  if (message.kind === "run" || message.kind === "chart" || message.kind === "summarize" || message.kind === "jobs")
    underWay.set(message.id, { isRun: message.kind === "run" });
  answer(message)
    .catch((error) => send({ kind: "failed", id: message.id, error: errorToData(error) }))
    .finally(() => underWay.delete(message.id));
});

// built-in functions stay what they are
send({ kind: "functions", changes: { changed: [...session.functions.definitions().map(functionInfo), ...TABLE_SYNTAX], removed: [] } });
publish();
send({ kind: "ready" });
