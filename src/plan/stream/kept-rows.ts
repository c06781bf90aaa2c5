import type { BoundAggregate, BoundWindow } from "../expression.ts";
import type { StreamContext } from "./context.ts";
import type { StateBound } from "./properties.ts";

/** What aggregates hold that sees all rows of an endless stream. */
interface Held {
  readonly state: Extract<StateBound, "bounded" | "keys" | "rows">;
  /** Those that keep every row. */
  readonly keeping: readonly string[];
}

/** Aggregates keep rows as their functions say, or because the call sorts them; DISTINCT keeps each value once. */
export function heldBy(aggregates: readonly (BoundAggregate | BoundWindow)[], { functions }: StreamContext): Held {
  const keeping = aggregates.filter((aggregate) => {
    const definition = functions.lookup(aggregate.name);
    if (definition?.kind !== "aggregate") return false;
    const sorts = !("frame" in aggregate) && aggregate.orderBy.length > 0;
    return sorts || definition.overloads[aggregate.overload].keepsRows === true;
  });
  if (keeping.length > 0) return { state: "rows", keeping: [...new Set(keeping.map(({ name }) => name))] };
  return { state: aggregates.some(({ distinct, args }) => distinct && args.length > 0) ? "keys" : "bounded", keeping: [] };
}

/** Says that state grows with the rows of an endless stream, and what bounds it. */
export function keptRowsNotice(context: StreamContext, { keeping }: Held, remedy: string): void {
  if (keeping.length === 0) return;
  const [keep, they] = keeping.length === 1 ? ["keeps", "it is"] : ["keep", "they are"];
  context.notice(`${keeping.join(", ")} ${keep} every value ${they} given: state grows with the rows of the stream, ${remedy}`);
}
