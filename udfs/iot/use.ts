import { aggregate, type Timestamp } from "weir-sql/udf";

const MICROS_PER_SECOND = 1e6;
/** Watts × microseconds in a kilowatt hour. */
const WATT_MICROS_PER_KWH = 3.6e12;

/**
 * Duty cycle: the share of the time, 0 to 1, for which something is on. A state lasts until the next row or, the last one, until `until`; without `until`
 * the last row has no weight. A single row gives 1 or 0. Rows come in the order of their times: in GROUP BY and in windows write `ORDER BY ts` behind the
 * arguments.
 *
 * @param is_on whether it is on from this time on
 * @param ts the row's time
 * @param until end of the time that is looked at, such as window_end
 * @example (SELECT iot.duty_cycle(s, ts ORDER BY ts) FROM (VALUES (true, TIMESTAMP '2024-01-01 00:00:00'), (false, TIMESTAMP '2024-01-01 00:00:01'), (true, TIMESTAMP '2024-01-01 00:01:40')) AS t(s, ts))
 */
export const duty_cycle = aggregate({
  init: (): { first: number; last: number; isOn: boolean | null; on: number; until: number | null } => ({
    first: 0,
    last: 0,
    isOn: null,
    on: 0,
    until: null,
  }),
  add(state, is_on: boolean, ts: Timestamp, until?: Timestamp) {
    if (state.isOn === null) state.first = ts;
    else {
      if (ts < state.last)
        throw new Error("duty_cycle: rows must come in the order of their times; write duty_cycle(is_on, ts ORDER BY ts)");
      if (state.isOn) state.on += ts - state.last;
    }
    state.last = ts;
    state.isOn = is_on;
    state.until = until ?? null;
  },
  value(state): number | null {
    if (state.isOn === null) return null;
    const end = Math.max(state.last, state.until ?? state.last);
    if (end === state.first) return state.isOn ? 1 : 0;
    return (state.on + (state.isOn ? end - state.last : 0)) / (end - state.first);
  },
});

/**
 * Energy in kWh from power in W, by the trapezoidal rule over whatever times the rows have. A row without a number is left out, and so the line goes
 * from the row before to the one behind it. A gap longer than `max_gap` seconds counts as nothing. 0 for a single row. Rows come in the order of their
 * times: in GROUP BY and in windows write `ORDER BY ts` behind the arguments.
 *
 * @param power in W at this time
 * @param ts the row's time
 * @param max_gap seconds; without it every gap is bridged
 * @example (SELECT iot.energy(w, ts ORDER BY ts) FROM (VALUES (0, TIMESTAMP '2024-01-01 00:00:00'), (2000, TIMESTAMP '2024-01-01 10:00:00')) AS t(w, ts))
 */
export const energy = aggregate({
  init: (): { last: number; power: number | null; area: number } => ({ last: 0, power: null, area: 0 }),
  add(state, power: number, ts: Timestamp, max_gap?: number) {
    if (!Number.isFinite(power)) return;
    if (state.power !== null) {
      const passed = ts - state.last;
      if (passed < 0) throw new Error("energy: rows must come in the order of their times; write energy(power, ts ORDER BY ts)");
      if (max_gap === undefined || passed <= max_gap * MICROS_PER_SECOND) state.area += ((power + state.power) / 2) * passed;
    }
    state.last = ts;
    state.power = power;
  },
  value(state): number | null {
    return state.power === null ? null : state.area / WATT_MICROS_PER_KWH;
  },
});
