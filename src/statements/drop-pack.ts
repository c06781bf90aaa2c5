import type { ModelRegistry } from "../catalog/models.ts";
import type { Drop } from "../sql/index.ts";
import type { PackModel } from "../udf/packs/manifest.ts";
import type { StatementContext, StatementOutput } from "./context.ts";

/** `DROP PACK finance`: its functions and models leave the session. Its files stay where they are. */
export async function dropPacks(statement: Drop, { packs, functions, models }: StatementContext): Promise<StatementOutput> {
  const dropped: string[] = [];
  for (const [{ name, span }] of statement.names) {
    if (statement.ifExists && packs.lookup(name) === undefined) continue;
    const { manifest } = packs.get(name, span);
    packs.unload(name, functions);
    dropModelsOf(manifest.name, manifest.models, models);
    dropped.push(manifest.name);
  }
  return { message: dropped.length === 0 ? "nothing to drop" : `dropped pack ${dropped.join(", ")}` };
}

/** Takes out every version of models of a pack. */
export function dropModelsOf(pack: string, dropped: readonly PackModel[], models: ModelRegistry): void {
  for (const model of dropped) {
    for (const version of models.remove(`${pack}.${model.name}`)) version.retire();
  }
}
