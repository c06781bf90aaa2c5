/** SQL text to syntax trees and back: the public face of this folder. */
export * from "./ast.ts";
export { type CompletionContext, completionContext, type Expecting, type Relation, visibleName } from "./completion-context.ts";
export { KEYWORDS } from "./keywords.ts";
export { parse, parseExpression, parseOne } from "./parser.ts";
export { identifier, quoteName, quoteString } from "./print-names.ts";
export { print, printStatements } from "./printer.ts";
export { type Completeness, isComplete, type StatementText, splitStatements } from "./split.ts";
export { children, rewrite, walk } from "./walk.ts";
