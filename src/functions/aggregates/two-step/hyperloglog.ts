import type { AggregateOverload } from "../../../catalog/function-types.ts";
import { runtimeError } from "../../../core/errors.ts";
import { BLOB, INTEGER, struct } from "../../../core/types.ts";
import type { Value } from "../../../core/value.ts";
import { addHash, LEAST_PRECISION, MOST_PRECISION, MOST_RANK, mergeRegisters } from "../../../timeseries/sketches/hyperloglog.ts";
import { doc } from "../../define.ts";
import type { AggregateEntry } from "../define.ts";
import { hashRows } from "../hash-rows.ts";
import { constantNumber, type ObjectState, objectAccumulator, objectRollup, statesFinish } from "./object-state.ts";
import type { MergedState } from "./rollup.ts";
import { hasFields, wholeState } from "./state-kind.ts";

/** The state: how many registers there are, and these, a byte each. */
const TYPE = struct([
  { name: "registers", type: INTEGER },
  { name: "ranks", type: BLOB },
]);

const isSound = ([registers, ranks]: readonly Value[]): boolean =>
  ranks instanceof Uint8Array &&
  ranks.length === registers &&
  (registers & (registers - 1)) === 0 &&
  ranks.every((rank) => rank <= MOST_RANK);

/** 4096 registers: a standard error of 1.6 %. */
const DEFAULT_REGISTERS = 4096;

export const HYPERLOGLOG: ObjectState<Uint8Array> = {
  name: "hyperloglog",
  matches: (type) => hasFields(type, ["registers", "ranks"]),
  read: (value) => {
    const [, ranks] = wholeState("hyperloglog", value, isSound);
    return (ranks as Uint8Array).slice();
  },
  write: (registers) => [registers.length, registers.slice()],
  merge: (into, from) => {
    if (into.length !== from.length) {
      throw runtimeError(
        `rollup of hyperloglog: states of ${into.length} and of ${from.length} registers cannot be merged`,
        undefined,
        "make them with the same number of registers",
      );
    }
    mergeRegisters(into, from);
  },
  bytes: (registers) => registers.length + 64,
};

function overload(sized: boolean): AggregateOverload {
  const value = sized ? 1 : 0;
  return {
    args: sized ? [{ exactly: INTEGER }, "any"] : ["any"],
    returns: (bind) => {
      if (sized) constantNumber("hyperloglog", bind, 0, "the number of registers", 2 ** LEAST_PRECISION, 2 ** MOST_PRECISION);
      return TYPE;
    },
    create: ({ constants }) => {
      const precision = Math.ceil(Math.log2(sized ? Number(constants[0]) : DEFAULT_REGISTERS));
      let hashes = new Int32Array(0);
      return objectAccumulator(
        HYPERLOGLOG,
        () => new Uint8Array(2 ** precision),
        (args, length, present, stateAt) => {
          if (hashes.length < 2 * length) hashes = new Int32Array(2 * length);
          hashRows(args[value], length, hashes);
          for (let i = 0; i < length; i++) {
            if (present === null || present[i] === 1) addHash(stateAt(i), precision, hashes[2 * i], hashes[2 * i + 1]);
          }
        },
        statesFinish(HYPERLOGLOG, TYPE),
      );
    },
  };
}

export const hyperloglogState: MergedState = { name: "hyperloglog", types: [TYPE], create: (type) => objectRollup(HYPERLOGLOG, type) };

export const hyperloglogAggregate: AggregateEntry = {
  name: "hyperloglog",
  doc: doc(
    "State for counting distinct values: read by distinct_count and stderror, merged by rollup. The number of registers is a power of two (or rounded up to one), 4096 if not given.",
    ["registers", "value"],
    "distinct_count(hyperloglog(x)) FROM (VALUES (1), (2), (2)) t(x)",
    "2",
    "Flajolet, Fusy, Gandouet and Meunier 2007; Ertl 2017",
  ),
  overloads: [overload(false), overload(true)],
};
