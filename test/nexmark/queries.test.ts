import { afterAll, describe, expect, it } from "vitest";
import { BatchAnswers, differenceOfTables } from "../../bench/nexmark/check.ts";
import { type GeneratorOptions, generate } from "../../bench/nexmark/generator.ts";
import { QUERIES } from "../../bench/nexmark/queries.ts";
import { StreamEngine } from "../../bench/nexmark/stream-engine.ts";

/** A slow stream, so that few events make many windows; the evening of one day and the morning of the next. */
const SLOW: GeneratorOptions = {
  events: 20_000,
  eventsPerSecond: 100,
  startMicros: Date.UTC(2015, 6, 14, 23, 58, 20) * 1000,
  batchEvents: 512,
};
const CASES: readonly (readonly [string, GeneratorOptions])[] = [
  ["in order", SLOW],
  // Three seconds, where the watermark waits for four.
  ["out of order", { ...SLOW, disorder: 300, startMicros: Date.UTC(2015, 6, 14, 18, 58, 20) * 1000, seed: 3 }],
];

for (const [how, options] of CASES) {
  describe(`Nexmark, events ${how}`, () => {
    const data = generate(options);
    const answers = new BatchAnswers(data);
    const streams = new StreamEngine(data, 4e9);
    afterAll(async () => {
      await answers.close();
      await streams.close();
    });
    for (const { name, sql, emit } of QUERIES) {
      it(name, async () => {
        const expected = await answers.batch(sql);
        expect(expected.rowCount).toBeGreaterThan(0);
        expect(await answers.differsFromDuckDb(sql, expected), "batch and DuckDB").toBeUndefined();
        for (const how of emit === undefined ? [undefined] : [undefined, emit]) {
          const run = await streams.run(sql, { keep: true, emit: how });
          expect(run.late, "late rows").toBe(0);
          expect(run.table).toBeDefined();
          if (run.table !== undefined) expect(differenceOfTables(expected, run.table), `batch and stream ${how ?? ""}`).toBeUndefined();
        }
      });
    }
  });
}
