import type { CreateFunction, CreateFunctions, CreateModel } from "./ast.ts";
import { dollarQuote, identifier, type Print, qualifiedName, words } from "./print-names.ts";
import { create, properties } from "./print-stream.ts";

/** The statements about functions and models. Bodies stand between dollars, letter by letter as they were. */

const NULLS = { strict: "RETURNS NULL ON NULL INPUT", called: "CALLED ON NULL INPUT" } as const;

export function printCreateFunction(node: CreateFunction, print: Print): string {
  const { returns, returnsTable, nulls, volatility } = node;
  return words(
    create(node, "FUNCTION"),
    `${qualifiedName(node.name)}(${node.params.map(print).join(", ")})`,
    returns !== undefined && `RETURNS ${print(returns)}`,
    returnsTable !== undefined && `RETURNS TABLE (${returnsTable.map(print).join(", ")})`,
    `LANGUAGE ${identifier(node.language)}`,
    nulls !== undefined && NULLS[nulls],
    volatility?.toUpperCase(),
    properties(node.properties, print),
    `AS ${dollarQuote(node.body)}`,
  );
}

export function printCreateFunctions(node: CreateFunctions, print: Print): string {
  return words(
    create({ orReplace: node.orReplace, ifNotExists: false }, "FUNCTIONS"),
    `LANGUAGE ${identifier(node.language)}`,
    properties(node.properties, print),
    `AS ${dollarQuote(node.source)}`,
  );
}

export function printCreateModel(node: CreateModel, print: Print): string {
  return words(
    create(node, "MODEL"),
    qualifiedName(node.name),
    node.inputs.length > 0 && `INPUT (${node.inputs.map(print).join(", ")})`,
    node.outputs.length > 0 && `OUTPUT (${node.outputs.map(print).join(", ")})`,
    properties(node.properties, print),
  );
}
