import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { EITHER_API, type Route } from '../../functions/shared/declare.ts';
import { allFunctions, allRoutes } from '../domains.ts';
import { ROOT } from './paths.ts';

/** Rows of the page: endpoint, function, and the file with its operation. */
export function endpointRows(): string[][] {
  const lines = allRoutes.map((route) => [
    `\`${route.method} ${withEitherApi(route.path)}\``,
    `\`${route.fn}\``,
    `\`${fileOf(route)}\``,
  ]);
  const byEndpoint = new Map(lines.map((line) => [line[0], line]));
  return [...byEndpoint.values()];
}

const paths = new Set<string>(allRoutes.map(({ path }) => path));

/** `/api` and its alias are one endpoint. */
function withEitherApi(path: string): string {
  const rest = /^\/(?:ajax-)?api(\/.*)$/.exec(path)?.[1];
  const both = rest && paths.has(`/api${rest}`) && paths.has(`/ajax-api${rest}`);
  return both ? EITHER_API + rest : path;
}

/**
 * The file that an operation is looked for in: the one that has its name, else the one that exports it,
 * else the one that binds it. Throws when there is none.
 */
function fileOf({ operation, fn }: Route): string {
  const folder = domainOf(fn);
  const files = filesOf(folder);
  const found =
    files.find(({ path }) => basename(path) === `${kebab(operation)}.ts`) ??
    files.find(({ text }) => exportOf(operation).test(text)) ??
    files.find(({ path, text }) => BINDS.test(path) && bindingOf(operation).test(text)) ??
    files.find(({ text }) => bindingOf(operation).test(text));
  if (!found) throw new Error(`No file in ${folder} has the operation ${operation}`);
  return found.path;
}

/** `functions/registry` of the function whose entry is there. */
const domainOf = (fn: string) => (allFunctions[fn]?.entry ?? '').split('/').slice(0, 2).join('/');

const kebab = (name: string) => name.replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase();

/** Files that bind operations to routes; others may name them for other ends. */
const BINDS = /(\/operations|\.lambda)\.ts$/;

const exportOf = (operation: string) =>
  new RegExp(`^export (?:const|(?:async )?function) ${operation}\\b`, 'm');

const bindingOf = (operation: string) => new RegExp(`^ +(?:async )?${operation}\\b[:,(]`, 'm');

interface SourceFile {
  readonly path: string;
  readonly text: string;
}

const folders = new Map<string, readonly SourceFile[]>();

/** Sources of a domain that may have operations: neither declarations nor access to data. */
function filesOf(folder: string): readonly SourceFile[] {
  const known = folders.get(folder);
  if (known) return known;
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !/(^|\/)routes\.ts$|-store\.ts$/.test(name))
    .sort()
    .map((name) => ({
      path: `${folder}/${name}`,
      text: readFileSync(join(ROOT, folder, name), 'utf8'),
    }));
  folders.set(folder, files);
  return files;
}
