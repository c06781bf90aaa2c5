import { BIGINT, DOUBLE, INTEGER, type Schema, TIMESTAMP, VARCHAR } from "../../src/core/types.ts";
import type { Value } from "../../src/core/value.ts";
import type { Choices } from "../differential/choices.ts";

export interface Rows {
  readonly schema: Schema;
  readonly rows: readonly (readonly Value[])[];
}

/** Watermarks stay this far behind the latest time. */
export const DELAY_MICROS = 10_000_000;

const START = BigInt(Date.UTC(2024, 0, 1)) * 1000n;
const KEYS = ["k0", "k1", "k2", "k3", "k4"];

/** Two streams whose times are all different, and a table. Sums of the doubles are exact in any order. */
export function generateTables(choices: Choices): { readonly a: Rows; readonly b: Rows; readonly d: Rows } {
  let micros = 0;
  const step = () => {
    micros +=
      choices.weighted([
        [8, choices.between(50, 900)],
        [3, choices.between(900, 3000)],
        [1, choices.between(8000, 20_000)],
      ] as const) *
        1000 +
      choices.between(0, 999);
    return START + BigInt(micros);
  };
  const key = () => (choices.chance(6) ? null : choices.pick(KEYS));
  const integer = () => (choices.chance(6) ? null : choices.between(0, 40) - 20);
  const a: Value[][] = [];
  const b: Value[][] = [];
  const count = choices.between(40, 180);
  while (a.length < count) {
    const ts = step();
    const n = integer();
    if (choices.chance(35)) b.push([ts, key(), integer()]);
    else a.push([ts, key(), n === null ? null : BigInt(n), choices.chance(6) ? null : choices.between(0, 64) / 4 - 8]);
  }
  const d = KEYS.flatMap((name, i): Value[][] => (choices.chance(20) ? [] : [[name, i * 3, `label ${i}`]]));
  return {
    a: { schema: fields({ ts: TIMESTAMP, k: VARCHAR, n: BIGINT, x: DOUBLE }), rows: a },
    b: { schema: fields({ ts: TIMESTAMP, k: VARCHAR, m: INTEGER }), rows: b },
    d: { schema: fields({ k: VARCHAR, w: INTEGER, label: VARCHAR }), rows: d },
  };
}

const fields = (types: Readonly<Record<string, Schema[number]["type"]>>): Schema =>
  Object.entries(types).map(([name, type]) => ({ name, type }));

/** The rows in another order, in which none is behind the watermark when it comes. */
export function shuffled(rows: Rows["rows"], choices: Choices): Rows["rows"] {
  const arriving = rows.map((row) => ({
    row,
    at: Number((row[0] as bigint) - START) + choices.between(0, Math.floor(DELAY_MICROS * 0.9)),
  }));
  return arriving.sort((x, y) => x.at - y.at).map(({ row }) => row);
}
