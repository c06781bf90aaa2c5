import { scalarFamily } from "../define.ts";
import { mapEntries } from "./map.ts";
import { structEntries } from "./struct.ts";

export const nestedFunctions = [...scalarFamily("struct", structEntries), ...scalarFamily("map", mapEntries)];
