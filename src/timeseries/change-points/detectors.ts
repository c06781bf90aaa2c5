import { adwin } from "./adwin.ts";
import { bocpd } from "./bocpd.ts";
import { cusum } from "./cusum.ts";
import { ddm } from "./ddm.ts";
import type { ChangeMethod } from "./online.ts";
import { pageHinkley } from "./page-hinkley.ts";

/** Methods that see one value after another. */
export const changeMethods: readonly ChangeMethod[] = [adwin, bocpd, cusum, ddm, pageHinkley];
