import { posix } from 'node:path';
import { invalid } from '../../shared/errors.ts';

/** An address as Python's `urlparse` splits it: control characters before it and line breaks in it are ignored. */
function parted(address: string): { readonly scheme: string; readonly path: string } {
  const plain = address.replace(/^[\0-\x20]+/, '').replaceAll(/[\t\r\n]/g, '');
  const [, scheme = '', rest = ''] = /^(?:([a-z][a-z0-9+.-]*):)?(.*)$/is.exec(plain) ?? [];
  const [, whole = ''] = /^(?:\/\/[^/?#]*)?([^?#]*)/.exec(rest) ?? [];
  const path = WITH_PARAMS.test(scheme) ? whole.replace(/;[^/]*$/, '') : whole;
  return { scheme: scheme.toLowerCase(), path };
}

/** Schemes, the empty one included, whose paths may end in parameters. */
const WITH_PARAMS = /^(?:https?|s?ftp|shttp|rtsp[su]?|sips?|mms|tel|imap|hdl|prospero|)$/i;

/** A path, with or without `file:`; anything else begins with the scheme of its store. */
export const isLocal = (source: string): boolean => /^(?:file)?$/.test(parted(source).scheme);

const ADVICE =
  'If supplying a source as an http, https, local file path, ftp, objectstore, or mlflow-artifacts uri, an absolute path must be provided without relative path references present. Please provide an absolute path.';

/**
 * Refuses a source in a store that could leave it: relative parts, also percent-encoded, NUL, and a store without a
 * path in it (MLflow's `_validate_non_local_source_contains_relative_paths`).
 */
export function checkRemoteSource(source: string): void {
  const decoded = fullyDecoded(source);
  const path = parted(decoded).path.replaceAll(/\/+/g, '/').replace(/\/$/, '');
  const isUp = path.includes('\0') || decoded.split('/').includes('..');
  const steps = path.split('/').slice(1);
  if (!isUp && path.startsWith('/') && !steps.some((step) => step === '.' || step === '..')) return;
  throw invalid(`Invalid model version source: '${source}'. ${ADVICE}`);
}

/**
 * Refuses local paths that are not below `folder`, where the version's own run or logged model keeps its files
 * (MLflow's `_validate_source_run` and `_validate_source_model`); `id` is the field that would name these.
 */
export function checkLocalSource(
  source: string,
  folder: string | undefined,
  id: 'run_id' | 'model_id',
): void {
  const isInside = folder !== undefined && isLocal(folder) && isBelow(source, folder);
  if (isInside && !fullyDecoded(source).includes('\0')) return;
  throw invalid(
    `Invalid model version source: '${source}'. To use a local path as a model version source, the ${id} request parameter has to be specified and the local path has to be contained within the artifact directory of the run specified by the ${id}.`,
  );
}

/** A prompt has no files: its source may be any text that names no file here. */
export function checkPromptSource(source: string): void {
  const { scheme } = parted(source);
  if (scheme === 'file' || (scheme === '' && source.startsWith('/'))) {
    throw invalid(
      `Invalid prompt source: '${source}'. Local source paths are not allowed for prompts.`,
    );
  }
  if (scheme !== '') checkRemoteSource(source);
}

const isBelow = (path: string, folder: string) =>
  `${localPath(path)}/`.startsWith(`${localPath(folder)}/`);

/** `file:///a/b/`, `file:/a/b`, `/a/b` and `/a/b/c/..` are the same. */
const localPath = (address: string) =>
  posix
    .normalize(fullyDecoded(address, false).replace(/^file:(\/\/(localhost)?(?=\/))?/i, ''))
    .replace(/\/$/, '');

/**
 * Percent-decodes until nothing changes; each round makes the text shorter. What is no valid code stays.
 * `plus`: a plus is a blank. No scheme has one.
 */
function fullyDecoded(text: string, plus = true): string {
  let decoded = text;
  for (;;) {
    const blank = plus ? decoded.replaceAll('+', ' ') : decoded;
    const next = blank.replaceAll(/(?:%[\da-f]{2})+/gi, (codes) =>
      Buffer.from(codes.replaceAll('%', ''), 'hex').toString('utf8'),
    );
    if (next === decoded) return decoded;
    decoded = next;
  }
}
