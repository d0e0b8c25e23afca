import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { isImage, type Route } from '../../functions/shared/declare.ts';
import { ROOT } from '../../lib/build/paths.ts';
import { RouteTable } from '../../lib/local/gateway/route-table.ts';
import {
  declaredEvents,
  declaredFunctions,
  declaredGatewayRoutes,
  declaredRoutes,
  declaredTables,
} from '../support/repository/declarations.ts';
import { read, sourceFiles } from '../support/repository/imports.ts';

const events = await declaredEvents();
const functions = await declaredFunctions();
const tables = await declaredTables();
const routes = await declaredRoutes();
const gatewayRoutes = await declaredGatewayRoutes();

const duplicates = (names: readonly string[]) =>
  names.filter((name, index) => names.indexOf(name) !== index);

describe('an event', () => {
  it('is declared by several domains', () => {
    expect(new Set(events.map((event) => event.domain)).size).toBeGreaterThanOrEqual(3);
  });

  it('has a type of its own', () => {
    expect(duplicates(events.map(({ value }) => value.type))).toEqual([]);
  });

  for (const { domain, name, value } of events) {
    it(`${value.type} is a fact of ${domain} with a schema file and a valid sample`, () => {
      const schemaFile = join(
        ROOT,
        `functions/events/schemas/${value.type}.v${value.version}.json`,
      );
      expect(name).toBe(value.type);
      expect(value.source).toBe(`slipway.${domain}`);
      expect(value.type).toMatch(/^([A-Z][a-z]+)+$/);
      expect(z.safeParse(value.schema, value.sample).error).toBeUndefined();
      expect(value.subject(value.sample)).toMatch(/^[a-z]+:.+/);
      expect(value.text(value.sample)).not.toBe('');
      expect(existsSync(schemaFile), schemaFile).toBe(true);
    });
  }
});

describe('a table', () => {
  it('is declared once', () => {
    expect(tables.length).toBeGreaterThanOrEqual(2);
    expect(duplicates(tables.map(({ value }) => value.name))).toEqual([]);
  });

  for (const { value } of tables) {
    it(`${value.name} has an index for every pattern and a pattern for every index`, () => {
      const used = Object.values(value.patterns).flatMap(({ index }) => (index ? [index] : []));
      expect([...new Set(used)].sort()).toEqual(Object.keys(value.indexes).sort());
    });

    it(`${value.name} names for every pattern an operation that exists`, () => {
      const files = sourceFiles('functions').filter((file) => !file.endsWith('/table.ts'));
      const text = files.map(read).join('\n');
      const missing = Object.entries(value.patterns).filter(
        ([, { by }]) => !new RegExp(`\\b(function\\*?|const) ${by}\\b`).test(text),
      );
      expect(missing.map(([pattern, { by }]) => `${pattern}: ${by}`)).toEqual([]);
    });
  }
});

describe('a function', () => {
  it('has a name of its own', () => {
    expect(duplicates(functions.map(({ name }) => name))).toEqual([]);
  });

  it('is the only one with its entry point, and every entry point is a function', () => {
    const entries = sourceFiles('functions').filter((file) => file.endsWith('.lambda.ts'));
    const bundled = functions.filter(({ value }) => !isImage(value.entry));
    expect(bundled.map(({ value }) => value.entry).sort()).toEqual(entries);
  });

  it('has a container image that exists, or none', () => {
    const images = functions.flatMap(({ value }) => (isImage(value.entry) ? [value.entry] : []));
    expect(images.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });

  it('reacts to events that are declared', () => {
    const types = new Set(events.map(({ value }) => value.type));
    const unknown = functions.flatMap(({ name, value }) =>
      (value.triggers ?? [])
        .flatMap((trigger) => ('events' in trigger ? trigger.events : []))
        .filter((type) => !types.has(type))
        .map((type) => `${name}: ${type}`),
    );
    expect(unknown).toEqual([]);
  });

  it('reads streams of tables that have one', () => {
    const streaming = new Set(tables.filter(({ value }) => value.stream).map((t) => t.value.name));
    const unknown = functions.flatMap(({ name, value }) =>
      (value.triggers ?? [])
        .flatMap((trigger) => ('stream' in trigger ? [trigger.stream] : []))
        .filter((table) => !streaming.has(table))
        .map((table) => `${name}: ${table}`),
    );
    expect(unknown).toEqual([]);
  });

  it('is bound to tables, functions and state machines that exist', () => {
    const known = {
      table: new Set<string>(tables.map(({ value }) => value.name)),
      function: new Set(functions.map(({ name }) => name)),
    };
    const unknown = functions.flatMap(({ name, value }) =>
      Object.entries(value.environment)
        .filter(([, binding]) => {
          if ('table' in binding) return !known.table.has(binding.table);
          if ('function' in binding) return !known.function.has(binding.function);
          if (!('stateMachine' in binding)) return false;
          return !existsSync(join(ROOT, `statemachines/${binding.stateMachine}.asl.json`));
        })
        .map(([variable]) => `${name}: ${variable}`),
    );
    expect(unknown).toEqual([]);
  });
});

describe('a route', () => {
  const gateway = new RouteTable();
  for (const { value } of gatewayRoutes) gateway.add({ key: value.key, integrationId: value.fn });
  const names = new Set(functions.map(({ name }) => name));

  /** A path that a caller could send. */
  const sample = (route: Route) =>
    route.path.replaceAll(/\{\w+\+\}/g, 'some/where').replaceAll(/\{\w+\}/g, 'some-name');
  const shown = ({ method, path, fn }: Route) => `${method} ${path} (${fn})`;

  it('is declared once', () => {
    expect(routes.length).toBeGreaterThan(10);
    expect(duplicates(routes.map(({ value }) => `${value.method} ${value.path}`))).toEqual([]);
    expect(duplicates(gatewayRoutes.map(({ value }) => value.key))).toEqual([]);
  });

  it('is hosted by a function that is declared', () => {
    const unknown = [...routes, ...gatewayRoutes].filter(({ value }) => !names.has(value.fn));
    expect(unknown.map(({ value }) => JSON.stringify(value))).toEqual([]);
  });

  it('is led to its function by the most specific route key', () => {
    const astray = routes.filter(
      ({ value }) => gateway.match(value.method, sample(value))?.route.integrationId !== value.fn,
    );
    expect(astray.map(({ value }) => shown(value))).toEqual([]);
  });

  it('is open to everybody only where this list says so', () => {
    const open = routes.filter(({ value }) => value.open).map(({ value }) => shown(value));
    // Links of approvals carry their own signed token.
    const answer = '/api/slipway/v1/approvals/{id}/answer';
    expect(open.sort()).toEqual([
      `GET ${answer} (approvals)`,
      'GET /health (tracking)',
      'GET /version (tracking)',
      `POST ${answer} (approvals)`,
    ]);
    const openKeys = gatewayRoutes.filter(({ value }) => value.open).map(({ value }) => value.key);
    expect(openKeys.sort()).toEqual([
      `GET ${answer}`,
      'GET /health',
      'GET /version',
      `POST ${answer}`,
    ]);
  });

  it('belongs to every function that the gateway reaches', () => {
    const hosting = new Set(routes.map(({ value }) => value.fn));
    const idle = gatewayRoutes.filter(({ value }) => !hosting.has(value.fn));
    expect(idle.map(({ value }) => value.key)).toEqual([]);
  });
});
