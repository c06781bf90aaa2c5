import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { splitStatements } from "../../src/index.ts";
import { Engines } from "./engines.ts";

/** Queries by feature, one file each, over the tables of tables.sql; those of error.sql must fail in both engines. */
const folder = join(process.cwd(), "test", "differential", "queries");
const statements = (file: string): string[] => splitStatements(readFileSync(join(folder, file), "utf8")).map(({ text }) => text);

const engines = new Engines();
beforeAll(async () => {
  await engines.start();
  for (const statement of statements("tables.sql")) await engines.run(statement);
});
afterAll(() => engines.close());

for (const file of readdirSync(folder).filter((name) => name !== "tables.sql")) {
  describe(file, () => {
    for (const sql of statements(file)) {
      it(sql.replace(/^(--.*\n)+/, ""), async () => {
        const verdict = await engines.ask(sql);
        const text = verdict.kind === "differs" ? `${verdict.summary}\n${verdict.detail}` : verdict.kind;
        expect("reason" in verdict ? `not run: ${verdict.reason}` : text).toBe(file === "error.sql" ? "both fail" : "agrees");
      });
    }
  });
}
