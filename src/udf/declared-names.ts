import type { Program } from "./typescript.ts";

/** The names that a statement at the top of a module declares in it, imported ones too; names of types alone are left out where they have no value. */
export function declaredNames(statement: Program["body"][number]): string[] {
  const declaration =
    statement.type === "ExportNamedDeclaration" || statement.type === "ExportDefaultDeclaration" ? statement.declaration : statement;
  switch (declaration?.type) {
    case "ImportDeclaration":
      return declaration.specifiers.map(({ local }) => local.name);
    case "VariableDeclaration":
      return declaration.declarations.flatMap(({ id }) => patternNames(id));
    case "FunctionDeclaration":
    case "ClassDeclaration":
    case "TSEnumDeclaration":
    case "TSModuleDeclaration":
      return declaration.id?.type === "Identifier" ? [declaration.id.name] : [];
    default:
      return [];
  }
}

/** The names that a destructuring pattern declares. */
function patternNames(pattern: unknown): string[] {
  const node = pattern as { readonly type: string } & Record<string, unknown>;
  if (pattern === null) return [];
  switch (node.type) {
    case "Identifier":
      return [node.name as string];
    case "AssignmentPattern":
      return patternNames(node.left);
    case "RestElement":
      return patternNames(node.argument);
    case "ArrayPattern":
      return (node.elements as unknown[]).flatMap(patternNames);
    case "ObjectPattern":
      return (node.properties as { readonly type: string; readonly value?: unknown }[]).flatMap((property) =>
        patternNames(property.type === "RestElement" ? property : property.value),
      );
    default:
      return [];
  }
}
