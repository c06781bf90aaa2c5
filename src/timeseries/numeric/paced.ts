/** Points gone through between two checks: well below a millisecond. */
const BETWEEN = 20_000;

/**
 * A check for interrupts that a search makes each time it has gone through `points` points: `check` is called often enough to end the search within
 * milliseconds, and seldom enough to cost nothing where the series is short.
 */
export function paced(check: (() => void) | undefined, points: number): () => void {
  if (check === undefined) return () => {};
  let work = 0;
  return () => {
    work += points;
    if (work < BETWEEN) return;
    work = 0;
    check();
  };
}
