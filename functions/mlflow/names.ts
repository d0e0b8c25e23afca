import { posix } from 'node:path';
import { invalid } from '../shared/errors.ts';
import { pythonQuoted } from '../shared/python-text.ts';

/** Python's `\w` with the other characters that names may hold; to Python a text may end before its last line break. */
const NAME = /^[/\p{L}\p{N}_.\- :]*\n?$/u;

/** Most names are plain words, which stand for themselves. */
const PLAIN = /^[a-zA-Z0-9_][a-zA-Z0-9_.-]*$/;

/** A text as Python's `json` writes it: nothing but ASCII. */
const quote = (text: string) =>
  JSON.stringify(text).replaceAll(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** The refusal of a parameter's value, with what is wrong with it. */
export const invalidValue = (value: string, parameter: string, why?: string) =>
  invalid(
    `Invalid value ${quote(value)} for parameter '${parameter}' supplied${why ? `: ${why}` : '.'}`,
  );

/** Whether a text has more characters than `limit`: Python's, those beyond 16 bits are one each. */
export const isLonger = (text: string, limit: number) =>
  text.length > limit && (text.length > 2 * limit || Array.from(text).length > limit);

/** A text's first characters. */
export const cutText = (text: string, limit: number): string =>
  isLonger(text, limit)
    ? Array.from(text.slice(0, 2 * limit))
        .slice(0, limit)
        .join('')
    : text;

/** Refuses a value of more characters than `limit`; `what` names it. */
export function checkLength(value: string | undefined, limit: number, what: string): void {
  if (value === undefined || !isLonger(value, limit)) return;
  throw invalid(`'${what}' exceeds the maximum length of ${limit} characters`);
}

/**
 * Rules for keys of metrics, params and tags (`mlflow/utils/validation.py`): plain characters, and a
 * relative path that is written in one way only, for it may become a file somewhere.
 */
export function checkName(name: string, parameter: string): void {
  if (!NAME.test(name)) {
    throw invalidValue(
      name,
      parameter,
      'Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), ' +
        'spaces ( ), colon(:) and slashes (/).',
    );
  }
  if (!PLAIN.test(name)) checkUnique(name, parameter);
}

/** Only that the name, taken for a path, means itself. */
export function checkUnique(name: string, parameter: string): void {
  const resolved = pathOf(name);
  if (resolved === name && name !== '.' && !/^(\.\.|\/)/.test(name)) return;
  throw invalidValue(
    name,
    parameter,
    'Names may be treated as files in certain cases, and must not resolve to other names when ' +
      `treated as such. This name would resolve to ${pythonQuoted(resolved)}`,
  );
}

/** The path that a name means: of slashes before it, two are two, and more are one (POSIX leaves two to the system). */
function pathOf(name: string): string {
  if (name === '') return '.';
  const path = posix.normalize(name).replace(/([\s\S])\/$/, '$1');
  return /^\/\/(?!\/)/.test(name) ? `/${path}` : path;
}
