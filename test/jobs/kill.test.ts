import { expect, test } from "vitest";
import { randomNumbers } from "../exec/operator-harness.ts";
import { KILL_CASES, runKillCase } from "./kill-cases.ts";

/** A few kills of each case; `npm run test:kill` does a hundred. */
test.each(KILL_CASES.filter(({ long }) => long !== true))("$name: kill -9 loses and repeats nothing", async (one) => {
  const { report, rows, lost, repeated } = await runKillCase(one, { kills: 5, random: randomNumbers(7) });
  expect(report.kills).toBe(5);
  expect(rows).toBeGreaterThan(100);
  expect({ lost: lost.length, repeated: repeated.length }).toEqual({ lost: 0, repeated: 0 });
});
