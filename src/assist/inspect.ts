import type { AssistContext } from "./complete.ts";
export interface Inspection {
  readonly table?: string;
}
export function inspectSql(_text: string, _cursor: number, _context: AssistContext): Inspection | undefined {
  return undefined;
}
