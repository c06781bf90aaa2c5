import type { EngineClient } from "../src/index.ts";
import type { MimeBundle } from "./message.ts";

export async function inspectCell(_text: string, _cursor: number, _engine: EngineClient): Promise<MimeBundle | undefined> {
  return undefined;
}
