/** Bytes of a body inside a function's answer, which is JSON: quotes, backslashes and line ends are escaped. */
export function bytesInAnswer(text: string): number {
  let escapes = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE || code === BACKSLASH || code === LINE_END) escapes += 1;
  }
  return Buffer.byteLength(text) + escapes;
}

const QUOTE = 34;
const BACKSLASH = 92;
const LINE_END = 10;
