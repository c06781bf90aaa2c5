import type { WindowLayout } from "../window-layout.ts";

/**
 * Rows of a batch that are in the same windows: those that hold all of pane `pane` and end behind `cut`. Where windows of the pane had closed when the
 * rows came, `cut` is the end of the last of these; else -Infinity.
 */
export interface PaneRows {
  readonly pane: number;
  readonly cut: number;
  /** Stretches of the batch, from and to in turn. */
  readonly stretches: number[];
}

export interface RoutedRows {
  readonly panes: readonly PaneRows[];
  /** Rows all of whose windows had closed; rows some of whose windows had; rows without a time. */
  readonly late: readonly number[];
  readonly partial: readonly number[];
  readonly timeless: readonly number[];
}

/**
 * Sorts the rows of a batch by pane. A window is closed for a row once the watermark that the row met (or `closed`, if that is later) has passed its end,
 * both lowered by `lateness` already. Rows in order make a few long stretches.
 */
export function routeRows(
  layout: WindowLayout,
  times: Float64Array,
  watermarks: Float64Array | undefined,
  closed: number,
  lateness: number,
): RoutedRows {
  const { length } = times;
  const panes: PaneRows[] = [];
  const places = new Map<number, PaneRows>();
  const late: number[] = [];
  const partial: number[] = [];
  const timeless: number[] = [];
  for (let from = 0; from < length; ) {
    const time = times[from];
    if (Number.isNaN(time)) {
      timeless.push(from++);
      continue;
    }
    const pane = layout.paneOf(time);
    const next = pane + layout.pane;
    const first = layout.firstEnd(pane);
    const last = layout.lastEnd(pane);
    let to = from + 1;
    if (watermarks === undefined) {
      while (to < length && times[to] >= pane && times[to] < next) to++;
    } else {
      const met = Math.max(watermarks[from] - lateness, closed);
      if (met < first) while (to < length && times[to] >= pane && times[to] < next && watermarks[to] - lateness < first) to++;
    }
    // A row between two windows is in none, and not late.
    if (last >= first) {
      const met = watermarks === undefined ? closed : Math.max(watermarks[from] - lateness, closed);
      const cut = met < first ? Number.NEGATIVE_INFINITY : first + Math.floor((met - first) / layout.step) * layout.step;
      if (cut >= last) for (let row = from; row < to; row++) late.push(row);
      else {
        if (cut >= first) for (let row = from; row < to; row++) partial.push(row);
        addStretch(panes, places, pane, cut, from, to);
      }
    }
    from = to;
  }
  return { panes, late, partial, timeless };
}

/**
 * The panes of rows whose times ascend and of which none is behind its watermark: only where panes meet are times looked at. Undefined where some window
 * may have closed for some row.
 */
export function routeAscending(
  layout: WindowLayout,
  timeOf: (row: number) => number,
  length: number,
  closed: number,
): RoutedRows | undefined {
  const panes: PaneRows[] = [];
  for (let from = 0; from < length; ) {
    const pane = layout.paneOf(timeOf(from));
    const first = layout.firstEnd(pane);
    if (closed >= first) return undefined;
    const to = firstFrom(timeOf, pane + layout.pane, from + 1, length);
    if (layout.lastEnd(pane) >= first) panes.push({ pane, cut: Number.NEGATIVE_INFINITY, stretches: [from, to] });
    from = to;
  }
  return { panes, late: [], partial: [], timeless: [] };
}

/** The first row of ascending times that is not before `time`. */
function firstFrom(timeOf: (row: number) => number, time: number, from: number, to: number): number {
  if (from >= to || timeOf(to - 1) < time) return to;
  let low = from;
  let high = to - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (timeOf(middle) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** So many of the latest panes are looked through before the others are asked for by name. */
const NEAR = 4;

function addStretch(panes: PaneRows[], places: Map<number, PaneRows>, pane: number, cut: number, from: number, to: number): void {
  let found: PaneRows | undefined;
  // Rows of a stream go to a few panes, the latest ones most.
  for (let k = panes.length - 1; k >= 0 && k >= panes.length - NEAR && found === undefined; k--) {
    if (panes[k].pane === pane && panes[k].cut === cut) found = panes[k];
  }
  if (found === undefined && panes.length > NEAR) {
    const latest = places.get(pane);
    // Rows that came too late for some windows of a pane stand apart, and are few.
    found = latest === undefined || latest.cut === cut ? latest : panes.find((one) => one.pane === pane && one.cut === cut);
  }
  if (found === undefined) {
    const fresh = { pane, cut, stretches: [from, to] };
    panes.push(fresh);
    places.set(pane, fresh);
    return;
  }
  const { stretches } = found;
  if (stretches[stretches.length - 1] === from) stretches[stretches.length - 1] = to;
  else stretches.push(from, to);
}

/** The rows of stretches, one by one. */
export function rowsOfStretches(stretches: readonly number[]): Int32Array {
  let count = 0;
  for (let k = 0; k < stretches.length; k += 2) count += stretches[k + 1] - stretches[k];
  const rows = new Int32Array(count);
  let at = 0;
  for (let k = 0; k < stretches.length; k += 2) for (let row = stretches[k]; row < stretches[k + 1]; row++) rows[at++] = row;
  return rows;
}
