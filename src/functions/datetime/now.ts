import type { BindContext, ScalarOverload } from "../../catalog/function-types.ts";
import { runtimeError } from "../../core/errors.ts";
import { daysOf, timeOfDay } from "../../core/time.ts";
import { findZone } from "../../core/time-zone.ts";
import { DATE, type DataType, TIME, TIMESTAMP, TIMESTAMPTZ } from "../../core/types.ts";
import { doc, type ScalarEntry } from "../define.ts";
import { wideAny } from "./registers.ts";

/** The statement's time, the same in all of its rows. */
const constant = (returns: DataType, value: (bind: BindContext) => number): ScalarOverload[] => [
  {
    args: [],
    returns,
    specialise: (bind) => {
      const now = value(bind);
      return wideAny(() => now);
    },
  },
];

const local = ({ nowMicros, timeZone }: BindContext): number => Number(findZone(timeZone).toLocal(nowMicros));

const ofStream = wideAny((): never => {
  throw runtimeError("current_watermark is known of rows of a stream, and these are rows of a table");
});

export const nowEntries: readonly ScalarEntry[] = [
  {
    name: "now",
    aliases: ["current_timestamp", "get_current_timestamp", "transaction_timestamp"],
    volatility: "stable",
    doc: doc("The moment at which the statement began.", [], "now() = now()", "true"),
    overloads: constant(TIMESTAMPTZ, ({ nowMicros }) => nowMicros),
  },
  {
    name: "current_date",
    aliases: ["today"],
    volatility: "stable",
    doc: doc("The session zone's date at which the statement began.", [], "today() = now()::DATE", "true"),
    overloads: constant(DATE, (bind) => daysOf(local(bind))),
  },
  {
    name: "current_time",
    aliases: ["get_current_time", "current_localtime", "localtime"],
    volatility: "stable",
    doc: doc("The session zone's time of day at which the statement began.", [], "typeof(current_localtime())", "TIME"),
    overloads: constant(TIME, (bind) => timeOfDay(local(bind))),
  },
  {
    // Over a stream planStream puts the time at which each row came in its place.
    name: "proctime",
    volatility: "volatile",
    doc: doc(
      "Over a stream, the clock's time (UTC) when the row came: an event time of its own, for windows that close as the clock goes on. Over a table, when the statement began.",
      [],
      "typeof(proctime())",
      "TIMESTAMP",
    ),
    overloads: constant(TIMESTAMP, ({ nowMicros }) => nowMicros),
  },
  {
    // Over a stream planStream puts the watermark that each row met in its place.
    name: "current_watermark",
    volatility: "volatile",
    doc: doc(
      "Of a stream's event time: the watermark that the row met when it came; NULL before there is one. Rows behind it are late. An error over tables.",
      ["time"],
      "current_watermark(NULL::TIMESTAMP)",
      "NULL",
    ),
    overloads: [TIMESTAMP, TIMESTAMPTZ].map((type) => ({
      args: [type.kind],
      returns: type,
      mayReturnNull: true,
      specialise: () => ofStream,
    })),
  },
  {
    name: "current_localtimestamp",
    aliases: ["localtimestamp"],
    volatility: "stable",
    doc: doc("What the session zone's clock showed when the statement began.", [], "typeof(current_localtimestamp())", "TIMESTAMP"),
    overloads: constant(TIMESTAMP, local),
  },
];
