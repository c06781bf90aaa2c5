import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface NexmarkQuery {
  readonly name: string;
  readonly sql: string;
  /** How the changes of its result are told, where that is not the default. The sinks of the published runs take no old rows. */
  readonly emit?: string;
  /** Events a second and core, the best that is published. */
  readonly published?: number;
  /** How many times as fast it should be. */
  readonly bar?: number;
}

const PUBLISHED: Readonly<Record<string, { readonly published: number; readonly bar: number }>> = {
  q0: { published: 436e3, bar: 10 },
  q1: { published: 412e3, bar: 10 },
  q2: { published: 422e3, bar: 10 },
  q3: { published: 413e3, bar: 10 },
  q4: { published: 265e3, bar: 5 },
  q5: { published: 412e3, bar: 5 },
  q7: { published: 196e3, bar: 5 },
  q8: { published: 415e3, bar: 10 },
  q9: { published: 57e3, bar: 5 },
  q16: { published: 51e3, bar: 5 },
  q18: { published: 85e3, bar: 5 },
  q20: { published: 85e3, bar: 5 },
};

const EMIT: Readonly<Record<string, string>> = { q15: "EMIT ON UPDATE", q16: "EMIT ON UPDATE", q17: "EMIT ON UPDATE" };

const COUNT = 23;
const folder = join(process.cwd(), "bench", "nexmark", "queries");

/** All queries, q0 to q22, as the files in `queries/` ask them. */
export const QUERIES: readonly NexmarkQuery[] = Array.from({ length: COUNT }, (_, i) => {
  const name = `q${i}`;
  return { name, sql: readFileSync(join(folder, `${name}.sql`), "utf8"), emit: EMIT[name], ...PUBLISHED[name] };
});
