import type { EngineClient, StatementResult } from "../src/engine/index.ts";

type Columns = readonly { readonly name: string; readonly type: string }[];

/** Files whose columns are remembered. */
const FILES_MAX = 200;

/** Columns of files that a query names, for completion. The engine is asked once a file; until it answers, nothing is known. */
export class FileColumns {
  readonly #engine: EngineClient;
  readonly #known = new Map<string, Columns>();
  readonly #asked = new Map<string, Promise<void>>();

  constructor(engine: EngineClient) {
    this.#engine = engine;
  }

  /** What is known now; asks the engine about a path that is new. */
  get(path: string): Columns | undefined {
    if (!this.#asked.has(path)) this.#ask(path);
    return this.#known.get(path);
  }

  /** Waits until what was asked is answered, but not longer than this. */
  async settled(timeoutMs: number): Promise<void> {
    const timeout = new Promise((resolve) => setTimeout(resolve, timeoutMs));
    await Promise.race([Promise.all(this.#asked.values()), timeout]);
  }

  get isAsking(): boolean {
    return this.#asked.size > this.#known.size;
  }

  #ask(path: string): void {
    if (this.#asked.size >= FILES_MAX) {
      this.#asked.clear();
      this.#known.clear();
    }
    const answer = this.#describe(path).then((columns) => {
      if (columns === undefined) this.#asked.delete(path);
      else this.#known.set(path, columns);
    });
    this.#asked.set(path, answer);
  }

  /** Undefined where the file cannot be read: it may come, so that is not remembered. */
  async #describe(path: string): Promise<Columns | undefined> {
    let columns: Columns | undefined;
    const code = `DESCRIBE SELECT * FROM '${path.replaceAll("'", "''")}'`;
    const onResult = ({ table }: StatementResult) => {
      columns = (table?.rows ?? []).map(([name, type]) => ({ name: name ?? "", type: type ?? "" }));
    };
    await this.#engine.run({ code }, { onResult }).catch(() => undefined);
    return columns;
  }
}
