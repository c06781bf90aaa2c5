import type { EngineClient, Parameters, Span } from "../../src/engine/index.ts";
import type { MimeBundle } from "../message.ts";

/** A magic as it stands in a cell. */
export interface MagicCall {
  readonly name: string;
  /** `%%name`. */
  readonly wholeCell: boolean;
  /** What follows the name on its line. */
  readonly args: string;
  readonly argsStart: number;
  /** Offsets into the cell's text. */
  readonly span: Span;
}

/** What a magic may use of the cell that it stands in. */
export interface MagicCell {
  readonly engine: EngineClient;
  /** Fires when the cell is interrupted. */
  readonly signal: AbortSignal;
  readonly output: {
    stream(name: "stdout" | "stderr", text: string): void;
    clear(wait: boolean): void;
    page(data: MimeBundle): void;
  };
  readonly magics: ReadonlyMap<string, Magic>;
  /** The session's values of `$name`. */
  readonly parameters: Record<string, Parameters[string]>;
  /** Runs SQL that the magic made, and shows its result. Errors stand at `at`. */
  runSql(sql: string, at?: Span): Promise<void>;
  showChart(chart: { readonly source: string; readonly options: string; readonly spec?: unknown }, call?: MagicCall): Promise<void>;
}

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

/** A cell's text under the magics at its top. */
export interface MagicBody {
  readonly text: string;
  /** Where it stands in the cell. */
  readonly start: number;
  readonly linesAbove: number;
}

/** SQL that a magic made of the cell's text. */
export interface MadeSql {
  /** In order; `start` is where a piece stands in the cell, for those that are taken from it. */
  readonly pieces: readonly { readonly text: string; readonly start?: number }[];
  /** What errors call the module in it, whose lines are those of the cell. */
  readonly moduleName?: string;
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
  readonly models: readonly string[];
  readonly packs: readonly string[];
  readonly magics: readonly string[];
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
  run?(call: MagicCall, cell: MagicCell): Promise<void> | void;
  /** `%%name` above a cell; and `%name` in front of a statement, with `precedesSql`. `cell` gives the JSON of a magic that takes some. */
  modify?(call: MagicCall, plan: CellPlan, json: { readonly text: string; readonly start: number } | undefined): void;
  /** `%%name` above a cell whose text is no SQL: the statement that is run with it. Nothing else may stand in the cell. */
  makeSql?(call: MagicCall, body: MagicBody): MadeSql;
  /** The same where nothing is run: what is done with the text. */
  takeBody?(call: MagicCall, body: MagicBody, cell: MagicCell): Promise<void> | void;
  readonly precedesSql?: boolean;
  readonly takesJson?: boolean;
  /** `run` shows something, which is the cell's result where it comes last. */
  readonly givesResult?: boolean;
  suggest?(context: SuggestionContext): MagicSuggestion[];
}
