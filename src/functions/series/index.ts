import { scalarFamily } from "../define.ts";
import { changePointEntries } from "./change-points.ts";
import { correlationEntries } from "./correlation.ts";
import { decompositionEntries, periodEntries } from "./decomposition.ts";
import { detectionEntries } from "./detection.ts";
import { elementwiseEntries } from "./elementwise.ts";
import { fillEntries } from "./fill.ts";
import { filterEntries } from "./filters.ts";
import { fitEntries } from "./fits.ts";
import { smoothingEntries } from "./smoothing.ts";
import { statisticsEntries } from "./statistics.ts";
import { testEntries } from "./tests.ts";
import { trendEntries } from "./trend.ts";

/** Functions of whole series, as lists of numbers: one line a file. */
export const seriesFunctions = scalarFamily("series", [
  ...fillEntries,
  ...statisticsEntries,
  ...fitEntries,
  ...periodEntries,
  ...decompositionEntries,
  ...smoothingEntries,
  ...filterEntries,
  ...elementwiseEntries,
  ...detectionEntries,
  ...correlationEntries,
  ...testEntries,
  ...trendEntries,
  ...changePointEntries,
]);
