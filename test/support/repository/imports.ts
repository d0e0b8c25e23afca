import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { ROOT } from '../../../lib/build/paths.ts';

export interface Import {
  /** The importing file, from the repository's root. */
  readonly file: string;
  /** What is imported: a path from the root for a relative specifier, else the package's name. */
  readonly target: string;
}

/** Static, re-exporting, side-effect and dynamic imports with a literal specifier. */
const IMPORT = /(?:\bfrom\s*|\bimport\s*\(\s*|^\s*import\s*)(['"])([^'"\n]+)\1/gm;

/** Hand-written TypeScript files below a folder, from the repository's root, sorted. */
export function sourceFiles(folder: string): string[] {
  const path = join(ROOT, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /(?<!\.gen)\.ts$/.test(entry.name))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .filter((file) => !file.split('/').includes('node_modules'))
    .sort();
}

export const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

/** The text without comments that fill whole lines, so that a rule does not trip over an explanation. */
export function codeOf(text: string): string {
  return text.replaceAll(/^[ \t]*\/\*[\s\S]*?\*\//gm, '').replaceAll(/^[ \t]*\/\/.*$/gm, '');
}

/** Imports written in a text, as if it stood in `file`. */
export function importsOfText(file: string, text: string): Import[] {
  return [...codeOf(text).matchAll(IMPORT)].map((match) => {
    const specifier = match[2] ?? '';
    const target = specifier.startsWith('.')
      ? relative(ROOT, resolve(ROOT, dirname(file), specifier))
      : specifier;
    return { file, target };
  });
}

export const importsOf = (file: string): Import[] => importsOfText(file, read(file));
