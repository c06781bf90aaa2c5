import { type Completions, completeSql, type EngineClient, functionRegistry } from "../src/index.ts";

export function completeCell(text: string, cursor: number, engine: EngineClient, parameters: readonly string[]): Completions {
  return completeSql(text, cursor, {
    catalog: engine.catalog(),
    functions: functionRegistry(),
    settings: Object.keys(engine.settings()),
    parameters,
    cwd: process.cwd(),
  });
}
