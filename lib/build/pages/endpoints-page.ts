import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, posix } from 'node:path';
import { EITHER_API, type Route } from '../../../functions/shared/declare.ts';
import { allFunctions, allRoutes } from '../../domains.ts';
import { ROOT } from '../paths.ts';

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
 * else the one of the function that it is bound to, else the one that binds it. Throws when there is none.
 */
function fileOf({ operation, fn }: Route): string {
  const folder = domainOf(fn);
  const files = filesOf(folder);
  const found =
    files.find(({ path }) => basename(path) === `${kebab(operation)}.ts`) ??
    files.find(({ text }) => exportOf(operation).test(text));
  if (found) return found.path;
  const binding = files.find(
    ({ path, text }) => BINDS.test(path) && bindingOf(operation).test(text),
  );
  if (!binding) throw new Error(`No file in ${folder} has the operation ${operation}`);
  return boundFile(binding, operation) ?? binding.path;
}

/** The file of the function that a binding calls; of several the one that is named as its function is. */
function boundFile({ path, text }: SourceFile, operation: string): string | undefined {
  const binding = bindingOf(operation).exec(text)?.[0] ?? '';
  const called = importsOf(text).filter(
    ({ name, from }) => !HELPERS.test(from) && new RegExp(`\\b${name}\\b`).test(binding),
  );
  const found = called.find(({ name, from }) => from.endsWith(`/${kebab(name)}.ts`)) ?? called[0];
  return found && posix.join(posix.dirname(path), found.from);
}

/** Functions that a file imports from its own domain, in the order of their files. */
const importsOf = (text: string) =>
  [...text.matchAll(/^import \{([^}]*)\} from '(\.[^']*)';/gm)].flatMap(
    ([, names = '', from = '']) =>
      names
        .split(',')
        .map((name) => name.trim())
        .filter((name) => /^[a-z]\w*$/.test(name))
        .map((name) => ({ name, from })),
  );

/** What operations are written with; what they do is elsewhere. */
const HELPERS =
  /^(\.\.\/)+(mlflow|shared|events)\/|-store\.ts$|\/(wire|fields|permissions?|model-version|batch)\.ts$/;

/** `functions/registry` of the function whose entry is there. */
const domainOf = (fn: string) => (allFunctions[fn]?.entry ?? '').split('/').slice(0, 2).join('/');

const kebab = (name: string) => name.replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase();

/** Files that bind operations to routes; others may name them for other ends. */
const BINDS = /(?<!\/guard-)(operations|\.lambda)\.ts$/;

const exportOf = (operation: string) =>
  new RegExp(`^export (?:const|(?:async )?function) ${operation}\\b`, 'm');

/** A member of a table of operations, to its end. */
const bindingOf = (operation: string) =>
  new RegExp(`^( +)(?:async )?${operation}\\b[:,(][^]*?\\n(?!\\1 |\\1[)}\\]])`, 'm');

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
