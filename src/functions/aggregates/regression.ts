import { runtimeError } from "../../core/errors.ts";
import { DOUBLE, UINTEGER } from "../../core/types.ts";
import { doc } from "../define.ts";
import { aggregateFamily } from "./define.ts";
import { numberResult } from "./finish.ts";
import { type SlotAggregate, slotOverload } from "./slot-accumulator.ts";
import { COUNT, floatPart } from "./slot-part.ts";

/** Statistics of pairs (y, x). Rows where either is NULL are left out. */

/** Count, means of y and x, their joint moment and the squared distances of each, updated as Welford's; merged after Chan. */
const PAIRS = floatPart(
  "pairs",
  [0, 0, 0, 0, 0, 0],
  ([n, my, mx, joint, yy, xx], [{ number: y }, { number: x }]) =>
    `{ ${n} += 1; const dy = ${y} - ${my}; const dx = ${x} - ${mx}; ${my} += dy / ${n}; ${mx} += dx / ${n}; ` +
    `${joint} += dx * (${y} - ${my}); ${yy} += dy * (${y} - ${my}); ${xx} += dx * (${x} - ${mx}); }`,
  (to, at, from, fromAt) => {
    const [n, m] = [to[at], from[fromAt]];
    if (m === 0) return;
    const total = n + m;
    const dy = from[fromAt + 1] - to[at + 1];
    const dx = from[fromAt + 2] - to[at + 2];
    to[at + 3] += from[fromAt + 3] + (dx * dy * n * m) / total;
    to[at + 4] += from[fromAt + 4] + (dy * dy * n * m) / total;
    to[at + 5] += from[fromAt + 5] + (dx * dx * n * m) / total;
    to[at + 1] = n === 0 ? from[fromAt + 1] : (m * from[fromAt + 1] + n * to[at + 1]) / total;
    to[at + 2] = n === 0 ? from[fromAt + 2] : (m * from[fromAt + 2] + n * to[at + 2]) / total;
    to[at] = total;
  },
);

interface Pairs {
  readonly n: number;
  readonly meanY: number;
  readonly meanX: number;
  /** Population covariance and variances; 0 for a single pair. */
  readonly covariance: number;
  readonly varianceY: number;
  readonly varianceX: number;
}

/** A statistic of at least one pair; without pairs it is NULL. */
const ofPairs = (statistic: (pairs: Pairs) => number | null): SlotAggregate => ({
  parts: [PAIRS],
  finish: (slots, from, to) =>
    numberResult(DOUBLE, slots, from, to, (state, at) => {
      const slot = at + slots.offsets[0];
      const n = state[slot];
      if (n === 0) return null;
      return statistic({
        n,
        meanY: state[slot + 1],
        meanX: state[slot + 2],
        covariance: state[slot + 3] / n,
        varianceY: n > 1 ? state[slot + 4] / n : 0,
        varianceX: n > 1 ? state[slot + 5] / n : 0,
      });
    }),
});

function finite(value: number, name: string): number {
  if (!Number.isFinite(value)) throw runtimeError(`${name} is out of range`);
  return value;
}

function correlation({ covariance, varianceX, varianceY }: Pairs): number {
  const x = finite(Math.sqrt(varianceX), "stddev_pop of x in corr");
  const y = finite(Math.sqrt(varianceY), "stddev_pop of y in corr");
  return x * y === 0 ? Number.NaN : covariance / (x * y);
}

const slope = ({ covariance, varianceX }: Pairs) => {
  finite(varianceX, "var_pop of x in regr_slope");
  return varianceX === 0 ? Number.NaN : covariance / varianceX;
};

const overPairs = (aggregate: SlotAggregate) => [slotOverload({ args: ["double", "double"], returns: DOUBLE }, () => aggregate)];
const table = "FROM (VALUES (1, 1), (2, 3), (4, 5)) t(y, x)";
const parameters = ["y", "x"];

