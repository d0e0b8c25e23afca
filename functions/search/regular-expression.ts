import { createContext, Script } from 'node:vm';
import { invalid } from '../shared/errors.ts';

/** Milliseconds that one text may take: an expression can be made to try for ever. */
const TIME_LIMIT_MS = 200;

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
    throw invalid(`The regular expression '${pattern}' takes too long`);
  }
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
