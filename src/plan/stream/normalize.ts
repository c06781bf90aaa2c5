import { WeirError } from "../../core/errors.ts";
import type { Planned } from "./context.ts";
import type { StreamNodeBase } from "./nodes.ts";

/** One second in microseconds: what EMIT EVERY takes where nothing was said. */
export const EVERY_SECOND = 1_000_000;

/** Upsert images to a changelog that takes old rows back: the latest row of each key is kept. */
export interface NormalizeNode extends StreamNodeBase<"changelog-normalize"> {
  readonly key: readonly number[];
}

/**
 * An input that says of each change which row goes: append and retract inputs as they are, upsert inputs with the latest row of each key kept. What
 * filters, joins or aggregates changes reads its inputs through this.
 */
export function asChanges(input: Planned): Planned {
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
  };
  return { plan: node, properties: out, state: "keys" };
}
