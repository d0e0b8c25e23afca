/**
 * The words of a text as a shell parts them, which is how MLflow finds the direction of an order: blanks part words
 * but in quotes, which are left out, and a backslash escapes. Nothing for quotes that are not closed.
 */
export function shellWords(text: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let at = 0; at < text.length; at += 1) {
    const one = text.charAt(at);
    if (one === '\\' && quote !== "'") {
      const next = text[at + 1];
      if (next === undefined) return undefined;
      at += 1;
      // In quotes a backslash escapes itself and the quotes.
      word =
        (word ?? '') + (quote === undefined || next === '\\' || next === quote ? '' : one) + next;
    } else if (quote === undefined && /["']/.test(one)) {
      quote = one;
      word ??= '';
    } else if (one === quote) quote = undefined;
    else if (quote === undefined && /[ \t\r\n]/.test(one)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + one;
  }
  if (quote !== undefined) return undefined;
  return word === undefined ? words : [...words, word];
}
