/** Bytes of a body inside a function's answer, which is JSON: quotes, backslashes and line ends are escaped. */
export function bytesInAnswer(text: string): number {
  let escapes = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE || code === BACKSLASH || code === LINE_END) escapes += 1;
  }
  return Buffer.byteLength(text) + escapes;
}

/** Bytes that a character takes at most: three in UTF-8, or two with an escape. */
const MOST = 3;

/** How many of the texts, from the first on, take no more than `limit` bytes together. */
export function fittingInAnswer(texts: readonly string[], limit: number): number {
  // Nearly all are so few that their characters need not be looked at.
  if (MOST * texts.reduce((sum, { length }) => sum + length, 0) <= limit) return texts.length;
  let bytes = 0;
  for (const [i, text] of texts.entries()) {
    bytes += bytesInAnswer(text);
    if (bytes > limit) return i;
  }
  return texts.length;
}

const QUOTE = 34;
const BACKSLASH = 92;
const LINE_END = 10;
