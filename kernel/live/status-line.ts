import type { LivePicture } from "../../src/engine/index.ts";

export interface StatusPart {
  readonly text: string;
  /** "warn" is worth a look, "bad" is an error. */
  readonly tone?: "state" | "warn" | "bad";
}

/** The figures of a live query, in the order they are shown. */
export function statusParts({ state, status, watermark, rowCount }: LivePicture): StatusPart[] {
  const waiting = status.rowsIn === 0 ? "waiting for rows" : "running, no result yet";
  const parts: StatusPart[] = [
    { text: state === "running" && rowCount === 0 ? waiting : state, tone: state === "failed" ? "bad" : "state" },
  ];
  const add = (text: string, tone?: StatusPart["tone"]) => parts.push({ text, ...(tone !== undefined && { tone }) });
  add(`${whole(rowCount)} ${rowCount === 1 ? "row" : "rows"}`);
  if (state === "running") {
    add(`in ${rate(status.rowsInPerSecond)}`);
    add(`out ${rate(status.rowsOutPerSecond)}`);
  } else add(`${whole(status.rowsIn)} read`);
  if (watermark !== undefined) add(`watermark ${watermark}`);
  if (state === "running" && status.lagMs !== undefined) add(`lag ${duration(status.lagMs)}`);
  add(`late ${whole(status.late)}`, status.late > 0 ? "warn" : undefined);
  if (status.deadLetters > 0) add(`malformed ${whole(status.deadLetters)}`, "warn");
  if (status.dropped > 0) add(`dropped ${whole(status.dropped)}`, "warn");
  add(`state ${bytes(status.stateBytes)}`);
  add(duration(status.elapsedMs));
  return parts;
}

export const statusText = (picture: LivePicture): string =>
  statusParts(picture)
    .map((part) => part.text)
    .join(" · ");

const whole = (count: number): string => Math.round(count).toLocaleString("en-US");

function rate(perSecond: number): string {
  return `${perSecond > 0 && perSecond < 10 ? perSecond.toFixed(1) : whole(perSecond)}/s`;
}

function bytes(count: number): string {
  if (count < 1000) return `${count} B`;
  return count < 1e6 ? `${(count / 1e3).toFixed(1)} kB` : count < 1e9 ? `${(count / 1e6).toFixed(1)} MB` : `${(count / 1e9).toFixed(2)} GB`;
}

/** "0.4 s", "2 min 5 s", "3 h 20 min"; a clock that is behind its rows has no lag. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1000;
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.floor(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
