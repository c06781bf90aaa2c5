import type { Expr, Reset, SetStatement } from "../sql/index.ts";
import type { StatementContext, StatementOutput } from "./context.ts";

export async function runSet(statement: SetStatement, context: StatementContext): Promise<StatementOutput> {
  const { name, value, span } = statement;
  const setting = context.settings.set(name.name, isBareWord(value) ? value.parts[0].name : context.constant(value), span);
  context.settingsChanged();
  return { message: `${setting.name} = ${context.settings.get(setting.name)}` };
}

export async function runReset(statement: Reset, context: StatementContext): Promise<StatementOutput> {
  const setting = context.settings.reset(statement.name.name, statement.name.span);
  context.settingsChanged();
  return { message: `${setting.name} = ${context.settings.get(setting.name)}` };
}

/** `SET TimeZone = UTC`: a word without quotes stands for itself. */
const isBareWord = (value: Expr): value is Expr & { kind: "column" } => value.kind === "column" && value.parts.length === 1;
