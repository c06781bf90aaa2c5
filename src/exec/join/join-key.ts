import type { CompiledExpression, ExpressionReport } from "../../compile/types.ts";
import type { DataType } from "../../core/types.ts";
import type { Vector } from "../../core/vector.ts";

/** One equality of a join: an expression a side, of one type. */
export interface JoinKey {
  readonly left: CompiledExpression;
  readonly right: CompiledExpression;
  readonly type: DataType;
  /** NULL is a value like any other (IS NOT DISTINCT FROM). */
  readonly nullSafe: boolean;
}

export const keyReports = (keys: readonly JoinKey[]): ExpressionReport[] => keys.flatMap((key) => [key.left.report, key.right.report]);

/** Rows with a NULL where NULL is no value meet nobody: their id becomes -1. Returns how many did. */
export function dropNullKeys(keys: readonly Pick<JoinKey, "nullSafe">[], vectors: readonly Vector[], ids: Int32Array): number {
  let dropped = 0;
  vectors.forEach(({ validity }, k) => {
    if (validity === null || keys[k].nullSafe) return;
    for (let i = 0; i < ids.length; i++) {
      if (validity[i] === 0 && ids[i] !== -1) {
        ids[i] = -1;
        dropped++;
      }
    }
  });
  return dropped;
}
