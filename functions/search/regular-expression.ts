import { createContext, Script } from 'node:vm';
import { invalid } from '../shared/errors.ts';

/** Milliseconds that one text may take, and all texts of a search: an expression can be made to try for ever. */
const TIME_LIMIT_MS = 200;
const TOTAL_LIMIT_MS = 10_000;

const MAX_PATTERN = 1000;

const sandbox: { expression: RegExp; text: string } = { expression: /(?:)/, text: '' };
let context: object | undefined;
const search = new Script('expression.test(text)');

const compiled = new Map<string, RegExp>();

/**
 * Whether a regular expression matches somewhere in a text. Throws INVALID_PARAMETER_VALUE for an
 * expression that is none, or that takes too long.
 */
export function containsPattern(text: string, pattern: string): boolean {
  sandbox.expression = compile(pattern);
  sandbox.text = text;
  context ??= createContext(sandbox);
  try {
    return search.runInContext(context, { timeout: TIME_LIMIT_MS }) === true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    throw tooSlow(pattern);
  }
}

const tooSlow = (pattern: string) => invalid(`The regular expression '${pattern}' takes too long`);

/** `containsPattern` for one search: of many texts none may take too long, nor all together. */
export function patternSearch(limitMs = TOTAL_LIMIT_MS): typeof containsPattern {
  let left = limitMs;
  return (text, pattern) => {
    const started = performance.now();
    const found = containsPattern(text, pattern);
    left -= performance.now() - started;
    if (left < 0) throw tooSlow(pattern);
    return found;
  };
}

function compile(pattern: string): RegExp {
  const known = compiled.get(pattern);
  if (known) return known;
  if (pattern.length > MAX_PATTERN) {
    throw invalid(`A regular expression has at most ${MAX_PATTERN} characters`);
  }
  let expression: RegExp;
  try {
    expression = new RegExp(pattern);
  } catch {
    throw invalid(`Invalid regular expression: '${pattern}'`);
  }
  // Filters differ: what was compiled for an old one is not worth keeping.
  if (compiled.size > 100) compiled.clear();
  compiled.set(pattern, expression);
  return expression;
}
