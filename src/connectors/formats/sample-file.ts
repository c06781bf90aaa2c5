import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Sample } from "../connector.ts";

/** Calls `look` with a file that holds the sample; one made for it is gone afterwards. */
export function withSampleFile<T>(sample: Sample, look: (path: string) => T): T {
  if (sample.path !== undefined) return look(sample.path);
  const folder = mkdtempSync(join(tmpdir(), "weir-sample-"));
  try {
    const path = join(folder, "sample");
    writeFileSync(path, sample.bytes);
    return look(path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
