import type { AggregateOverload, BindContext } from "../../catalog/function-types.ts";
import { commonType } from "../../core/common-type.ts";
import { bindError, nearestName, runtimeError } from "../../core/errors.ts";
import { BIGINT, BOOLEAN, type DataType, DOUBLE, list, struct, typeName, VARCHAR } from "../../core/types.ts";
import type { Value } from "../../core/value.ts";
import type { FlatVector, Vector } from "../../core/vector.ts";
import { vectorFromValues } from "../../core/vector-builder.ts";
import { doc } from "../define.ts";
import { type Confusion, ConfusionAccumulator } from "./confusion-accumulator.ts";
import { aggregateFamily } from "./define.ts";
import { flatVector, numberResult, ValidityBuilder } from "./finish.ts";
import { HolisticAccumulator } from "./holistic-accumulator.ts";
import { type SlotAggregate, slotOverload } from "./slot-accumulator.ts";
import { addSlots, floatPart, type SlotPart } from "./slot-part.ts";

/**
 * How good predictions are. Names and definitions are those of scikit-learn's metrics; rows where an argument is NULL are left out, and without rows the
 * result is NULL. The first argument is what is true, the second what was predicted.
 */

const SOURCE = "scikit-learn, sklearn.metrics";

// Classes

const CLASS_KINDS =
  /^(boolean|u?(tiny|small|big|huge)int|u?integer|float|double|decimal|varchar|uuid|enum|date|time|timestamp|timestamptz)$/;

/** The type both sides are compared as. */
function classType({ types: [label, predicted] }: Pick<BindContext, "types">): DataType {
  const common = commonType(label, predicted);
  if (common === undefined) throw bindError(`${typeName(label)} and ${typeName(predicted)} cannot be compared as classes`);
  if (common.kind !== "null" && !CLASS_KINDS.test(common.kind)) {
    throw bindError(`${typeName(common)} cannot be a class`, undefined, "classes are numbers, texts, truth values or times");
  }
  return common.kind === "null" ? VARCHAR : common;
}

const confusionOverload = (
  returns: AggregateOverload["returns"],
  finish: (bind: BindContext) => (confusion: Confusion) => Value,
): AggregateOverload => ({
  args: ["comparable", "comparable"],
  returns,
  coerce: (bind) => [classType(bind), classType(bind)],
  create: (bind) => {
    const result = finish(bind);
    const type = typeof returns === "function" ? returns(bind) : returns;
    return new ConfusionAccumulator(bind.types[0], (confusion, groups) =>
      vectorFromValues(
        type,
        Array.from(groups, (g) => result(confusion(g))),
      ),
    );
  },
});

function accuracy({ pairs, rows }: Confusion): number | null {
  if (rows === 0) return null;
  return pairs.reduce((right, { label, predicted, count }) => (label === predicted ? right + count : right), 0) / rows;
}

const confusionType = (label: DataType): DataType =>
  list(
    struct([
      { name: "label", type: label },
      { name: "predicted", type: label },
      { name: "count", type: BIGINT },
    ]),
  );

/** True positives, false positives and false negatives of each class, or of all. */
interface Hits {
  readonly right: number;
  readonly wrong: number;
  readonly missed: number;
}

type Score = (hits: Hits) => number;

/** As scikit-learn's `zero_division`: 0 where nothing was predicted, or nothing is there to be found. */
const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

const precision: Score = ({ right, wrong }) => share(right, right + wrong);
const recall: Score = ({ right, missed }) => share(right, right + missed);
const f1: Score = ({ right, wrong, missed }) => share(2 * right, 2 * right + wrong + missed);

function hitsOf({ classes, pairs }: Confusion): Hits[] {
  const hits = classes.map(() => ({ right: 0, wrong: 0, missed: 0 }));
  for (const { label, predicted, count } of pairs) {
    if (label === predicted) hits[label].right += count;
    else {
      hits[predicted].wrong += count;
      hits[label].missed += count;
    }
  }
  return hits;
}

