import type { AggregateOverload, BindContext } from "../../catalog/function-types.ts";
import { plainText } from "../../core/concat.ts";
import { bindError } from "../../core/errors.ts";
import { take } from "../../core/take.ts";
import { list, map, UBIGINT, VARCHAR } from "../../core/types.ts";
import type { BytesVector, DictionaryVector, Vector } from "../../core/vector.ts";
import { listChildType, nullVector } from "../../core/vector-builder.ts";
import { doc } from "../define.ts";
import { aggregateFamily } from "./define.ts";
import { flatVector, ValidityBuilder } from "./finish.ts";
import { HolisticAccumulator, sortedWithinGroups } from "./holistic-accumulator.ts";
import { runsOf } from "./runs.ts";

/** Aggregates that gather a group's values: list, string_agg, histogram. */

const listOverload: AggregateOverload = {
  args: ["any"],
  returns: ({ types }) => list(types[0]),
  keepsRows: true,
  create: ({ types }) =>
    new HolisticAccumulator(types, [], ({ starts, rows, columns }, groups): Vector => {
      const validity = new ValidityBuilder(groups);
      for (let g = 0; g < groups; g++) if (starts[g] === starts[g + 1]) validity.setNull(g);
      return {
        layout: "list",
        type: list(types[0]),
        length: groups,
        validity: validity.mask,
        offsets: starts,
        child: take(columns[0], rows),
      };
    }),
};

function joinTexts({ types, constants }: BindContext) {
  let separator: Uint8Array | null = Uint8Array.of(44);
  if (types.length > 1) {
    const given = constants[1];
    if (given === undefined) throw bindError("the separator of string_agg must be a constant");
    separator = given === null ? null : new TextEncoder().encode(String(given));
  }
  return new HolisticAccumulator([VARCHAR, ...types.slice(1)], [0], ({ starts, rows, columns }, groups): Vector => {
    if (separator === null) return nullVector(VARCHAR, groups);
    const text = plainText(columns[0] as BytesVector | DictionaryVector);
    const offsets = new Int32Array(groups + 1);
    const validity = new ValidityBuilder(groups);
    for (let g = 0; g < groups; g++) {
      const count = starts[g + 1] - starts[g];
      let size = Math.max(0, count - 1) * separator.length;
      for (let k = starts[g]; k < starts[g + 1]; k++) size += text.offsets[rows[k] + 1] - text.offsets[rows[k]];
      offsets[g + 1] = offsets[g] + size;
      if (count === 0) validity.setNull(g);
    }
    const bytes = new Uint8Array(offsets[groups]);
    for (let g = 0, at = 0; g < groups; g++) {
      for (let k = starts[g]; k < starts[g + 1]; k++) {
        if (k > starts[g]) {
          bytes.set(separator, at);
          at += separator.length;
        }
        const [from, to] = [text.offsets[rows[k]], text.offsets[rows[k] + 1]];
        for (let j = from; j < to; j++) bytes[at++] = text.bytes[j];
      }
    }
    return { layout: "bytes", type: VARCHAR, length: groups, validity: validity.mask, offsets, bytes };
  });
}

const histogram: AggregateOverload = {
  args: ["comparable"],
  returns: ({ types }) => map(types[0], UBIGINT),
  keepsRows: true,
  create: ({ types }) =>
    new HolisticAccumulator(types, [0], (rows, groups): Vector => {
      const type = map(types[0], UBIGINT);
      const sorted = sortedWithinGroups(rows);
      const runs = runsOf(sorted, rows.starts);
      const counts = BigUint64Array.from(runs.lengths, (length) => BigInt(length));
      const validity = new ValidityBuilder(groups);
      for (let g = 0; g < groups; g++) if (rows.starts[g] === rows.starts[g + 1]) validity.setNull(g);
      const entries = runs.firsts.length;
      const child: Vector = {
        layout: "struct",
        type: listChildType(type),
        length: entries,
        validity: null,
        children: [take(sorted, runs.firsts), flatVector(UBIGINT, entries, counts, null)],
      };
      return { layout: "list", type, length: groups, validity: validity.mask, offsets: runs.starts, child };
    }),
};

export const collectingAggregates = aggregateFamily("aggregate", [
  {
    name: "list",
    aliases: ["array_agg"],
    ordered: true,
    doc: doc(
      "List of all values, NULLs among them, in the order of the rows.",
      ["arg"],
      "list(x) FROM (VALUES (1), (NULL)) t(x)",
      "[1, NULL]",
    ),
    overloads: [listOverload],
  },
  {
    name: "string_agg",
    aliases: ["group_concat", "listagg"],
    ordered: true,
    doc: doc(
      "The texts that are not NULL, joined by a constant separator (a comma if not given).",
      ["arg", "separator"],
      "string_agg(x, '-') FROM (VALUES ('a'), ('b')) t(x)",
      "a-b",
    ),
    overloads: [
      { args: ["any"], returns: VARCHAR, coerce: () => [VARCHAR], keepsRows: true, create: joinTexts },
      { args: ["any", { exactly: VARCHAR }], returns: VARCHAR, coerce: () => [VARCHAR, VARCHAR], keepsRows: true, create: joinTexts },
    ],
  },
  {
    name: "histogram",
    doc: doc(
      "Map from each value to how often it occurs, in ascending order.",
      ["arg"],
      "histogram(x) FROM (VALUES (1), (2), (2)) t(x)",
      "{1=1, 2=2}",
    ),
    overloads: [histogram],
  },
]);
