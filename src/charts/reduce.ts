/**
 * Fewer points for the same picture. Input: one series as parallel arrays in any order of x; NaN in either coordinate is left out.
 * Output: row numbers to keep, ascending in x.
 */

/**
 * M4 (Jugel et al., "M4: A Visualization-Oriented Time Series Data Aggregation", PVLDB 2014): of each pixel column the first, last,
 * lowest and highest point. A line through them covers the same pixels as the line through all points.
 * `rows` selects the series; `from` and `to` are the x values of the chart's left and right edge.
 */
export function m4(x: Float64Array, y: Float64Array, rows: Int32Array, from: number, to: number, pixels: number): Int32Array {
  const first = new Int32Array(pixels).fill(-1);
  const last = new Int32Array(pixels);
  const low = new Int32Array(pixels);
  const high = new Int32Array(pixels);
  const scale = to > from ? pixels / (to - from) : 0;
  for (let k = 0; k < rows.length; k++) {
    const row = rows[k];
    const xv = x[row];
    const yv = y[row];
    if (!(Number.isFinite(xv) && Number.isFinite(yv))) continue;
    const column = Math.min(pixels - 1, Math.max(0, Math.floor((xv - from) * scale)));
    if (first[column] === -1) {
      first[column] = last[column] = low[column] = high[column] = row;
      continue;
    }
    if (xv < x[first[column]]) first[column] = row;
    if (xv >= x[last[column]]) last[column] = row;
    if (yv < y[low[column]]) low[column] = row;
    if (yv > y[high[column]]) high[column] = row;
  }
  const kept: number[] = [];
  for (let column = 0; column < pixels; column++) {
    if (first[column] === -1) continue;
    const four = [first[column], low[column], high[column], last[column]].sort((a, b) => x[a] - x[b] || a - b);
    for (let i = 0; i < 4; i++) if (i === 0 || four[i] !== four[i - 1]) kept.push(four[i]);
  }
  return Int32Array.from(kept);
}

/**
 * Largest Triangle Three Buckets (Steinarsson, "Downsampling Time Series for Visual Representation", 2013): `count` points that keep the
 * shape of the line, not its every extreme.
 */
export function lttb(x: Float64Array, y: Float64Array, rows: Int32Array, count: number): Int32Array {
  const sorted = rows.filter((row) => Number.isFinite(x[row]) && Number.isFinite(y[row])).sort((a, b) => x[a] - x[b] || a - b);
  const total = sorted.length;
  if (total <= count || count < 3) return sorted;
  const kept = new Int32Array(count);
  kept[0] = sorted[0];
  kept[count - 1] = sorted[total - 1];
  const size = (total - 2) / (count - 2);
  let anchor = sorted[0];
  for (let bucket = 0; bucket < count - 2; bucket++) {
    const start = 1 + Math.floor(bucket * size);
    const end = 1 + Math.floor((bucket + 1) * size);
    const nextEnd = Math.min(total, 1 + Math.floor((bucket + 2) * size));
    let meanX = 0;
    let meanY = 0;
    for (let i = end; i < nextEnd; i++) {
      meanX += x[sorted[i]];
      meanY += y[sorted[i]];
    }
    const rest = Math.max(1, nextEnd - end);
    meanX /= rest;
    meanY /= rest;
    let best = sorted[start];
    let bestArea = -1;
    for (let i = start; i < end; i++) {
      const row = sorted[i];
      const area = Math.abs((x[anchor] - meanX) * (y[row] - y[anchor]) - (x[anchor] - x[row]) * (meanY - y[anchor]));
      if (area > bestArea) {
        bestArea = area;
        best = row;
      }
    }
    kept[bucket + 1] = best;
    anchor = best;
  }
  return kept;
}

/** One point of each cell of `cell` pixels: what a scatter plot of many points shows anyway. Keeps the first row of each cell. */
export function onePerCell(
  x: Float64Array,
  y: Float64Array,
  extentX: Extent,
  extentY: Extent,
  width: number,
  height: number,
  cell: number,
): Int32Array {
  const across = Math.ceil(width / cell);
  const down = Math.ceil(height / cell);
  const taken = new Uint8Array(across * down);
  const kept: number[] = [];
  for (let row = 0; row < x.length; row++) {
    if (!(Number.isFinite(x[row]) && Number.isFinite(y[row]))) continue;
    const column = Math.min(across - 1, Math.floor(((x[row] - extentX.min) / (extentX.max - extentX.min || 1)) * across));
    const line = Math.min(down - 1, Math.floor(((y[row] - extentY.min) / (extentY.max - extentY.min || 1)) * down));
    const at = line * across + column;
    if (taken[at] === 1) continue;
    taken[at] = 1;
    kept.push(row);
  }
  return Int32Array.from(kept);
}

export interface Extent {
  readonly min: number;
  readonly max: number;
}

/** Smallest and largest finite value; undefined where there is none. */
export function extentOf(values: Float64Array): Extent | undefined {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (!Number.isFinite(value)) continue;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return min <= max ? { min, max } : undefined;
}
