import { aggregate, type Timestamp } from "weir-sql/udf";

/**
 * Deadband compression: whether the value has left the band of ± `width` around the last value kept, so that this row is to be kept (OPC UA's absolute
 * deadband). The first row is kept. For `OVER (PARTITION BY sensor ORDER BY ts)`; the rows where it is true are the compressed series.
 *
 * @param value of the sensor; NaN is kept once, when it comes up
 * @param width how far a value may stray without being kept, in the value's unit
 * @example (SELECT iot.deadband(v, 5) FROM (VALUES (10), (13), (14), (20)) AS t(v))
 */
export const deadband = aggregate({
  init: (): { kept: number | null; moved: boolean } => ({ kept: null, moved: false }),
  add(state, value: number, width: number) {
    const { kept } = state;
    const strays = kept !== null && Math.abs(value - kept) > width;
    state.moved = kept === null || strays || Number.isNaN(value) !== Number.isNaN(kept);
    if (state.moved) state.kept = value;
  },
  value(state): boolean | null {
    return state.kept === null ? null : state.moved;
  },
});

/**
 * A switch without its bouncing: the state that has lasted for at least `hold` seconds. A new state that is gone before that never shows. It begins with
 * the first row's state. Rows come in the order of their times, as in `OVER (PARTITION BY switch ORDER BY ts)`.
 *
 * @param value the state as measured
 * @param ts the row's time
 * @param hold seconds for which a new state must last to be believed
 * @example (SELECT iot.debounce(s, ts, 0.05) FROM (VALUES (false, TIMESTAMP '2024-01-01 00:00:00'), (true, TIMESTAMP '2024-01-01 00:00:01'), (true, TIMESTAMP '2024-01-01 00:00:01.06')) AS t(s, ts))
 */
export const debounce = aggregate({
  init: (): { believed: boolean | null; candidate: boolean; since: number } => ({ believed: null, candidate: false, since: 0 }),
  add(state, value: boolean, ts: Timestamp, hold: number) {
    if (state.believed === null) state.believed = value;
    else if (value === state.candidate) {
      if (ts - state.since >= hold * 1e6) state.believed = value;
      return;
    }
    state.candidate = value;
    state.since = ts;
    if (hold <= 0) state.believed = value;
  },
  value(state): boolean | null {
    return state.believed;
  },
});
