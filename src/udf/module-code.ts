import type { Span } from "../core/errors.ts";
import { declaredNames } from "./declared-names.ts";
import type { ModuleErrors } from "./module-error.ts";
import type { ModuleSource } from "./module-source.ts";
import { parseModule, type Statement, stripTypes } from "./typescript.ts";

/** One `import` of a module: where it imports from, as written, and what. */
export interface ModuleImport {
  readonly specifier: string;
  /** What it takes from it. */
  readonly names: readonly string[];
}

export interface ModuleCode {
  /** Body of an asynchronous function with the parameter IMPORTS_PARAMETER: the imported modules, in order. Gives the exported values by name. */
  readonly code: string;
  readonly imports: readonly ModuleImport[];
  readonly lines: ModuleSource["lines"];
}

/** What an evaluated module's imports come as; a module that uses the name itself is refused. */
export const IMPORTS_PARAMETER = "weir_imported_modules";

/**
 * The module's text without types, its imports and exports rewritten so that it is the body of a function. Lines stay where they are. What is rewritten is
 * found in the syntax tree, so that no text of the module can end that body early.
 */
export function moduleCode(text: string, errors: ModuleErrors): ModuleCode {
  const stripped = stripTypes(text);
  if ("message" in stripped) throw errors.at(stripped, stripped.message, stripped.hint, "parse");
  const parsed = parseModule(stripped.code, "js");
  if ("message" in parsed) throw errors.at(sourceLine(text, stripped, parsed.start), parsed.message, parsed.hint, "parse");
  const rewriter = new Rewriter(stripped.code);
  if (parsed.program.hashbang !== null) rewriter.remove(parsed.program.hashbang);
  for (const statement of parsed.program.body) rewriter.statement(statement);
  return { code: rewriter.finish(), imports: rewriter.imports, lines: stripped.lines };
}

/** The source line that a place of its stripped code comes from. */
function sourceLine(text: string, { code, lines }: { readonly code: string; readonly lines: ModuleCode["lines"] }, at: number): Span {
  const sourceLines = text.split("\n");
  const line = lines[code.slice(0, at).split("\n").length - 1]?.[1] ?? 0;
  const start = sourceLines.slice(0, line).reduce((sum, { length }) => sum + length + 1, 0);
  return { start, end: start + (sourceLines[line]?.length ?? 0) };
}

type NameNode = { readonly name: string } | { readonly value: string };
const plainName = (node: NameNode): string => ("name" in node ? node.name : node.value);

/** Takes imports and exports out of a module's JavaScript. */
class Rewriter {
  readonly imports: ModuleImport[] = [];
  readonly #code: string;
  readonly #removed: Span[] = [];
  /** Declarations of what is imported. */
  readonly #bindings: string[] = [];
  /** Properties of the object of exported values. */
  readonly #results: string[] = [];

  constructor(code: string) {
    this.#code = code;
  }

  statement(statement: Statement): void {
    switch (statement.type) {
      case "ImportDeclaration":
        this.#import(statement);
        this.remove(statement);
        break;
      case "ExportNamedDeclaration":
        if (statement.declaration != null) {
          this.remove({ start: statement.start, end: statement.declaration.start });
          this.#results.push(...declaredNames(statement));
        } else {
          this.#export(statement);
          this.remove(statement);
        }
        break;
      case "ExportAllDeclaration": {
        const from = this.#module(statement.source.value, []);
        this.#results.push(statement.exported === null ? `...${from}` : `${this.#text(statement.exported)}: ${from}`);
        this.remove(statement);
        break;
      }
      default:
    }
  }

  /** Leaves a part out, save its line ends. */
  remove({ start, end }: Span): void {
    this.#removed.push({ start, end });
  }

  finish(): string {
    let body = "";
    let at = 0;
    for (const { start, end } of this.#removed.sort((a, b) => a.start - b.start)) {
      body += this.#code.slice(at, start) + this.#code.slice(start, end).replace(/[^\n]+/g, "");
      at = end;
    }
    body += this.#code.slice(at);
    return `"use strict"; ${this.#bindings.join(" ")} ${body}\nreturn { ${this.#results.join(", ")} };`;
  }

  #import({ specifiers, source }: Extract<Statement, { type: "ImportDeclaration" }>): void {
    const named = specifiers.flatMap((one) => (one.type === "ImportSpecifier" ? [plainName(one.imported)] : []));
    const from = this.#module(source.value, named);
    for (const specifier of specifiers) {
      const local = specifier.local.name;
      if (specifier.type === "ImportNamespaceSpecifier") this.#bindings.push(`const ${local} = ${from};`);
      else if (specifier.type === "ImportDefaultSpecifier") this.#bindings.push(`const ${local} = ${from}.default;`);
      else this.#bindings.push(`const { ${this.#text(specifier.imported)}: ${local} } = ${from};`);
    }
  }

  #export({ specifiers, source }: Extract<Statement, { type: "ExportNamedDeclaration" }>): void {
    const names = specifiers.map(({ local }) => plainName(local));
    const from = source === null ? undefined : this.#module(source.value, names);
    for (const { exported, local } of specifiers) {
      // Of another module a name may be any text, in quotes.
      this.#results.push(
        `${this.#text(exported)}: ${from === undefined ? this.#text(local) : `${from}[${JSON.stringify(plainName(local))}]`}`,
      );
    }
  }

  /** Stands for an imported module. */
  #module(specifier: string, names: readonly string[]): string {
    return `${IMPORTS_PARAMETER}[${this.imports.push({ specifier, names }) - 1}]`;
  }

  #text({ start, end }: Span): string {
    return this.#code.slice(start, end);
  }
}
