import type { SeriesBind, SeriesInput } from "../../catalog/function-types.ts";
import { nearestName } from "../../core/errors.ts";
import { BIGINT, DOUBLE, type Schema, VARCHAR } from "../../core/types.ts";
import type { Vector } from "../../core/vector.ts";
import { COSTS, type CostName } from "../../timeseries/change-points/costs.ts";
import { changeMethods } from "../../timeseries/change-points/detectors.ts";
import { offlineChanges, onlineChanges } from "../../timeseries/change-points/locate.ts";
import { changeOptions } from "../../timeseries/change-points/online.ts";
import { changesOf } from "../../timeseries/change-points/segments.ts";
import { doubleColumn } from "../running/define.ts";
import { checked, optionalParam, type SeriesEntry, sameText } from "./define.ts";

/** Options of the methods that see the whole series. */
const OFFLINE: Readonly<Record<string, { type: "text" | "number" | "integer"; doc: string }>> = {
  cost: {
    type: "text",
    doc: "for pelt and binseg, what changes: l2 (the mean, default), l1 (the median), normal (mean and variance) or rbf (the distribution)",
  },
  penalty: { type: "number", doc: "for pelt and binseg, what a change must save in cost; default BIC" },
  min_size: { type: "integer", doc: "for pelt and binseg, points between changes at least; default 2, for normal 10" },
  jump: { type: "integer", doc: "for pelt and binseg, changes are looked for at multiples of this; default 1" },
  changes: { type: "integer", doc: "for binseg, this many changes in place of the penalty" },
};

const OFFLINE_METHODS = { pelt: ["cost", "penalty", "min_size", "jump"], binseg: Object.keys(OFFLINE) } as const;

/** Every option of the methods that see one value after another, with what it means in each. */
const ONLINE = new Map<string, string>();
for (const { name: method, options } of changeMethods)
  for (const [name, { doc }] of Object.entries(options)) {
    const before = ONLINE.get(name);
    ONLINE.set(name, `${before === undefined ? "" : `${before}; `}for ${method}, ${doc}`);
  }

const METHODS = [...Object.keys(OFFLINE_METHODS), ...changeMethods.map((method) => method.name)];

type Finder = (values: Float64Array, checkInterrupt: () => void) => Int32Array;

/** The method with its options, checked: those that are given must be its own. */
function finderOf({ arguments: given }: SeriesBind): Finder {
  const name = String(given.method ?? "pelt").toLowerCase();
  const isOffline = name === "pelt" || name === "binseg";
  const online = changeMethods.find((method) => method.name === name);
  if (!isOffline && online === undefined) {
    const near = nearestName(name, METHODS);
    throw new RangeError(
      `no method is called ${name}: ${near === undefined ? `there are ${METHODS.join(", ")}` : `did you mean ${near}?`}`,
    );
  }
  const own: readonly string[] = isOffline ? OFFLINE_METHODS[name] : Object.keys(online!.options);
  for (const option of [...Object.keys(OFFLINE), ...ONLINE.keys()])
    if (isGiven(given[option]) && !own.includes(option))
      throw new RangeError(`method ${name} has no option ${option}: it has ${own.join(", ")}`);
  if (isOffline) {
    const cost = isGiven(given.cost) ? costNamed(String(given.cost)) : undefined;
    const penalty = numberOf(given.penalty, "penalty", 0);
    const minSize = numberOf(given.min_size, "min_size", 1);
    const jump = numberOf(given.jump, "jump", 1);
    const changes = numberOf(given.changes, "changes", 0);
    return (values, checkInterrupt) => offlineChanges(values, name, { cost, penalty, minSize, jump, changes, checkInterrupt });
  }
  const numbers: Record<string, number> = {};
  for (const option of own) if (isGiven(given[option])) numbers[option] = Number(given[option]);
  const options = changeOptions(online!, numbers);
  return (values, checkInterrupt) => onlineChanges(values, online!, options, checkInterrupt);
}

const isGiven = (value: unknown): boolean => value !== null && value !== undefined;

function numberOf(value: unknown, name: string, least: number): number | undefined {
  if (!isGiven(value)) return undefined;
  const number = Number(value);
  if (!(number >= least)) throw new RangeError(`${name} must be at least ${least}, and is ${number}`);
  return number;
}

function costNamed(name: string): CostName {
  const found = COSTS.find((cost) => cost === name.toLowerCase());
  if (found === undefined) throw new RangeError(`no cost is called ${name}: there are ${COSTS.join(", ")}`);
  return found;
}

const outputs = (bind: SeriesBind): Schema => {
  checked(() => finderOf(bind));
  return [
    { name: "position", type: BIGINT },
    { name: "change_timestamp", type: bind.time },
    { name: "before_mean", type: DOUBLE },
    { name: "after_mean", type: DOUBLE },
    { name: "before_deviation", type: DOUBLE },
    { name: "after_deviation", type: DOUBLE },
    { name: "score", type: DOUBLE },
    { name: "status", type: VARCHAR },
  ];
};

function run({ times, values }: SeriesInput, bind: SeriesBind, checkInterrupt: () => void): readonly Vector[] {
  const data = values[bind.columns.data_col[0]];
  const positions = finderOf(bind)(data, checkInterrupt);
  const changes = changesOf(data, positions);
  const length = changes.length;
  const bigints = (numbers: readonly number[], type: Schema[number]["type"]): Vector => ({
    layout: "flat",
    type,
    length,
    validity: null,
    data: BigInt64Array.from(numbers, (number) => BigInt(number)),
  });
  return [
    bigints(
      changes.map(({ position }) => position),
      BIGINT,
    ),
    bigints(
      changes.map(({ position }) => times[position]),
      bind.time,
    ),
    doubleColumn(Float64Array.from(changes, ({ before }) => before.mean)),
    doubleColumn(Float64Array.from(changes, ({ after }) => after.mean)),
    doubleColumn(Float64Array.from(changes, ({ before }) => before.deviation)),
    doubleColumn(Float64Array.from(changes, ({ after }) => after.deviation)),
    doubleColumn(Float64Array.from(changes, ({ score }) => score)),
    sameText("ok", length),
  ];
}

/** Where the series of a table change. */
export const changePoints: SeriesEntry = {
  name: "change_points",
  doc: {
    summary:
      "Changes of every series of a table, a row for each: id columns, position (from 0, in the order of the times) and change_timestamp of the first row behind it, means and standard deviations of the values since the change before it and up to the next (before_mean, after_mean, before_deviation, after_deviation), score and status. score is 0 to 1: d² / (d² + 9), d being the difference of the means in standard deviations of the values around them. A series without changes has no row. NULL and infinite values are left out.",
    example:
      "SELECT position FROM change_points(TABLE (SELECT DATE '2024-01-01' + x::INTEGER AS ts, x % 2 + CASE WHEN x < 20 THEN 0 ELSE 9 END AS v FROM range(40) t(x)))",
    result: "20",
    source: "see pelt, binseg, adwin, bocpd, cusum, ddm and page_hinkley",
  },
  params: [
    { name: "method", type: "text", default: "pelt", doc: `how changes are found: ${METHODS.join(", ")}` },
    ...Object.entries(OFFLINE).map(([name, { type, doc }]) => optionalParam(name, type, doc)),
    ...[...ONLINE].map(([name, doc]) => optionalParam(name, "number", doc)),
  ],
  gives: "series",
  outputs,
  run,
};
