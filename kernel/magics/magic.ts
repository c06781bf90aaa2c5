import type { MagicCall } from "../cell.ts";
import type { CellRun } from "../cell-run.ts";

/** How a cell's SQL is run and shown: what `%%` magics change. */
export interface CellPlan {
  /** A name for the last result. */
  name?: string;
  /** Shows the last result as a chart instead of a table. */
  chart?: { readonly options: string; readonly spec?: unknown };
  /** Text put in front of the last statement. */
  prefix?: string;
  /** Prints how long each statement took. */
  timed?: boolean;
  /** Name of a result to chart where the cell has no SQL. */
  source?: string;
}

export interface MagicSuggestion {
  readonly text: string;
  readonly type: string;
  readonly signature?: string;
}

/** What completion of a magic's arguments may look at. */
export interface SuggestionContext {
  /** Text of the arguments up to the cursor. */
  readonly before: string;
  /** Tables, views and kept results. */
  readonly tables: readonly string[];
  /** Columns of the tables that the cell's SQL names. */
  readonly columns: readonly string[];
  readonly settings: readonly string[];
  readonly functions: readonly string[];
}

/** One magic. Registered in registry.ts. */
export interface Magic {
  /** Without percent signs. */
  readonly name: string;
  /** As written, with its arguments: `%%as name`. */
  readonly usage: string;
  /** One sentence. */
  readonly summary: string;
  /** Lines for `%help name`: what the arguments mean, and an example. */
  readonly help: readonly string[];
  /** `%name` on a line of its own. */
  run?(call: MagicCall, cell: CellRun): Promise<void> | void;
  /** `%%name` above a cell; and `%name` in front of a statement, with `precedesSql`. `cell` gives the JSON of a magic that takes some. */
  modify?(call: MagicCall, plan: CellPlan, json: { readonly text: string; readonly start: number } | undefined): void;
  readonly precedesSql?: boolean;
  readonly takesJson?: boolean;
  /** `run` shows something, which is the cell's result where it comes last. */
  readonly givesResult?: boolean;
  suggest?(context: SuggestionContext): MagicSuggestion[];
}
