import type { EngineOptions } from "../../src/engine/protocol.ts";
import { type EngineClient, type LiveOutput, type StatementResult, startEngine } from "../../src/index.ts";

/** What a cell gave: messages, texts, rows and warnings, and its error. */
export interface CellOutcome {
  readonly results: readonly StatementResult[];
  readonly rows: readonly (readonly (string | null)[])[] | undefined;
  readonly error: string | undefined;
  readonly hint: string | undefined;
}

/** A real engine in its worker thread, with a live query that must go on whatever else happens there. */
export class Cells {
  readonly engine: EngineClient;
  live: LiveOutput | undefined;

  private constructor(engine: EngineClient) {
    this.engine = engine;
  }

  static async start(options: EngineOptions = {}): Promise<Cells> {
    return new Cells(await startEngine({ timeZone: "UTC", ...options }));
  }

  async run(code: string): Promise<CellOutcome> {
    const results: StatementResult[] = [];
    const outcome = await this.engine.run(
      { code },
      {
        onResult: (result) => results.push(result),
        onLive: (live) => {
          this.live = live;
        },
      },
    );
    return { results, rows: results.at(-1)?.table?.rows, error: outcome.error?.message, hint: outcome.error?.hint };
  }

  async must(code: string): Promise<CellOutcome> {
    const outcome = await this.run(code);
    if (outcome.error !== undefined) throw new Error(outcome.error);
    return outcome;
  }

  /** Rows that the live query has had; an error where it runs no more. */
  async liveRows(): Promise<number> {
    const picture = await this.live!.next({ kind: "table", maxRows: 5 });
    if (picture === undefined || picture.state !== "running")
      throw new Error(`the live query is ${picture?.state}: ${picture?.error?.message}`);
    return picture.status.rowsIn;
  }

  /** Resolves once the live query has had more rows than it has now. */
  async liveGoesOn(): Promise<void> {
    const before = await this.liveRows();
    while ((await this.liveRows()) <= before) await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
