import { WeirError } from "../../core/errors.ts";
import type { Planned, StreamContext } from "./context.ts";
import type { StreamNodeBase } from "./nodes.ts";

/** One second in microseconds: what EMIT EVERY takes where nothing was said. */
export const EVERY_SECOND = 1_000_000;

/** Upsert images to a changelog that takes old rows back: the latest row of each key is kept. */
export interface NormalizeNode extends StreamNodeBase<"changelog-normalize"> {
  readonly key: readonly number[];
  readonly ttl: number | undefined;
}

/**
 * An input that says of each change which row goes: append and retract inputs as they are, upsert inputs with the latest row of each key kept. What
 * filters, joins or aggregates changes reads its inputs through this.
 */
export function asChanges(input: Planned, context?: Pick<StreamContext, "stateTtl">): Planned {
  const { properties, plan } = input;
  if (properties.changelog !== "upsert") return input;
  const { key } = properties;
  if (key === undefined) throw new WeirError("internal", "an upsert stream without a key");
  const out = { ...properties, changelog: "retract" as const };
  const node: NormalizeNode = {
    kind: "stream",
    op: "changelog-normalize",
    schema: plan.schema,
    inputs: [plan],
    properties: out,
    state: "keys",
    facts: [["key", key.map((column) => plan.schema[column].name)]],
    key,
    ttl: context?.stateTtl,
  };
  return { plan: node, properties: out, state: "keys" };
}

/** Says that state grows with `what`, unless it is let go of after a time. */
export function keyedStateNotice(context: StreamContext, what: string): void {
  if (context.stateTtl !== undefined) return;
  context.notice(`state grows with the number of ${what}: SET state_ttl lets go of those that are not met any more`);
}
