import * as z from 'zod/mini';
import { outbox } from '../../events/outbox.ts';
import type { OperationContext } from '../../shared/context.ts';
import { ConditionFailed, transactWrite } from '../../shared/dynamo/index.ts';
import { alreadyExists } from '../../shared/errors.ts';
import { parseValue } from '../../shared/http/json-api.ts';
import { newHexId } from '../../shared/ids.ts';
import { EndpointConfigChanged } from '../events.ts';
import { logGranularity } from '../log-key.ts';
import { checkVersionsExist } from './check-versions.ts';
import { bindingsOf, describeEndpoint, type Endpoint } from './endpoint.ts';
import { toEndpointConfig } from './endpoint-config.ts';
import { checkSettings, settingsSchema, tagsSchema } from './endpoint-settings.ts';
import { bindingKey, configRow, endpointKey, platformTableName } from './endpoint-store.ts';

const createSchema = z.object({
  name: z.string().check(
    z.regex(/^[A-Za-z0-9_-]{1,63}$/, {
      message: 'may hold letters, digits, dashes and underscores, at most 63',
    }),
  ),
  config: z.unknown(),
  tags: z._default(tagsSchema, []),
  description: z.optional(z.string()),
  budget_policy_id: z.optional(z.string()),
  ...settingsSchema.shape,
});

/** Creates an endpoint; it goes live when the consumer of EndpointConfigChanged has prepared it. */
export async function createEndpoint(
  body: unknown,
  context: OperationContext,
): Promise<Record<string, unknown>> {
  const input = parseValue(body, createSchema);
  const config = toEndpointConfig(input.config ?? {});
  const settings = checkSettings(input);
  await checkVersionsExist(config);
  const now = context.clock();
  const endpoint: Endpoint = {
    name: input.name,
    id: newHexId(),
    creator: context.actor.user,
    createdAt: now,
    updatedAt: now,
    ...(input.description !== undefined && { description: input.description }),
    ...(input.budget_policy_id !== undefined && { budgetPolicyId: input.budget_policy_id }),
    tags: input.tags.map(({ key, value }) => (value === undefined ? { key } : { key, value })),
    settings,
    revision: 1,
    lastConfig: 1,
    target: 1,
    targetSince: now,
    entities: [],
    granularities: [logGranularity(config.monitor)],
  };
  const table = platformTableName();
  const changed = { endpoint: endpoint.name, config: 1, previous: null };
  try {
    await transactWrite([
      {
        put: { ...endpointKey(endpoint.name), type: 'endpoint', kind: 'endpoint', ...endpoint },
        table,
        condition: 'attribute_not_exists(pk)',
      },
      { put: configRow(endpoint, 1, config, { at: now, user: context.actor.user }), table },
      ...bindingsOf(config).map((binding) => ({
        put: { ...bindingKey(binding, endpoint.name), type: 'binding' },
        table,
      })),
      outbox(table, EndpointConfigChanged, changed, context),
    ]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    throw alreadyExists(`Endpoint '${endpoint.name}' already exists`);
  }
  const target = { number: 1, config, createdAt: now, createdBy: context.actor.user };
  return describeEndpoint(endpoint, target, undefined, 'CAN_MANAGE');
}
