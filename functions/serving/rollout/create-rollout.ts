import * as z from 'zod/mini';
import { getModelVersion } from '../../registry/index.ts';
import type { OperationContext } from '../../shared/context.ts';
import { ConditionFailed } from '../../shared/dynamo/index.ts';
import { conflict, invalid, notFound } from '../../shared/errors.ts';
import { parseValue } from '../../shared/http/json-api.ts';
import { newId } from '../../shared/ids.ts';
import { getConfig, getLive } from '../endpoints/endpoint-store.ts';
import { existingEndpoint } from '../endpoints/get-endpoint.ts';
import { reconcileEndpoint } from '../endpoints/reconcile-endpoint.ts';
import { requirePermission } from '../endpoints/require-permission.ts';
import { describeEvidence } from './evidence.ts';
import { existingRollout } from './find-rollout.ts';
import { type ActiveRollout, describeRollout } from './rollout.ts';
import { saveStart } from './rollout-store.ts';
import { startWrites } from './rollout-writes.ts';
import { checkStrategy, rolloutSchema } from './strategy.ts';

const createSchema = z.strictObject({
  /** Needed when the endpoint has several entities with traffic. */
  served_entity_name: z.optional(z.string()),
  version: z.pipe(z.coerce.string(), z.string().check(z.regex(/^[1-9]\d{0,7}$/))),
  /** By default the configuration's. */
  rollout: z.optional(rolloutSchema),
});

/**
 * Begins to roll out a version beside the one that is served. The alias or the configuration follow
 * when it is promoted. Throws RESOURCE_CONFLICT while another rollout of the entity runs.
 */
export async function createRollout(
  name: string,
  body: unknown,
  context: OperationContext,
): Promise<Record<string, unknown>> {
  const input = parseValue(body, createSchema);
  const endpoint = await existingEndpoint(name);
  requirePermission(name, endpoint, context.actor, 'CAN_MANAGE');
  const live = await getLive(name);
  const wanted = await getConfig(endpoint, endpoint.target);
  if (!live || !wanted || endpoint.served !== endpoint.target) {
    throw conflict(`Endpoint '${name}' is being changed: a rollout needs a version that is served`);
  }
  const given = input.rollout ? checkStrategy(input.rollout) : wanted.config.rollout;
  if (!given) throw invalid('rollout: neither the request nor the configuration says how');
  const serving = live.entities.filter(({ arm, weight }) => !arm && weight > 0);
  const entity = input.served_entity_name
    ? serving.find((one) => one.name === input.served_entity_name)
    : serving.length === 1
      ? serving[0]
      : undefined;
  if (!entity) {
    const names = serving.map((one) => one.name).join(', ');
    throw invalid(`served_entity_name must be one of those with traffic and no rollout: ${names}`);
  }
  const { model, version: from } = entity;
  const to = input.version;
  if (from === to) throw invalid(`Version ${to} of '${model}' is served already`);
  if (!(await getModelVersion(model, to))) throw notFound(`Model '${model}' has no version ${to}`);
  const active: ActiveRollout = {
    id: newId(),
    entity: entity.name,
    model,
    from,
    to,
    share: 0,
    config: endpoint.target,
    cause: 'request',
  };
  try {
    await saveStart(endpoint, active, startWrites(endpoint, active, given, context), context);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    throw conflict(`Endpoint '${name}' was changed at the same moment; try again`);
  }
  await reconcileEndpoint(name, 'RolloutStarted', context);
  const rollout = await existingRollout(endpoint, active.id);
  return describeRollout(rollout, describeEvidence(rollout.evidence, rollout.strategy));
}
