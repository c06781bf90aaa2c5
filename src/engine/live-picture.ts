import { buildChart, type ChartEnvironment } from "../charts/chart.ts";
import { fillSpec } from "../charts/vegalite.ts";
import type { ErrorData } from "../core/errors.ts";
import { type DataType, TIMESTAMP } from "../core/types.ts";
import type { Table } from "../core/vector.ts";
import { sliceBatch } from "../core/vector.ts";
import { formatValue } from "../functions/cast/format.ts";
import type { LiveFrame, LiveQuery } from "../jobs/live.ts";
import type { LivePicture, LiveView } from "./protocol.ts";
import { columnsOf, rowsAsText } from "./show-result.ts";

/** Rows that a live chart is drawn from, at most: what a picture may cost. */
const CHART_ROWS_MAX = 20_000;
const CHART_WIDTH = 560;

type Drawn = Pick<LivePicture, "table" | "chart">;

/** What was drawn last of each query: figures change more often than rows. */
const lastDrawn = new WeakMap<LiveQuery, { readonly version: number; readonly view: string; readonly drawn: Drawn }>();

/** A query's present state as a screen shows it. Throws what is wrong with a chart's options. */
export function livePicture(query: LiveQuery, view: LiveView, timeZone: string, errorData: (error: unknown) => ErrorData): LivePicture {
  const frame = query.frame(view.kind === "table" ? view.maxRows : CHART_ROWS_MAX);
  const clock = (micros: number) => formatValue(timeTypeOf(query), Math.floor(micros / 1000) * 1000, timeZone);
  const key = JSON.stringify([view, timeZone]);
  const last = lastDrawn.get(query);
  const isSame = last !== undefined && last.version === frame.version && last.view === key;
  const drawn = isSame
    ? last.drawn
    : view.kind === "chart"
      ? { chart: chartOf(frame.table, view, timeZone) }
      : { table: tableOf(frame, timeZone, clock) };
  lastDrawn.set(query, { version: frame.version, view: key, drawn });
  return {
    state: query.status,
    status: frame.status,
    ...(frame.status.watermark !== undefined && { watermark: clock(frame.status.watermark) }),
    ...(query.error !== undefined && { error: errorData(query.error) }),
    warnings: query.warnings,
    rowCount: frame.rowCount,
    ...drawn,
  };
}

/** Event times are shown as the result's own times are: with a zone or without. */
function timeTypeOf(query: LiveQuery): DataType {
  return query.schema.find(({ type }) => type.kind === "timestamp" || type.kind === "timestamptz")?.type ?? TIMESTAMP;
}

function tableOf(
  { table, rowCount, isTail, openRows, firstCloses }: LiveFrame,
  timeZone: string,
  clock: (micros: number) => string,
): LivePicture["table"] {
  return {
    columns: columnsOf(table.schema),
    rows: rowsAsText(table, table.rowCount, timeZone),
    ...(openRows?.some((open) => open !== 0) && { open: Array.from(openRows, (open) => open !== 0) }),
    ...(firstCloses !== undefined && { firstCloses: clock(firstCloses) }),
    isTail: isTail && rowCount > table.rowCount,
  };
}

function chartOf(table: Table, view: Extract<LiveView, { kind: "chart" }>, timeZone: string): LivePicture["chart"] {
  const environment: ChartEnvironment = {
    timeZone,
    width: view.width ?? CHART_WIDTH,
    live: { maxPoints: view.maxPoints, ...(view.range !== undefined && { range: view.range }) },
    formatValue: (type, value) => formatValue(type, value, timeZone),
  };
  const draw = (rows: Table) =>
    view.spec === undefined ? buildChart(rows, view.options, environment) : fillSpec(view.spec, rows, environment);
  const { spec, summary, warnings } = draw(table);
  const count = (spec.data as { values: readonly unknown[] }).values.length;
  // Kinds that draw every row draw the latest.
  if (count <= 2 * view.maxPoints) return { spec, summary, warnings };
  return draw(tail(table, view.maxPoints));
}

function tail(table: Table, count: number): Table {
  const batches = [];
  let missing = Math.min(count, table.rowCount);
  for (const batch of table.batches.toReversed()) {
    if (missing === 0) break;
    const taken = Math.min(missing, batch.length);
    batches.unshift(taken === batch.length ? batch : sliceBatch(batch, batch.length - taken, batch.length));
    missing -= taken;
  }
  return { schema: table.schema, batches, rowCount: Math.min(count, table.rowCount) };
}
