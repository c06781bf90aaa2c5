import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";
import { WeirError } from "../../src/core/errors.ts";
import { valueAt } from "../../src/core/read.ts";
import type { DataType } from "../../src/core/types.ts";
import type { Value } from "../../src/core/value.ts";
import type { Vector } from "../../src/core/vector.ts";
import { vectorFromValues } from "../../src/core/vector-builder.ts";
import { OnnxModel } from "../../src/ml/onnx-model.ts";
import { Session } from "../../src/session.ts";

/** Folder of the models and of what they should give. The compiled test stands elsewhere than its data. */
export const DATA = findData();

function findData(): string {
  for (const start of [process.cwd(), dirname(fileURLToPath(import.meta.url))]) {
    for (let at = start; at !== dirname(at); at = dirname(at)) {
      if (existsSync(join(at, "test/ml/models"))) return join(at, "test/ml");
    }
  }
  throw new Error("test/ml/models is not there");
}

/** A session in the models' folder, and a folder for files that a test makes; both end with the file's tests. */
export function mlSession(): { session: Session; folder: string; warnings: string[]; run(sql: string): Promise<string> } {
  const folder = mkdtempSync(join(tmpdir(), "weir-ml-"));
  const session = new Session({ cwd: join(DATA, "models"), threads: 1 });
  const warnings: string[] = [];
  afterAll(async () => {
    await session.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const run = async (sql: string): Promise<string> => {
    let message = "";
    await session.run(sql, {
      onOutput: ({ output, warnings: told }) => {
        if ("message" in output) message = output.message;
        warnings.push(...told);
      },
    });
    return message;
  };
  return { session, folder, warnings, run };
}

/** The model of a session by name, as what it is. */
export function onnxModel(session: Session, name: string): OnnxModel {
  const model = session.models.get(name);
  if (!(model instanceof OnnxModel)) throw new Error(`${name} is no ONNX model`);
  return model;
}

/** Scores columns and gives the values of every output, column by column. */
export async function score(
  model: OnnxModel,
  columns: readonly (readonly [DataType, readonly Value[]])[],
  wanted = model.outputs.map((_, i) => i),
  signal: AbortSignal = new AbortController().signal,
): Promise<Value[][]> {
  return valuesOf(
    await scoreVectors(
      model,
      columns.map(([type, values]) => vectorFromValues(type, values)),
      columns[0][1].length,
      wanted,
      signal,
    ),
  );
}

export async function scoreVectors(
  model: OnnxModel,
  vectors: readonly Vector[],
  rows: number,
  wanted = model.outputs.map((_, i) => i),
  signal: AbortSignal = new AbortController().signal,
): Promise<readonly Vector[]> {
  const use = model.open(wanted);
  try {
    return await use.call(vectors, rows, signal);
  } finally {
    use.close?.();
  }
}

export const valuesOf = (vectors: readonly Vector[]): Value[][] =>
  vectors.map((vector) => Array.from({ length: vector.length }, (_, row) => valueAt(vector, row)));

/** The error that a promise must end in. */
export async function errorOf(promise: Promise<unknown>): Promise<WeirError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof WeirError) return error;
    throw error;
  }
  throw new Error("it did not fail");
}

export interface Expected {
  readonly rows: number;
  readonly inputs: Readonly<Record<string, readonly (string | number | readonly number[])[]>>;
  readonly outputs: readonly {
    readonly name: string;
    readonly labels?: readonly number[];
    readonly values: readonly (number | readonly number[])[];
  }[];
}

export const expectedOf = (model: string): Expected =>
  JSON.parse(readFileSync(join(DATA, "expected", `${model}.json`), "utf8")) as Expected;
