import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Session } from "../../src/index.ts";
import { DELAY, type Nexmark } from "./generator.ts";

export interface NexmarkQuery {
  /** q0 to q22. */
  readonly name: string;
  readonly sql: string;
}

/** The queries of a folder, in the order of their numbers. */
export function readQueries(folder: string): NexmarkQuery[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".sql"))
    .map((file) => ({ name: file.slice(0, -4), sql: readFileSync(join(folder, file), "utf8") }))
    .sort((a, b) => Number(a.name.slice(1)) - Number(b.name.slice(1)));
}

export const SIDE_INPUT = "CREATE TABLE side_input AS SELECT i AS key, 'value ' || i AS value FROM range(10000) t(i)";

/** A session in which person, auction and bid are streams, with `side_input` beside them. */
export async function openNexmark(data: Nexmark): Promise<Session> {
  const session = new Session({ timeZone: "UTC", threads: 1 });
  for (const [name, { schema, batches }] of Object.entries(data)) {
    session.streaming.declareBatches(name, schema, batches, { column: "dateTime", delay: DELAY });
  }
  await session.query(SIDE_INPUT);
  await session.run("SET allow_unbounded_state = true");
  return session;
}
