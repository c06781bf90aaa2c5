import { resolve } from "node:path";
import type { FunctionRegistry } from "../catalog/function-registry.ts";
import type { ModelRegistry } from "../catalog/models.ts";
import { bindError } from "../core/errors.ts";
import type { Value } from "../core/value.ts";
import { modelsIn, userFunctionsIn } from "../exec/user-calls.ts";
import type { QueryPlan } from "../plan/logical-plan.ts";
import { parse, print, type Statement } from "../sql/index.ts";
import type { JobEnvironment } from "./job-environment.ts";

/** A function or model of the user's own that a job's query calls. */
export interface JobUse {
  readonly kind: "function" | "model";
  /** A model's with its version, where the query names one. */
  readonly name: string;
  /** Of what defines it. */
  readonly hash: string;
  /** State in checkpoints is made by it: aggregates. */
  readonly hasState: boolean;
}

/** And the statement that makes it anew. */
export interface JobDefinition extends JobUse {
  readonly sql: string;
}

/** What a job's plan calls, as it is defined now; files by their absolute names. */
export function usesOf(plan: QueryPlan, functions: FunctionRegistry, models: ModelRegistry, cwd: string): JobDefinition[] {
  const called = userFunctionsIn(plan, functions).flatMap(({ kind, name, origin }) => {
    const sql = origin?.sql;
    if (origin === undefined || sql === undefined) return [];
    return [{ kind: "function" as const, name, hash: origin.hash, hasState: kind === "aggregate", sql }];
  });
  const named = [...modelsIn(plan, models)].map(([name, { hash, sql }]) => {
    return { kind: "model" as const, name, hash, hasState: false, sql: withAbsolutePaths(sql, cwd) };
  });
  return [...called, ...named];
}

/** A statement in which the paths of its properties hold in any folder. */
function withAbsolutePaths(sql: string, cwd: string): string {
  const absolute = (statement: Statement): Statement => {
    if (statement.kind !== "createModel") return statement;
    const properties = statement.properties.map((property) =>
      property.key.toLowerCase() === "path" && property.value.kind === "string"
        ? { ...property, value: { ...property.value, value: resolve(cwd, property.value.value) } }
        : property,
    );
    return { ...statement, properties };
  };
  return parse(sql)
    .map((statement) => print(absolute(statement)))
    .join("; ");
}

/** Defines what is missing of the functions and models that a job calls. What is there in another form is left: `checkUses` looks at it. */
export async function defineMissing(
  definitions: readonly JobDefinition[],
  parameters: Readonly<Record<string, Value>>,
  environment: JobEnvironment,
): Promise<void> {
  for (const { kind, name, sql } of definitions) {
    if (environment.hashOf(kind, name) === undefined) await environment.declare(sql, parameters);
  }
}

/**
 * Compares what a checkpoint was made with and what the query calls now. State that another definition made cannot be gone on with: a bind error that says
 * how it was defined. Elsewhere the new definition is taken; gives what to tell of that.
 */
export function checkUses(job: string, before: readonly JobUse[], now: readonly JobUse[], definitions: readonly JobDefinition[]): string[] {
  return before.flatMap((use) => {
    const same = (other: JobUse) => other.kind === use.kind && other.name.toLowerCase() === use.name.toLowerCase();
    const present = now.find(same);
    if (present === undefined || present.hash === use.hash) return [];
    if (!use.hasState) return [`${use.kind} ${use.name} has changed since the last checkpoint: the job goes on with the present one`];
    const old = definitions.find((other) => same(other) && other.hash === use.hash);
    throw bindError(
      `the state of job "${job}" was made by another aggregate "${use.name}"`,
      undefined,
      old === undefined
        ? `define it as it was, or DROP JOB ${job} and create it anew`
        : `define it as it was, or DROP JOB ${job} and create it anew: ${old.sql}`,
    );
  });
}
