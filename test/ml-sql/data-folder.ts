import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of models and expected values: they stand beside the source, and the tests run from where they were compiled to. */
export function dataFolder(): string {
  for (const start of [process.cwd(), dirname(fileURLToPath(import.meta.url))]) {
    for (let at = start; at !== dirname(at); at = dirname(at)) {
      if (existsSync(join(at, "test/ml-sql/expected.json"))) return join(at, "test/ml-sql");
    }
  }
  throw new Error("test/ml-sql/expected.json is not there");
}
