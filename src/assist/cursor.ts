/** Jupyter counts code points, JavaScript UTF-16 units: an emoji is one of the former and two of the latter. */

/** UTF-16 offset of the code point at `position`, cut to the text's end. */
export function codePointToOffset(text: string, position: number): number {
  let offset = 0;
  for (let left = position; left > 0 && offset < text.length; left--) offset += (text.codePointAt(offset) as number) > 0xffff ? 2 : 1;
  return offset;
}

/** Number of code points in front of a UTF-16 offset. */
export function offsetToCodePoint(text: string, offset: number): number {
  let count = 0;
  for (let at = 0; at < offset && at < text.length; count++) at += (text.codePointAt(at) as number) > 0xffff ? 2 : 1;
  return count;
}
