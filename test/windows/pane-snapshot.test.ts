import { deserialize, serialize } from "node:v8";
import { expect, test } from "vitest";
import { BIGINT, DOUBLE } from "../../src/core/types.ts";
import { BATCH_ROWS, sliceVector } from "../../src/core/vector.ts";
import { vectorFromValues } from "../../src/core/vector-builder.ts";
import { Pane, type PaneKind } from "../../src/exec/stream/panes.ts";
import { builtinFunctions } from "../../src/functions/index.ts";
import { rowsOf } from "../exec/operator-harness.ts";

const GROUPS = 40_000;
const functions = builtinFunctions();

function call(name: string, args: readonly number[]): PaneKind["calls"][number] {
  const definition = functions.lookup(name);
  if (definition?.kind !== "aggregate") throw new Error(`no aggregate ${name}`);
  const types = args.map((arg) => INPUTS[arg]);
  const overload = definition.overloads.find((one) => one.args.length === args.length)!;
  const bind = { types, constants: types.map(() => undefined), names: types.map(() => undefined), timeZone: "UTC", nowMicros: 0 };
  return { create: () => overload.create(bind), args };
}

const INPUTS = [DOUBLE];
const kind: PaneKind = { keyTypes: [BIGINT], inputTypes: INPUTS, calls: [call("count", [0]), call("max", [0])], retracting: false };

const keys = vectorFromValues(
  BIGINT,
  Array.from({ length: GROUPS }, (_, i) => BigInt(i * 7)),
);

function add(pane: Pane, value: number): void {
  for (let from = 0; from < GROUPS; from += BATCH_ROWS) {
    const to = Math.min(GROUPS, from + BATCH_ROWS);
    const values = vectorFromValues(
      DOUBLE,
      Array.from({ length: to - from }, (_, i) => value + from + i),
    );
    pane.add({ keys: [sliceVector(keys, from, to)], inputs: [values], kinds: undefined, length: to - from });
  }
}

const shown = (pane: Pane) => {
  const { keys, values, length } = pane.results(0, pane.size);
  return rowsOf([{ columns: [...keys, ...values], length }]);
};

function restored(parts: ReadonlyMap<string, unknown>): Pane {
  return Pane.restore(kind, parts.get("p"), (k) => parts.get(`p/${k}`));
}

test("a snapshot of many groups comes in parts, and is as the pane was, whenever it is read", () => {
  const pane = new Pane(kind, 0, 60);
  add(pane, 0);
  const before = shown(pane);
  const parts = pane.snapshot("p");
  expect(parts.map(({ id }) => id)).toEqual(["p", "p/0", "p/1", "p/2"]);
  const saved = new Map<string, unknown>();
  const read = (i: number) => saved.set(parts[i].id, deserialize(serialize(parts[i].data())));
  read(2);
  add(pane, 1_000_000);
  read(0);
  add(pane, 2_000_000);
  read(1);
  read(3);
  const after = shown(pane);
  expect(after[5]).not.toEqual(before[5]);
  const back = restored(saved);
  expect(shown(back)).toEqual(before);
  add(back, 1_000_000);
  add(back, 2_000_000);
  expect(shown(back)).toEqual(after);
  expect(pane.snapshot("p")[1].version).toBeGreaterThan(parts[1].version);
});
