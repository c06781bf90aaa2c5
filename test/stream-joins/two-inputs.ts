import { deserialize, serialize } from "node:v8";
import type { DataType, Schema } from "../../src/core/types.ts";
import type { RecordBatch } from "../../src/core/vector.ts";
import type { LateRows } from "../../src/exec/late-rows.ts";
import type { Operator, Output } from "../../src/exec/operator.ts";
import { batchOf, type Row, rowsOf } from "../exec/operator-harness.ts";

/** A stream as a test writes it: its rows in the order they come, and what its watermarks are made of. */
export interface TestStream {
  readonly schema: Schema;
  readonly rows: readonly Row[];
  /** Column of its event time; undefined: it has no watermark. */
  readonly time: number | undefined;
  /** Microseconds that its watermark stays behind the latest time. */
  readonly delay: number;
  readonly kinds?: readonly number[];
}

/** Watermark that each row meets: floor to the millisecond of (latest time of earlier rows - delay). */
export function watermarksOf({ rows, time, delay }: TestStream): number[] {
  let latest = Number.NEGATIVE_INFINITY;
  return rows.map((row) => {
    const before = Math.floor((latest - delay) / 1000) * 1000;
    if (time !== undefined && row[time] !== null) latest = Math.max(latest, Number(row[time]));
    return before;
  });
}

/** Rows that come behind their watermark, and the others. */
export function splitLate(stream: TestStream): { inTime: Row[]; late: Row[] } {
  const marks = watermarksOf(stream);
  const isLate = (row: Row, i: number) => stream.time !== undefined && row[stream.time] !== null && Number(row[stream.time]) < marks[i];
  return { inTime: stream.rows.filter((row, i) => !isLate(row, i)), late: stream.rows.filter(isLate) };
}

export interface Driven {
  readonly rows: Row[];
  readonly kinds: number[];
  readonly late: Row[];
  /** Rows held after each message. */
  readonly stateRows: number[];
  readonly operator: Operator;
  /** Lengths of the batches that came out. */
  readonly lengths: number[];
}

export interface DriveOptions {
  readonly random: () => number;
  /** Rows a batch, at most. */
  readonly batch: number;
  /** Which input comes next, of those that have rows left: 0, 1, or by watermark, as the driver does. */
  readonly order: "random" | "left first" | "right first" | "by watermark";
  /** Share of messages after which the operator is snapshot and restored into a new one. */
  readonly checkpoints?: number;
  /** Output columns that are event times: no row may come behind the output's watermark. */
  readonly times?: readonly number[];
}

/** Drives an operator of two inputs by hand, as the driver would. */
export function drive(make: (late: LateRows) => Operator, streams: readonly [TestStream, TestStream], options: DriveOptions): Driven {
  const { random, batch: most, order, checkpoints = 0, times = [] } = options;
  const late: Row[] = [];
  const lateRows: LateRows = {
    add: (_operator, _schema, rows, reason, marks) => {
      if (marks.length !== rows.length) throw new Error("one watermark a late row");
      if (reason !== "late") throw new Error(`late rows are ${reason}`);
      late.push(...rowsOf([rows]));
    },
  };
  let operator = make(lateRows);
  const driven: RecordBatch[] = [];
  const stateRows: number[] = [];
  let passedOn = Number.NEGATIVE_INFINITY;
  const out: Output = {
    push: (made) => {
      if (made.length === 0) return;
      driven.push(made);
      const rows = rowsOf([made]);
      for (const column of times) {
        for (const row of rows) {
          if (row[column] !== null && Number(row[column]) < passedOn)
            throw new Error(`row with time ${row[column]} behind watermark ${passedOn}`);
        }
      }
    },
    watermark: () => {},
    idle: () => {},
  };
  const finish = (more: boolean) => {
    while (more) more = operator.resume(out);
  };
  const all = streams.map((stream) => ({ stream, marks: watermarksOf(stream), at: 0, ended: false, watermark: Number.NEGATIVE_INFINITY }));
  let combined = Number.NEGATIVE_INFINITY;
  const advance = () => {
    const open = all.filter((input) => !input.ended);
    if (open.length === 0) return;
    const least = Math.min(...open.map((input) => input.watermark));
    if (least <= combined) return;
    combined = least;
    if (operator.onWatermark !== undefined) finish(operator.onWatermark(least, out));
    passedOn = Math.max(passedOn, operator.outputWatermark?.(least) ?? least);
  };
  const next = (): number => {
    const open = [0, 1].filter((i) => !all[i].ended);
    const wanted = operator.wants?.();
    if (wanted !== undefined && open.includes(wanted)) return wanted;
    if (open.length === 1) return open[0];
    if (order === "left first") return 0;
    if (order === "right first") return 1;
    if (order === "by watermark") return all[0].watermark <= all[1].watermark ? 0 : 1;
    return random() < 0.5 ? 0 : 1;
  };
  while (all.some((input) => !input.ended)) {
    const i = next();
    const input = all[i];
    const { stream, marks } = input;
    if (input.at === stream.rows.length) {
      input.ended = true;
      finish(operator.onEnd(i, out));
      advance();
    } else {
      const end = Math.min(stream.rows.length, input.at + 1 + Math.floor(random() * most));
      const rows = stream.rows.slice(input.at, end);
      const ownMarks = Float64Array.from(marks.slice(input.at, end));
      const behind = stream.time !== undefined && rows.some((row, r) => Number(row[stream.time!]) < ownMarks[r]);
      const made: RecordBatch = {
        ...batchOf(
          stream.schema.map((field): DataType => field.type),
          rows,
        ),
        ...(behind && { watermarks: ownMarks }),
        ...(stream.kinds !== undefined && { kinds: Uint8Array.from(stream.kinds.slice(input.at, end)) }),
      };
      finish(operator.process(i, made, out));
      const latest = Math.max(
        ...rows.map((row) =>
          stream.time === undefined || row[stream.time] === null ? Number.NEGATIVE_INFINITY : Number(row[stream.time]),
        ),
      );
      input.at = end;
      if (stream.time !== undefined) {
        input.watermark = Math.max(input.watermark, end < marks.length ? marks[end] : Math.floor((latest - stream.delay) / 1000) * 1000);
        advance();
      }
    }
    stateRows.push(operator.stateRows?.() ?? 0);
    if ((operator.stateBytes?.() ?? 0) < 0) throw new Error("negative state");
    if (random() < checkpoints && operator.snapshot !== undefined) {
      const parts = operator.snapshot();
      if (new Set(parts.map((part) => part.id)).size !== parts.length) throw new Error("part ids are not unique");
      const saved = new Map(parts.map((part) => [part.id, deserialize(serialize(part.data())) as unknown]));
      const again = make(lateRows);
      again.restore!(saved);
      // What was told before is told again by the driver: the ends.
      all.forEach((other, index) => {
        if (other.ended) {
          const silent: Output = { push: () => {}, watermark: () => {}, idle: () => {} };
          let more = again.onEnd(index, silent);
          while (more) more = again.resume(silent);
        }
      });
      operator = again;
    }
  }
  return {
    rows: rowsOf(driven),
    kinds: driven.flatMap((made) => [...(made.kinds ?? new Uint8Array(made.length))]),
    late,
    stateRows,
    operator,
    lengths: driven.map((made) => made.length),
  };
}

/** Rows as texts, sorted: a bag. */
export const bag = (rows: readonly Row[]): string[] => rows.map((row) => row.map(String).join(" | ")).sort();
