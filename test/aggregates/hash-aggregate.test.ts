import { describe, expect, test } from "vitest";
import { valueReader } from "../../src/core/read.ts";
import { type DataType, DOUBLE, TIMESTAMP, VARCHAR } from "../../src/core/types.ts";
import type { Value } from "../../src/core/value.ts";
import { type Dictionary, makeDictionary, type RecordBatch, type Vector } from "../../src/core/vector.ts";
import { vectorFromValues } from "../../src/core/vector-builder.ts";
import type { AggregateCall } from "../../src/exec/aggregate/group-states.ts";
import { GroupedAggregation } from "../../src/exec/aggregate/grouped-aggregation.ts";
import { HashAggregate } from "../../src/exec/aggregate/hash-aggregate.ts";
import { aggregates } from "../../src/functions/aggregates/index.ts";
import { randomFrom } from "./generate.ts";

function call(name: string, type: DataType, args: readonly number[], filter?: number): AggregateCall {
  const definition = aggregates.find((entry) => entry.name === name);
  const overload = definition?.overloads.find(
    ({ args: patterns }) =>
      patterns.length === args.length && (args.length === 0 || [type.kind, "comparable"].includes(patterns[0] as string)),
  );
  if (overload === undefined) throw new Error(`no ${name}`);
  const bind = { types: args.map(() => type), constants: args.map(() => undefined), names: [], timeZone: "UTC", nowMicros: 0 };
  return { args, filter, create: () => overload.create(bind) };
}

function dictionaryOf(words: readonly string[]): Dictionary {
  const values = vectorFromValues(VARCHAR, words);
  if (values.layout !== "bytes") throw new Error("text is built as bytes");
  return makeDictionary(values);
}

const WORDS = Array.from({ length: 300 }, (_, i) => `word ${i}`);

interface Row {
  readonly time: bigint;
  readonly word: string | null;
  readonly value: number | null;
}

/** Rows in time order, so that runs of one time are long, or shuffled. */
function makeRows(seed: number, length: number, ordered: boolean, nulls: number): Row[] {
  const random = randomFrom(seed);
  return Array.from({ length }, (_, i) => ({
    time: BigInt(ordered ? Math.floor(i / 3000) : Math.floor(random() * 9)) * 60_000_000n,
    word: random() < nulls ? null : WORDS[Math.floor(random() ** 2 * WORDS.length)],
    value: random() < nulls ? null : Math.floor(random() * 100),
  }));
}

/** The words column in one of its layouts; each batch may have a dictionary of its own. */
function wordColumn(rows: readonly Row[], layout: "plain" | "shared" | "own", shared: Dictionary): Vector {
  const plain = vectorFromValues(
    VARCHAR,
    rows.map(({ word }) => word),
  );
  if (layout === "plain") return plain;
  const words = layout === "shared" ? WORDS : [...WORDS].reverse();
  const codes = Int32Array.from(rows, ({ word }) => (word === null ? 0 : words.indexOf(word)));
  const dictionary = layout === "shared" ? shared : dictionaryOf(words);
  return { layout: "dictionary", type: VARCHAR, length: rows.length, validity: plain.validity, codes, dictionary };
}

type Groups = Map<string, { key: Value[]; values: Value[] }>;

function expected(rows: readonly Row[], keyOf: (row: Row) => Value[]): Groups {
  const groups: Map<string, { key: Value[]; rows: Row[] }> = new Map();
  for (const row of rows) {
    const key = keyOf(row);
    const name = key.map(String).join("|");
    const group = groups.get(name) ?? { key, rows: [] };
    group.rows.push(row);
    groups.set(name, group);
  }
  const result: Groups = new Map();
  for (const [name, group] of groups) {
    const values = group.rows.flatMap(({ value }) => (value === null ? [] : [value]));
    const sum = values.reduce((a, b) => a + b, 0);
    const none = values.length === 0;
    const extremes = none ? [null, null] : [Math.min(...values), Math.max(...values)];
    result.set(name, {
      key: group.key,
      values: [BigInt(group.rows.length), none ? null : sum, none ? null : sum / values.length, ...extremes],
    });
  }
  return result;
}

