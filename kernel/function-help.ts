import { functionRegistry, signatures } from "../src/index.ts";

/** Text about a function for `%help`; undefined where there is none of that name. */
export function functionHelp(name: string): string | undefined {
  const definition = functionRegistry().lookup(name);
  if (definition === undefined) return undefined;
  const { doc } = definition;
  return [...signatures(definition), "", `  ${doc.summary}`, "", `  ${doc.example}`, `  ${doc.result}`].join("\n");
}

export const functionNames = (): string[] => [...functionRegistry().names()];
