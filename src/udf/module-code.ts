import type { ModuleErrors } from "./module-error.ts";
import type { ModuleSource } from "./module-source.ts";
import { parseModule, stripTypes } from "./typescript.ts";

/** One `import` of a module: where it imports from, as written, and where that stands in the source. */
export interface ModuleImport {
  readonly specifier: string;
  /** What it takes from it. */
  readonly names: readonly string[];
}

export interface ModuleCode {
  /** Body of an asynchronous function with the parameter PARAMETER: the imported modules, in order. Gives the exported values by name. */
  readonly code: string;
  readonly imports: readonly ModuleImport[];
  readonly lines: ModuleSource["lines"];
}

/** What an evaluated module's imports come as; a module that uses the name itself is refused. */
export const IMPORTS_PARAMETER = "weir_imported_modules";

/** The module's text without types, its imports and exports rewritten so that it is the body of a function. Lines stay where they are. */
export function moduleCode(text: string, errors: ModuleErrors): ModuleCode {
  const stripped = stripTypes(text);
  if ("message" in stripped) throw errors.at(stripped, stripped.message, stripped.hint, "parse");
  const parsed = parseModule(stripped.code, "js");
  if ("message" in parsed) throw new Error(`stripped code does not parse: ${parsed.message}`);
  const { code } = stripped;
  const edits: { readonly start: number; readonly end: number; readonly text: string }[] = [];
  const imports: ModuleImport[] = [];
  const bindings: string[] = [];
  const results: string[] = [];
  const module = (specifier: string, names: readonly string[]) => `${IMPORTS_PARAMETER}[${imports.push({ specifier, names }) - 1}]`;
  const plainName = (name: { readonly type: string; readonly name?: string; readonly value?: string }) => name.name ?? name.value ?? "";
  const remove = (start: number, end: number) => edits.push({ start, end, text: code.slice(start, end).replace(/[^\n]+/g, "") });
  const nameText = (node: { start: number; end: number }) => code.slice(node.start, node.end);

  for (const statement of parsed.program.body) {
    switch (statement.type) {
      case "ImportDeclaration": {
        const named = statement.specifiers.flatMap((one) => (one.type === "ImportSpecifier" ? [plainName(one.imported)] : []));
        const from = module(statement.source.value, named);
        for (const specifier of statement.specifiers) {
          const local = specifier.local.name;
          if (specifier.type === "ImportNamespaceSpecifier") bindings.push(`const ${local} = ${from};`);
          else if (specifier.type === "ImportDefaultSpecifier") bindings.push(`const ${local} = ${from}.default;`);
          else bindings.push(`const { ${nameText(specifier.imported)}: ${local} } = ${from};`);
        }
        remove(statement.start, statement.end);
        break;
      }
      case "ExportNamedDeclaration": {
        const { declaration, source } = statement;
        if (declaration != null) {
          edits.push({ start: statement.start, end: declaration.start, text: "" });
          results.push(...declaredNames(declaration));
          break;
        }
        const from =
          source === null
            ? undefined
            : module(
                source.value,
                statement.specifiers.map((one) => plainName(one.local)),
              );
        for (const specifier of statement.specifiers) {
          const exported = nameText(specifier.exported);
          results.push(`${exported}: ${from === undefined ? "" : `${from}.`}${nameText(specifier.local)}`);
        }
        remove(statement.start, statement.end);
        break;
      }
      case "ExportAllDeclaration": {
        const from = module(statement.source.value, []);
        results.push(statement.exported === null ? `...${from}` : `${nameText(statement.exported)}: ${from}`);
        remove(statement.start, statement.end);
        break;
      }
      default:
    }
  }
  edits.sort((a, b) => a.start - b.start);
  let body = "";
  let at = 0;
  for (const edit of edits) {
    body += code.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  body += code.slice(at);
  return {
    code: `"use strict"; ${bindings.join(" ")} ${body}\nreturn { ${results.join(", ")} };`,
    imports,
    lines: stripped.lines,
  };
}

function declaredNames(declaration: { readonly type: string }): string[] {
  const node = declaration as {
    readonly type: string;
    readonly id?: { readonly name: string } | null;
    readonly declarations?: readonly { readonly id: unknown }[];
  };
  if (node.declarations !== undefined) return node.declarations.flatMap(({ id }) => patternNames(id));
  return node.id == null ? [] : [node.id.name];
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
