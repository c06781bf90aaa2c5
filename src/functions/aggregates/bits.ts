import type { BindContext } from "../../catalog/function-types.ts";
import { BOOLEAN, physicalOf } from "../../core/types.ts";
import { doc } from "../define.ts";
import { aggregateFamily } from "./define.ts";
import { flatData, flatVector, ValidityBuilder } from "./finish.ts";
import { type SlotAggregate, slotOverload } from "./slot-accumulator.ts";
import { bitPart } from "./slot-part.ts";

/** Bitwise and logical aggregates. NULL rows are left out; groups without values give NULL. */

const bits =
  (operator: "&" | "|" | "^") =>
  ({ types: [type] }: BindContext): SlotAggregate => {
    const physical = physicalOf(type);
    const words = physical === "i128" ? 4 : physical === "i64" || physical === "u64" ? 2 : 1;
    return {
      parts: [bitPart(operator, words)],
      finish: ({ state, stride, offsets, count }, from, to) => {
        const data = flatData(type, to - from);
        const validity = new ValidityBuilder(to - from);
        // Narrow integers are cut to their width by their array.
        const out = words === 1 ? (data as Int32Array) : new Int32Array(data.buffer);
        for (let group = from; group < to; group++) {
          if (count(group) === 0) validity.setNull(group - from);
          else for (let k = 0; k < words; k++) out[words * (group - from) + k] = state[group * stride + offsets[0] + k];
        }
        return flatVector(type, to - from, data, validity.mask);
      },
    };
  };

const sameType = (bind: BindContext) => bind.types[0];
const overIntegers = (operator: "&" | "|" | "^") => [slotOverload({ args: ["integral"], returns: sameType }, bits(operator))];
const overBooleans = (operator: "&" | "|") => [slotOverload({ args: ["boolean"], returns: BOOLEAN }, bits(operator))];

export const bitAggregates = aggregateFamily("aggregate", [
  {
    name: "bit_and",
    doc: doc("Bitwise AND of the integers.", ["arg"], "bit_and(x) FROM (VALUES (6), (3)) t(x)", "2"),
    overloads: overIntegers("&"),
  },
  {
    name: "bit_or",
    doc: doc("Bitwise OR of the integers.", ["arg"], "bit_or(x) FROM (VALUES (6), (3)) t(x)", "7"),
    overloads: overIntegers("|"),
  },
  {
    name: "bit_xor",
    doc: doc("Bitwise exclusive OR of the integers.", ["arg"], "bit_xor(x) FROM (VALUES (6), (3)) t(x)", "5"),
    overloads: overIntegers("^"),
  },
  {
    name: "bool_and",
    doc: doc("True if every value is true.", ["arg"], "bool_and(x) FROM (VALUES (true), (NULL)) t(x)", "true"),
    overloads: overBooleans("&"),
  },
  {
    name: "bool_or",
    doc: doc("True if any value is true.", ["arg"], "bool_or(x) FROM (VALUES (false), (true)) t(x)", "true"),
    overloads: overBooleans("|"),
  },
]);
