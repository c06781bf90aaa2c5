import { scalarFamily } from "../define.ts";
import { listAggregateEntries } from "./aggregate.ts";
import { listBuildEntries } from "./build.ts";
import { distanceEntries } from "./distance.ts";
import { higherOrderEntries } from "./higher-order.ts";
import { setEntries } from "./sets.ts";
import { sliceEntries } from "./slice.ts";
import { sortEntries } from "./sort.ts";

export const listFunctions = scalarFamily("list", [
  ...listBuildEntries,
  ...sliceEntries,
  ...setEntries,
  ...sortEntries,
  ...higherOrderEntries,
  ...listAggregateEntries,
  ...distanceEntries,
]);