const AVERAGES = ["binary", "macro", "micro", "weighted"] as const;
type Average = (typeof AVERAGES)[number];

function averageOf(name: string, { constants, types }: BindContext): Average {
  if (types.length < 3) return "binary";
  const given = constants[2];
  if (given === undefined || given === null) throw bindError(`the average of ${name} must be a constant text`);
  const found = AVERAGES.find((average) => average === String(given).toLowerCase());
  if (found !== undefined) return found;
  const near = nearestName(String(given), AVERAGES);
  throw bindError(
    `${name} knows no average '${given}'`,
    undefined,
    near === undefined ? `it is one of ${AVERAGES.join(", ")}` : `did you mean '${near}'?`,
  );
}

/** The class that is found or missed: 1 or TRUE, unless one is given. */
function positiveOf(name: string, { types, constants }: BindContext): Value | undefined {
  if (types.length < 4) {
    const { kind } = types[0];
    if (kind === "boolean") return true;
    if (/int|integer/.test(kind)) return /bigint|hugeint/.test(kind) ? 1n : 1;
    if (kind === "float" || kind === "double") return 1;
    if (types[0].kind === "decimal") return 10n ** BigInt(types[0].scale);
    return undefined;
  }
  const given = constants[3];
  if (given === undefined || given === null) throw bindError(`the positive class of ${name} must be a constant`);
  return given;
}

function averaged(name: string, score: Score, bind: BindContext): (confusion: Confusion) => number | null {
  const average = averageOf(name, bind);
  if (average !== "binary") return (confusion) => (confusion.rows === 0 ? null : meanScore(score, average, confusion));
  const positive = positiveOf(name, bind);
  if (positive === undefined) {
    throw bindError(
      `${name} of ${typeName(bind.types[0])} classes must be told which is the positive one, or how to average`,
      undefined,
      `${name}(label, predicted, 'binary', 'yes'), or ${name}(label, predicted, 'macro')`,
    );
  }
  return (confusion) => {
    const { classes, rows } = confusion;
    if (rows === 0) return null;
    if (classes.length > 2) {
      throw runtimeError(`${name} over ${classes.length} classes: 'binary' is for two`, undefined, `${name}(label, predicted, 'macro')`);
    }
    const at = classes.indexOf(positive);
    return at < 0 ? score({ right: 0, wrong: 0, missed: 0 }) : score(hitsOf(confusion)[at]);
  };
}

function meanScore(score: Score, average: Exclude<Average, "binary">, confusion: Confusion): number {
  const hits = hitsOf(confusion);
  if (average === "micro") {
    const sum = (of: (hits: Hits) => number) => hits.reduce((total, one) => total + of(one), 0);
    return score({ right: sum(({ right }) => right), wrong: sum(({ wrong }) => wrong), missed: sum(({ missed }) => missed) });
  }
  let [total, weights] = [0, 0];
  for (const one of hits) {
    const weight = average === "macro" ? 1 : one.right + one.missed;
    total += weight * score(one);
    weights += weight;
  }
  return total / weights;
}

const scoreOverloads = (name: string, score: Score): AggregateOverload[] => [
  {
    ...confusionOverload(DOUBLE, (bind) => averaged(name, score, bind)),
    args: ["comparable", "comparable", { exactly: VARCHAR }, { sameAs: 0 }],
    optional: 2,
    coerce: (bind) => [classType(bind), classType(bind), VARCHAR, classType(bind)].slice(0, bind.types.length),
  },
];

// Scores of two classes

/** 1 for positive and 0 for negative rows: of truth values, or of numbers 1 and 0 (or -1). */
function isPositive(name: string, value: number): boolean {
  if (value === 1) return true;
  if (value === 0 || value === -1) return false;
  throw runtimeError(`a label of ${name} is ${value}`, undefined, "labels are TRUE and FALSE, or 1 and 0: compare, as in label = 'yes'");
}

