import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Mount } from './s3/mounted-index.ts';
import { UsageError } from './usage-error.ts';

/** Where artifacts are kept, in the words of `mlflow server`. */
export interface ArtifactOptions {
  /** Address below which new experiments keep their artifacts; a scheme that clients know. */
  readonly defaultArtifactRoot?: string;
  /** Folder of what goes through the artifact proxy. */
  readonly artifactsDestination?: string;
}

/** `--default-artifact-root`: an address as it is, a path as a `file://` address. */
export function artifactRoot(text: string): string {
  if (/[#?;]/.test(text)) throw new UsageError(`--default-artifact-root must not hold # ? or ;`);
  if (!/^[a-z][a-z0-9+.-]*:/i.test(text)) return pathToFileURL(resolve(text)).href;
  if (/^file:/i.test(text)) folderOf(text, '--default-artifact-root');
  return text.replace(/(?<=[^/:])\/+$/, '');
}

/** `--artifacts-destination`: a folder of this machine. */
export function artifactsDestination(text: string): string {
  if (/^file:/i.test(text)) return folderOf(text, '--artifacts-destination');
  if (/^[a-z][a-z0-9+.-]+:/i.test(text)) {
    throw new UsageError(`--artifacts-destination must be a folder of this machine, not '${text}'`);
  }
  return resolve(text.replace(/^~(?=\/|$)/, homedir()));
}

/**
 * The folders that stand for parts of the bucket: what the proxy stores, and what clients write below
 * a `file://` root by themselves.
 */
export function artifactMounts(options: ArtifactOptions): Mount[] {
  const mounts: Mount[] = [];
  const { defaultArtifactRoot: root, artifactsDestination: folder } = options;
  if (folder !== undefined) mounts.push({ prefix: 'mlflow-artifacts/', folder });
  if (root !== undefined && /^file:/i.test(root)) {
    const path = folderOf(root, '--default-artifact-root');
    mounts.push({ prefix: join('files', path, '/'), folder: path });
  }
  return mounts;
}

function folderOf(uri: string, flag: string): string {
  try {
    const path = fileURLToPath(uri);
    if (isAbsolute(path)) return path;
  } catch {
    // Said below.
  }
  throw new UsageError(`${flag} must name an absolute path, not '${uri}'`);
}
