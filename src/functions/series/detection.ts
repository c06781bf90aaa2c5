import { NAB_PROFILES, nabCounts, nabScore } from "../../timeseries/accuracy/nab.ts";
import { pointMeasures, rangeMeasures, rangesOf } from "../../timeseries/accuracy/ranges.ts";
import { vusPr } from "../../timeseries/accuracy/vus.ts";
import { matrixProfile } from "../../timeseries/anomalies/matrix-profile.ts";
import { choice, flag, integer, number, series, seriesFunction } from "./define.ts";

const LABELS = series("not 0 where a point is an anomaly (NULL is 0)");
const SCORES = series("how unusual a detector finds each point; NULL where it says nothing");

function sameLength(labels: Float64Array, others: Float64Array): Float64Array {
  if (labels.length !== others.length) throw new RangeError(`labels are ${labels.length} points, and the detector's are ${others.length}`);
  return flags(labels);
}

const flags = (values: Float64Array) => values.map((value) => (value !== 0 && !Number.isNaN(value) ? 1 : 0));
const finite = (values: Float64Array) => values.map((value) => (Number.isFinite(value) ? value : Number.NaN));

/** Judging detectors of anomalies by labelled series, and the profile that finds discords. */
export const detectionEntries = [
  seriesFunction({
    name: "detection_measures",
    summary:
      "Precision, recall and F1 of detected anomalies. By points; or, with `ranges`, each run of anomalous points for itself, as a mean over runs. NULL where nothing is detected, or nothing labelled.",
    example: "detection_measures([0, 1, 1, 0], [0, 0, 1, 1])",
    result: "{'precision': 0.5, 'recall': 0.5, 'f1': 0.5}",
    source: "Tatbul et al., Precision and recall for time series, NeurIPS 2018",
    params: {
      truth: LABELS,
      detected: series("not 0 where a point was said to be one"),
      ranges: flag(false, "whether runs are judged"),
      existence: number(0, "weight, in the recall of a run, of its being met at all", { least: 0, most: 1 }),
      bias: choice("flat", ["flat", "front", "middle", "back"], "part of a labelled run that counts most"),
      fragmentation: flag(true, "whether a run that is met by k others counts a k-th of what is met"),
    },
    returns: { precision: "number", recall: "number", f1: "number" },
    compute: ({ truth, detected, ranges, existence, bias, fragmentation }) => {
      const labels = sameLength(truth, detected);
      const said = flags(detected);
      return { ...(ranges ? rangeMeasures(labels, said, { existence, bias, fragmentation }) : pointMeasures(labels, said)) };
    },
  }),
  seriesFunction({
    name: "vus_pr",
    summary:
      "Volume under the surface of precision and recall: how well scores find labelled runs, over all thresholds and over buffers around the runs of 0 up to `buffer` points. 1 is perfect. NULL where nothing is labelled.",
    example: "vus_pr([0, 0, 1, 1, 0, 0], [0.1, 0.2, 0.9, 0.8, 0.1, 0.1], buffer => 0)",
    result: "1.0",
    source: "Paparrizos et al., Volume under the surface, VLDB 2022",
    params: { truth: LABELS, scores: SCORES, buffer: integer(100, "longest buffer, in points", { least: 0, most: 100000 }) },
    returns: "number",
    compute: ({ truth, scores, buffer }) => vusPr(sameLength(truth, scores), scores, buffer),
  }),
  seriesFunction({
    name: "nab_score",
    summary:
      "The Numenta Anomaly Benchmark's score of one series, at the threshold that is best for it: 0 for a detector that says nothing, 100 for one that finds each labelled run at its first point and nothing else. The first 15 % (at most 750 points) do not count. Score NULL where nothing is labelled.",
    example: "nab_score([0, 0, 0, 0, 0, 0, 1, 1, 0, 0], [0, 0, 0, 0, 0, 0, 9, 0, 0, 0])",
    result: "{'score': 100.0, 'threshold': 9.0, 'hits': 1, 'false_alarms': 0}",
    source: "Lavin and Ahmad, Evaluating real-time anomaly detection algorithms, ICMLA 2015",
    params: {
      truth: LABELS,
      scores: SCORES,
      profile: choice("standard", ["standard", "reward low FP", "reward low FN"], "what mistakes cost"),
    },
    returns: { score: "number", threshold: "number", hits: "integer", false_alarms: "integer" },
    compute: ({ truth, scores, profile }) => {
      const labelled = { scores, windows: rangesOf(sameLength(truth, scores)) };
      const { score, threshold } = nabScore([labelled], NAB_PROFILES[profile]);
      const { hits, falseAlarms } = nabCounts(labelled, threshold, NAB_PROFILES[profile]);
      return { score, threshold, hits, false_alarms: falseAlarms };
    },
  }),
  seriesFunction({
    name: "matrix_profile",
    summary:
      "For each run of `m` points, the z-normalised distance to the most similar other one, of all and of those before it (left): discords are large, motifs small. NULL where a value is NULL or there is no other. Time grows with the square of the length.",
    example: "matrix_profile([1, 2, 3, 1, 2, 3], 3).distances",
    result: "[0.0, 3.0, 3.0, 0.0]",
    source: "Zimmerman et al., Matrix Profile XIV, SoCC 2019",
    params: { series: series(), m: integer(100, "points that are compared together", { least: 3 }) },
    returns: { distances: "series", left: "series" },
    compute: ({ series, m }) => {
      const { distances, left } = matrixProfile(series, m);
      return { distances: finite(distances), left: finite(left) };
    },
  }),
];
