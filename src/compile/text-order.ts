/** True where JavaScript's order of UTF-16 units agrees with the order of code points, against any other text: the text has no unit from the surrogates up. */
export function textOrderIsPlain(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) >= 0xd800) return false;
  return true;
}
