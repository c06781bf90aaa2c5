import type { Accumulator, WindowPartition } from "../../catalog/function-types.ts";
import { concatVectors } from "../../core/concat.ts";
import { take } from "../../core/take.ts";
import { sliceVector, type Vector } from "../../core/vector.ts";
import { nullVector } from "../../core/vector-builder.ts";
import { SlotAccumulator, slotReader } from "../../functions/aggregates/slot-accumulator.ts";
import { SlotProgram } from "../../functions/aggregates/slot-program.ts";
import { framePieces } from "../../functions/window/frame-pieces.ts";
import { UserAccumulator } from "../../udf/aggregate/accumulator.ts";
import { SlotTree } from "./slot-tree.ts";
import { userFrames } from "./user-frames.ts";

/** What an aggregate over frames works on: sorted rows of whole partitions. */
export interface FrameInput extends Omit<WindowPartition, "bind" | "ignoreNulls"> {
  readonly filter: Uint8Array | null;
  readonly checkInterrupt: () => void;
}

/** Rows that one update of expanded frames covers. */
const EXPANDED_ROWS = 65_536;

/**
 * An aggregate over the frames of all rows.
 *
 * 1. Frames that are whole partitions: one group a partition.
 * 2. Aggregates made of slots: a record a row that runs on from the row before where frames begin with the partition; otherwise merged from a
 *    tree of records. Nothing is ever subtracted, so sums of floats do not drift, and NaN and infinities leave a frame with their rows.
 * 3. Aggregates of the user: one state that rows are added to and removed from, or merged states, where frames only move forward.
 * 4. Others with frames that begin with the partition: one group that grows.
 * 5. The rest: the rows of several frames at once, a group a frame.
 */
export function aggregateFrames(create: () => Accumulator, input: FrameInput): Vector {
  if (input.length === 0) return create().evaluate(0);
  if (
    input.exclude === "no-others" &&
    everyFrame(input, (i) => input.frameStart[i] === input.partitionStart[i] && input.frameEnd[i] === input.partitionEnd[i])
  ) {
    return wholePartitions(create(), input);
  }
  const accumulator = create();
  const running = input.exclude === "no-others" && everyFrame(input, (i) => input.frameStart[i] === input.partitionStart[i]);
  if (accumulator instanceof UserAccumulator) return userFrames(accumulator, input) ?? expanded(create, input);
  if (accumulator instanceof SlotAccumulator) return running ? runningSlots(accumulator, input) : slidingSlots(accumulator, input);
  return running ? growing(create, input) : expanded(create, input);
}

function everyFrame({ length }: FrameInput, holds: (i: number) => boolean): boolean {
  for (let i = 0; i < length; i++) if (!holds(i)) return false;
  return true;
}

function wholePartitions(accumulator: Accumulator, { args, length, partitionStart, filter }: FrameInput): Vector {
  const groups = new Int32Array(length);
  let count = 0;
  for (let i = 0; i < length; i++) {
    if (partitionStart[i] === i) count++;
    groups[i] = count - 1;
  }
  accumulator.resize(count);
  accumulator.update(groups, args, length, filter);
  return take(accumulator.evaluate(count), groups);
}

function programOf(accumulator: SlotAccumulator): { program: SlotProgram; positions: number[] } {
  const positions = accumulator.types.map((_, k) => k);
  const parts = accumulator.aggregate.parts.map((part) => ({ part, args: positions }));
  return { program: new SlotProgram(accumulator.types, parts), positions };
}

/** Record i holds rows of the partition up to i; an empty frame takes a record after the last. */
function runningSlots(accumulator: SlotAccumulator, input: FrameInput): Vector {
  const { program, positions } = programOf(accumulator);
  const { length, partitionStart, frameStart, frameEnd } = input;
  program.scan(input.args, length, input.filter, partitionStart);
  program.carry();
  const values = accumulator.aggregate.finish(slotReader(program, accumulator.aggregate, positions), 0, length + 1);
  const rows = new Int32Array(length);
  for (let i = 0; i < length; i++) rows[i] = frameEnd[i] > frameStart[i] ? frameEnd[i] - 1 : length;
  return take(values, rows);
}

