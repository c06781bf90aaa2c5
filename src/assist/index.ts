/** Completion and inspection of SQL: pure functions over the text, a snapshot of the catalog, and the function registry. */

export { type AssistContext, type Completions, completeSql, type Suggestion } from "./complete.ts";
export { codePointToOffset, offsetToCodePoint } from "./cursor.ts";
export { type FunctionInfo, findFunction, functionInfo, inPack } from "./function-info.ts";
export { FUNCTION_PROPERTIES } from "./function-properties.ts";
export { type Inspection, inspectSql } from "./inspect.ts";
export { KEYWORD_HELP } from "./keyword-help.ts";
export { TABLE_SYNTAX } from "./table-syntax.ts";
