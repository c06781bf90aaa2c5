import { scalarFamily } from "../define.ts";
import { extractEntries } from "./extract.ts";
import { inspectEntries } from "./inspect.ts";
import { makeJsonEntries } from "./make.ts";
import { transformEntries } from "./transform.ts";

export const jsonFunctions = scalarFamily("json", [...extractEntries, ...makeJsonEntries, ...inspectEntries, ...transformEntries]);
