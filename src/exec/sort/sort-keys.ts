import type { CompiledExpression } from "../../compile/types.ts";
import type { DataType } from "../../core/types.ts";

/** How one ORDER BY item is computed and ordered. */
export interface CompiledSortKey {
  readonly value: CompiledExpression;
  readonly type: DataType;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}