export const regressionAggregates = aggregateFamily("aggregate", [
  {
    name: "corr",
    doc: doc("Pearson's correlation of the pairs; NaN when one side is constant.", parameters, `corr(y, x) ${table}`, "0.9819805060619659"),
    overloads: overPairs(ofPairs(correlation)),
  },
  {
    name: "covar_pop",
    doc: doc("Population covariance.", parameters, `covar_pop(y, x) ${table}`, "2.0"),
    overloads: overPairs(ofPairs((p) => p.covariance)),
  },
  {
    name: "covar_samp",
    doc: doc("Sample covariance; NULL for fewer than two pairs.", parameters, `covar_samp(y, x) ${table}`, "3.0"),
    overloads: overPairs(ofPairs((p) => (p.n < 2 ? null : (p.covariance * p.n) / (p.n - 1)))),
  },
  {
    name: "regr_slope",
    doc: doc("Slope of the least-squares line of y over x; NaN when x is constant.", parameters, `regr_slope(y, x) ${table}`, "0.75"),
    overloads: overPairs(ofPairs(slope)),
  },
  {
    name: "regr_intercept",
    doc: doc(
      "Where the least-squares line of y over x meets x = 0; NULL when x is constant.",
      parameters,
      `regr_intercept(y, x) ${table}`,
      "0.08333333333333348",
    ),
    overloads: overPairs(
      ofPairs((p) => {
        const rise = slope(p);
        return Number.isNaN(rise) ? null : p.meanY - rise * p.meanX;
      }),
    ),
  },
  {
    name: "regr_r2",
    doc: doc(
      "Share of y's variance that the least-squares line explains; NULL when x is constant.",
      parameters,
      `regr_r2(y, x) ${table}`,
      "0.9642857142857145",
    ),
    overloads: overPairs(
      ofPairs((p) => {
        if (finite(p.varianceX, "var_pop of x in regr_r2") === 0) return null;
        if (finite(p.varianceY, "var_pop of y in regr_r2") === 0) return 1;
        return correlation(p) ** 2;
      }),
    ),
  },
  {
    name: "regr_count",
    doc: doc("Number of pairs where neither side is NULL.", parameters, `regr_count(y, x) ${table}`, "3"),
    overloads: [
      slotOverload({ args: ["double", "double"], returns: UINTEGER }, () => ({
        parts: [COUNT],
        finish: (slots, from, to) => numberResult(UINTEGER, slots, from, to, (_state, _at, count) => count),
      })),
    ],
  },
  {
    name: "regr_avgx",
    doc: doc("Mean of x over the pairs.", parameters, `regr_avgx(y, x) ${table}`, "3.0"),
    overloads: overPairs(ofPairs((p) => p.meanX)),
  },
  {
    name: "regr_avgy",
    doc: doc("Mean of y over the pairs.", parameters, `regr_avgy(y, x) ${table}`, "2.3333333333333335"),
    overloads: overPairs(ofPairs((p) => p.meanY)),
  },
  {
    name: "regr_sxx",
    doc: doc("Sum of squared distances of x from its mean.", parameters, `regr_sxx(y, x) ${table}`, "8.0"),
    overloads: overPairs(ofPairs((p) => finite(p.varianceX, "var_pop of x in regr_sxx") * p.n)),
  },
  {
    name: "regr_syy",
    doc: doc("Sum of squared distances of y from its mean.", parameters, `regr_syy(y, x) ${table}`, "4.666666666666666"),
    overloads: overPairs(ofPairs((p) => finite(p.varianceY, "var_pop of y in regr_syy") * p.n)),
  },
  {
    name: "regr_sxy",
    doc: doc("Sum of the products of both distances from their means.", parameters, `regr_sxy(y, x) ${table}`, "6.0"),
    overloads: overPairs(ofPairs((p) => p.covariance * p.n)),
  },
]);