function slidingSlots(accumulator: SlotAccumulator, input: FrameInput): Vector {
  const { program: leaves } = programOf(accumulator);
  const { program: answers, positions } = programOf(accumulator);
  const { length } = input;
  const own = new Int32Array(length);
  for (let i = 0; i < length; i++) own[i] = i;
  leaves.resize(length);
  leaves.update(own, input.args, length, input.filter);
  leaves.carry();
  const tree = new SlotTree(leaves, length);
  answers.resize(length);
  const pieces = new Int32Array(6);
  for (let i = 0; i < length; i++) {
    if ((i & 0xffff) === 0) input.checkInterrupt();
    const count = framePieces(input, i, pieces);
    for (let k = 0; k < count; k++) tree.mergeInto(answers, i, pieces[2 * k], pieces[2 * k + 1]);
  }
  answers.carry();
  return accumulator.aggregate.finish(slotReader(answers, accumulator.aggregate, positions), 0, length);
}

/** A frame that equals the one before shares its value. */
function growing(create: () => Accumulator, input: FrameInput): Vector {
  const { args, length, partitionStart, frameEnd, filter } = input;
  const values: Vector[] = [];
  const rows = new Int32Array(length);
  let accumulator = create();
  let added = 0;
  for (let i = 0; i < length; i++) {
    if ((i & 0xfff) === 0) input.checkInterrupt();
    const fresh = partitionStart[i] === i;
    if (fresh) {
      accumulator = create();
      accumulator.resize(1);
      added = i;
    }
    // Frame ends rise with the rows, but for offsets that differ from row to row.
    if (frameEnd[i] < added) return expanded(create, input);
    if (fresh || frameEnd[i] > added) {
      const count = frameEnd[i] - added;
      const slice = (vector: Vector) => sliceVector(vector, added, added + count);
      if (count > 0)
        accumulator.update(new Int32Array(count), args.map(slice), count, filter === null ? null : filter.subarray(added, added + count));
      added = frameEnd[i];
      values.push(accumulator.evaluate(1));
    }
    rows[i] = values.length - 1;
  }
  return take(concatVectors(values[0].type, values), rows);
}

/** Each different frame is a group; the rows of many frames are given to the accumulator at once. */
function expanded(create: () => Accumulator, input: FrameInput): Vector {
  const { args, length, frameStart, frameEnd, exclude, filter } = input;
  const values: Vector[] = [];
  const frameOf = new Int32Array(length);
  const pieces = new Int32Array(6);
  let frames = 0;
  let i = 0;
  while (i < length) {
    input.checkInterrupt();
    const rows: number[] = [];
    const groups: number[] = [];
    let count = 0;
    while (i < length && (count === 0 || rows.length < EXPANDED_ROWS)) {
      const same = i > 0 && count > 0 && exclude === "no-others" && frameStart[i] === frameStart[i - 1] && frameEnd[i] === frameEnd[i - 1];
      if (!same) {
        const parts = framePieces(input, i, pieces);
        for (let k = 0; k < parts; k++) {
          for (let row = pieces[2 * k]; row < pieces[2 * k + 1]; row++) {
            if (filter !== null && filter[row] === 0) continue;
            rows.push(row);
            groups.push(count);
          }
        }
        count++;
      }
      frameOf[i] = frames + count - 1;
      i++;
    }
    const accumulator = create();
    accumulator.resize(count);
    const picked = Int32Array.from(rows);
    if (rows.length > 0) {
      accumulator.update(
        Int32Array.from(groups),
        args.map((arg) => take(arg, picked)),
        rows.length,
        null,
      );
    }
    values.push(accumulator.evaluate(count));
    frames += count;
  }
  return values.length === 0 ? nullVector(create().evaluate(0).type, 0) : take(concatVectors(values[0].type, values), frameOf);
}
