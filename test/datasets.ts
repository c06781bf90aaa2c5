import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

/** Folder of the tables of vega-datasets, wherever the compiled files stand. (The package exports no path to them.) */
export const DATASETS = findDatasets();

/** Path of one table. */
export const dataset = (name: string): string => join(DATASETS, name);

function findDatasets(): string {
  const folders = createRequire(import.meta.url).resolve.paths("vega-datasets") ?? [];
  const found = folders.map((folder) => join(folder, "vega-datasets", "data")).find((folder) => existsSync(folder));
  if (found === undefined) throw new Error("vega-datasets is not installed: run npm install");
  return found;
}
