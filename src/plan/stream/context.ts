import type { FunctionRegistry } from "../../catalog/function-registry.ts";
import type { SortKey } from "../expression.ts";
import type { EmitSpec, LogicalPlan } from "../logical-plan.ts";
import type { StateBound, StreamProperties } from "./properties.ts";

/** What the rules of planStream may use. */
export interface StreamContext {
  readonly functions: FunctionRegistry;
  /** EMIT as written; absent: each node's default. */
  readonly emit: EmitSpec | undefined;
  /** `SET state_ttl`, microseconds: state not touched for so long may go. */
  readonly stateTtl: number | undefined;
  /** `SET allowed_lateness`, microseconds, where EMIT says nothing of it. */
  readonly allowedLateness: number;
  readonly allowUnboundedState: boolean;
  /** Something the user should know and that is no error: unbounded growth with keys. */
  notice(text: string): void;
}

/** A node as it will run, and what is known of its output. */
export interface Planned {
  readonly plan: LogicalPlan;
  readonly properties: StreamProperties;
  readonly state: StateBound;
  /** An ORDER BY that says in what order the rows are to be shown, where it comes to the root. */
  readonly order?: readonly SortKey[];
}

/** Plans a node below. `wanted`: which of its columns are read; absent: all of them. */
export type PlanInput = (plan: LogicalPlan, wanted?: ReadonlySet<number>) => Planned;
