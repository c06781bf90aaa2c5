import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** Path of a table of vega-datasets, wherever the compiled tests stand. */
export const dataset = (name: string): string => join(DATASETS, name);

/** Folder of the tables. */
export const DATASETS = join(dirname(createRequire(import.meta.url).resolve("vega-datasets/package.json")), "data");
