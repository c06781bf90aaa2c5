import type { Session } from "../../src/session.ts";
import { parseOne, type Query } from "../../src/sql/index.ts";
import { Choices, randomStream } from "./choices.ts";
import { Engines } from "./engines.ts";
import { countOperators } from "./operators.ts";
import { QueryGenerator } from "./queries.ts";
import { shrink } from "./shrink.ts";
import { generateTables } from "./tables.ts";

export interface RunOptions {
  readonly seed: number;
  readonly queries: number;
  /** Ends the run early; the rest of the queries is then not counted. */
  readonly maxDifferences: number;
  readonly shrink: boolean;
  /** Another text of a query, of the same meaning, for Weir. */
  readonly rewrite?: (sql: string, session: Session) => Promise<string>;
  readonly onDifference?: (difference: Difference) => void;
}

export interface Difference {
  /** Number of the query in the run, from 0. */
  readonly query: number;
  readonly summary: string;
  readonly detail: string;
  /** Statements that show it. */
  readonly script: string;
}

export interface Report {
  readonly seed: number;
  readonly queries: number;
  readonly agree: number;
  readonly bothFail: number;
  readonly notRun: number;
  readonly differences: readonly Difference[];
  readonly operatorsPerQuery: number;
  /** Share of the queries that ran and gave rows. */
  readonly nonEmptyShare: number;
  /** Why queries were not run, and how both failed, by how many. */
  readonly reasons: ReadonlyMap<string, number>;
  readonly elapsedMs: number;
}

const ZONES = ["UTC", "UTC", "America/New_York", "Asia/Kolkata"];

/** Queries over one set of tables: loading them costs more than a query. */
const QUERIES_PER_TABLES = 50;

/** Runs generated queries on both engines. The same seed gives the same queries. */
export async function runGenerated(options: RunOptions): Promise<Report> {
  const started = performance.now();
  const random = randomStream(options.seed);
  const engines = new Engines();
  const { rewrite } = options;
  if (rewrite !== undefined) engines.rewrite = (sql) => rewrite(sql, engines.session);
  await engines.start();
  const reasons = new Map<string, number>();
  const differences: Difference[] = [];
  let [agree, bothFail, notRun, nonEmpty, operators, done] = [0, 0, 0, 0, 0, 0];
  const note = (reason: string) => reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  try {
    while (done < options.queries && differences.length < options.maxDifferences) {
      const tables = generateTables(new Choices([], random));
      const zone = ZONES[Math.floor(random() * ZONES.length)];
      await engines.setTimeZone(zone);
      await engines.load(tables);
      const last = Math.min(options.queries, done + QUERIES_PER_TABLES);
      for (; done < last && differences.length < options.maxDifferences; done++) {
        const choices = new Choices([], random);
        const sql = new QueryGenerator(tables, choices).query();
        const verdict = await engines.ask(sql);
        operators += operatorsOf(sql);
        if (verdict.kind === "agrees") {
          agree++;
          if (verdict.rows > 0) nonEmpty++;
        } else if (verdict.kind === "both fail") {
          bothFail++;
          note(`both fail: ${short(verdict.ours)}`);
        } else if (verdict.kind === "not run") {
          notRun++;
          note(`not run: ${short(verdict.reason)}`);
        } else {
          const small = options.shrink ? await shrink(engines, tables, choices.drawn, verdict) : { sql, tables: "", verdict };
          const difference = {
            query: done,
            summary: verdict.summary,
            detail: small.verdict.detail,
            script: `${zone === "UTC" ? "" : `SET TimeZone = '${zone}';\n`}${small.tables}\n${small.sql};`,
          };
          differences.push(difference);
          options.onDifference?.(difference);
        }
      }
    }
  } finally {
    await engines.close();
  }
  return {
    seed: options.seed,
    queries: done,
    agree,
    bothFail,
    notRun,
    differences,
    operatorsPerQuery: operators / Math.max(1, done),
    nonEmptyShare: nonEmpty / Math.max(1, agree),
    reasons,
    elapsedMs: performance.now() - started,
  };
}

/** A text that does not parse here is a difference, or fails in both; it has no operators. */
function operatorsOf(sql: string): number {
  try {
    return countOperators(parseOne(sql) as Query);
  } catch {
    return 0;
  }
}

const short = (message: string): string => message.split("\n")[0].replace(/\d+/g, "…").slice(0, 120);

/** A report in some lines: the seed first, so that any run can be had again. */
export function describe(report: Report): string {
  const percent = (part: number, whole: number) => `${((100 * part) / Math.max(1, whole)).toFixed(1)} %`;
  return [
    `seed ${report.seed}: ${report.queries} queries in ${(report.elapsedMs / 1000).toFixed(1)} s; ${report.operatorsPerQuery.toFixed(1)} operators per query`,
    `  ${report.agree} agree (${(100 * report.nonEmptyShare).toFixed(1)} % with rows), ${report.differences.length} differ, ` +
      `${report.bothFail} fail in both, ${report.notRun} not run (${percent(report.notRun, report.queries)})`,
    ...[...report.reasons].sort((a, b) => b[1] - a[1]).map(([reason, count]) => `  ${String(count).padStart(5)} ${reason}`),
  ].join("\n");
}
