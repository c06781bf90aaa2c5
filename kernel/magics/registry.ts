import { asMagic } from "./as.ts";
import { chartMagic } from "./chart.ts";
import { clearMagic } from "./clear.ts";
import { echoMagic } from "./echo.ts";
import { explainMagic } from "./explain.ts";
import { functionMagic } from "./function.ts";
import { functionsMagic } from "./functions.ts";
import { helpMagic } from "./help.ts";
import { jobsMagic } from "./jobs.ts";
import type { Magic } from "./magic.ts";
import { modelsMagic } from "./models.ts";
import { packsMagic } from "./packs.ts";
import { paramMagic } from "./param.ts";
import { queriesMagic } from "./queries.ts";
import { setMagic } from "./set.ts";
import { stopMagic } from "./stop.ts";
import { tablesMagic } from "./tables.ts";
import { timeMagic } from "./time.ts";
import { udfMagic } from "./udf.ts";
import { vegaliteMagic } from "./vegalite.ts";
import { verifyMagic } from "./verify.ts";
import { writefileMagic } from "./writefile.ts";

/** Every magic, by name. */
export const MAGICS: ReadonlyMap<string, Magic> = new Map(
  [
    asMagic,
    chartMagic,
    clearMagic,
    echoMagic,
    explainMagic,
    functionMagic,
    functionsMagic,
    helpMagic,
    jobsMagic,
    modelsMagic,
    packsMagic,
    paramMagic,
    queriesMagic,
    setMagic,
    stopMagic,
    tablesMagic,
    timeMagic,
    udfMagic,
    vegaliteMagic,
    verifyMagic,
    writefileMagic,
  ].map((magic) => [magic.name, magic]),
);

/** Whether the text under `%%name` is no SQL. */
export function takesText(name: string): boolean {
  const magic = MAGICS.get(name);
  return magic?.makeSql !== undefined || magic?.takeBody !== undefined;
}
