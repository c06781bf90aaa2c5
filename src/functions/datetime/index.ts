import { scalarFamily } from "../define.ts";
import { calendarEntries } from "./calendar.ts";
import { dateDiffEntries } from "./date-diff.ts";
import { datePartEntries } from "./date-part.ts";
import { dateTruncEntries } from "./date-trunc.ts";
import { intervalEntries } from "./intervals.ts";
import { makeEntries } from "./make.ts";
import { nowEntries } from "./now.ts";
import { strftimeEntries } from "./strftime.ts";
import { strptimeEntries } from "./strptime.ts";
import { timeBucketEntries } from "./time-bucket.ts";

export const datetimeFunctions = scalarFamily("datetime", [
  ...nowEntries,
  ...datePartEntries,
  ...dateTruncEntries,
  ...timeBucketEntries,
  ...dateDiffEntries,
  ...calendarEntries,
  ...strftimeEntries,
  ...strptimeEntries,
  ...makeEntries,
  ...intervalEntries,
]);
