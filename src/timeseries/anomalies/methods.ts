import { nearestName } from "../../core/errors.ts";
import { auto } from "./auto.ts";
import { type BatchMethod, onePass } from "./batch.ts";
import { matrixProfileMethod } from "./discord.ts";
import { ewma } from "./ewma.ts";
import { halfSpaceTrees } from "./half-space-trees.ts";
import { holtWinters } from "./holt-winters.ts";
import { iqr } from "./iqr.ts";
import { hampel, mad } from "./mad.ts";
import type { OnlineMethod } from "./online.ts";
import { quantile } from "./quantile.ts";
import { randomCutForest } from "./random-cut-forest.ts";
import { seasonalHybridEsd, stlResidual } from "./residual-methods.ts";
import { seasonal } from "./seasonal.ts";
import { zscore } from "./zscore.ts";

/** Methods that judge a point by those before it alone: for streams, and for `ANOMALY_SCORE(…) OVER`. */
export const onlineMethods: readonly OnlineMethod[] = [
  auto,
  zscore,
  ewma,
  mad,
  iqr,
  hampel,
  quantile,
  holtWinters,
  seasonal,
  halfSpaceTrees,
  randomCutForest,
];

/** Every method, for whole series: the online ones in one pass, and those that need the whole series. */
export const batchMethods: readonly BatchMethod[] = [...onlineMethods.map(onePass), stlResidual, seasonalHybridEsd, matrixProfileMethod];

/** Other names that methods go by. */
const ALIASES: Readonly<Record<string, string>> = { ew_zscore: "ewma", tukey: "iqr" };

/** A method for streams by its name. A RangeError for one that does not exist, or that needs the whole series. */
export function onlineMethod(name: string): OnlineMethod {
  const found = named(onlineMethods, name);
  if (found !== undefined) return found;
  if (named(batchMethods, name) !== undefined) {
    throw new RangeError(`method ${name} needs the whole series: use DETECT_ANOMALIES over a table, or one of ${namesOf(onlineMethods)}`);
  }
  throw unknown(name, onlineMethods);
}

/** A method for whole series by its name. A RangeError for one that does not exist. */
export function batchMethod(name: string): BatchMethod {
  const found = named(batchMethods, name);
  if (found === undefined) throw unknown(name, batchMethods);
  return found;
}

function named<M extends { name: string }>(methods: readonly M[], name: string): M | undefined {
  const lower = name.toLowerCase();
  const real = ALIASES[lower] ?? lower;
  return methods.find((method) => method.name === real);
}

function unknown(name: string, methods: readonly { name: string }[]): RangeError {
  const nearest = nearestName(
    name,
    methods.map((method) => method.name),
  );
  return new RangeError(
    `no method is called ${name}: ${nearest === undefined ? `there are ${namesOf(methods)}` : `did you mean ${nearest}?`}`,
  );
}

const namesOf = (methods: readonly { name: string }[]) => methods.map((method) => method.name).join(", ");
