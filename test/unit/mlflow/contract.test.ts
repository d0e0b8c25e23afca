import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { artifactsRoutes } from '../../../functions/artifacts/routes.ts';
import { evaluationOperations } from '../../../functions/evaluation/operations.ts';
import { evaluationRoutes } from '../../../functions/evaluation/routes.ts';
import { loggedModelOperations } from '../../../functions/logged-models/operations.ts';
import { loggedModelsRoutes } from '../../../functions/logged-models/routes.ts';
import type { FieldTable, FieldType } from '../../../functions/mlflow/index.ts';
import { NOT_IMPLEMENTED } from '../../../functions/mlflow/not-implemented.ts';
import { operations as registryOperations } from '../../../functions/registry/operations.ts';
import { registryRoutes } from '../../../functions/registry/routes.ts';
import type { Route } from '../../../functions/shared/declare.ts';
import { tracesOperations } from '../../../functions/traces/operations.ts';
import { tracesRoutes } from '../../../functions/traces/routes.ts';
import { ingestOperations } from '../../../functions/tracking/ingest-operations.ts';
import { trackingOperations } from '../../../functions/tracking/operations.ts';
import { trackingRoutes } from '../../../functions/tracking/routes.ts';
import { mlflowOperations as webhookOperations } from '../../../functions/webhooks/mlflow-operations.ts';
import { webhookRoutes } from '../../../functions/webhooks/routes.ts';

/** What `test/conformance/mlflow/contract.py` read out of the pinned release. */
interface Contract {
  readonly tag: string;
  readonly endpoints: readonly Endpoint[];
  readonly messages: Readonly<Record<string, Readonly<Record<string, WireField>>>>;
}
interface Endpoint {
  readonly rpc: string;
  readonly method: string;
  readonly path: string;
  readonly request: string;
}
interface WireField {
  readonly type: string | readonly string[] | { readonly message: string };
  readonly repeated?: true;
}

const contract = JSON.parse(
  readFileSync(new URL('../../../functions/mlflow/contract.json', import.meta.url), 'utf8'),
) as Contract;

const routes: readonly Route[] = [
  ...artifactsRoutes,
  ...evaluationRoutes,
  ...loggedModelsRoutes,
  ...registryRoutes,
  ...tracesRoutes,
  ...trackingRoutes,
  ...webhookRoutes,
];

/** Names of path parameters are each side's own; so is whether one may hold slashes. */
const shape = (method: string, path: string) => `${method} ${path.replaceAll(/\{[^}]+\}/g, '{}')}`;

const bound = new Map(routes.map((route) => [shape(route.method, route.path), route]));

const excused = ({ path }: Endpoint) =>
  NOT_IMPLEMENTED.some(({ prefix }) => path.startsWith(prefix));
const name = ({ method, path }: Endpoint) => `${method} ${path}`;

describe(`the endpoints of MLflow ${contract.tag}`, () => {
  it.each(
    contract.endpoints.filter((one) => !excused(one)).map((one) => [name(one), one] as const),
  )('%s is bound for clients and for the web interface', (_name, { method, path }) => {
    expect(bound.has(shape(method, path))).toBe(true);
    expect(bound.has(shape(method, path.replace('/api/', '/ajax-api/')))).toBe(true);
  });

  it('are not excused and bound at once', () => {
    const both = contract.endpoints.filter(
      (one) => excused(one) && bound.has(shape(one.method, one.path)),
    );
    expect(both.map(name)).toEqual([]);
  });

  it.each(NOT_IMPLEMENTED.map(({ prefix }) => [prefix]))('of %s are excused for good', (prefix) => {
    expect(contract.endpoints.some(({ path }) => path.startsWith(prefix))).toBe(true);
  });
});

const tables: Readonly<Record<string, { readonly fields: FieldTable }>> = {
  ...(tracesOperations as object),
  ...(trackingOperations as object),
  ...(ingestOperations as object),
  ...(registryOperations as object),
  ...(evaluationOperations as object),
  ...(loggedModelOperations as object),
  ...(webhookOperations as object),
};

/** A metric of an answer says whose it is; one of a request need not, the batch does. */
const UNREAD = new Set([
  'LogBatch.metrics.run_id',
  // As in MLflow, spans come by OpenTelemetry's endpoint.
  'StartTraceV3.trace.spans',
]);

/** Integers of a query that the operation reads itself: they may have more than 64 bits. */
const READ_AS_TEXT = new Set([
  'GetMetricHistoryBulkInterval.start_step',
  'GetMetricHistoryBulkInterval.end_step',
  'GetMetricHistoryBulkInterval.max_results',
]);

/** Differences of a field table from the message's definition. */
function differences(fields: FieldTable, message: string, at: string): string[] {
  const wire = contract.messages[message] ?? {};
  return Object.entries(wire).flatMap(([key, { type, repeated }]) => {
    const path = `${at}.${key}`;
    const own =
      fields[key] ??
      Object.values(fields).find(({ alias }) => alias !== undefined && alias === key);
    if (UNREAD.has(path)) return [];
    if (!own) return [`${path} is missing`];
    // A map is a list of entries to protobuf, and an object in JSON.
    if (own.type === 'map') return repeated ? [] : [`${path} is no map`];
    if (Boolean(own.repeated) !== Boolean(repeated)) return [`${path} is repeated on one side`];
    return sameType(own.type, type, path);
  });
}

function sameType(own: FieldType, wire: WireField['type'], path: string): string[] {
  if (READ_AS_TEXT.has(path)) return own === 'string' ? [] : [`${path} is no text`];
  if (typeof wire === 'string') {
    const kind = own === 'rounded64' ? 'int64' : own;
    return kind === wire ? [] : [`${path} is ${wire}`];
  }
  if ('message' in wire) {
    const { message } = wire as { message: string };
    // Well-known types have JSON of their own: texts, or anything.
    if (message.startsWith('google.protobuf.')) {
      if (own === 'timestamp' || own === 'duration') {
        return message.toLowerCase().endsWith(own) ? [] : [`${path} is ${message}`];
      }
      return own === 'string' || own === 'json' ? [] : [`${path} is ${message}`];
    }
    if (typeof own === 'object' && 'fields' in own) {
      return differences(own.fields, message, path);
    }
    return [`${path} is a message`];
  }
  // A text: the operation itself has the list, with a message of its own.
  if (own === 'string') return [];
  const names = Array.isArray(own) ? own : [];
  const missing = wire.filter((one) => !one.endsWith('_UNSPECIFIED') && !names.includes(one));
  return missing.map((one) => `${path} may be ${one}`);
}

describe('the fields', () => {
  const known = contract.endpoints.flatMap((endpoint) => {
    const route = bound.get(shape(endpoint.method, endpoint.path));
    const table = route && tables[route.operation];
    return table ? [[name(endpoint), endpoint, table.fields] as const] : [];
  });

  it('are known of most endpoints', () => expect(known.length).toBeGreaterThan(60));

  it.each(known)('of %s are those of the definition', (_name, { request }, fields) => {
    expect(differences(fields, request, request.split('.').at(-1) ?? '')).toEqual([]);
  });

  // MLflow's servers read them so, up to the first of a wrong type.
  it.each(known.filter(([, { method }]) => method === 'GET'))(
    'of a query of %s are read in the order of the definition',
    (_name, { request }, fields) => {
      const wire = Object.keys(contract.messages[request] ?? {});
      const own = Object.keys(fields).filter((key) => wire.includes(key));
      expect(own).toEqual(wire.filter((key) => own.includes(key)));
    },
  );
});
