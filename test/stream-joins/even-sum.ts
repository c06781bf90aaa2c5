import type { CompiledExpression } from "../../src/compile/types.ts";
import { BOOLEAN } from "../../src/core/types.ts";
import type { FlatVector, RecordBatch } from "../../src/core/vector.ts";

/** Whether the sum of two INTEGER columns of a batch is even: a condition of a join. */
export const evenSum = (left: number, right: number): CompiledExpression =>
  Object.assign(
    (batch: RecordBatch) => {
      const a = (batch.columns[left] as FlatVector).data as Int32Array;
      const b = (batch.columns[right] as FlatVector).data as Int32Array;
      const data = Uint8Array.from({ length: batch.length }, (_, i) => 1 - ((a[i] + b[i]) % 2));
      return { layout: "flat", type: BOOLEAN, length: batch.length, validity: null, data } as const;
    },
    { report: { expression: "even", mode: "compiled" as const } },
  );
