/** How TypeScript that is being written stands, as far as its characters tell: enough to know whether Enter ends a cell. */
export interface TypeScriptText {
  /** Brackets, strings, templates or comments that are still open. */
  readonly open: number;
  /** There is something besides white space and comments. */
  readonly hasCode: boolean;
}

/** What a `/` may stand behind as a division; behind all else it opens a regular expression. */
const ENDS_OPERAND = /[\w$)\]}"'`]$/;
/** Words that end like an operand and are none. */
const WORDS_BEFORE_OPERAND = /(?:^|[^\w$.])(?:return|typeof|case|in|of|delete|void|throw|new|else|do|yield|await)$/;

export function readTypeScript(text: string): TypeScriptText {
  const open: string[] = [];
  let code = "";
  let at = 0;
  const skipTo = (end: number, closes: string): void => {
    if (end === -1) open.push(closes);
    at = end === -1 ? text.length : end + closes.length;
  };
  while (at < text.length) {
    const char = text[at];
    if (open.at(-1) === "`") {
      if (char === "\\") at += 2;
      else if (char === "`") {
        open.pop();
        at++;
      } else if (text.startsWith("${", at)) {
        open.push("}");
        at += 2;
      } else at++;
      continue;
    }
    if (text.startsWith("//", at)) {
      const end = text.indexOf("\n", at);
      at = end === -1 ? text.length : end;
      continue;
    }
    if (text.startsWith("/*", at)) {
      skipTo(text.indexOf("*/", at + 2), "*/");
      continue;
    }
    if (char === '"' || char === "'") at = lineQuoteEnd(text, at, char);
    else if (char === "/" && (!ENDS_OPERAND.test(code.trimEnd()) || WORDS_BEFORE_OPERAND.test(code.trimEnd()))) {
      at = lineQuoteEnd(text, at, "/");
    } else {
      if (char === "`") open.push("`");
      else if (char === "(") open.push(")");
      else if (char === "[") open.push("]");
      else if (char === "{") open.push("}");
      else if (char === open.at(-1)) open.pop();
      at++;
    }
    // the last word is all that the test for a division looks at
    code = (code + char).slice(-12);
  }
  return { open: open.length, hasCode: code.trim() !== "" };
}

/** Behind the quote that closes what opens at `from`, or the end of the line: these do not go on. */
function lineQuoteEnd(text: string, from: number, quote: string): number {
  let inClass = false;
  for (let at = from + 1; at < text.length && text[at] !== "\n"; at++) {
    if (text[at] === "\\") at++;
    else if (quote === "/" && text[at] === "[") inClass = true;
    else if (text[at] === "]") inClass = false;
    else if (text[at] === quote && !inClass) return at + 1;
  }
  const end = text.indexOf("\n", from);
  return end === -1 ? text.length : end;
}
