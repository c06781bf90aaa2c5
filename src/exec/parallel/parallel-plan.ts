import { statSync } from "node:fs";
import { isShared } from "../../core/shared.ts";
import type { RecordBatch } from "../../core/vector.ts";
import type { LogicalPlan, ScanPlan } from "../../plan/logical-plan.ts";
import { countPlanNodes } from "../../plan/plan-tree.ts";

/** Below these sizes handing work to other threads costs more than it saves. */
const PARALLEL_ROWS = 500_000;
const PARALLEL_FILE_ROWS = 200_000;
const PARALLEL_FILE_BYTES = 8_000_000;
/** A join's other side is built by every thread for itself, as long as it is this small, or a small share of the rows that meet it. */
const DUPLICATED_ROWS = 100_000;
const DUPLICATED_SHARE = 1 / 8;
const MOST_DUPLICATED_ROWS = 2_000_000;
/** Guess for files that do not tell their number of rows. */
const BYTES_PER_ROW = 50;

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
      if (!fitting || plan.keys.length === 0) return undefined;
      const inner = divide(probeLeft ? plan.left : plan.right);
      if (inner === undefined) return undefined;
      const share = Math.min(MOST_DUPLICATED_ROWS, sourceRows(inner.scan) * DUPLICATED_SHARE);
      if (!isSmall(build, Math.max(DUPLICATED_ROWS, share))) return undefined;
      const before = probeLeft ? 1 : 1 + countPlanNodes(plan.left);
      return { scan: inner.scan, position: inner.position + before, works: true };
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

function isLarge(plan: ScanPlan): boolean {
  const { source } = plan;
  if (source.kind === "stream") return false;
  if (source.kind === "memory") return source.rowCount >= PARALLEL_ROWS && source.batches.every(batchIsShared);
  return source.rowCount === undefined ? fileBytes(source.files) >= PARALLEL_FILE_BYTES : source.rowCount >= PARALLEL_FILE_ROWS;
}

const sourceRows = ({ source }: ScanPlan): number =>
  source.rowCount ?? (source.kind === "file" ? fileBytes(source.files) / BYTES_PER_ROW : 0);

const fileBytes = (files: readonly string[]): number =>
  files.reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0);

/** Known to have few rows, and the same ones in every thread. */
function isSmall(plan: LogicalPlan, most: number): boolean {
  switch (plan.kind) {
    case "scan": {
      const { source } = plan;
      if (source.kind === "stream") return false;
      return source.rowCount !== undefined && source.rowCount <= most && (source.kind === "file" || source.batches.every(batchIsShared));
    }
    case "values":
      return plan.rows.length <= most;
    case "filter":
    case "project":
    case "aggregate":
    case "distinct":
      return isSmall(plan.input, most);
    default:
      return false;
  }
}
