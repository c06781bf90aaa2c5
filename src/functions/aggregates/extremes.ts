import type { AggregateOverload, BindContext } from "../../catalog/function-types.ts";
import { type DataType, physicalOf } from "../../core/types.ts";
import type { Vector } from "../../core/vector.ts";
import { doc } from "../define.ts";
import { aggregateFamily } from "./define.ts";
import { flatData, flatVector, ValidityBuilder } from "./finish.ts";
import { GroupValues } from "./group-values.ts";
import { maxSeveral, minSeveral } from "./positional.ts";
import { SlotAccumulator, type SlotAggregate, type SlotReader } from "./slot-accumulator.ts";
import { floatExtreme, integerExtreme } from "./slot-part.ts";

/** min and max, by the order of SQL values: NaN is the greatest number, text goes by bytes, lists and structs element by element. */

function extreme(greatest: boolean, type: DataType): SlotAggregate | undefined {
  switch (physicalOf(type)) {
    case "bytes":
    case "interval":
    case "list":
    case "struct":
      return undefined;
    case "f32":
    case "f64":
      return { parts: [floatExtreme(greatest)], finish: (slots, from, to) => wordsResult(type, 1, slots, from, to) };
    case "i64":
    case "u64":
      return {
        parts: [integerExtreme(greatest, 2, physicalOf(type) === "u64")],
        finish: (slots, from, to) => wordsResult(type, 2, slots, from, to),
      };
    case "i128":
      return { parts: [integerExtreme(greatest, 4, false)], finish: (slots, from, to) => wordsResult(type, 4, slots, from, to) };
    default:
      return { parts: [integerExtreme(greatest, 1, false)], finish: (slots, from, to) => wordsResult(type, 1, slots, from, to) };
  }
}

/** Slots hold the highest word first, memory the lowest. */
function wordsResult(type: DataType, words: number, { state, stride, offsets, count }: SlotReader, from: number, to: number): Vector {
  const data = flatData(type, to - from);
  const out = words === 1 ? (data as Float64Array) : new Int32Array(data.buffer);
  const validity = new ValidityBuilder(to - from);
  for (let group = from; group < to; group++) {
    if (count(group) === 0) validity.setNull(group - from);
    else for (let k = 0; k < words; k++) out[words * (group - from) + k] = state[group * stride + offsets[0] + words - 1 - k];
  }
  return flatVector(type, to - from, data, validity.mask);
}

const overload = (greatest: boolean): AggregateOverload => ({
  args: ["comparable"],
  returns: (bind: BindContext) => bind.types[0],
  create: ({ types }: BindContext) => {
    const slots = extreme(greatest, types[0]);
    if (slots !== undefined) return new SlotAccumulator(slots, types);
    return new GroupValues(types, { required: [0], pick: greatest ? "greatest" : "least", by: 0 });
  },
});

export const extremeAggregates = aggregateFamily("aggregate", [
  {
    name: "min",
    doc: doc("Least value that is not NULL, or a list of the `n` least.", ["arg", "n"], "min(x) FROM (VALUES (3), (1)) t(x)", "1"),
    overloads: [overload(false), minSeveral],
  },
  {
    name: "max",
    doc: doc(
      "Greatest value that is not NULL, or a list of the `n` greatest; NaN is the greatest number.",
      ["arg", "n"],
      "max(x) FROM (VALUES (3), (1)) t(x)",
      "3",
    ),
    overloads: [overload(true), maxSeveral],
  },
]);
