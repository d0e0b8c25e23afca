import { invalid } from '../shared/errors.ts';

/** Rounds of percent-decoding after which MLflow gives up. */
const MAX_ROUNDS = 10;

/**
 * Checks a path that a client gave and returns the one way to write it, which is MLflow's
 * (`validate_path_is_safe`): percent-decoded until nothing changes, control characters escaped, without
 * empty names and dots: keys of a bucket that a file system takes for one file would be several. Throws
 * MLflow's "Invalid path", also for backslashes, which other machines take for slashes.
 */
export const checkArtifactPath = (path: string): string =>
  namesOf(safePath(path)).filter(isName).join('/');

/** As `checkArtifactPath` for what is stored beside a run: its folder is written in that way, and it has a name. */
export function checkUploadPath(path: string): string {
  // Slashes between folder and name are one.
  const names = namesOf(safePath(path).replace(/\/+(?=[^/]*$)/, '/'));
  if (!names.every(isName)) throw invalid('Invalid path');
  return names.join('/');
}

const namesOf = (path: string) => path.split('/');
const isName = (name: string) => name !== '' && name !== '.';

function safePath(path: string): string {
  const decoded = decodeFully(path).replaceAll(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is escaped.
    /[\u0000-\u001f\u007f]/g,
    (one) => `%${one.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
  const unsafe =
    decoded.startsWith('/') ||
    /^([a-z]:\/|file:)/i.test(decoded) ||
    namesOf(decoded).includes('..') ||
    /[\\#]/.test(decoded);
  if (unsafe) throw invalid('Invalid path');
  return decoded;
}

function decodeFully(path: string): string {
  let decoded = path;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const next = asUrl(unquote(decoded));
    if (next === decoded) return decoded;
    decoded = next;
  }
  throw invalid('Invalid path');
}

/** Sequences that are no UTF-8 become U+FFFD; a lone percent sign stays. */
const unquote = (text: string): string =>
  text.replaceAll(/(?:%[0-9a-f]{2})+/gi, (run) =>
    Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'),
  );

/**
 * What Python's `urlparse` leaves of a text when it is put together again: blanks before it, tabs and line
 * ends, and the marks of a query, a fragment or parameters without any are lost.
 */
function asUrl(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: blanks of WHATWG's definition of a URL.
  const url = text.replace(/^[\u0000-\u0020]+/, '').replaceAll(/[\t\r\n]/g, '');
  const [, beforeFragment = '', fragment = ''] = /^([^#]*)#?(.*)$/s.exec(url) ?? [];
  const [, path = '', query = ''] = /^([^?]*)\??(.*)$/s.exec(beforeFragment) ?? [];
  return path.replace(/;$/, '') + (query && `?${query}`) + (fragment && `#${fragment}`);
}