const CALLS = [call("count", DOUBLE, []), ...["sum", "avg", "min", "max"].map((name) => call(name, DOUBLE, [0]))];

function collect(batches: readonly RecordBatch[], keys: number): Groups {
  const result: Groups = new Map();
  for (const batch of batches) {
    const readers = batch.columns.map(valueReader);
    for (let i = 0; i < batch.length; i++) {
      const row = readers.map((read) => read(i));
      result.set(row.slice(0, keys).map(String).join("|"), { key: row.slice(0, keys), values: row.slice(keys) });
    }
  }
  return result;
}

function drain(operator: HashAggregate): RecordBatch[] {
  const batches: RecordBatch[] = [];
  const out = { push: (batch: RecordBatch) => batches.push(batch), watermark: () => {}, idle: () => {} };
  let more = operator.onEnd(0, out);
  while (more) more = operator.resume(out);
  return batches;
}

const none = () => {};

describe("hash aggregate", () => {
  for (const order of ["time, word", "word, time", "word"]) {
    for (const layouts of [["plain"], ["shared"], ["own"], ["shared", "plain", "own", "shared"]] as const) {
      for (const [ordered, nulls] of [
        [true, 0],
        [true, 0.1],
        [false, 0],
        [false, 0.1],
      ] as const) {
        test(`by ${order}; ${layouts.join(", ")}; ${ordered ? "in time order" : "shuffled"}${nulls > 0 ? "; NULLs" : ""}`, () => {
          const rows = makeRows(11, 20_000, ordered, nulls);
          const shared = dictionaryOf(WORDS);
          const keyOf = (row: Row): Value[] => order.split(", ").map((key) => (key === "time" ? row.time : row.word));
          const options = {
            keyTypes: order.split(", ").map((key) => (key === "time" ? TIMESTAMP : VARCHAR)),
            keys: (batch: RecordBatch) => batch.columns.slice(1),
            inputTypes: [DOUBLE],
            inputs: (batch: RecordBatch) => batch.columns.slice(0, 1),
            calls: CALLS,
            checkInterrupt: none,
          };
          const [whole, part] = [new HashAggregate(options), new HashAggregate(options)];
          let batchNumber = 0;
          for (let from = 0; from < rows.length; from += 4500) {
            const piece = rows.slice(from, from + 4500);
            const time = vectorFromValues(
              TIMESTAMP,
              piece.map((row) => row.time),
            );
            const word = wordColumn(piece, layouts[batchNumber++ % layouts.length], shared);
            const value = vectorFromValues(
              DOUBLE,
              piece.map((row) => row.value),
            );
            const keys = order.split(", ").map((key) => (key === "time" ? time : word));
            (batchNumber % 3 === 0 ? part : whole).add({ columns: [value, ...keys], length: piece.length });
          }
          for (const _piece of whole.mergePieces(structuredClone(part.exportPartial())));
          const found = collect(drain(whole), options.keyTypes.length);
          const wanted = expected(rows, keyOf);
          expect(found.size).toBe(wanted.size);
          for (const [name, group] of wanted) expect(found.get(name)).toEqual(group);
        });
      }
    }
  }

  test("one group without keys, even without rows", () => {
    const empty = new GroupedAggregation([], [DOUBLE], CALLS);
    const { values } = empty.results(0, 1);
    expect(values.map((vector) => valueReader(vector)(0))).toEqual([0n, null, null, null, null]);
  });

  test("exact sums carry beyond 2^53", () => {
    const wide = new GroupedAggregation([], [TIMESTAMP], [call("avg", TIMESTAMP, [0])]);
    const value = 2n ** 62n + 12_345n;
    const column = vectorFromValues(TIMESTAMP, new Array<Value>(5000).fill(value));
    for (let k = 0; k < 20; k++) wide.update([], [column], 5000);
    expect(valueReader(wide.results(0, 1).values[0])(0)).toBe(value);
  });
});
