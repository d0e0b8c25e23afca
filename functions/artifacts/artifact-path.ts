import { invalid } from '../shared/errors.ts';

/** Characters that end a path or turn a relative one into another place. */
const FORBIDDEN = /[\p{Cc}\\#]/u;

/**
 * Checks a path that a client gave, also as it reads after (repeated) percent-decoding, and returns the
 * one way to write it: keys of a bucket that a file system takes for one file would be several. Throws
 * MLflow's "Invalid path".
 */
export function checkArtifactPath(path: string): string {
  let decoded = path;
  for (let round = 0; round < 5; round++) {
    const unsafe =
      decoded.startsWith('/') ||
      /^([a-zA-Z]:\/|file:)/i.test(decoded) ||
      decoded.split('/').includes('..') ||
      FORBIDDEN.test(decoded);
    if (unsafe) throw invalid('Invalid path');
    const next = decodeOnce(decoded);
    if (next === decoded) return canonical(path);
    decoded = next;
  }
  throw invalid('Invalid path');
}

const canonical = (path: string): string =>
  path
    .split('/')
    .filter((name) => name !== '' && name !== '.')
    .join('/');

function decodeOnce(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
