import type { FunctionUse } from "../catalog/user-functions.ts";

/** A query at work that calls functions or models of the user's own. */
export interface UserQuery {
  /**
   * A function or model has another definition now. "unused": nothing to do with this query. "taken": the query goes on with it, once no row is half way.
   * Otherwise why it goes on with the earlier one, in words.
   */
  redefine(kind: FunctionUse["kind"], name: string, definition: Redefined): "unused" | "taken" | { readonly obstacle: string };
}

/** A FunctionDefinition or a CatalogModel, and the hash of what defines it. */
export interface Redefined {
  readonly hash: string;
  readonly definition: unknown;
}

/** The queries of a session that call functions or models of the user's own. */
export class UserQueries {
  readonly #queries = new Set<UserQuery>();

  add(query: UserQuery): void {
    this.#queries.add(query);
  }

  delete(query: UserQuery): void {
    this.#queries.delete(query);
  }

  /** Hands a new definition to the queries that use the one before; gives sentences about those that go on without it. */
  redefine(kind: FunctionUse["kind"], name: string, definition: Redefined): string[] {
    const obstacles = new Map<string, number>();
    for (const query of this.#queries) {
      const outcome = query.redefine(kind, name, definition);
      if (typeof outcome === "object") obstacles.set(outcome.obstacle, (obstacles.get(outcome.obstacle) ?? 0) + 1);
    }
    return [...obstacles].map(([why, count]) =>
      count === 1
        ? `1 running query goes on with the earlier definition (${why})`
        : `${count} running queries go on with the earlier definition (${why})`,
    );
  }
}
