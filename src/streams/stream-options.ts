import { parseByteSize } from "../catalog/settings.ts";
import type { SourceConnector } from "../connectors/connector.ts";
import type { CheckedProperties, PropertySpec } from "../connectors/properties.ts";
import { parseDuration } from "../core/duration.ts";
import { bindError } from "../core/errors.ts";
import type { Retention } from "./shared-log.ts";

const IDLE_TIMEOUT: PropertySpec = {
  name: "idle_timeout",
  type: "duration or off",
  default: "30 seconds",
  min: 1_000,
  doc: "A partition that gives no row for so long no longer holds the watermark back, until it gives one again.",
};

const LIVE_OPTIONS: readonly PropertySpec[] = [
  IDLE_TIMEOUT,
  {
    name: "max_future_skew",
    type: "duration or off",
    default: "5 minutes",
    min: 0,
    doc: "Rows whose time lies further ahead of the clock go to the late table with reason `future`, and do not move the watermark.",
  },
  {
    name: "wall_clock_close",
    type: "duration or off",
    default: "off",
    min: 0,
    doc: "The watermark follows the clock at this distance, so that windows close when no rows come.",
  },
];

const ENDLESS_OPTIONS: readonly PropertySpec[] = [
  { name: "retain", type: "text", default: "nothing", doc: "Rows kept for queries to come: a time ('10 minutes') or a size ('1 GB')." },
  { name: "buffer", type: "bytes", default: "64MB", min: 1 << 16, doc: "How far the fastest reader may be ahead of the slowest." },
];

/** Options that a stream has whatever its connector, as far as they make sense for it. Followed files can fall idle one by one. */
export function streamOptions(source: SourceConnector, mayBeEndless: boolean): readonly PropertySpec[] {
  const live = source.live ? LIVE_OPTIONS : source.formats.length > 0 && mayBeEndless ? [IDLE_TIMEOUT] : [];
  return [...live, ...(mayBeEndless ? ENDLESS_OPTIONS : [])];
}

/** What `retain` says. */
export function retentionOf(properties: CheckedProperties, fallback: Retention): Retention {
  const text = properties.text("retain");
  if (text === undefined) return fallback;
  const micros = parseDuration(text);
  if (micros !== undefined && micros > 0) return { micros };
  const bytes = parseByteSize(text);
  if (bytes !== undefined && bytes > 0) return { bytes };
  throw bindError(`property "retain" must be a length of time or a size, not "${text}"`, undefined, "as '10 minutes' or '1 GB'");
}
