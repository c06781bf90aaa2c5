import { WeirError } from "../../src/core/errors.ts";
import { type Report, runGenerated } from "../differential/run.ts";
import { defineTwins, withTwins } from "./rewriter.ts";

export interface OwnReport extends Report {
  /** Functions of the user's own that the queries called, by how often each was in one. */
  readonly used: ReadonlyMap<string, number>;
  readonly rewritten: number;
}

/** Generated queries in which functions of the user's own stand for built-in ones; DuckDB runs them as they were. */
export async function runOwn(
  options: Parameters<typeof runGenerated>[0] & { readonly show?: boolean; readonly identities?: number },
): Promise<OwnReport> {
  const used = new Map<string, number>();
  let rewritten = 0;
  const report = await runGenerated({
    ...options,
    rewrite: async (sql, session) => {
      let made: ReturnType<typeof withTwins>;
      try {
        made = withTwins(sql, session, {
          seed: options.seed,
          times: false,
          keep: new Set(),
          identities: options.identities ?? 12,
          twins: 70,
          windows: true,
        });
      } catch (error) {
        // A query that is wrong in both.
        if (error instanceof WeirError) return sql;
        throw error;
      }
      for (const { name } of made.twins) used.set(name, (used.get(name) ?? 0) + 1);
      if (made.twins.length > 0) rewritten++;
      await defineTwins(made.twins, session.functions);
      if (options.show) console.log(made.sql);
      return made.sql;
    },
  });
  return { ...report, used, rewritten };
}
