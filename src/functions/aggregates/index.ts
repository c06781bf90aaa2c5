import type { AggregateFunction } from "../../catalog/function-types.ts";
import { approximateAggregates } from "./approximate.ts";
import { arithmeticAggregates } from "./arithmetic.ts";
import { bitAggregates } from "./bits.ts";
import { collectingAggregates } from "./collecting.ts";
import { evaluationAggregates } from "./evaluation.ts";
import { extremeAggregates } from "./extremes.ts";
import { momentAggregates } from "./moments.ts";
import { positionalAggregates } from "./positional.ts";
import { quantileAggregates } from "./quantiles.ts";
import { regressionAggregates } from "./regression.ts";
import { twoStepAggregates } from "./two-step/index.ts";

/** Every built-in aggregate, one family a file. */
export const aggregates: readonly AggregateFunction[] = [
  ...arithmeticAggregates,
  ...extremeAggregates,
  ...momentAggregates,
  ...regressionAggregates,
  ...bitAggregates,
  ...positionalAggregates,
  ...quantileAggregates,
  ...collectingAggregates,
  ...approximateAggregates,
  ...evaluationAggregates,
  ...twoStepAggregates,
];
