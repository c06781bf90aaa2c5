import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { emptyReport, runSltFile } from "../../cli/slt/run-slt.ts";

/** Every .slt file of test/slt/cases is a test; `npm run slt -- test/slt/cases --oracle duckdb` fills in the rows that DuckDB gives. */
const folder = join(process.cwd(), "test", "slt", "cases");

describe("sqllogictest files", () => {
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".slt"))) {
    it(name, async () => {
      const report = emptyReport();
      await runSltFile(join(folder, name), report, { messages: true });
      expect(report.failures).toEqual([]);
      expect(report.unsupported, [...report.reasons.keys()].join("; ")).toBe(0);
      expect(report.passed).toBeGreaterThan(0);
    });
  }
});
