import { expect, test } from "vitest";
import { FrameBudget } from "../../kernel/live/frame-budget.ts";

/** Outputs that always have a new frame, over `seconds` of a clock of their own: frames of each, and bytes a second of all. */
function simulate(sizes: readonly number[], seconds: number): { frames: number[]; bytesPerSecond: number } {
  let now = 0;
  const budget = new FrameBudget(() => now);
  const outputs = sizes.map((bytes) => ({ bytes }));
  const frames = sizes.map(() => 0);
  for (; now < seconds * 1000; now += 1) {
    outputs.forEach((output, i) => {
      if (budget.waitOf(output, 100) > 0) return;
      frames[i] += 1;
      budget.published(output, output.bytes);
    });
  }
  return { frames, bytesPerSecond: frames.reduce((sum, count, i) => sum + count * sizes[i], 0) / seconds };
}

test("small frames come ten times a second", () => {
  expect(simulate([5000], 10).frames).toEqual([100]);
});

test("large frames come less often, so that all outputs together stay within 500 kB a second", () => {
  const one = simulate([100_000], 20);
  expect(one.frames[0]).toBeGreaterThanOrEqual(98);
  expect(one.bytesPerSecond).toBeLessThanOrEqual(520_000);
  const many = simulate([80_000, 20_000, 20_000, 5000], 20);
  expect(many.bytesPerSecond).toBeLessThanOrEqual(520_000);
  expect(many.bytesPerSecond).toBeGreaterThan(450_000);
});

test("outputs get the same frame rate, whatever their size", () => {
  const { frames } = simulate([200_000, 1000, 1000], 20);
  expect(Math.max(...frames) - Math.min(...frames)).toBeLessThanOrEqual(2);
});

test("fifty outputs stay within the budget too", () => {
  expect(simulate(new Array(50).fill(20_000), 20).bytesPerSecond).toBeLessThanOrEqual(550_000);
});

test("an output that fell silent leaves its share to the others", () => {
  let now = 0;
  const budget = new FrameBudget(() => now);
  const [silent, busy] = [{}, {}];
  budget.published(silent, 400_000);
  budget.published(busy, 50_000);
  expect(budget.waitOf(busy, 100)).toBe(900);
  now = 2500;
  budget.published(busy, 50_000);
  expect(budget.waitOf(busy, 100)).toBe(100);
});

test("one that is forgotten counts no more", () => {
  const budget = new FrameBudget(() => 0);
  const [gone, busy] = [{}, {}];
  budget.published(gone, 400_000);
  budget.published(busy, 50_000);
  budget.forget(gone);
  expect(budget.waitOf(busy, 100)).toBe(100);
});
