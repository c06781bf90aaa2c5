import { bindError, nearestName, type Span, WeirError } from "../core/errors.ts";
import { ContinuousQuery, type ContinuousQueryOptions } from "./continuous-query.ts";
import type { LiveFrame, LiveQuery, LiveState } from "./live.ts";

/** Queries that ended are remembered, with their results and late rows, until so many others have ended. */
const ENDED_KEPT = 20;

/**
 * A query under one of its names. Queries of the same plan share the work: they are one running query that ends when the last name lets go of it.
 */
export class FollowedQuery implements LiveQuery {
  readonly name: string;
  readonly query: ContinuousQuery;
  readonly #release: () => void;
  readonly #place: (error: WeirError) => WeirError;
  #error: WeirError | undefined;
  #stopped = false;

  /** `place` puts an error at its place in the statement's text. */
  constructor(name: string, query: ContinuousQuery, release: () => void, place: (error: WeirError) => WeirError) {
    this.name = name;
    this.query = query;
    this.#release = release;
    this.#place = place;
  }

  get sql() {
    return this.query.sql;
  }
  get schema() {
    return this.query.schema;
  }
  get changelog() {
    return this.query.changelog;
  }
  get status(): LiveState {
    return this.#stopped && this.query.status === "running" ? "stopped" : this.query.status;
  }
  get error(): WeirError | undefined {
    const { error } = this.query;
    this.#error ??= error && this.#place(error);
    return this.#error;
  }
  get warnings() {
    return this.query.warnings;
  }

  frame(limit: number): LiveFrame {
    const frame = this.query.frame(limit);
    return { ...frame, status: { ...frame.status, state: this.status } };
  }

  onChange(listener: () => void): () => void {
    return this.query.onChange(listener);
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#release();
    this.query.changed();
  }
}

export interface QueryOptions extends ContinuousQueryOptions {
  /** Puts an error in code of the user's own at the call, in the statement's text. Gives the error. */
  readonly place?: (error: WeirError) => WeirError;
}

/** A running query, and how many names it has. */
interface Shared {
  readonly query: ContinuousQuery;
  names: number;
}

/** The running queries of a session, by name; those that ended stay for a while. */
export class QueryRegistry {
  readonly #queries = new Map<string, FollowedQuery>();
  /** By what they do: queries that others may share. */
  readonly #shared = new Map<string, Shared>();

  /**
   * Starts a query. `shareAs`: the text of what it does, where it may be one with others that do the same; asked again when a function that it calls has
   * another definition.
   */
  start(options: QueryOptions, shareAs: () => string | undefined): FollowedQuery {
    const { place = (error) => error } = options;
    const name = this.#freeName(options.name);
    const key = shareAs();
    const shared = key === undefined ? undefined : this.#shared.get(key);
    if (shared !== undefined && shared.query.status === "running") {
      shared.names++;
      return this.#keep(
        new FollowedQuery(
          name,
          shared.query,
          () => this.#release(shared),
          (error) => place(withoutPlace(error)),
        ),
      );
    }
    const onRedefined = () => {
      this.#unshare(own);
      this.#share(own, shareAs());
    };
    const own: Shared = { query: new ContinuousQuery({ ...options, name, onRedefined }), names: 1 };
    this.#share(own, key);
    void own.query.finished.then(() => this.#unshare(own));
    return this.#keep(new FollowedQuery(name, own.query, () => this.#release(own), place));
  }

  #share(shared: Shared, key: string | undefined): void {
    if (key !== undefined) this.#shared.set(key, shared);
  }

  #unshare(shared: Shared): void {
    for (const [key, one] of this.#shared) if (one === shared) this.#shared.delete(key);
  }

  /** Running and ended ones, oldest first. */
  all(): readonly FollowedQuery[] {
    return [...this.#queries.values()];
  }

  running(): readonly FollowedQuery[] {
    return this.all().filter((query) => query.status === "running");
  }

  lookup(name: string): FollowedQuery | undefined {
    return this.#queries.get(name.toLowerCase());
  }

  /** Stops one query, or all; gives the names of those that ran. An unknown name is an error that suggests the nearest one. */
  stop(name?: string, span?: Span): readonly string[] {
    if (name === undefined) {
      const running = this.running();
      for (const query of running) query.stop();
      return running.map((query) => query.name);
    }
    const query = this.lookup(name);
    if (query === undefined) {
      const names = this.running().map((one) => one.name);
      const near = nearestName(name, names);
      throw bindError(
        `there is no query "${name}"`,
        span,
        near !== undefined ? `did you mean "${near}"?` : names.length === 0 ? "none is running" : `running are ${names.join(", ")}`,
      );
    }
    const ran = query.status === "running";
    query.stop();
    return ran ? [query.name] : [];
  }

  /** How many plans run, each once however many queries share it. */
  get plansRunning(): number {
    return new Set(this.running().map(({ query }) => query)).size;
  }

  #release(shared: Shared): void {
    if (--shared.names > 0) return;
    this.#unshare(shared);
    shared.query.stop();
  }

  #keep(followed: FollowedQuery): FollowedQuery {
    const ended = this.all().filter((query) => query.status !== "running");
    for (const old of ended.slice(0, Math.max(0, ended.length - ENDED_KEPT))) this.#queries.delete(old.name.toLowerCase());
    this.#queries.set(followed.name.toLowerCase(), followed);
    return followed;
  }

  /** A name that no running query has: `q7`, `q7_2`. */
  #freeName(wanted: string): string {
    let name = wanted;
    for (let i = 2; this.lookup(name)?.status === "running"; i++) name = `${wanted}_${i}`;
    this.#queries.delete(name.toLowerCase());
    return name;
  }
}

/** The error of a query that another statement began, whose text has other places. */
function withoutPlace({ phase, message, hint, trace, functions, cause }: WeirError): WeirError {
  return new WeirError(phase, message, { hint, trace, functions, cause });
}
