import { DOUBLE } from "../../../core/types.ts";
import type { ScalarEntry } from "../../define.ts";
import { doc } from "../../define.ts";
import { accessor, reads } from "./accessor.ts";
import { CANDLESTICK, TURNOVER, VOLUME } from "./candlestick.ts";
import { numberStateType, timeTypeOf } from "./number-state.ts";

const trades =
  "FROM (VALUES (TIMESTAMP '2026-01-01 09:00:00', 10, 3), ('2026-01-01 09:00:01', 14, 1), ('2026-01-01 09:00:02', 12, 4)) t(ts, p, v)";
const of = (name: string, result: string) => [`${name}(candlestick_agg(ts, p, v)) ${trades}`, result] as const;

const SIDES = [
  ["open", "Opening price.", "10.0", "09:00:00"],
  ["high", "Highest price.", "14.0", "09:00:01"],
  ["low", "Lowest price.", "10.0", "09:00:00"],
  ["close", "Closing price.", "12.0", "09:00:02"],
] as const;

export const candlestickAccessors: readonly ScalarEntry[] = [
  ...SIDES.flatMap(([name, summary, price, time], k) => [
    accessor(name, summary, [reads(CANDLESTICK, DOUBLE, (candle) => candle[2 * k + 1])], of(name, price)),
    accessor(
      `${name}_time`,
      `When it was the ${name === "open" ? "opening" : name === "close" ? "closing" : name === "high" ? "highest" : "lowest"} price.`,
      [reads(CANDLESTICK, timeTypeOf, (candle) => candle[2 * k])],
      of(`${name}_time`, `2026-01-01 ${time}`),
    ),
  ]),
  accessor(
    "volume",
    "Traded volume. NULL where none was given.",
    [reads(CANDLESTICK, DOUBLE, (candle) => candle[VOLUME])],
    of("volume", "8.0"),
  ),
  accessor(
    "candlestick_vwap",
    "Mean price weighted by volume. NULL without volume.",
    [reads(CANDLESTICK, DOUBLE, (candle) => candle[TURNOVER] / candle[VOLUME])],
    of("candlestick_vwap", "11.5"),
  ),
  {
    name: "candlestick",
    doc: doc(
      "The state of a candlestick that is known already, all of it at one time; its candlestick_vwap counts (high + low + close) / 3 as the price.",
      ["ts", "open", "high", "low", "close", "volume"],
      "candlestick_vwap(candlestick(TIMESTAMP '2026-01-01', 10, 15, 9, 12, 100))",
      "12.0",
      "TimescaleDB Toolkit",
    ),
    overloads: (["timestamp", "timestamptz"] as const).map((time) => ({
      args: [time, "double", "double", "double", "double", "double"],
      returns: numberStateType(CANDLESTICK, { kind: time }),
      impl: (ts: number | bigint, open: number, high: number, low: number, close: number, volume: number) => {
        const at = BigInt(ts);
        return [at, open, at, high, at, low, at, close, volume, ((high + low + close) / 3) * volume];
      },
    })),
  },
];