/**
 * Area under the ROC curve by ranks: (sum of the ranks of positives - p (p + 1) / 2) / (p n), scores that tie share their mean rank. NULL where one
 * of the classes is missing, NaN where a score is.
 */
const rocAuc = (labelType: DataType): AggregateOverload => ({
  args: [labelType.kind === "boolean" ? "boolean" : "double", "double"],
  returns: DOUBLE,
  keepsRows: true,
  create: () =>
    new HolisticAccumulator([labelType, DOUBLE], [0, 1], ({ starts, rows, columns }, groups): Vector => {
      const labels = (columns[0] as FlatVector).data;
      const scores = (columns[1] as FlatVector).data as Float64Array;
      const data = new Float64Array(groups);
      const validity = new ValidityBuilder(groups);
      for (let g = 0; g < groups; g++) {
        const own = rows.subarray(starts[g], starts[g + 1]);
        const area = rankArea(own, (row) => isPositive("roc_auc", Number(labels[row])), scores);
        if (area === null) validity.setNull(g);
        else data[g] = area;
      }
      return flatVector(DOUBLE, groups, data, validity.mask);
    }),
});

function rankArea(rows: Int32Array, positive: (row: number) => boolean, scores: Float64Array): number | null {
  const order = rows.slice().sort((a, b) => scores[a] - scores[b]);
  const { length } = order;
  let [positives, ranks] = [0, 0];
  for (let from = 0; from < length; ) {
    let to = from + 1;
    while (to < length && scores[order[to]] === scores[order[from]]) to++;
    // Ranks from + 1 up to `to` have this mean.
    const rank = (from + 1 + to) / 2;
    for (let k = from; k < to; k++) {
      if (Number.isNaN(scores[order[k]])) return Number.NaN;
      if (!positive(order[k])) continue;
      positives++;
      ranks += rank;
    }
    from = to;
  }
  const negatives = length - positives;
  return positives === 0 || negatives === 0 ? null : (ranks - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/** Machine epsilon of doubles: probabilities are kept this far from 0 and 1. */
const EPSILON = 2 ** -52;

/** Sum of -ln p, p being the probability given to what is true. */
const logLoss = (labelType: DataType): AggregateOverload =>
  slotOverload({ args: [labelType.kind === "boolean" ? "boolean" : "double", "double"], returns: DOUBLE }, () =>
    meanOf(
      floatPart(
        `log-loss ${labelType.kind}`,
        [0, 0],
        ([sum, foreign], [{ number: y }, { number: p }]) =>
          `{ const q = Math.min(Math.max(${p}, ${EPSILON}), ${1 - EPSILON}); if (${p} < 0 || ${p} > 1) ${foreign} = 1; ` +
          `if (${y} === 1) ${sum} -= Math.log(q); else { ${sum} -= Math.log1p(-q); if (${y} !== 0 && ${y} !== -1) ${foreign} = 1; } }`,
        addSlots(2),
      ),
      (sum, count, foreign) => {
        if (foreign !== 0) {
          throw runtimeError(
            "log_loss met a label that is not 0 or 1, or a probability that is not between them",
            undefined,
            "labels are TRUE and FALSE, or 1 and 0; the probability is that of TRUE",
          );
        }
        return sum / count;
      },
    ),
  );

// Numbers

/** What a sum over rows comes to; NULL without rows. */
const meanOf = (part: SlotPart, result: (sum: number, count: number, second: number) => number): SlotAggregate => ({
  parts: [part],
  finish: (slots, from, to) =>
    numberResult(DOUBLE, slots, from, to, (state, at, count) => {
      const slot = at + slots.offsets[0];
      return count === 0 ? null : result(state[slot], count, state[slot + 1]);
    }),
});

const SQUARES = floatPart(
  "squared-errors",
  [0],
  ([sum], [{ number: y }, { number: p }]) => `${sum} += (${y} - ${p}) * (${y} - ${p});`,
  addSlots(1),
);
const DISTANCES = floatPart(
  "absolute-errors",
  [0],
  ([sum], [{ number: y }, { number: p }]) => `${sum} += Math.abs(${y} - ${p});`,
  addSlots(1),
);
const SHARES = floatPart(
  "relative-errors",
  [0],
  ([sum], [{ number: y }, { number: p }]) => `${sum} += Math.abs(${y} - ${p}) / Math.max(Math.abs(${y}), ${EPSILON});`,
  addSlots(1),
);

/** Count, mean and squared distances of what is true (Welford 1962, merged after Chan 1979), and the squared errors. */
const EXPLAINED = floatPart(
  "explained",
  [0, 0, 0, 0],
  ([n, mean, squares, errors], [{ number: y }, { number: p }]) =>
    `{ ${n} += 1; const d = ${y} - ${mean}; ${mean} += d / ${n}; ${squares} += d * (${y} - ${mean}); ${errors} += (${y} - ${p}) * (${y} - ${p}); }`,
  (to, at, from, fromAt) => {
    const [n, m] = [to[at], from[fromAt]];
    if (m === 0) return;
    const total = n + m;
    const distance = from[fromAt + 1] - to[at + 1];
    to[at + 1] = n === 0 ? from[fromAt + 1] : (m * from[fromAt + 1] + n * to[at + 1]) / total;
    to[at + 2] += from[fromAt + 2] + (distance * distance * n * m) / total;
    to[at + 3] += from[fromAt + 3];
    to[at] = total;
  },
);

/** 1 - squared errors / squared distances from the mean. Where all that is true is one number: 1 if it was always met, else 0, as scikit-learn has it. */
const r2: SlotAggregate = {
  parts: [EXPLAINED],
  finish: (slots, from, to) =>
    numberResult(DOUBLE, slots, from, to, (state, at) => {
      const slot = at + slots.offsets[0];
      if (state[slot] < 2) return null;
      const [squares, errors] = [state[slot + 2], state[slot + 3]];
      if (squares === 0) return errors === 0 ? 1 : 0;
      return 1 - errors / squares;
    }),
};

const overNumbers = (aggregate: SlotAggregate) => [slotOverload({ args: ["double", "double"], returns: DOUBLE }, () => aggregate)];

const classes = "FROM (VALUES (1, 1), (1, 0), (0, 0), (0, 1), (1, 1)) t(label, predicted)";
const scores = "FROM (VALUES (0, 0.1), (0, 0.4), (1, 0.35), (1, 0.8)) t(label, score)";
const numbers = "FROM (VALUES (3.0, 2.5), (-0.5, 0.0), (2.0, 2.0), (7.0, 8.0)) t(label, predicted)";
const pair = ["label", "predicted"];
const AVERAGED =
  "The average is 'binary' (the default: of the positive class, which is 1 or TRUE unless given), 'macro', 'micro' or 'weighted'";

export const evaluationAggregates = aggregateFamily("evaluation", [
  {
    name: "accuracy",
    aliases: ["accuracy_score"],
    doc: doc("Share of rows whose predicted class is the true one.", pair, `accuracy(label, predicted) ${classes}`, "0.6", SOURCE),
    overloads: [confusionOverload(DOUBLE, () => accuracy)],
  },
  {
    name: "precision_score",
    doc: doc(
      `Share of the rows predicted to be of a class that are: tp / (tp + fp), 0 where none was. ${AVERAGED}.`,
      [...pair, "average", "positive"],
      `precision_score(label, predicted) ${classes}`,
      "0.6666666666666666",
      SOURCE,
    ),
    overloads: scoreOverloads("precision_score", precision),
  },
  {
    name: "recall_score",
    doc: doc(
      `Share of the rows of a class that were predicted to be: tp / (tp + fn), 0 where there are none. ${AVERAGED}.`,
      [...pair, "average", "positive"],
      `recall_score(label, predicted, 'macro') ${classes}`,
      "0.5833333333333333",
      SOURCE,
    ),
    overloads: scoreOverloads("recall_score", recall),
  },
  {
    name: "f1_score",
    doc: doc(
      `Harmonic mean of precision and recall: 2 tp / (2 tp + fp + fn). ${AVERAGED}.`,
      [...pair, "average", "positive"],
      `f1_score(label, predicted) ${classes}`,
      "0.6666666666666666",
      SOURCE,
    ),
    overloads: scoreOverloads("f1_score", f1),
  },
  {
    name: "confusion_matrix",
    doc: doc(
      "How often each predicted class met each true one: the pairs that occur, in the order of their classes.",
      pair,
      `confusion_matrix(label, predicted) ${classes}`,
      "[{'label': 0, 'predicted': 0, 'count': 1}, {'label': 0, 'predicted': 1, 'count': 1}, {'label': 1, 'predicted': 0, 'count': 1}, {'label': 1, 'predicted': 1, 'count': 2}]",
      SOURCE,
    ),
    overloads: [
      confusionOverload(
        ({ types }) => confusionType(types[0]),
        () => (confusion) =>
          confusion.rows === 0
            ? null
            : confusion.pairs.map(({ label, predicted, count }) => [confusion.classes[label], confusion.classes[predicted], BigInt(count)]),
      ),
    ],
  },
  {
    name: "roc_auc",
    aliases: ["roc_auc_score"],
    doc: doc(
      "Area under the ROC curve: how likely a positive row has a higher score than a negative one, ties counting half. Labels are TRUE and FALSE, or 1 and 0. NULL where one class is missing.",
      ["label", "score"],
      `roc_auc(label, score) ${scores}`,
      "0.75",
      SOURCE,
    ),
    overloads: [rocAuc(BOOLEAN), rocAuc(DOUBLE)],
  },
  {
    name: "log_loss",
    doc: doc(
      "Mean of -ln p, p being the probability given to what is true; `probability` is that of TRUE or 1, kept 2^-52 away from 0 and 1.",
      ["label", "probability"],
      `round(log_loss(label, score), 6) ${scores}`,
      "0.472288",
      SOURCE,
    ),
    overloads: [logLoss(BOOLEAN), logLoss(DOUBLE)],
  },
  {
    name: "rmse",
    aliases: ["root_mean_squared_error"],
    doc: doc("Square root of the mean squared error.", pair, `rmse(label, predicted) ${numbers}`, "0.6123724356957945", SOURCE),
    overloads: overNumbers(meanOf(SQUARES, (sum, count) => Math.sqrt(sum / count))),
  },
  {
    name: "mae",
    aliases: ["mean_absolute_error"],
    doc: doc("Mean absolute error.", pair, `mae(label, predicted) ${numbers}`, "0.5", SOURCE),
    overloads: overNumbers(meanOf(DISTANCES, (sum, count) => sum / count)),
  },
  {
    name: "mape",
    aliases: ["mean_absolute_percentage_error"],
    doc: doc(
      "Mean of the absolute errors as shares of what is true (1 is 100 percent); a true 0 counts as 2^-52.",
      pair,
      `mape(label, predicted) FROM (VALUES (4.0, 3.0), (2.0, 2.5)) t(label, predicted)`,
      "0.25",
      SOURCE,
    ),
    overloads: overNumbers(meanOf(SHARES, (sum, count) => sum / count)),
  },
  {
    name: "r2_score",
    doc: doc(
      "Coefficient of determination: 1 minus squared errors over squared distances from the mean. Below 0 for what is worse than the mean; NULL for fewer than two rows. regr_r2 is that of a fitted line.",
      pair,
      `r2_score(label, predicted) ${numbers}`,
      "0.9486081370449679",
      SOURCE,
    ),
    overloads: overNumbers(r2),
  },
]);
