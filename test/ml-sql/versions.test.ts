import { describe, expect, it } from "vitest";
import type { BindContext, ScalarOverload } from "../../src/catalog/function-types.ts";
import { type CatalogModel, ModelRegistry } from "../../src/catalog/models.ts";
import type { FunctionUse } from "../../src/catalog/user-functions.ts";
import { valueAt } from "../../src/core/read.ts";
import { DOUBLE, VARCHAR } from "../../src/core/types.ts";
import { vectorFromValues } from "../../src/core/vector-builder.ts";
import { modelFunctions } from "../../src/ml/functions.ts";
import { logisticModel } from "./logistic-model.ts";

const ARGS = [
  vectorFromValues(VARCHAR, ["titanic", "titanic"]),
  vectorFromValues(DOUBLE, [10, -10]),
  vectorFromValues(DOUBLE, [0, 0]),
  vectorFromValues(VARCHAR, ["male", "male"]),
];

/** predict as a query has it, and how the query was told that it uses the model. */
function opened(model: CatalogModel, name = "titanic") {
  const models = new ModelRegistry();
  models.add(model);
  const uses: FunctionUse[] = [];
  const types = ARGS.map(({ type }) => type);
  const bind: BindContext = {
    types,
    constants: [name],
    names: [],
    timeZone: "UTC",
    nowMicros: 0,
    models,
    uses: { add: (use) => uses.push(use), addFailures: () => {} },
  };
  const { columnar } = modelFunctions[0].overloads[0] as Required<Pick<ScalarOverload, "columnar">>;
  const call = columnar(bind);
  const labels = async () => {
    const [column] = await call.call(ARGS, 2, new AbortController().signal);
    return [valueAt(column, 0), valueAt(column, 1)];
  };
  return { call, use: uses[0], labels };
}

function replace(use: FunctionUse, model: CatalogModel): void {
  const swap = use.replacement(model);
  if (typeof swap === "string") throw new Error(swap);
  swap();
}

describe("a running use of a model", () => {
  const newer = logisticModel("titanic", { version: 2, weights: [-1, 0, 0] });

  it("says what it uses, and goes on with a newer version", async () => {
    const { use, labels } = opened(logisticModel("titanic"));
    expect(use).toMatchObject({ kind: "model", name: "titanic", hash: "hash of titanic@1" });
    expect(await labels()).toEqual([1n, 0n]);
    replace(use, newer);
    expect(await labels()).toEqual([0n, 1n]);
  });

  it("ends the version before once its calls are through", async () => {
    const ended: string[] = [];
    const { call, use, labels } = opened(logisticModel("titanic", { onClose: () => ended.push("first") }));
    const underWay = labels();
    replace(use, newer);
    expect(ended).toEqual([]);
    const after = labels();
    expect(await underWay).toEqual([1n, 0n]);
    expect(await after).toEqual([0n, 1n]);
    expect(ended).toEqual(["first"]);
    call.close?.();
    expect(ended).toEqual(["first"]);
  });

  it("ends every version with the query", () => {
    const ended: string[] = [];
    const { call, use } = opened(logisticModel("titanic", { onClose: () => ended.push("first") }));
    replace(use, logisticModel("titanic", { version: 2, onClose: () => ended.push("second") }));
    call.close?.();
    expect(ended).toEqual(["first", "second"]);
  });

  it("stays with its version where inputs or outputs are others", async () => {
    const { use, labels } = opened(logisticModel("titanic"));
    const inputs = [
      { name: "years", type: DOUBLE },
      { name: "fare", type: DOUBLE },
      { name: "sex", type: VARCHAR },
    ];
    expect(use.replacement(logisticModel("titanic", { version: 2, inputs }))).toBe("its inputs changed");
    expect(use.replacement({ ...newer, outputs: [{ name: "label", type: DOUBLE }] })).toBe("its outputs changed");
    expect(await labels()).toEqual([1n, 0n]);
  });
});
