import { posix } from 'node:path';
import { invalid } from '../../shared/errors.ts';

/** A path, with or without `file:`; anything else begins with the scheme of its store. */
export const isLocal = (source: string): boolean => !/^(?!file:)[a-z][a-z0-9+.-]*:/i.test(source);

export const isRelative = (source: string): boolean =>
  isLocal(source) && !/^(file:|\/)/i.test(source);

/** What Python's `urlparse` calls the path. */
const URL_PATH = /^(?:[a-z][a-z0-9.-]*:)?(?:\/\/[^/?#]*)?([^?#]*)/i;

/**
 * Refuses sources that could leave their store: relative parts, also percent-encoded, NUL, and a store without a path in it; of
 * local paths those that are not below `folder`, where the version's own run or logged model keeps
 * its files (MLflow's `_validate_source_run` and `_validate_source_model`).
 */
export function checkSource(source: string, folder: string | undefined): void {
  const inFolder = folder !== undefined && isLocal(folder) && isBelow(source, folder);
  if (isLocal(source) && !inFolder) {
    throw invalid(
      `Invalid model version source: '${source}'. To use a local path as a model version source, the run_id request parameter has to be specified and the local path has to be contained within the artifact directory of the run specified by the run_id.`,
    );
  }
  const decoded = fullyDecoded(source);
  // Resolved, it is still where the run's own files are.
  if (inFolder && !decoded.includes('\0')) return;
  // Python's `unquote_plus` makes a blank of a plus, which no scheme has.
  const [, path = ''] = URL_PATH.exec(decoded.replaceAll('+', ' ')) ?? [];
  const parts = decoded.split(/[\\/]/);
  const isAbsolute = /^\/+[^/]/.test(path);
  if (decoded.includes('\0') || parts.includes('.') || parts.includes('..') || !isAbsolute) {
    throw invalid(
      `Invalid model version source: '${source}'. If supplying a source as an http, https, local file path, ftp, objectstore, or mlflow-artifacts uri, an absolute path must be provided without relative path references present. Please provide an absolute path.`,
    );
  }
}

const isBelow = (path: string, folder: string) =>
  `${localPath(path)}/`.startsWith(`${localPath(folder)}/`);

/** `file:///a/b/`, `file:/a/b`, `/a/b` and `/a/b/c/..` are the same. */
const localPath = (address: string) =>
  posix
    .normalize(fullyDecoded(address).replace(/^file:(\/\/(localhost)?(?=\/))?/i, ''))
    .replace(/\/$/, '');

/** Decoded as often as there is something to decode, what is no code left as it is: each round makes it shorter. */
function fullyDecoded(text: string): string {
  let decoded = text;
  for (;;) {
    const next = decoded.replaceAll(/(?:%[\da-f]{2})+/gi, (codes) =>
      Buffer.from(codes.replaceAll('%', ''), 'hex').toString('utf8'),
    );
    if (next === decoded) return decoded;
    decoded = next;
  }
}
