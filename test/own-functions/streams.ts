import { WeirError } from "../../src/core/errors.ts";
import { runStreaming, type StreamReport, type StreamRunOptions } from "../streaming-equivalence/run.ts";
import { defineTwins, withTwins } from "./rewriter.ts";

/** What must stay a column: times of streams, bounds of windows, and ranks that make a top of a key. */
const KEPT = new Set(["ts", "window_start", "window_end", "window_time", "rn", "lt", "rt", "ls", "rs"]);

export interface OwnStreamReport extends StreamReport {
  readonly used: ReadonlySet<string>;
  readonly rewritten: number;
}

/** Generated queries over streams in which functions of the user's own stand for built-in ones; over tables, and in DuckDB, they are as they were. */
export async function runOwnStreams(
  options: Omit<StreamRunOptions, "rewrite"> & { readonly identities: number; readonly show?: boolean },
): Promise<OwnStreamReport> {
  const used = new Set<string>();
  const rewritten = new Set<number>();
  const report = await runStreaming({
    ...options,
    rewrite: async (sql, engine, query) => {
      const { identities } = options;
      const made = withTwins(sql, engine, { seed: options.seed + query, times: true, keep: KEPT, identities, twins: 80, windows: false });
      for (const { name } of made.twins) used.add(name);
      if (made.twins.length > 0) rewritten.add(query);
      await defineTwins(made.twins, engine.functions);
      if (options.show) console.log(made.sql);
      try {
        engine.plan(made.sql);
      } catch (error) {
        if (options.show && error instanceof WeirError) console.log(`  ${error.message}`);
      }
      return made.sql;
    },
  });
  return { ...report, used, rewritten: rewritten.size };
}
