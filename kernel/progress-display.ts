import type { Progress } from "../src/engine/index.ts";
import type { MimeBundle } from "./message.ts";

const BAR_WIDTH = 20;

/** The same MIME types in every frame, so that a front end updates in place. */
export function progressBundle(progress: Progress, done = false): MimeBundle {
  const { fraction } = progress;
  const seconds = `${(progress.elapsedMs / 1000).toFixed(1)} s`;
  const rows = `${progress.rowsRead.toLocaleString("en-US")} rows read`;
  if (done) return { "text/plain": `${rows} in ${seconds}`, "text/html": `<small style="opacity:.7">${rows} in ${seconds}</small>` };
  const percent = fraction === undefined ? "" : `${Math.floor(fraction * 100)} % `;
  const full = Math.round((fraction ?? 0) * BAR_WIDTH);
  const bar = fraction === undefined ? "" : `[${"#".repeat(full)}${".".repeat(BAR_WIDTH - full)}] `;
  const value = fraction === undefined ? "" : ` value="${fraction.toFixed(3)}"`;
  return {
    "text/plain": `${bar}${percent}${rows}, ${seconds}`,
    "text/html": `<progress max="1"${value}></progress> <small>${percent}${rows}, ${seconds}</small>`,
  };
}
