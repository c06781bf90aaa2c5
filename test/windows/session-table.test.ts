import { expect, test } from "vitest";
import { SessionTable } from "../../src/exec/stream/session-table.ts";
import { randomNumbers } from "../exec/operator-harness.ts";

/** Spans of times no more than a gap apart. */
function spans(times: readonly number[], gap: number): string[] {
  const found: { start: number; last: number }[] = [];
  for (const time of [...times].sort((a, b) => a - b)) {
    const latest = found.at(-1);
    if (latest !== undefined && time - latest.last <= gap) latest.last = time;
    else found.push({ start: time, last: time });
  }
  return found.map(({ start, last }) => `${start}-${last}`);
}

const numbers = (table: SessionTable): number[] => Array.from({ length: table.size }, (_, i) => i).filter((i) => table.key[i] >= 0);

test.each([1, 2, 3, 4])("rows of a few keys in any order make the sessions they make in order, many of a key at a time (%i)", (seed) => {
  const random = randomNumbers(seed);
  const gap = 10;
  const table = new SessionTable(gap);
  const times: number[][] = [[], [], []];
  let watermark = Number.NEGATIVE_INFINITY;
  const closed: string[][] = [[], [], []];
  for (let step = 0; step < 60; step++) {
    for (let row = 0; row < 200; row++) {
      const key = Math.floor(random() ** 2 * 3);
      const time = step * 500 + Math.floor(random() * 4000);
      expect(table.place(key, time, watermark, () => {})).toBeGreaterThanOrEqual(0);
      times[key].push(time);
      for (let k = 1; k < table.merges.length; k += 2) table.release(table.merges[k]);
      table.merges.length = 0;
    }
    expect(numbers(table).length).toBe(table.open);
    // No row of a later step lies before it, nor within a gap of what closes.
    watermark = (step + 1) * 500;
    const first = table.first(5, (session) => table.last[session] + gap < watermark);
    const due = table.due(watermark);
    expect(first).toEqual(due.slice(0, 5));
    for (const session of due) {
      closed[table.key[session]].push(`${table.start[session]}-${table.last[session]}`);
      table.remove(session);
      table.release(session);
    }
    if (step === 30) table.renumberKeys();
  }
  for (let key = 0; key < 3; key++) {
    const open = numbers(table).filter((session) => table.key[session] === key);
    const rest = open.sort((a, b) => table.start[a] - table.start[b]).map((session) => `${table.start[session]}-${table.last[session]}`);
    expect([...closed[key], ...rest]).toEqual(spans(times[key], gap));
  }
});
