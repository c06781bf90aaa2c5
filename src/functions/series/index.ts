import { scalarFamily } from "../define.ts";
import { fillEntries } from "./fill.ts";

/** Functions of whole series, as lists of numbers: one line a file. */
export const seriesFunctions = scalarFamily("series", [...fillEntries]);
