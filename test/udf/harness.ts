import { Session, type SessionOptions, valueAt } from "../../src/index.ts";

/** A session and short ways to ask it. */
export class Asked {
  readonly session: Session;

  constructor(options: SessionOptions = {}) {
    this.session = new Session({ timeZone: "UTC", threads: 1, ...options });
  }

  /** Rows as values (core/value.ts). */
  async rows(sql: string): Promise<unknown[][]> {
    const table = await this.session.query(sql);
    return table.batches.flatMap((batch) =>
      Array.from({ length: batch.length }, (_, row) => batch.columns.map((column) => valueAt(column, row))),
    );
  }

  /** The first value of the first row. */
  async value(sql: string): Promise<unknown> {
    return (await this.rows(sql))[0][0];
  }

  /** Runs statements and gives the warnings. */
  async warnings(sql: string): Promise<string[]> {
    const all: string[] = [];
    await this.session.run(sql, { onOutput: ({ warnings }) => void all.push(...warnings) });
    return all;
  }

  /** Defines the functions of a module. */
  async define(source: string): Promise<void> {
    await this.session.run(`CREATE OR REPLACE FUNCTIONS LANGUAGE typescript AS $module$${source}$module$`);
  }

  /** The error of a statement: its message, hint, and the text it stands at. */
  async error(sql: string): Promise<{ message: string; hint?: string; at?: string; phase?: string }> {
    try {
      await this.session.run(sql);
    } catch (error) {
      const { message, hint, span, phase } = error as {
        message: string;
        hint?: string;
        span?: { start: number; end: number };
        phase: string;
      };
      return { message, hint, phase, at: span && sql.slice(span.start, span.end) };
    }
    throw new Error(`no error: ${sql}`);
  }

  moduleError(source: string) {
    return this.error(`CREATE FUNCTIONS LANGUAGE typescript AS $module$${source}$module$`);
  }
}
