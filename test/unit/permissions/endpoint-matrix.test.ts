import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Endpoint } from '../../../functions/serving/endpoints/endpoint.ts';
import { configRow, endpointKey } from '../../../functions/serving/endpoints/endpoint-store.ts';
import { servingOperations } from '../../../functions/serving/operations.ts';
import type { Actor } from '../../../functions/shared/actor.ts';
import { writeOne } from '../../../functions/shared/dynamo/index.ts';
import type { JsonOperation } from '../../../functions/shared/http/json-api.ts';
import { aContext } from '../../support/context.ts';
import { startDynamo, type TestDynamo } from '../../support/dynamo.ts';
import { ENDPOINT_DECISIONS, type EndpointDecision } from './endpoint-decisions.ts';

vi.setConfig({ testTimeout: 60_000 });

const LEVELS = ['CAN_VIEW', 'CAN_QUERY', 'CAN_MANAGE'] as const;

const inGroups = (user: string, ...groups: string[]): Actor => ({ user, groups });

/** Everybody there is, with the level that they have on the endpoint (-1: none). */
const ROLES: readonly (Actor & { readonly level: number })[] = [
  { ...inGroups('stranger', 'users'), level: -1 },
  ...LEVELS.map((level, i) => ({ ...inGroups(level, 'users'), level: i })),
  { ...inGroups('creator', 'users'), level: 2 },
  // Its list gives it everything; a program queries at most.
  { ...inGroups('program', 'users', 'programs'), level: 1 },
  { ...inGroups('admin', 'admins', 'users'), level: 2 },
];

function isAllowed(decision: EndpointDecision, { groups, level }: (typeof ROLES)[number]) {
  const [needed = '', orProgram] = decision.split(' or a ');
  if (orProgram && groups.includes('programs')) return true;
  return decision === 'anyone' || level >= LEVELS.indexOf(needed as (typeof LEVELS)[number]);
}

let dynamo: TestDynamo;
beforeAll(async () => {
  dynamo = await startDynamo();
});
afterAll(() => dynamo.stop());

const CONFIG = { served_entities: [{ name: 'main', entity_name: 'm', entity_version: '1' }] };

/** An endpoint with a list, on which no version answers. */
async function guardedEndpoint(name: string): Promise<void> {
  const entries = [
    ...LEVELS.map((level) => [level, level] as const),
    ['program', 'CAN_MANAGE'] as const,
  ];
  const endpoint: Endpoint = {
    name,
    id: `id-${name}`,
    creator: 'creator',
    createdAt: 0,
    updatedAt: 0,
    tags: [],
    accessControl: entries.map(([user_name, permission_level]) => ({
      user_name,
      permission_level,
    })),
    revision: 1,
    lastConfig: 2,
    target: 2,
    targetSince: 0,
    entities: [],
    granularities: [],
  };
  const put = { ...endpointKey(name), type: 'endpoint', kind: 'endpoint', ...endpoint };
  await writeOne({ table: 'platform', put });
  for (const number of [1, 2]) {
    const config = { ...CONFIG, traffic_config: { routes: [] } } as never;
    const by = { at: 0, user: 'creator' };
    await writeOne({ table: 'platform', put: configRow(endpoint, number, config, by) });
  }
}

const BODIES: Readonly<Record<string, object>> = {
  createRollout: { version: '2' },
  updateEndpointConfig: CONFIG,
  patchTags: { add_tags: [{ key: 'k' }] },
  setPermissions: { access_control_list: [] },
  updatePermissions: { access_control_list: [] },
};

/** The code of the refusal, if it was refused; what else becomes of it is for other tests. */
async function ask(operation: string, name: string, actor: Actor): Promise<string> {
  const run: JsonOperation = servingOperations[operation as keyof typeof servingOperations];
  const params = {
    name,
    id: /Permission/.test(operation) ? `id-${name}` : 'r-1',
    served_model: 'main',
  };
  const request = { params, query: {}, headers: {}, body: JSON.stringify(BODIES[operation] ?? {}) };
  try {
    await run(request as never, aContext({ actor }));
  } catch (error) {
    return String((error as { code?: string }).code ?? error);
  }
  return 'OK';
}

describe.each(Object.entries(ENDPOINT_DECISIONS))('%s', (operation, decision) => {
  it(`is for: ${decision}`, async () => {
    for (const role of ROLES) {
      const name = `${operation}-${role.user}`.toLowerCase().replace('_', '-');
      await guardedEndpoint(name);
      const refused = (await ask(operation, name, role)) === 'PERMISSION_DENIED';
      expect([role.user, refused]).toEqual([role.user, !isAllowed(decision, role)]);
    }
  });
});
