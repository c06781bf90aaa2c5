import type { BoundExpr } from "../expression.ts";
import type { WindowShape } from "../logical-plan.ts";

/** How a node's output changes over time: rows only come; rows come and go (-U and -D carry the whole row); the latest row of each key counts. */
export type ChangelogMode = "append" | "retract" | "upsert";

/** What is known of a node's output when a streaming query is planned. Columns are positions in the node's schema. */
export interface StreamProperties {
  /** False for tables: what ends by itself and has no watermark. */
  readonly streaming: boolean;
  /** The input never ends by itself. */
  readonly endless: boolean;
  readonly changelog: ChangelogMode;
  /** Columns that together identify a row, where that is known. */
  readonly key: readonly number[] | undefined;
  /** Event-time attributes: no row comes whose value lies behind the watermark, but late ones. */
  readonly times: readonly number[];
  /** Where rows belong to windows of one window function: its shape, and the columns of its bounds (undefined where projected away). */
  readonly window: { readonly shape: WindowShape; readonly start: number | undefined; readonly end: number | undefined } | undefined;
}

export const TABLE_PROPERTIES: StreamProperties = {
  streaming: false,
  endless: false,
  changelog: "append",
  key: undefined,
  times: [],
  window: undefined,
};

/** How much state a node may come to hold: nothing to speak of, what open windows or bounds in time hold, what grows with distinct keys, or with rows. */
export type StateBound = "none" | "bounded" | "keys" | "rows";

/** Properties behind a projection: what is known of the columns that pass as they are. */
export function projected(input: StreamProperties, exprs: readonly BoundExpr[]): StreamProperties {
  const places = new Map<number, number>();
  exprs.forEach((expr, i) => {
    if (expr.kind === "column" && !places.has(expr.index)) places.set(expr.index, i);
  });
  const key = input.key?.map((column) => places.get(column));
  const { window } = input;
  const at = (column: number | undefined) => (column === undefined ? undefined : places.get(column));
  return {
    ...input,
    key: key === undefined || key.includes(undefined) ? undefined : (key as number[]),
    times: exprs.flatMap((expr, i) => (expr.kind === "column" && input.times.includes(expr.index) ? [i] : [])),
    window: window === undefined ? undefined : { shape: window.shape, start: at(window.start), end: at(window.end) },
  };
}
