import { statSync } from "node:fs";
import { isShared } from "../../core/shared.ts";
import type { RecordBatch } from "../../core/vector.ts";
import type { LogicalPlan, ScanPlan } from "../../plan/logical-plan.ts";
import { countPlanNodes } from "../plan-nodes.ts";

/** Below these sizes handing work to other threads costs more than it saves. */
const PARALLEL_ROWS = 200_000;
const PARALLEL_FILE_BYTES = 8_000_000;
/** A join's other side is built by every thread for itself, as long as it is this small. */
const DUPLICATED_ROWS = 100_000;

/** A plan whose rows each depend on one row of one large scan, so that threads can share out the scan. */
export interface Divisible {
  readonly scan: ScanPlan;
  /** Pre-order position of the scan, from the plan's root at 0. */
  readonly position: number;
  /** Something besides reading is done to the rows. */
  readonly works: boolean;
}

/** How a plan can be divided; undefined where it cannot, or where its scan is too small to be worth it. */
export function divide(plan: LogicalPlan): Divisible | undefined {
  switch (plan.kind) {
    case "scan":
      if (plan.limit !== undefined || !isLarge(plan)) return undefined;
      return { scan: plan, position: 0, works: plan.filter !== undefined };
    case "filter":
    case "project":
    case "unnest": {
      const inner = divide(plan.input);
      return inner && { scan: inner.scan, position: inner.position + 1, works: inner.works || plan.kind !== "project" };
    }
    case "join": {
      // Only rows of the probe side may decide what comes out.
      const probeLeft = plan.build === "right";
      const fitting = probeLeft ? plan.join !== "right" && plan.join !== "full" : plan.join === "inner" || plan.join === "right";
      const build = probeLeft ? plan.right : plan.left;
      if (!fitting || plan.keys.length === 0 || !isSmall(build)) return undefined;
      const inner = divide(probeLeft ? plan.left : plan.right);
      const before = probeLeft ? 1 : 1 + countPlanNodes(plan.left);
      return inner && { scan: inner.scan, position: inner.position + before, works: true };
    }
    default:
      return undefined;
  }
}

const sharedKnown = new WeakMap<RecordBatch, boolean>();

function batchIsShared(batch: RecordBatch): boolean {
  let shared = sharedKnown.get(batch);
  if (shared === undefined) {
    shared = isShared(batch);
    sharedKnown.set(batch, shared);
  }
  return shared;
}

function isLarge({ source }: ScanPlan): boolean {
  if (source.kind === "memory") return source.rowCount >= PARALLEL_ROWS && source.batches.every(batchIsShared);
  if (source.rowCount !== undefined) return source.rowCount >= PARALLEL_ROWS;
  let bytes = 0;
  for (const file of source.files) {
    bytes += statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    if (bytes >= PARALLEL_FILE_BYTES) return true;
  }
  return false;
}

/** Known to have few rows, and the same ones in every thread. */
function isSmall(plan: LogicalPlan): boolean {
  switch (plan.kind) {
    case "scan": {
      const { source } = plan;
      return (
        source.rowCount !== undefined &&
        source.rowCount <= DUPLICATED_ROWS &&
        (source.kind === "file" || source.batches.every(batchIsShared))
      );
    }
    case "values":
      return plan.rows.length <= DUPLICATED_ROWS;
    case "filter":
    case "project":
    case "aggregate":
    case "distinct":
      return isSmall(plan.input);
    default:
      return false;
  }
}
