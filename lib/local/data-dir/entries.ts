import { statSync } from 'node:fs';
import { join } from 'node:path';
import { databasesIn } from './damage.ts';
import { MARK_FILE, VERSION_FILE } from './layout.ts';

const FILES = [VERSION_FILE, MARK_FILE, 'host.json', 'webhook-secrets.key'];

const FOLDERS = [
  'endpoints',
  'images',
  'logs',
  'logs/endpoints',
  'logs/training',
  's3',
  's3/objects',
  'sagemaker',
];

/** The first entry of a data directory that is a file in a folder's place or a folder in a file's, in words. */
export function misplacedEntry(dataDir: string): string | undefined {
  const folder = FOLDERS.map((name) => join(dataDir, name)).find(isFile);
  if (folder) return `${folder} is a file where a folder belongs`;
  const files = [...FILES.map((name) => join(dataDir, name)), ...databasesIn(dataDir)];
  const file = files.find(isFolder);
  return file && `${file} is a folder where a file belongs`;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
