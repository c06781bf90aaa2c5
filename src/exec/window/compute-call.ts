import type { IntervalValue } from "../../core/value.ts";
import type { FlatVector, Vector } from "../../core/vector.ts";
import { type FrameKind, type Frames, framesOf } from "./frames.ts";
import type { Stretches } from "./partitions.ts";
import { aggregateFrames } from "./window-aggregate.ts";
import type { WindowCall } from "./window-operator.ts";

/** Some whole partitions, one after another, each sorted. */
export interface SortedRows {
  readonly length: number;
  /** Column `k` of the calls' columns, in this order of rows. */
  readonly column: (k: number) => Vector;
  readonly partitions: Stretches;
  readonly peers: Stretches;
}

/** What calls need beside rows. */
export interface CallContext {
  /** Moves a timestamp with time zone on the session's clock, for RANGE frames. */
  readonly shift: (micros: bigint, by: IntervalValue) => bigint;
  readonly checkInterrupt: () => void;
}

/** The frames of a call over sorted rows. */
export function callFrames(call: WindowCall, { length, column, partitions, peers }: SortedRows, context: CallContext): Frames {
  const { frame, orderBy } = call;
  const offsetOf = ({ kind, offset }: { kind: FrameKind; offset?: number }) => ({
    kind,
    ...(offset === undefined ? {} : { offset: column(offset) }),
  });
  const key =
    orderBy.length === 1 ? { vector: column(orderBy[0].column), descending: orderBy[0].descending, shift: context.shift } : undefined;
  return framesOf({ unit: frame.unit, start: offsetOf(frame.start), end: offsetOf(frame.end) }, partitions, peers, length, key);
}

/** The values of a call, one for each of the sorted rows. */
export function computeCall(call: WindowCall, rows: SortedRows, context: CallContext): Vector {
  const { length, column, partitions, peers } = rows;
  const frames = callFrames(call, rows, context);
  const input = {
    length,
    args: call.args.map(column),
    partitionStart: partitions.start,
    partitionEnd: partitions.end,
    peerStart: peers.start,
    peerEnd: peers.end,
    frameStart: frames.start,
    frameEnd: frames.end,
    exclude: call.frame.exclude,
  };
  if (call.apply.kind === "window") return call.apply.compute({ ...input, bind: call.apply.bind, ignoreNulls: call.ignoreNulls });
  // NULL slots of a BOOLEAN column hold 0, so its data is the mask.
  const filter = call.filter === undefined ? null : ((column(call.filter) as FlatVector).data as Uint8Array);
  return aggregateFrames(call.apply.create, { ...input, filter, checkInterrupt: context.checkInterrupt });
}
