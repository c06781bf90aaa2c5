/** SQL text to syntax trees and back: the public face of this folder. */
export * from "./ast.ts";
export { type CompletionContext, completionContext, type Relation, visibleName } from "./completion-context.ts";
export { KEYWORDS } from "./keywords.ts";
export { parse, parseExpression, parseOne } from "./parser.ts";
export { quoteName } from "./print-names.ts";
export { print } from "./printer.ts";
export { isComplete, splitStatements } from "./split.ts";
export { rewrite, walk } from "./walk.ts";
