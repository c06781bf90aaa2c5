import { studentTail } from "../numeric/student-t.ts";

/** P(F > f) with 1 or 2 degrees of freedom above the line. */
export function tailOfF(f: number, above: number, below: number): number {
  return above === 1 ? 2 * studentTail(Math.sqrt(f), below) : (1 + (2 * f) / below) ** (-below / 2);
}
