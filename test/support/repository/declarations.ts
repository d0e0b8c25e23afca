import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { EventDefinition } from '../../../functions/events/define.ts';
import type {
  FunctionDeclaration,
  GatewayRoute,
  Route,
  TableDeclaration,
} from '../../../functions/shared/declare.ts';
import { ROOT } from '../../../lib/build/paths.ts';

interface Declared<T> {
  /** Folder below `functions/`. */
  readonly domain: string;
  /** Name of the declaration, or of the export that holds it. */
  readonly name: string;
  readonly value: T;
}

const FUNCTIONS = join(ROOT, 'functions');

/** Folders below `functions/`, whether or not they are finished. */
export const folders = (): string[] =>
  readdirSync(FUNCTIONS, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();

/** Every export of the declaration files of one kind. */
async function exportsOf(kind: string): Promise<Declared<unknown>[]> {
  const found: Declared<unknown>[] = [];
  for (const domain of folders()) {
    const file = join(FUNCTIONS, domain, kind);
    if (!existsSync(file)) continue;
    const module = (await import(file)) as Record<string, unknown>;
    for (const [name, value] of Object.entries(module)) found.push({ domain, name, value });
  }
  return found;
}

const has = (value: unknown, ...keys: string[]): boolean =>
  typeof value === 'object' && value !== null && keys.every((key) => Object.hasOwn(value, key));

export async function declaredEvents(): Promise<Declared<EventDefinition>[]> {
  const all = await exportsOf('events.ts');
  return all.filter((entry): entry is Declared<EventDefinition> =>
    has(entry.value, 'source', 'type', 'schema', 'sample'),
  );
}

export async function declaredTables(): Promise<Declared<TableDeclaration>[]> {
  const all = await exportsOf('table.ts');
  return all.filter((entry): entry is Declared<TableDeclaration> =>
    has(entry.value, 'name', 'indexes', 'patterns'),
  );
}

export async function declaredFunctions(): Promise<Declared<FunctionDeclaration>[]> {
  const all = await exportsOf('env.ts');
  return all.flatMap(({ domain, value }) =>
    Object.entries((value ?? {}) as Record<string, FunctionDeclaration>)
      .filter(([, declaration]) => has(declaration, 'entry', 'environment'))
      .map(([name, declaration]) => ({ domain, name, value: declaration })),
  );
}

export async function declaredRoutes(): Promise<Declared<Route>[]> {
  return rows<Route>(await exportsOf('routes.ts'), 'operation', 'method', 'path', 'fn');
}

export async function declaredGatewayRoutes(): Promise<Declared<GatewayRoute>[]> {
  return rows<GatewayRoute>(await exportsOf('routes.ts'), 'fn', 'key');
}

function rows<T>(all: readonly Declared<unknown>[], ...keys: string[]): Declared<T>[] {
  return all.flatMap(({ domain, name, value }) =>
    (Array.isArray(value) ? value : [])
      .filter((row) => has(row, ...keys))
      .map((row: T) => ({ domain, name, value: row })),
  );
}
