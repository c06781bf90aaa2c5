import { randomNumbers } from "../exec/operator-harness.ts";
import { KILL_CASES, LARGE_STATE, runKillCase } from "./kill-cases.ts";

/*
 * The long form of kill.test.ts: `npm run test:kill -- [kills] [case]`, a hundred kills spread over all cases by default;
 * `short` are the cases of the suite, `large state` is one with more than a gigabyte of it. Prints a line of JSON a case, and ends with status 1 when a row was lost or repeated.
 */
const [kills = "100", only] = process.argv.slice(2);
const all = only === LARGE_STATE.name ? [LARGE_STATE] : KILL_CASES;
const cases = all.filter(({ name, long }) => only === undefined || name === only || (only === "short" && !long));
if (cases.length === 0) throw new Error(`there is no case "${only}": ${KILL_CASES.map(({ name }) => name).join(", ")}`);
const seed = Date.now() % 1_000_000;
for (const one of cases) {
  const started = performance.now();
  const share = Math.ceil(Number(kills) / cases.length);
  const { report, rows, lost, repeated } = await runKillCase(one, { kills: share, random: randomNumbers(seed) });
  const seconds = Math.round((performance.now() - started) / 1000);
  const struck = Object.fromEntries(report.struck);
  const result = { case: one.name, seed, kills: report.kills, struck, rows, lost: lost.length, repeated: repeated.length, seconds };
  process.stdout.write(`${JSON.stringify(result)}\n`);
  if (lost.length + repeated.length === 0) continue;
  process.stdout.write(`lost: ${lost.slice(0, 5).join(" ")}\nrepeated: ${repeated.slice(0, 5).join(" ")}\n`);
  process.exitCode = 1;
}
