import type { WindowPartition } from "../../catalog/function-types.ts";

type Frames = Pick<WindowPartition, "frameStart" | "frameEnd" | "peerStart" | "peerEnd" | "exclude">;

/**
 * The stretches of rows that make up row i's frame once EXCLUDE has cut its hole, in order, as pairs of start and end written to `pieces`
 * (room for three). Returns how many there are; none is empty.
 */
export function framePieces(frames: Frames, i: number, pieces: Int32Array): number {
  const from = frames.frameStart[i];
  const to = frames.frameEnd[i];
  let count = 0;
  const add = (start: number, end: number) => {
    if (start >= end) return;
    pieces[2 * count] = start;
    pieces[2 * count + 1] = end;
    count++;
  };
  switch (frames.exclude) {
    case "no-others":
      add(from, to);
      return count;
    case "current-row":
      add(from, Math.min(to, i));
      add(Math.max(from, i + 1), to);
      return count;
    case "group":
      add(from, Math.min(to, frames.peerStart[i]));
      add(Math.max(from, frames.peerEnd[i]), to);
      return count;
    case "ties":
      add(from, Math.min(to, frames.peerStart[i]));
      add(Math.max(from, i), Math.min(to, i + 1));
      add(Math.max(from, frames.peerEnd[i]), to);
      return count;
  }
}
