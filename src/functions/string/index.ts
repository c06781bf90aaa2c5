import { scalarFamily } from "../define.ts";
import { buildEntries } from "./build.ts";
import { caseEntries } from "./case.ts";
import { encodeEntries } from "./encode.ts";
import { formatEntries } from "./format.ts";
import { likeEntries } from "./like.ts";
import { measureEntries } from "./measure.ts";
import { pathEntries } from "./path.ts";
import { readableEntries } from "./readable.ts";
import { searchEntries } from "./search.ts";
import { similarityEntries } from "./similarity.ts";
import { splitEntries } from "./split.ts";
import { substringEntries } from "./substring.ts";
import { trimPadEntries } from "./trim-pad.ts";

export const stringFunctions = scalarFamily("string", [
  ...caseEntries,
  ...measureEntries,
  ...substringEntries,
  ...trimPadEntries,
  ...searchEntries,
  ...likeEntries,
  ...splitEntries,
  ...buildEntries,
  ...formatEntries,
  ...encodeEntries,
  ...similarityEntries,
  ...readableEntries,
  ...pathEntries,
]);
