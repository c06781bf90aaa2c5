import { checkProperties, type PropertySpec } from "../connectors/properties.ts";
import { WeirError } from "../core/errors.ts";
import type { CreateJob } from "../sql/index.ts";
import type { StatementContext, StatementOutput } from "./context.ts";
import { propertiesOf, spanOfProperty } from "./properties.ts";

/** Properties of CREATE JOB … WITH (…). */
const JOB_PROPERTIES: readonly PropertySpec[] = [
  {
    name: "checkpoint_interval",
    type: "duration",
    min: 1_000,
    default: "SET checkpoint_interval",
    doc: "Time between checkpoints.",
  },
];

/** CREATE JOB: an INSERT INTO a sink that runs in the background, with checkpoints. Says what a crash would do to its rows. */
export async function runCreateJob(statement: CreateJob, context: StatementContext): Promise<StatementOutput> {
  const { text, parameters, nowMicros, jobs } = context;
  const properties = checkJobProperties(statement, context);
  return { message: await jobs.create(statement, { text, parameters, nowMicros, properties }) };
}

function checkJobProperties(statement: CreateJob, context: StatementContext) {
  try {
    return checkProperties({ owner: "a job", options: JOB_PROPERTIES }, propertiesOf(statement.properties, context));
  } catch (error) {
    if (error instanceof WeirError) error.span ??= spanOfProperty(statement.properties, error.message) ?? statement.span;
    throw error;
  }
}
