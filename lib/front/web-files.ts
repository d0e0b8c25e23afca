import { existsSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import mime from 'mime';

/** The page itself, by its key; and what the keys of everything it asks for begin with. */
export const PAGE = 'index.html';
export const FILES = 'static-files/';

/** What `/` shows without a build of the web interface. */
export const LANDING = join(import.meta.dirname, 'landing');

/** Seconds that a browser keeps a file whose name changes with its content, as MLflow's server has it. */
const MAX_AGE_SECONDS = 2_419_200;

/** A content hash in the name, such as `main.9479d285.js`. */
const HASHED = /\.[0-9a-f]{8,}\./;

interface WebFile {
  readonly key: string;
  readonly path: string;
}

export const isWebBuild = (folder: string): boolean => existsSync(join(folder, PAGE));

/** The files of a web build with their keys, the page after everything that it asks for. */
export function webFiles(folder: string): WebFile[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ key: FILES + relative(folder, path).replaceAll(sep, '/'), path }));
  return [...files, { key: PAGE, path: join(folder, PAGE) }];
}

/** Headers of a file of the web interface, by its name. */
export const webHeaders = (path: string) => ({
  'content-type': contentType(path),
  'cache-control': HASHED.test(path) ? `public, max-age=${MAX_AGE_SECONDS}` : 'no-cache',
});

function contentType(path: string): string {
  const type = mime.getType(path) ?? 'application/octet-stream';
  return type.startsWith('text/') ? `${type}; charset=utf-8` : type;
}
