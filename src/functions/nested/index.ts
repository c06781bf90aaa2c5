import { scalarFamily } from "../define.ts";
import { enumEntries } from "./enum.ts";
import { mapEntries } from "./map.ts";
import { structEntries } from "./struct.ts";

export const nestedFunctions = [
  ...scalarFamily("struct", structEntries),
  ...scalarFamily("map", mapEntries),
  ...scalarFamily("enum", enumEntries),
];
