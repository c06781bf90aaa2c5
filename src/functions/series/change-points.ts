import { changePoint } from "../../timeseries/change-points/change-point.ts";
import { COSTS } from "../../timeseries/change-points/costs.ts";
import { offlineChanges } from "../../timeseries/change-points/locate.ts";
import { choice, integer, optionalInteger, optionalNumber, series, seriesFunction } from "./define.ts";

/** Where a series changes. */

const segmentation = {
  series: series(),
  cost: choice(
    "l2",
    COSTS,
    "what changes: the mean ('l2'), the median ('l1'), mean and variance ('normal'), or the whole distribution ('rbf')",
  ),
  penalty: optionalNumber("what a change must save in cost; otherwise BIC, with the noise as neighbours differ", { least: 0 }),
  min_size: optionalInteger("points between changes at least, otherwise 2, or 10 for 'normal'", { least: 1 }),
  jump: integer(1, "changes are looked for at multiples of this", { least: 1 }),
};

export const changePointEntries = [
  seriesFunction({
    name: "pelt",
    summary:
      "Positions, from 0, of the first element behind each change of a series: those for which the cost of the segments and the penalties are least of all. NULL and infinite elements are left out, and count for positions. A constant series has none.",
    example: "pelt([1, 2, 1, 2, 1, 9, 8, 9, 8, 9])",
    result: "[5]",
    source:
      "R. Killick, P. Fearnhead, I. Eckley, Optimal Detection of Changepoints With a Linear Computational Cost (2012); Y.-C. Yao, Estimating the Number of Change-Points via Schwarz' Criterion (1988)",
    params: segmentation,
    returns: "integers",
    compute: ({ series, cost, penalty, min_size, jump }) => offlineChanges(series, "pelt", { cost, penalty, minSize: min_size, jump }),
  }),
  seriesFunction({
    name: "binseg",
    summary:
      "Positions, from 0, of the first element behind each change of a series, by binary segmentation: the best cut first, then the best one of what it leaves, and so on. NULL and infinite elements are left out, and count for positions. A constant series has none.",
    example: "binseg([1, 2, 1, 2, 1, 9, 8, 9, 8, 9], changes => 1)",
    result: "[5]",
    source: "A. Scott, M. Knott, A Cluster Analysis Method for Grouping Means in the Analysis of Variance (1974)",
    params: { ...segmentation, changes: optionalInteger("this many changes, in place of the penalty", { least: 0 }) },
    returns: "integers",
    compute: ({ series, cost, penalty, min_size, jump, changes }) =>
      offlineChanges(series, "binseg", { cost, penalty, minSize: min_size, jump, changes }),
  }),
  seriesFunction({
    name: "change_point",
    summary:
      "The change that tells most of a series: type 'spike', 'dip', 'step_change', 'trend_change' or 'distribution_change', the p-value of no change, and the position, from 0, of the first element behind it (or of the spike or dip). Without a change the type is 'non_stationary' for a trend, with its p-value, or 'stationary'; of fewer than 22 values it is 'indeterminable'. Types and the number of values are those of ES|QL, the tests are our own: least-squares fits compared by Schwarz's criterion, then an F test at 1 % with Bonferroni's correction for the places tried; a spike must stand out from an exponential tail too; for distributions, Kolmogorov's and Smirnov's and Brown's and Forsythe's. NULL and infinite elements are left out.",
    example: "change_point(list_concat(list_resize([0], 12, 0), list_resize([42], 13, 42)))",
    result: "{'type': step_change, 'pvalue': 0.0, 'position': 12}",
    source: "Elasticsearch, ES|QL CHANGE_POINT",
    params: { series: series() },
    returns: { type: "text", pvalue: "number", position: "integer" },
    compute: ({ series }) => {
      const { type, pValue, position } = changePoint(series);
      return { type, pvalue: pValue, position };
    },
  }),
];
